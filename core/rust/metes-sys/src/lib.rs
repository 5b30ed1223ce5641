// SPDX-License-Identifier: Apache-2.0
//! The C functions of Metes as they are: structs, constants, declarations.
//!
//! What a function needs of its pointers stands in its contract, in the header of core that declares it. The crate
//! `metes` gives all this without `unsafe`.
#![no_std]
#![allow(non_camel_case_types)]

#[rustfmt::skip] // as it was generated
mod bindings;

pub use bindings::*;
