// SPDX-License-Identifier: Apache-2.0
//! Our constants against those of the reference as it is published: hyperlight-common 0.15.0 has this layout; 0.18.0
//! has another, and this says in what.
use std::mem::{offset_of, size_of};

use hyperlight_common::{layout as theirs, mem, vmem};
use hyperlight_newest::{layout as newest, mem as newest_mem};
use metes::sys::*;
use metes::{Config, Layout, Profile};

fn profile() -> metes_profile {
    *Profile::hyperlight().raw()
}

#[test]
fn address_spaces_are_theirs() {
    assert_eq!(profile().last_gpa, theirs::MAX_GPA as u64);
    assert_eq!(profile().last_gva, theirs::MAX_GVA as u64);
    assert_eq!(METES_PAGE_SIZE, vmem::PAGE_SIZE as u64);
}

#[test]
fn bookkeeping_in_scratch_is_theirs() {
    assert_eq!(u64::from(METES_SCRATCH_SIZE_BELOW), theirs::SCRATCH_TOP_SIZE_OFFSET);
    assert_eq!(u64::from(METES_SCRATCH_FREE_BELOW), theirs::SCRATCH_TOP_ALLOCATOR_OFFSET);
    assert_eq!(u64::from(METES_SCRATCH_PT_BELOW), theirs::SCRATCH_TOP_SNAPSHOT_PT_GPA_BASE_OFFSET);
    assert_eq!(u64::from(METES_SCRATCH_GENERATION_BELOW), theirs::SCRATCH_TOP_SNAPSHOT_GENERATION_OFFSET);
    assert_eq!(u64::from(METES_EXCEPTION_STACK_BELOW), theirs::SCRATCH_TOP_EXN_STACK_OFFSET);
}

/// A thousand sizes of buffers and scratch: where scratch begins and how small it may be.
#[test]
fn scratch_lies_where_theirs_does() {
    for i in 0..1000 {
        let (input, output) = (0x2000 + 0x777 * i, 0x2000 + 0x1234 * (999 - i));
        let least = theirs::min_scratch_size(input as usize, output as usize) as u64;
        let config = |scratch_size| Config {
            code_size: 4096,
            input_data_size: input,
            output_data_size: output,
            scratch_size,
            ..Config::default()
        };
        let layout = Layout::new(&Profile::hyperlight(), &config(least)).unwrap();
        let refused = Layout::new(&Profile::hyperlight(), &config(least - 4096)).unwrap_err();

        assert_eq!(layout.scratch_gpa().0, theirs::scratch_base_gpa(least as usize));
        assert_eq!(layout.raw().scratch_gva, theirs::scratch_base_gva(least as usize));
        assert_eq!((refused.status, refused.limit), (METES_E_SCRATCH_TOO_SMALL, least));
    }
}

#[test]
fn the_peb_is_theirs() {
    assert_eq!(size_of::<mem::HyperlightPEB>(), METES_PEB_SIZE as usize);
    assert_eq!(offset_of!(metes_peb, input_size), offset_of!(mem::HyperlightPEB, input_stack));
    assert_eq!(offset_of!(metes_peb, output_size), offset_of!(mem::HyperlightPEB, output_stack));
    assert_eq!(offset_of!(metes_peb, init_data_size), offset_of!(mem::HyperlightPEB, init_data));
    assert_eq!(offset_of!(metes_peb, heap_size), offset_of!(mem::HyperlightPEB, guest_heap));
    assert_eq!(offset_of!(mem::GuestMemoryRegion, size), 0);
    assert_eq!(offset_of!(mem::GuestMemoryRegion, ptr), 8);
}

/// The newest has no buffers: its PEB is half as long, and its queues' words lie where our exception stack is.
#[test]
fn the_newest_differs_in_just_this() {
    assert_eq!(newest::SCRATCH_TOP_GPA as u64, profile().last_gpa);
    assert_eq!(newest::SCRATCH_TOP_GVA as u64, profile().last_gva);
    assert_eq!(newest::SCRATCH_TOP_SIZE_OFFSET, u64::from(METES_SCRATCH_SIZE_BELOW));
    assert_eq!(newest::SCRATCH_TOP_ALLOCATOR_OFFSET, u64::from(METES_SCRATCH_FREE_BELOW));
    assert_eq!(newest::SCRATCH_TOP_SNAPSHOT_PT_GPA_BASE_OFFSET, u64::from(METES_SCRATCH_PT_BELOW));
    assert_eq!(newest::SCRATCH_TOP_SNAPSHOT_GENERATION_OFFSET, u64::from(METES_SCRATCH_GENERATION_BELOW));
    assert_eq!(newest::SCRATCH_TOP_RESERVED_PAGES as u64 * METES_PAGE_SIZE, METES_SCRATCH_OVERHEAD);
    assert_eq!((newest::SCRATCH_TOP_EXN_STACK_OFFSET, METES_EXCEPTION_STACK_BELOW), (0x70, 0x30));
    assert_eq!((size_of::<newest_mem::HyperlightPEB>(), METES_PEB_SIZE), (32, 64));
}
