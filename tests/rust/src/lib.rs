// SPDX-License-Identifier: Apache-2.0
//! A guest as all these tests want it.
use metes::{Config, Layout, Profile};

/// A layout with four pages of code, a page of init data and page tables.
pub fn layout(profile: Profile) -> Layout {
    let config = Config { code_size: 0x4000, init_data_size: 5, ..Config::default() };

    Layout::with_tables(&profile, &config).expect("it is sound")
}

/// Its two windows.
pub fn windows(layout: &Layout) -> (Vec<u8>, Vec<u8>) {
    (vec![0; layout.snapshot_size() as usize], vec![0; layout.scratch_size() as usize])
}
