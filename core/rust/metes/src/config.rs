// SPDX-License-Identifier: Apache-2.0
//! What is asked for: a profile of address spaces, and sizes.
use core::mem::MaybeUninit;

use crate::error::ask;
use crate::{sys, Error, Gpa, Gva};

/// Where a guest's memory lies: the constants of its address spaces, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile(pub(crate) sys::metes_profile);

impl Profile {
    fn builtin(id: sys::metes_profile_id) -> Self {
        let mut p = MaybeUninit::uninit();

        // SAFETY: both are places of their own; an id that ships fills the first.
        ask(|e| unsafe { sys::metes_profile_builtin(id, p.as_mut_ptr(), e) }).expect("it ships");
        // SAFETY: it is filled.
        Profile(unsafe { p.assume_init() })
    }

    /// Hyperlight's address spaces.
    pub fn hyperlight() -> Self {
        Self::builtin(sys::METES_PROFILE_HYPERLIGHT)
    }

    /// Those of its fork nub.
    pub fn nub() -> Self {
        Self::builtin(sys::METES_PROFILE_NUB)
    }

    /// Those of guests of 32 bits.
    pub fn i686() -> Self {
        Self::builtin(sys::METES_PROFILE_I686)
    }

    /// One of your own; whether it is sound, [`crate::Layout::new`] says, and `flaw`.
    pub fn from_raw(raw: sys::metes_profile) -> Self {
        Profile(raw)
    }

    /// Its numbers.
    pub fn raw(&self) -> &sys::metes_profile {
        &self.0
    }

    /// The first clause that it breaks (PRO-1 to PRO-12), if any.
    pub fn flaw(&self) -> Option<u32> {
        // SAFETY: a whole profile is lent.
        match unsafe { sys::metes_profile_flaw(&self.0) } {
            0 => None,
            clause => Some(clause),
        }
    }

    /// Reserves guest-physical addresses: no slot will touch them.
    pub fn reserve(&mut self, start: Gpa, end: Gpa) -> Result<(), Error> {
        // SAFETY: a whole profile is lent, the error is another place.
        ask(|e| unsafe { sys::metes_profile_reserve(&mut self.0, start.0, end.0, e) })
    }

    /// Where the code region begins: for [`crate::Image::parse`].
    pub fn code_gva(&self) -> Gva {
        Gva(self.0.snapshot_gva)
    }

    /// The last byte of guest-physical space: the guest's CPUID must reach it.
    pub fn last_gpa(&self) -> Gpa {
        Gpa(self.0.last_gpa)
    }
}

/// Permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions(pub u32);

impl Permissions {
    /// The guest may read.
    pub const READ: Self = Permissions(sys::METES_READ);
    /// The guest may read and write.
    pub const READ_WRITE: Self = Permissions(sys::METES_READ | sys::METES_WRITE);
    /// The guest may read and execute.
    pub const READ_EXECUTE: Self = Permissions(sys::METES_READ | sys::METES_EXECUTE);
}

/// Option bits of a configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options(pub u32);

impl Options {
    /// The PEB carries a table of 32 file mappings.
    pub const FILE_MAPPINGS: Self = Options(sys::METES_OPT_FILE_MAPPINGS);
    /// The heap is also executable.
    pub const EXECUTABLE_HEAP: Self = Options(sys::METES_OPT_EXECUTABLE_HEAP);
}

/// What is asked for, in bytes; any values will do, and [`crate::Layout::new`] says whether they have a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Config {
    pub code_size: u64,
    pub heap_size: u64,
    pub init_data_size: u64,
    pub input_data_size: u64,
    pub output_data_size: u64,
    pub scratch_size: u64,
    pub pt_size: u64,
    pub init_data_permissions: Permissions,
    pub options: Options,
}

impl Default for Config {
    fn default() -> Self {
        let mut c = MaybeUninit::uninit();

        // SAFETY: it fills the place.
        Self::from_raw(unsafe {
            sys::metes_config_default(c.as_mut_ptr());
            c.assume_init()
        })
    }
}

impl Config {
    pub(crate) fn from_raw(c: sys::metes_config) -> Self {
        Config {
            code_size: c.code_size,
            heap_size: c.heap_size,
            init_data_size: c.init_data_size,
            input_data_size: c.input_data_size,
            output_data_size: c.output_data_size,
            scratch_size: c.scratch_size,
            pt_size: c.pt_size,
            init_data_permissions: Permissions(c.init_data_permissions),
            options: Options(c.options),
        }
    }

    pub(crate) fn raw(&self) -> sys::metes_config {
        sys::metes_config {
            code_size: self.code_size,
            heap_size: self.heap_size,
            init_data_size: self.init_data_size,
            input_data_size: self.input_data_size,
            output_data_size: self.output_data_size,
            scratch_size: self.scratch_size,
            pt_size: self.pt_size,
            init_data_permissions: self.init_data_permissions.0,
            options: self.options.0,
        }
    }
}
