// SPDX-License-Identifier: Apache-2.0
//! Each size, offset and number of the bindings is what the C compiler says of the headers.
use std::mem::{offset_of, size_of};

use metes::sys::*;

macro_rules! same {
    ($ours:expr, $c:expr) => {
        assert_eq!($ours as u64, $c, stringify!($ours))
    };
}

#[test]
fn every_size_offset_and_number_is_the_c_compilers() {
    include!(env!("METES_FACTS")); // written by core/rust/metes-sys/generate --facts, compiled and run
}
