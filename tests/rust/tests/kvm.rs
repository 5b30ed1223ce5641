// SPDX-License-Identifier: Apache-2.0
//! Our slots as the types of published crates: kvm-bindings' and vm-memory's.
use kvm_bindings::{kvm_userspace_memory_region, KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY};
use metes::sys::{METES_E_SLOT_OVERLAP, METES_SLOT_LOG_DIRTY_PAGES, METES_SLOT_READONLY};
use metes::{check, Backing, Gpa, Limits, Plan, Profile, Slot};
use metes_tests::{layout, windows};
use vm_memory::{
    Address, Bytes, GuestAddress, GuestMemoryBackend, GuestMemoryMmap, GuestMemoryRegion, MemoryRegionAddress,
};

fn region(s: &Slot) -> kvm_userspace_memory_region {
    kvm_userspace_memory_region {
        slot: s.slot,
        flags: s.flags,
        guest_phys_addr: s.gpa.0,
        memory_size: s.size,
        userspace_addr: s.host,
    }
}

#[test]
fn flags_are_kvms() {
    assert_eq!(
        (METES_SLOT_READONLY, METES_SLOT_LOG_DIRTY_PAGES),
        (KVM_MEM_READONLY, KVM_MEM_LOG_DIRTY_PAGES)
    );
}

/// A slot has the same fields in the same order.
#[test]
fn a_slot_is_kvms_region() {
    let l = layout(Profile::hyperlight());
    let (mut snapshot, mut scratch) = windows(&l);
    let hosts = [snapshot.as_ptr() as u64 / 4096 * 4096, scratch.as_ptr() as u64 / 4096 * 4096];
    let plan: Plan = Plan::new(
        &l,
        Backing::at(hosts[0], snapshot.len() as u64),
        Backing::at(hosts[1], scratch.len() as u64),
        &Limits::new(36, 509),
    )
    .unwrap();
    let regions: Vec<_> = plan.slots().iter().map(region).collect();

    assert_eq!(regions.iter().map(|r| r.slot).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(regions.iter().map(|r| r.flags).collect::<Vec<_>>(), [KVM_MEM_READONLY, 0]);
    assert_eq!(regions[0].guest_phys_addr + regions[0].memory_size, 0x1000 + l.snapshot_size());
    assert_eq!(regions[1].guest_phys_addr + regions[1].memory_size, 1 << 36);
    assert_eq!(regions.iter().map(|r| r.userspace_addr).collect::<Vec<_>>(), hosts);
    snapshot.fill(1); // the plan took numbers alone: the memory is not lent
    scratch.fill(1);
}

/// Memory of vm-memory: a region for each slot, and back.
#[test]
fn slots_are_guest_regions() {
    let l = layout(Profile::hyperlight());
    let memory: GuestMemoryMmap = GuestMemoryMmap::from_ranges(&[
        (GuestAddress(l.snapshot_gpa().0), l.snapshot_size() as usize),
        (GuestAddress(l.scratch_gpa().0), l.scratch_size() as usize),
    ])
    .unwrap();
    let backing: Vec<_> = memory
        .iter()
        .map(|r| Backing::at(r.get_host_address(MemoryRegionAddress(0)).unwrap() as u64, r.len()))
        .collect();
    let plan: Plan = Plan::new(&l, backing[0], backing[1], &Limits::new(40, 509)).unwrap();

    for slot in plan.slots() {
        let r = memory.find_region(GuestAddress(slot.gpa.0)).unwrap();

        assert_eq!((r.start_addr().raw_value(), r.len()), (slot.gpa.0, slot.size));
        assert_eq!(r.last_addr(), GuestAddress(slot.gpa.0 + slot.size - 1));
        assert_eq!(memory.get_host_address(GuestAddress(slot.gpa.0)).unwrap() as u64, slot.host);
    }
    memory.write_obj(7u64, GuestAddress(l.pt_gpa().0)).unwrap();
    assert!(memory.find_region(GuestAddress(l.scratch_gpa().0 - 1)).is_none());
}

/// What vm-memory takes and KVM would not: two slots of one number, and a slot beyond the processor.
#[test]
fn plans_of_others_are_refused() {
    let slot = |slot, gpa| Slot { slot, flags: 0, gpa: Gpa(gpa), size: 0x2000, host: 0x10000 };
    let limits = Limits::new(36, 509);

    check(&[slot(0, 0), slot(1, 0x2000)], &limits).unwrap();
    let e = check(&[slot(0, 0), slot(1, 0x1000)], &limits).unwrap_err();
    assert_eq!((e.status, e.index, e.name()), (METES_E_SLOT_OVERLAP, 1, "METES_E_SLOT_OVERLAP"));
    assert_eq!(check(&[slot(0, 0), slot(0, 0x2000)], &limits).unwrap_err().name(), "METES_E_SLOT_TWICE");
    assert_eq!(check(&[slot(0, (1 << 36) - 0x1000)], &limits).unwrap_err().name(), "METES_E_SLOT_GPA");
    check(&[slot(0, (1 << 36) - 0x1000)], &Limits::new(37, 509)).unwrap();
}
