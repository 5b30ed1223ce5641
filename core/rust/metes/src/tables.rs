// SPDX-License-Identifier: Apache-2.0
//! Page tables of x86-64, built in memory of the caller.
use core::mem::{align_of, size_of, MaybeUninit};

use crate::error::ask;
use crate::{sys, Error, Gpa, Gva, Mapping};

/// One page of 512 entries.
pub type Table = sys::metes_table;

const _: () = assert!(size_of::<Table>() == 4096 && align_of::<Table>() <= 8);

/// A pool of page tables in use, the root first, and the builder's notes beside it: none can be touched meanwhile.
#[derive(Debug)]
pub struct PageTables<'a> {
    pool: sys::metes_pt,
    tables: &'a mut [Table],
    level: &'a mut [u8],
    parent: &'a mut [u32],
}

/// Where a guest-virtual address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// There.
    pub gpa: Gpa,
    /// What all levels together allow: `sys::METES_READ` and its like, `sys::METES_COPY_ON_WRITE`.
    pub flags: u32,
    /// The entry of the last level.
    pub entry: u64,
}

pub(crate) fn led(w: sys::metes_walk, gva: Gva) -> Result<Walk, Error> {
    match w.status {
        sys::METES_OK => Ok(Walk { gpa: Gpa(w.gpa), flags: w.flags, entry: w.entry }),
        status => Err(Error { status, requested: gva.0, limit: 0, index: 0 }),
    }
}

impl<'a> PageTables<'a> {
    /// Begins with an empty root. As many tables as all three have room for, in whole pages of `memory`; links count
    /// from `base`: [`crate::Layout::pt_gpa`].
    pub fn new(
        memory: &'a mut [u8],
        level: &'a mut [u8],
        parent: &'a mut [u32],
        base: Gpa,
    ) -> Result<Self, Error> {
        // SAFETY: any bytes are a table.
        let (before, tables, _) = unsafe { memory.align_to_mut::<Table>() };
        let n = tables.len().min(level.len()).min(parent.len()) as u64;
        let mut pool = MaybeUninit::uninit();

        if !before.is_empty() {
            return Err(Error {
                status: sys::METES_E_MAP_UNALIGNED,
                requested: before.len() as u64,
                limit: 8,
                index: 0,
            });
        }
        let (t, l, p) = (tables.as_mut_ptr(), level.as_mut_ptr(), parent.as_mut_ptr());
        // SAFETY: each array has at least n elements; no two of the places are one.
        ask(|e| unsafe { sys::metes_pt_init(pool.as_mut_ptr(), t, l, p, n, base.0, e) })?;
        // SAFETY: where nothing is refused it is filled.
        Ok(PageTables { pool: unsafe { pool.assume_init() }, tables, level, parent })
    }

    /// Maps pages. What is refused changes no translation.
    pub fn map(&mut self, m: Mapping) -> Result<(), Error> {
        let (t, l, p) = (self.tables.as_mut_ptr(), self.level.as_mut_ptr(), self.parent.as_mut_ptr());

        // SAFETY: the pool and its notes are as the functions of core left them.
        ask(|e| unsafe { sys::metes_pt_map(&mut self.pool, t, l, p, m.0, e) })
    }

    /// The same by pages of 2 MiB.
    pub fn map_large(&mut self, m: Mapping) -> Result<(), Error> {
        let (t, l, p) = (self.tables.as_mut_ptr(), self.level.as_mut_ptr(), self.parent.as_mut_ptr());

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_pt_map_large(&mut self.pool, t, l, p, m.0, e) })
    }

    /// Makes the tables that a range needs, so that mapping there does not run out of them.
    pub fn reserve(&mut self, gva: Gva, pages: u64) -> Result<(), Error> {
        let (t, l, p) = (self.tables.as_mut_ptr(), self.level.as_mut_ptr(), self.parent.as_mut_ptr());

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_pt_reserve(&mut self.pool, t, l, p, gva.0, pages, e) })
    }

    /// Where an address leads.
    pub fn walk(&self, gva: Gva) -> Result<Walk, Error> {
        let n = u64::from(self.pool.used);

        // SAFETY: the tables in use are there.
        led(unsafe { sys::metes_pt_walk(self.tables.as_ptr(), n, self.pool.base_gpa, gva.0) }, gva)
    }

    /// Tables in use: the first of the pool.
    pub fn used(&self) -> usize {
        usize::from(self.pool.used)
    }
}
