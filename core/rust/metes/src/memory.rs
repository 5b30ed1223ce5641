// SPDX-License-Identifier: Apache-2.0
//! The one door to a guest's memory while the guest stands still.
use crate::error::ask;
use crate::tables::led;
use crate::{sys, Error, Gpa, Gva, Layout, Walk};

/// A guest's memory as the host has it, lent for as long as this lives: so that the guest does not run meanwhile.
#[derive(Debug)]
pub struct Memory<'m> {
    door: sys::metes_memory,
    _snapshot: &'m [u8],
    _scratch: &'m mut [u8],
}

impl<'m> Memory<'m> {
    /// Refused where one of them is shorter than its window.
    pub fn new(layout: &Layout, snapshot: &'m [u8], scratch: &'m mut [u8]) -> Result<Self, Error> {
        for (there, needed) in
            [(snapshot.len(), layout.snapshot_size()), (scratch.len(), layout.scratch_size())]
        {
            if (there as u64) < needed {
                return Err(Error::short(needed, there));
            }
        }
        let door = sys::metes_memory {
            layout: layout.0,
            snapshot: snapshot.as_ptr(),
            scratch: scratch.as_mut_ptr(),
        };

        Ok(Memory { door, _snapshot: snapshot, _scratch: scratch })
    }

    /// Copies from a guest-physical address.
    pub fn read(&self, gpa: Gpa, to: &mut [u8]) -> Result<(), Error> {
        let (m, len) = (to.as_mut_ptr(), to.len() as u64);

        // SAFETY: the windows are as long as the layout says; what is exclusive meets nothing.
        ask(|e| unsafe { sys::metes_gpa_read(&self.door, gpa.0, m, len, e) })
    }

    /// Copies to a guest-physical address in scratch.
    pub fn write(&mut self, gpa: Gpa, from: &[u8]) -> Result<(), Error> {
        let (m, len) = (from.as_ptr(), from.len() as u64);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_gpa_write(&self.door, gpa.0, m, len, e) })
    }

    /// Where a guest-virtual address leads, by the tables that the guest runs on.
    pub fn walk(&self, cr3: Gpa, gva: Gva) -> Result<Walk, Error> {
        // SAFETY: as above.
        led(unsafe { sys::metes_gva_walk(&self.door, cr3.0, gva.0) }, gva)
    }

    /// Copies from a guest-virtual address; what is refused half-way has filled the beginning of `to`.
    pub fn read_virtual(&self, cr3: Gpa, gva: Gva, to: &mut [u8]) -> Result<(), Error> {
        let (m, len, mut done) = (to.as_mut_ptr(), to.len() as u64, 0);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_gva_read(&self.door, cr3.0, gva.0, m, len, &mut done, e) })
    }

    /// Copies to a guest-virtual address, within one page of scratch.
    pub fn write_virtual(&mut self, cr3: Gpa, gva: Gva, from: &[u8]) -> Result<(), Error> {
        let (m, len) = (from.as_ptr(), from.len() as u64);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_gva_write(&self.door, cr3.0, gva.0, m, len, e) })
    }

    /// Pushes an element onto the input buffer.
    pub fn push_input(&mut self, element: &[u8]) -> Result<(), Error> {
        let (m, len) = (element.as_ptr(), element.len() as u64);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_input_push(&self.door, m, len, e) })
    }

    /// Takes the element on top of the output buffer: the part of `to` that it is.
    pub fn take_output<'t>(&mut self, to: &'t mut [u8]) -> Result<&'t [u8], Error> {
        let (m, room, mut n) = (to.as_mut_ptr(), to.len() as u64, 0);

        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_output_take(&self.door, m, room, &mut n, e) })?;
        Ok(&to[..n as usize])
    }

    /// Empties both buffers.
    pub fn clear_buffers(&mut self) -> Result<(), Error> {
        // SAFETY: as above.
        ask(|e| unsafe { sys::metes_buffers_clear(&self.door, e) })
    }
}
