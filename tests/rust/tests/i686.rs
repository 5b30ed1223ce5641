// SPDX-License-Identifier: Apache-2.0
//! The i686 profile and file mappings against the reference as it is published: hyperlight-common 0.15.0, the last that
//! has them, built for them: cargo test --features i686 --test i686
#![cfg(feature = "i686")]
use std::mem::{offset_of, size_of};

use hyperlight_common::{layout as theirs, mem};
use metes::sys::*;
use metes::{Config, Layout, Options, Profile};

#[test]
fn address_spaces_are_theirs() {
    let ours = *Profile::i686().raw();

    assert_eq!((ours.last_gpa, ours.last_gva), (theirs::MAX_GPA as u64, theirs::MAX_GVA as u64));
}

#[test]
fn scratch_lies_where_theirs_does() {
    let least = theirs::min_scratch_size(0x4000, 0x4000) as u64;
    let config = Config { code_size: 4096, scratch_size: least, ..Config::default() };
    let layout = Layout::new(&Profile::i686(), &config).unwrap();

    assert_eq!(layout.scratch_gpa().0, theirs::scratch_base_gpa(least as usize));
    assert_eq!(layout.raw().scratch_gva, theirs::scratch_base_gva(least as usize));
}

#[test]
fn file_mappings_are_theirs() {
    let config = Config { code_size: 4096, options: Options::FILE_MAPPINGS, ..Config::default() };
    let layout = Layout::new(&Profile::i686(), &config).unwrap();

    assert_eq!(METES_MAX_FILE_MAPPINGS as usize, mem::MAX_FILE_MAPPINGS);
    assert_eq!(METES_FILE_MAPPING_SIZE as usize, size_of::<mem::FileMappingInfo>());
    assert_eq!(offset_of!(mem::FileMappingInfo, guest_addr), 0);
    assert_eq!(offset_of!(mem::FileMappingInfo, size), 8);
    assert_eq!(offset_of!(mem::FileMappingInfo, label), 16);
    assert_eq!(METES_PEB_HEADER_SIZE as usize, size_of::<mem::HyperlightPEB>());
    assert_eq!(offset_of!(mem::HyperlightPEB, file_mappings), 64);
    assert_eq!(layout.peb().file_mappings_gva, layout.raw().peb_gva + size_of::<mem::HyperlightPEB>() as u64);
}
