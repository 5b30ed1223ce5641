// SPDX-License-Identifier: Apache-2.0
//! ELF images, and what of a guest its page tables map.
use core::mem::MaybeUninit;

use crate::error::ask;
use crate::{sys, Error, Gva, Layout};

/// An image that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image(sys::metes_image);

/// Pages from a guest-virtual address, onto as many guest-physical ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping(pub sys::metes_mapping);

impl Image {
    /// Reads a file, which may be anyone's. `code` is where the code region lies; a segment may be writable and
    /// executable only if `writable_code` says so.
    pub fn parse(file: &[u8], code: Gva, writable_code: bool) -> Result<Self, Error> {
        let options = if writable_code { sys::METES_ELF_WRITABLE_CODE } else { 0 };
        let (m, len, mut image) = (file.as_ptr(), file.len() as u64, MaybeUninit::uninit());

        // SAFETY: the slice is as long as is said, the others are places of their own.
        ask(|e| unsafe { sys::metes_elf_parse(m, len, code.0, options, image.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        Ok(Image(unsafe { image.assume_init() }))
    }

    /// Bytes of code region that it needs: the configuration's `code_size`.
    pub fn span(&self) -> u64 {
        self.0.span
    }

    /// Loads it from its file into the snapshot's memory.
    pub fn load(&self, file: &[u8], snapshot: &mut [u8]) -> Result<(), Error> {
        let (from, len) = (file.as_ptr(), file.len() as u64);
        let (to, room) = (snapshot.as_mut_ptr(), snapshot.len() as u64);

        // SAFETY: the slices cannot overlap and are as long as is said.
        ask(|e| unsafe { sys::metes_elf_load(&self.0, from, len, to, room, e) })
    }

    /// Where it begins, for [`Layout::entry`].
    pub fn entry(&self, layout: &Layout) -> Gva {
        // SAFETY: both are whole.
        Gva(unsafe { sys::metes_image_entry(&layout.0, &self.0) })
    }

    /// All that a guest of this image has mapped: its segments, PEB, heap, init data, scratch.
    pub fn mappings<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = Mapping> + 'a {
        // SAFETY: a whole image is lent.
        let n = unsafe { sys::metes_mapping_count(&self.0) };

        // SAFETY: both are whole.
        (0..n).map(|k| Mapping(unsafe { sys::metes_mapping_of(&layout.0, &self.0, k) }))
    }
}

impl Layout {
    /// In place of the PEB's mapping, where the PEB and its table are the guest's own: their page, and the rest of
    /// their region. (MAP-7)
    pub fn own_peb_mappings(&self) -> [Mapping; 2] {
        // SAFETY: a whole layout is lent.
        [0, 1].map(|k| Mapping(unsafe { sys::metes_peb_mapping(&self.0, k) }))
    }
}
