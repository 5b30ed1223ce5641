// SPDX-License-Identifier: Apache-2.0
//! Our constants against those of the reference as it is published: hyperlight-common 0.15.0 and 0.17.0 have this
//! layout; 0.18.0 has another, and the table in spec/layout.md that says in what is held to it.
#![cfg(not(feature = "i686"))]
use std::collections::BTreeMap;
use std::mem::{offset_of, size_of};

use hyperlight_common::layout as first;
use hyperlight_common::vmem;
use hyperlight_last::layout as last;
use hyperlight_last::outb::OutBAction as LastPorts;
use hyperlight_newest::outb::OutBAction as NewestPorts;
use hyperlight_newest::{layout as newest, mem as newest_mem};
use metes::sys::*;
use metes::{Config, Layout, Profile};

fn profile() -> metes_profile {
    *Profile::hyperlight().raw()
}

#[test]
fn address_spaces_are_theirs() {
    assert_eq!((profile().last_gpa, profile().last_gva), (first::MAX_GPA as u64, first::MAX_GVA as u64));
    assert_eq!(
        (profile().last_gpa, profile().last_gva),
        (last::SCRATCH_TOP_GPA as u64, last::SCRATCH_TOP_GVA as u64)
    );
    assert_eq!(METES_PAGE_SIZE, vmem::PAGE_SIZE as u64);
}

/// Two published versions, the same names in each.
macro_rules! theirs {
    ($version:ident, $common:ident) => {
        mod $version {
            use super::*;
            use $common::{layout as theirs, mem};

            #[test]
            fn bookkeeping_in_scratch_is_theirs() {
                assert_eq!(u64::from(METES_SCRATCH_SIZE_BELOW), theirs::SCRATCH_TOP_SIZE_OFFSET);
                assert_eq!(u64::from(METES_SCRATCH_FREE_BELOW), theirs::SCRATCH_TOP_ALLOCATOR_OFFSET);
                assert_eq!(
                    u64::from(METES_SCRATCH_PT_BELOW),
                    theirs::SCRATCH_TOP_SNAPSHOT_PT_GPA_BASE_OFFSET
                );
                assert_eq!(
                    u64::from(METES_SCRATCH_GENERATION_BELOW),
                    theirs::SCRATCH_TOP_SNAPSHOT_GENERATION_OFFSET
                );
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
        }
    };
}
theirs!(v0_15_0, hyperlight_common);
theirs!(v0_17_0, hyperlight_last);

/// What 0.17.0 has more is a word where this layout leaves one free.
#[test]
fn the_last_has_a_word_more() {
    assert_eq!(last::SCRATCH_TOP_LIBC_RNG_SEED_OFFSET, 0x28);
    assert_eq!((METES_SCRATCH_GENERATION_BELOW, METES_EXCEPTION_STACK_BELOW), (0x20, 0x30));
}

/// Address spaces and the four words of bookkeeping are as they were in the newest, too.
#[test]
fn the_newest_keeps_this() {
    assert_eq!(newest::SCRATCH_TOP_GPA as u64, profile().last_gpa);
    assert_eq!(newest::SCRATCH_TOP_GVA as u64, profile().last_gva);
    assert_eq!(newest::SCRATCH_TOP_SIZE_OFFSET, u64::from(METES_SCRATCH_SIZE_BELOW));
    assert_eq!(newest::SCRATCH_TOP_ALLOCATOR_OFFSET, u64::from(METES_SCRATCH_FREE_BELOW));
    assert_eq!(newest::SCRATCH_TOP_SNAPSHOT_PT_GPA_BASE_OFFSET, u64::from(METES_SCRATCH_PT_BELOW));
    assert_eq!(newest::SCRATCH_TOP_SNAPSHOT_GENERATION_OFFSET, u64::from(METES_SCRATCH_GENERATION_BELOW));
    for size in [0x16000, 0x48000, 0x3fffff000] {
        assert_eq!(
            (newest::scratch_base_gpa(size), newest::scratch_base_gva(size)),
            (first::scratch_base_gpa(size), first::scratch_base_gva(size))
        );
    }
}

/// Each row of the page (METES_PAGE, or ours): its name, what this layout has, what 0.18.0 has.
#[test]
fn the_newest_differs_as_the_page_says() {
    let there = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/layout.md");
    let page = std::fs::read_to_string(std::env::var("METES_PAGE").unwrap_or(there.to_string())).unwrap();
    let (_, section) = page.split_once("### The reference since 0.18.0\n").expect("the page has the section");
    let rows: BTreeMap<_, _> = section
        .lines()
        .map(|row| row.trim_matches(['|', ' ']).split(" | ").collect::<Vec<_>>())
        .filter(|cells| cells.len() == 3 && cells[1].starts_with("0x"))
        .map(|cells| (cells[0], (cells[1].to_string(), cells[2].to_string())))
        .collect();
    let said = |name: &str, ours: u64, theirs: u64| {
        assert_eq!(rows.get(name), Some(&(format!("{ours:#x}"), format!("{theirs:#x}"))), "{name}");
        ours != theirs
    };
    let least = |transport| newest::min_scratch_size(transport) as u64;

    assert!(said("bytes of the PEB", METES_PEB_SIZE.into(), size_of::<newest_mem::HyperlightPEB>() as u64));
    assert!(said(
        "init data in the PEB",
        offset_of!(metes_peb, init_data_size) as u64,
        offset_of!(newest_mem::HyperlightPEB, init_data) as u64
    ));
    assert!(said(
        "heap in the PEB",
        offset_of!(metes_peb, heap_size) as u64,
        offset_of!(newest_mem::HyperlightPEB, guest_heap) as u64
    ));
    assert!(said(
        "exception stack, below the end of scratch",
        METES_EXCEPTION_STACK_BELOW.into(),
        newest::SCRATCH_TOP_EXN_STACK_OFFSET
    ));
    assert!(said("scratch beside buffers and page tables", METES_SCRATCH_OVERHEAD, least(0)));
    assert!(said(
        "of it, at the end, kept from the guest's allocator",
        METES_EXCEPTION_PAGES_SIZE,
        newest::SCRATCH_TOP_GPA as u64 + 1 - newest::scratch_allocator_limit_gpa()
    ));
    assert_eq!(least(0x5000) - least(0), 0x5000);
    assert_eq!(
        (newest::SCRATCH_TOP_LIBC_RNG_SEED_OFFSET, newest::SCRATCH_TOP_GUEST_LOG_LEVEL_OFFSET),
        (0x28, 0x30)
    );
    assert_eq!(
        (newest::SCRATCH_TOP_TRANSPORT_ARENA_GPA_OFFSET, newest::SCRATCH_TOP_H2G_BUFFER_SIZE_OFFSET),
        (0x38, 0x68)
    );
    for (port, was, is) in
        [(99, true, false), (101, true, false), (102, true, true), (103, true, true), (109, false, true)]
    {
        assert_eq!(
            (LastPorts::try_from(port).is_ok(), NewestPorts::try_from(port).is_ok()),
            (was, is),
            "port {port}"
        );
    }
    assert_eq!(rows.len(), 6, "the page has six rows");
}
