// SPDX-License-Identifier: Apache-2.0
//! Records of snapshots: how a guest was laid out, and where it goes on.
use core::mem::MaybeUninit;

use crate::error::ask;
use crate::{sys, Config, Error, Gva, Layout, Profile};

/// What a record says. The layout is not in it: [`Record::check`] computes it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Address spaces.
    pub profile: Profile,
    /// Sizes.
    pub config: Config,
    /// How often the guest has been put back.
    pub generation: u64,
    /// Its dispatch function, in the code region.
    pub entry: Gva,
    /// Its stack pointer, a multiple of 16.
    pub stack: Gva,
}

impl Record {
    /// Bytes of a record.
    pub const BYTES: usize = sys::METES_SNAPSHOT_BYTES as usize;

    fn raw(&self) -> sys::metes_snapshot {
        sys::metes_snapshot {
            profile: self.profile.0,
            config: self.config.raw(),
            generation: self.generation,
            entry: self.entry.0,
            stack: self.stack.0,
        }
    }

    /// Writes the record.
    pub fn write(&self, to: &mut [u8; Self::BYTES]) -> Result<(), Error> {
        let raw = self.raw();

        // SAFETY: the array has room for a record; no two of the places are one.
        ask(|e| unsafe { sys::metes_snapshot_write(&raw, to.as_mut_ptr(), Self::BYTES as u64, e) })
    }

    /// Reads a record, which may be anyone's.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let (m, len, mut s) = (bytes.as_ptr(), bytes.len() as u64, MaybeUninit::uninit());

        // SAFETY: the slice is as long as is said, the others are places of their own.
        ask(|e| unsafe { sys::metes_snapshot_read(m, len, s.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        let s: sys::metes_snapshot = unsafe { s.assume_init() };

        Ok(Record {
            profile: Profile(s.profile),
            config: Config::from_raw(s.config),
            generation: s.generation,
            entry: Gva(s.entry),
            stack: Gva(s.stack),
        })
    }

    /// Can a guest be started from it? Its layout, then.
    pub fn check(&self) -> Result<Layout, Error> {
        let (raw, mut l) = (self.raw(), MaybeUninit::uninit());

        // SAFETY: three places of their own.
        ask(|e| unsafe { sys::metes_snapshot_check(&raw, l.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        Ok(Layout(unsafe { l.assume_init() }))
    }
}
