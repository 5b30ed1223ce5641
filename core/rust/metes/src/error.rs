// SPDX-License-Identifier: Apache-2.0
//! Why something was refused, with the numbers.
use core::fmt;

use crate::sys;

/// A refusal. `status` is one of `sys::METES_E_…`, each a clause of the specification; what the numbers mean stands
/// beside it in core/status.h.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// Which clause is broken.
    pub status: sys::metes_status,
    /// How much was asked for.
    pub requested: u64,
    /// How much is allowed.
    pub limit: u64,
    /// Which one of several.
    pub index: u32,
}

impl Error {
    /// The status as the C header calls it.
    pub fn name(&self) -> &'static str {
        sys::METES_STATUS_NAMES.get(self.status as usize).copied().unwrap_or("unknown status")
    }

    /// A buffer of `there` bytes where `needed` are.
    pub(crate) fn short(needed: u64, there: usize) -> Self {
        Error { status: sys::METES_E_BUFFER, requested: needed, limit: there as u64, index: 0 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error { requested, limit, index, .. } = self;
        write!(
            f,
            "{}: requested {requested} ({requested:#x}), limit {limit} ({limit:#x}), index {index}",
            self.name()
        )
    }
}

/// The same: a `main` that returns it says it so.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {}

/// Calls a function of core and takes its answer.
pub(crate) fn ask(call: impl FnOnce(*mut sys::metes_error) -> sys::metes_status) -> Result<(), Error> {
    let mut e = sys::metes_error { requested: 0, limit: 0, index: 0 };

    match call(&mut e) {
        sys::METES_OK => Ok(()),
        status => Err(Error { status, requested: e.requested, limit: e.limit, index: e.index }),
    }
}
