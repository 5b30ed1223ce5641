// SPDX-License-Identifier: Apache-2.0
//! Where everything lies, and what the host writes there before a guest starts.
use core::mem::MaybeUninit;

use crate::error::ask;
use crate::{sys, Config, Error, Gpa, Gva, Permissions, Profile};

/// A sound layout: there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout(pub(crate) sys::metes_layout);

/// A region of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Region {
    pub place: Place,
    pub start: Gpa,
    pub end: Gpa,
    pub permissions: Permissions,
}

/// The registers of a guest that starts; see core/scratch.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Entry {
    pub cr3: Gpa,
    pub rip: Gva,
    pub rsp: Gva,
    pub rdi: Gva,
    pub rdx: u64,
    pub rflags: u64,
}

/// The words of the PEB: sizes in bytes, addresses guest-virtual.
pub type Peb = sys::metes_peb;

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Place {
    None,
    NullGuard,
    Code,
    Peb,
    Heap,
    InitData,
    SnapshotTables,
    Input,
    Output,
    ScratchTables,
    Free,
}

/// Where a range of guest memory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Up to `SnapshotTables` in the snapshot, else in scratch.
    pub place: Place,
    /// What the guest may do there.
    pub permissions: Permissions,
    /// Of its first byte, from the start of that window.
    pub offset: u64,
}

pub(crate) fn place(p: sys::metes_place) -> Place {
    match p {
        sys::METES_PLACE_NULL_GUARD => Place::NullGuard,
        sys::METES_PLACE_CODE => Place::Code,
        sys::METES_PLACE_PEB => Place::Peb,
        sys::METES_PLACE_HEAP => Place::Heap,
        sys::METES_PLACE_INIT_DATA => Place::InitData,
        sys::METES_PLACE_SNAPSHOT_PT => Place::SnapshotTables,
        sys::METES_PLACE_INPUT => Place::Input,
        sys::METES_PLACE_OUTPUT => Place::Output,
        sys::METES_PLACE_SCRATCH_PT => Place::ScratchTables,
        sys::METES_PLACE_FREE => Place::Free,
        _ => Place::None,
    }
}

impl Layout {
    /// The layout of a configuration, or the first clause that it breaks.
    pub fn new(profile: &Profile, config: &Config) -> Result<Self, Error> {
        let (c, mut l) = (config.raw(), MaybeUninit::uninit());

        // SAFETY: four places of their own.
        ask(|e| unsafe { sys::metes_layout_compute(&profile.0, &c, l.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        Ok(Layout(unsafe { l.assume_init() }))
    }

    /// The layout with just as many page tables as may be needed: first without, then with them. `pt_size` is not
    /// asked.
    pub fn with_tables(profile: &Profile, config: &Config) -> Result<Self, Error> {
        let first = Self::new(profile, &Config { pt_size: 0, ..*config })?;

        Self::new(
            profile,
            &Config { pt_size: first.pt_pages_needed().saturating_mul(crate::PAGE_SIZE), ..*config },
        )
    }

    /// All its numbers.
    pub fn raw(&self) -> &sys::metes_layout {
        &self.0
    }

    /// Bytes of the snapshot's window, page tables included.
    pub fn snapshot_size(&self) -> u64 {
        self.0.snapshot_size
    }

    /// Bytes of scratch.
    pub fn scratch_size(&self) -> u64 {
        self.0.scratch_size
    }

    /// Where the snapshot begins.
    pub fn snapshot_gpa(&self) -> Gpa {
        Gpa(self.0.snapshot_gpa)
    }

    /// Where scratch begins.
    pub fn scratch_gpa(&self) -> Gpa {
        Gpa(self.0.scratch_gpa)
    }

    /// Where the page tables lie when the guest runs: the base of [`crate::PageTables`].
    pub fn pt_gpa(&self) -> Gpa {
        Gpa(self.0.pt_gpa)
    }

    /// The part of the snapshot in which its page tables are built.
    pub fn tables_in<'m>(&self, snapshot: &'m mut [u8]) -> Result<&'m mut [u8], Error> {
        let there = snapshot.len();

        snapshot
            .get_mut(self.0.memory_size as usize..self.0.snapshot_size as usize)
            .ok_or(Error::short(self.0.snapshot_size, there))
    }

    /// Page tables that surely suffice to map all of it.
    pub fn pt_pages_needed(&self) -> u64 {
        // SAFETY: a whole layout is lent.
        unsafe { sys::metes_pt_pages_needed(&self.0) }
    }

    /// The regions, which tile the snapshot's memory.
    pub fn regions(&self) -> impl Iterator<Item = Region> {
        let mut r =
            [sys::metes_region { start: 0, end: 0, flags: 0, r#type: 0 }; sys::METES_MAX_REGIONS as usize];
        // SAFETY: there is room for the most that there can be.
        let n = unsafe { sys::metes_regions(&self.0, r.as_mut_ptr()) };

        r.into_iter().take(n as usize).map(|r| Region {
            place: place(sys::METES_PLACE_CODE + r.r#type),
            start: Gpa(r.start),
            end: Gpa(r.end),
            permissions: Permissions(r.flags),
        })
    }

    /// What lies at a guest-physical address.
    pub fn place_of(&self, gpa: Gpa) -> Place {
        // SAFETY: a whole layout is lent.
        place(unsafe { sys::metes_place_of_gpa(&self.0, gpa.0) })
    }

    /// What lies at a guest-virtual address.
    pub fn place_of_virtual(&self, gva: Gva) -> Place {
        // SAFETY: a whole layout is lent.
        place(unsafe { sys::metes_place_of_gva(&self.0, gva.0) })
    }

    /// The place that holds all of `[gpa, gpa + length)`.
    pub fn resolve(&self, gpa: Gpa, length: u64) -> Result<Span, Error> {
        // SAFETY: a whole layout is lent.
        let s = unsafe { sys::metes_gpa_resolve(&self.0, gpa.0, length) };

        match s.status {
            sys::METES_OK => {
                Ok(Span { place: place(s.place), permissions: Permissions(s.flags), offset: s.offset })
            }
            status => Err(Error { status, requested: gpa.0, limit: length, index: 0 }),
        }
    }

    /// The registers to start a guest with.
    pub fn entry(&self, at: Gva) -> Entry {
        // SAFETY: a whole layout is lent.
        let e = unsafe { sys::metes_entry_of(&self.0, at.0) };

        Entry {
            cr3: Gpa(e.cr3),
            rip: Gva(e.rip),
            rsp: Gva(e.rsp),
            rdi: Gva(e.rdi),
            rdx: e.rdx,
            rflags: e.rflags,
        }
    }

    /// What the PEB says.
    pub fn peb(&self) -> Peb {
        // SAFETY: a whole layout is lent.
        unsafe { sys::metes_peb_of(&self.0) }
    }

    /// Writes the PEB into the snapshot's memory.
    pub fn write_peb(&self, snapshot: &mut [u8]) -> Result<(), Error> {
        // SAFETY: the slice is exclusive and as long as is said.
        ask(|e| unsafe { sys::metes_peb_write(&self.0, snapshot.as_mut_ptr(), snapshot.len() as u64, e) })
    }

    /// Writes the init data, which must be as long as was announced.
    pub fn write_init_data(&self, snapshot: &mut [u8], data: &[u8]) -> Result<(), Error> {
        let (m, len) = (snapshot.as_mut_ptr(), snapshot.len() as u64);

        // SAFETY: the slices cannot overlap and are as long as is said.
        ask(|e| unsafe { sys::metes_init_data_write(&self.0, m, len, data.as_ptr(), data.len() as u64, e) })
    }

    /// Writes what a guest expects in its scratch.
    pub fn init_scratch(&self, scratch: &mut [u8], generation: u64) -> Result<(), Error> {
        let (m, len) = (scratch.as_mut_ptr(), scratch.len() as u64);

        // SAFETY: the slice is exclusive and as long as is said.
        ask(|e| unsafe { sys::metes_scratch_init(&self.0, generation, m, len, e) })
    }

    /// Copies the page tables to their place in scratch, where the guest runs on them.
    pub fn copy_tables(&self, snapshot: &[u8], scratch: &mut [u8]) -> Result<(), Error> {
        let (from, to) = (snapshot.as_ptr(), scratch.as_mut_ptr());
        let (from_len, to_len) = (snapshot.len() as u64, scratch.len() as u64);

        // SAFETY: the slices cannot overlap and are as long as is said.
        ask(|e| unsafe { sys::metes_scratch_copy_pt(&self.0, from, from_len, to, to_len, e) })
    }
}
