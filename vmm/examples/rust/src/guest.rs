// SPDX-License-Identifier: Apache-2.0
//! A guest's memory, filled: every byte where core says.
#![forbid(unsafe_code)]
use std::io::Write;

use kvm_bindings::kvm_userspace_memory_region;
use metes::{Backing, Error, Image, Layout, PageTables, Slot, PAGE_SIZE};
use vm_memory::{Bytes, GuestAddress, GuestMemoryBackend, GuestMemoryError, GuestMemoryMmap};
use vm_memory::{GuestMemoryRegion, MemoryRegionAddress};

fn snapshot(layout: &Layout, image: &Image, file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut m = vec![0; layout.snapshot_size() as usize];
    let n = (layout.raw().pt_size / PAGE_SIZE) as usize;
    let (mut level, mut parent) = (vec![0; n], vec![0; n]);

    image.load(file, &mut m)?;
    layout.write_peb(&mut m)?;
    let mut tables = PageTables::new(layout.tables_in(&mut m)?, &mut level, &mut parent, layout.pt_gpa())?;
    for mapping in image.mappings(layout) {
        tables.map(mapping)?;
    }
    Ok(m)
}

/// Two regions of guest memory, the snapshot and scratch, ready to run.
pub fn fill(
    layout: &Layout,
    image: &Image,
    file: &[u8],
) -> Result<GuestMemoryMmap, Box<dyn std::error::Error>> {
    let mut scratch = vec![0; layout.scratch_size() as usize];
    let snapshot = snapshot(layout, image, file)?;
    let (low, high) = (GuestAddress(layout.snapshot_gpa().0), GuestAddress(layout.scratch_gpa().0));
    let memory = GuestMemoryMmap::from_ranges(&[(low, snapshot.len()), (high, scratch.len())])?;

    layout.init_scratch(&mut scratch, 0)?;
    layout.copy_tables(&snapshot, &mut scratch)?;
    memory.write_slice(&snapshot, low)?;
    memory.write_slice(&scratch, high)?;
    Ok(memory)
}

/// What backs the two slots, lent by the memory that was filled.
pub fn backing(memory: &GuestMemoryMmap) -> Result<[Backing<'_>; 2], GuestMemoryError> {
    let mut regions = memory
        .iter()
        .map(|r| r.get_host_address(MemoryRegionAddress(0)).map(|host| Backing::at(host as u64, r.len())));
    let mut next = || regions.next().expect("two regions were filled");

    Ok([next()?, next()?])
}

/// A slot as KVM wants it.
pub fn region(slot: &Slot) -> kvm_userspace_memory_region {
    kvm_userspace_memory_region {
        slot: slot.slot,
        flags: slot.flags,
        guest_phys_addr: slot.gpa.0,
        memory_size: slot.size,
        userspace_addr: slot.host,
    }
}

/// What a guest prints: one to four bytes, up to the first that is 0.
pub fn print(text: &[u8]) -> std::io::Result<()> {
    std::io::stdout().write_all(text.split(|&b| b == 0).next().unwrap_or(text))
}
