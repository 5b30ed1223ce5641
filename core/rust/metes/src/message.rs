// SPDX-License-Identifier: Apache-2.0
//! Messages between host and guest: elements of their buffers.
use core::mem::MaybeUninit;

use crate::error::ask;
use crate::{sys, Error};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A function is called, by its name.
    Call(&'a [u8]),
    /// It has returned.
    Result,
    /// It has failed, with a code that is not 0.
    Error(u32),
}

/// A message, over the bytes that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is.
    pub kind: Kind<'a>,
    /// What it carries.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads all of the bytes as one message. They may be anyone's.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let (m, len, mut out) = (bytes.as_ptr(), bytes.len() as u64, MaybeUninit::uninit());

        // SAFETY: the slice is as long as is said, the others are places of their own.
        ask(|e| unsafe { sys::metes_message_parse(m, len, out.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        let out: sys::metes_message = unsafe { out.assume_init() };
        let part = |at: u64, n: u64| &bytes[at as usize..][..n as usize];
        let kind = match out.kind {
            sys::METES_MESSAGE_CALL => Kind::Call(part(out.name, out.name_length)),
            sys::METES_MESSAGE_RESULT => Kind::Result,
            _ => Kind::Error(out.code),
        };

        Ok(Message { kind, payload: part(out.payload, out.payload_length) })
    }

    /// Writes it: the part of `to` that it is.
    pub fn put<'t>(&self, to: &'t mut [u8]) -> Result<&'t [u8], Error> {
        let (kind, code, name) = match self.kind {
            Kind::Call(name) => (sys::METES_MESSAGE_CALL, 0, name),
            Kind::Result => (sys::METES_MESSAGE_RESULT, 0, &[][..]),
            Kind::Error(code) => (sys::METES_MESSAGE_ERROR, code, &[][..]),
        };
        let (m, room, mut size) = (to.as_mut_ptr(), to.len() as u64, 0);
        let (n, p) = (name.len() as u64, self.payload.len() as u64);

        // SAFETY: the slices are as long as is said; what is exclusive meets nothing.
        ask(|e| unsafe {
            sys::metes_message_put(
                m,
                room,
                kind,
                code,
                name.as_ptr(),
                n,
                self.payload.as_ptr(),
                p,
                &mut size,
                e,
            )
        })?;
        Ok(&to[..size as usize])
    }
}
