// SPDX-License-Identifier: Apache-2.0
//! Metes: the proven memory layout of a micro-VM.
//!
//! A [`Config`] in a [`Profile`] has a [`Layout`], or an [`Error`] says what was too much. From the layout follow the
//! [`Plan`] of KVM's memory slots, the PEB, the page tables ([`PageTables`]), what a guest finds in its scratch, and
//! the one door to its memory ([`Memory`]). The C functions behind all this are proved; what their contracts ask of
//! pointers is seen to here, by types: nothing of this crate needs `unsafe` of its user.
//!
//! ```
//! use metes::{Config, Layout, Profile};
//!
//! let config = Config { code_size: 4096, ..Config::default() };
//! let layout = Layout::new(&Profile::hyperlight(), &config)?;
//! assert_eq!(layout.snapshot_gpa().0, 0x1000);
//! assert_eq!(layout.scratch_gpa().0, 0xf_fffb_8000);
//! # Ok::<(), metes::Error>(())
//! ```
#![no_std]

mod address;
mod config;
mod error;
mod files;
mod image;
mod layout;
mod memory;
mod message;
mod plan;
mod record;
mod tables;

pub use address::{Gpa, Gva};
pub use config::{Config, Options, Permissions, Profile};
pub use error::Error;
pub use files::FileMapping;
pub use image::{Image, Mapping};
pub use layout::{Entry, Layout, Peb, Place, Region, Span};
pub use memory::Memory;
pub use message::{Kind, Message};
pub use metes_sys as sys;
pub use plan::{check, Backing, Limits, Plan, Slot};
pub use record::Record;
pub use tables::{PageTables, Table, Walk};

/// Bytes in a page.
pub const PAGE_SIZE: u64 = sys::METES_PAGE_SIZE;
