// SPDX-License-Identifier: Apache-2.0
//! A guest made and read through the safe face alone.
use metes::*;
use metes_tests::{layout, windows};

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../build/guest/hello");

#[test]
fn a_guest_is_made() {
    let file = std::fs::read(IMAGE).expect("build/guest/hello is there");
    let profile = Profile::hyperlight();
    let image = Image::parse(&file, profile.code_gva(), false).unwrap();
    let l = Layout::with_tables(&profile, &Config { code_size: image.span(), ..Config::default() }).unwrap();
    let (mut snapshot, mut scratch) = windows(&l);
    let n = (l.raw().pt_size / PAGE_SIZE) as usize;
    let (mut level, mut parent) = (vec![0; n], vec![0; n]);

    image.load(&file, &mut snapshot).unwrap();
    l.write_peb(&mut snapshot).unwrap();
    let mut tables =
        PageTables::new(l.tables_in(&mut snapshot).unwrap(), &mut level, &mut parent, l.pt_gpa()).unwrap();
    for m in image.mappings(&l) {
        tables.map(m).unwrap();
    }
    assert!(tables.used() > 4 && tables.used() <= n);
    assert_eq!(tables.walk(image.entry(&l)).unwrap().gpa, Gpa(image.entry(&l).0));
    l.init_scratch(&mut scratch, 3).unwrap();
    l.copy_tables(&snapshot, &mut scratch).unwrap();

    let entry = l.entry(image.entry(&l));
    let mut memory = Memory::new(&l, &snapshot, &mut scratch).unwrap();
    let mut peb = [0; 64];

    assert_eq!((entry.cr3, entry.rflags), (l.pt_gpa(), 2));
    memory.read_virtual(entry.cr3, entry.rdi, &mut peb).unwrap();
    assert_eq!(peb[..8], l.peb().input_size.to_le_bytes());
    assert_eq!(peb[56..], l.peb().heap_gva.to_le_bytes());
    assert_eq!(memory.walk(entry.cr3, Gva(0)).unwrap_err().name(), "METES_E_UNMAPPED");
    assert_eq!(memory.write(l.snapshot_gpa(), b"no").unwrap_err().name(), "METES_E_READ_ONLY");
    memory.write(l.scratch_gpa(), &16u64.to_le_bytes()).unwrap();
}

#[test]
fn memory_that_is_too_short_is_refused() {
    let l = layout(Profile::nub());
    let (snapshot, mut scratch) = windows(&l);

    assert_eq!(Memory::new(&l, &snapshot[1..], &mut scratch).unwrap_err().limit, snapshot.len() as u64 - 1);
    assert_eq!(l.write_peb(&mut scratch[..16]).unwrap_err().name(), "METES_E_BUFFER");
    assert!(l.tables_in(&mut scratch[..16]).is_err());
    assert!(Plan::<2>::new(&l, Backing::at(0, 0), Backing::at(0, 0), &Limits::new(36, 509)).is_err());
}

#[test]
fn messages_go_through_the_buffers() {
    let l = layout(Profile::hyperlight());
    let (snapshot, mut scratch) = windows(&l);
    let (mut bytes, mut taken) = ([0; 64], [0; 64]);

    l.init_scratch(&mut scratch, 0).unwrap();
    let call = Message { kind: Kind::Call(b"add"), payload: b"1 2" };
    let put = call.put(&mut bytes).unwrap().to_vec();

    assert_eq!(Message::parse(&put), Ok(call));
    let mut memory = Memory::new(&l, &snapshot, &mut scratch).unwrap();
    memory.push_input(&put).unwrap();
    assert_eq!(memory.take_output(&mut taken).unwrap_err().name(), "METES_E_STACK_EMPTY");
    let mut whole = vec![0; 64];
    memory.read(l.scratch_gpa(), &mut whole).unwrap();
    memory.write(Gpa(l.scratch_gpa().0 + l.raw().input_data_size), &whole).unwrap();
    assert_eq!(memory.take_output(&mut taken).unwrap(), put);
    memory.clear_buffers().unwrap();
    for kind in [Kind::Error(0), Kind::Call(b""), Kind::Call(b"a b")] {
        assert!(Message { kind, payload: b"" }.put(&mut bytes).is_err(), "{kind:?}");
    }
}

#[test]
fn records_are_read_as_they_were_written() {
    let config = Config { code_size: 4096, options: Options::FILE_MAPPINGS, ..Config::default() };
    let mut profile = Profile::i686();
    profile.reserve(Gpa(0xFEC0_0000), Gpa(0xFEC0_1000)).unwrap();
    let record = Record { profile, config, generation: 7, entry: Gva(0x1000), stack: Gva(0x10000) };
    let mut bytes = [0; Record::BYTES];

    record.write(&mut bytes).unwrap();
    assert_eq!(Record::read(&bytes), Ok(record));
    assert_eq!(record.check(), Layout::new(&profile, &config));
    for i in 0..bytes.len() {
        let mut bad = bytes;
        bad[i] ^= 1;
        assert!(Record::read(&bad).is_err(), "byte {i}");
    }
}

#[test]
fn files_are_added_and_removed() {
    let config = Config { code_size: 1, options: Options::FILE_MAPPINGS, ..Config::default() };
    let l = Layout::new(&Profile::hyperlight(), &config).unwrap();
    let (mut snapshot, _) = windows(&l);
    let file = |i: u64| FileMapping::new(b"name", Gva(0x10_0000 * (i + 1)), 0x1000);

    l.write_peb(&mut snapshot).unwrap();
    for i in 0..32 {
        l.add_file_mapping(&mut snapshot, file(i)).unwrap();
    }
    assert_eq!(l.add_file_mapping(&mut snapshot, file(0)).unwrap_err().name(), "METES_E_MAPPING_FULL");
    l.remove_file_mapping(&mut snapshot, 0).unwrap();
    assert_eq!(l.file_mapping_count(&snapshot), Ok(31));
    assert_eq!(l.file_mapping(&snapshot, 0), Ok(file(31)));
    assert_eq!(l.file_mapping(&snapshot, 31).unwrap_err().name(), "METES_E_MAPPING_PLACE");
    assert_eq!(file(0).label(), b"name");
}

/// A place is found for each file, and none is another's.
#[test]
fn files_find_their_places() {
    let config = Config { code_size: 1, options: Options::FILE_MAPPINGS, ..Config::default() };
    let l = Layout::with_tables(&Profile::hyperlight(), &config).unwrap();
    let at = |host| Backing::at(host, 0x10_0000);
    let mut plan: Plan<10> = Plan::new(&l, at(0x10_0000), at(0x100_0000), &Limits::new(40, 509)).unwrap();

    for slot in 2..10 {
        let m = plan.place_file(&l, 0x10_0000).unwrap().0;
        assert_eq!((m.pages, m.gva - l.raw().snapshot_gva), (0x100, m.gpa - l.raw().snapshot_gpa));
        plan.add(slot, sys::METES_SLOT_READONLY, Gpa(m.gpa), at(0x1000_0000 * u64::from(slot))).unwrap();
    }
    assert_eq!(plan.place_file(&l, 1).unwrap_err().name(), "METES_E_MAPPING_PAGES");
    assert_eq!(plan.place_file(&l, 1 << 36).unwrap_err().name(), "METES_E_MAPPING_ROOM");
    let [own, rest] = l.own_peb_mappings().map(|m| m.0);
    assert_eq!((own.gpa + PAGE_SIZE, own.gva), (l.raw().free_gpa, l.raw().peb_gva));
    assert_eq!(rest.pages, 0);
}

/// Slots come and go; the plan never grows beyond its array, and what is refused changes nothing.
#[test]
fn a_plan_grows_and_shrinks() {
    let l = layout(Profile::hyperlight());
    let at = |host| Backing::at(host, 0x10_0000);
    let mut plan: Plan<3> = Plan::new(&l, at(0x10_0000), at(0x100_0000), &Limits::new(40, 509)).unwrap();

    assert_eq!(plan.add(2, 0, l.scratch_gpa(), at(0)).unwrap_err().name(), "METES_E_SLOT_OVERLAP");
    assert_eq!(plan.add(2, 0, Gpa(u64::MAX), at(0)).unwrap_err().name(), "METES_E_SLOT_GPA");
    plan.add(2, 2, Gpa(0x8000_0000), at(0x200_0000)).unwrap();
    assert_eq!(plan.add(3, 2, Gpa(0x9000_0000), at(0)).unwrap_err().name(), "METES_E_SLOT_BUDGET");
    assert!(plan.slots()[2].is_read_only());
    check(plan.slots(), &Limits::new(40, 509)).unwrap();
    assert_eq!(plan.remove(0).unwrap_err().name(), "METES_E_SLOT_KEPT");
    plan.remove(2).unwrap();
    assert_eq!(plan.slots().len(), 2);
}

#[test]
fn regions_and_places_are_one_story() {
    let l = layout(Profile::hyperlight());
    let mut at = l.snapshot_gpa();

    for r in l.regions() {
        assert_eq!((r.start, l.place_of(r.start)), (at, r.place));
        let span = l.resolve(r.start, r.end.0 - r.start.0).unwrap();
        assert_eq!((span.place, span.permissions), (r.place, r.permissions));
        assert!(l.resolve(r.start, r.end.0 - r.start.0 + 1).is_err());
        at = r.end;
    }
    assert_eq!(l.place_of_virtual(Gva(0)), Place::NullGuard);
    assert_eq!(l.regions().count(), 4);
}
