// SPDX-License-Identifier: Apache-2.0
//! The table of file mappings in the PEB, which the guest may write to.
use core::mem::MaybeUninit;

use crate::error::ask;
use crate::{sys, Error, Gva, Layout};

/// One mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMapping(sys::metes_file_mapping);

impl FileMapping {
    /// A mapping of whole pages under a label of 1 to 63 bytes; a longer one is cut at 64 and then refused.
    pub fn new(label: &[u8], gva: Gva, size: u64) -> Self {
        let mut f = sys::metes_file_mapping { gva: gva.0, size, label: [0; sys::METES_LABEL_SIZE as usize] };
        let n = label.len().min(f.label.len());

        f.label[..n].copy_from_slice(&label[..n]);
        FileMapping(f)
    }

    /// The label's bytes.
    pub fn label(&self) -> &[u8] {
        self.0.label.split(|&b| b == 0).next().unwrap_or_default()
    }

    /// Where the guest has it.
    pub fn gva(&self) -> Gva {
        Gva(self.0.gva)
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.0.size
    }
}

impl Layout {
    /// How many mappings the table says there are.
    pub fn file_mapping_count(&self, snapshot: &[u8]) -> Result<u32, Error> {
        let (m, len, mut n) = (snapshot.as_ptr(), snapshot.len() as u64, 0);

        // SAFETY: the slice is as long as is said, the others are places of their own.
        ask(|e| unsafe { sys::metes_file_mapping_count(&self.0, m, len, &mut n, e) })?;
        Ok(n)
    }

    /// The mapping at a place below the count.
    pub fn file_mapping(&self, snapshot: &[u8], place: u32) -> Result<FileMapping, Error> {
        let (m, len, mut f) = (snapshot.as_ptr(), snapshot.len() as u64, MaybeUninit::uninit());

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_file_mapping_get(&self.0, m, len, place, f.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        Ok(FileMapping(unsafe { f.assume_init() }))
    }

    /// Adds a mapping to the table.
    pub fn add_file_mapping(&self, snapshot: &mut [u8], f: FileMapping) -> Result<(), Error> {
        let (m, len) = (snapshot.as_mut_ptr(), snapshot.len() as u64);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_file_mapping_add(&self.0, m, len, f.0, e) })
    }

    /// Takes one out; the last takes its place.
    pub fn remove_file_mapping(&self, snapshot: &mut [u8], place: u32) -> Result<(), Error> {
        let (m, len) = (snapshot.as_mut_ptr(), snapshot.len() as u64);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_file_mapping_remove(&self.0, m, len, place, e) })
    }
}
