// SPDX-License-Identifier: Apache-2.0
//! Plans of KVM's memory slots.
use core::marker::PhantomData;
use core::mem::{align_of, offset_of, size_of, MaybeUninit};

use crate::error::ask;
use crate::{sys, Error, Gpa, Layout, Mapping};

/// One slot, as KVM_SET_USER_MEMORY_REGION wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)] // as struct metes_memslot: see below
pub struct Slot {
    /// Its number.
    pub slot: u32,
    /// KVM's flags: `sys::METES_SLOT_READONLY`, `sys::METES_SLOT_LOG_DIRTY_PAGES`.
    pub flags: u32,
    /// Where the guest has it.
    pub gpa: Gpa,
    /// Bytes.
    pub size: u64,
    /// Where the host has it.
    pub host: u64,
}

impl Slot {
    /// The guest cannot write there.
    pub fn is_read_only(&self) -> bool {
        self.flags & sys::METES_SLOT_READONLY != 0
    }
}

const _: () = assert!(
    size_of::<Slot>() == size_of::<sys::metes_memslot>()
        && align_of::<Slot>() == align_of::<sys::metes_memslot>()
        && offset_of!(Slot, flags) == offset_of!(sys::metes_memslot, flags)
        && offset_of!(Slot, gpa) == offset_of!(sys::metes_memslot, gpa)
        && offset_of!(Slot, size) == offset_of!(sys::metes_memslot, size)
        && offset_of!(Slot, host) == offset_of!(sys::metes_memslot, host)
);

/// What the host allows: ask KVM and the CPU.
#[derive(Clone, Copy, Debug)]
pub struct Limits(pub sys::metes_limits);

impl Limits {
    /// `physical_bits` of guest-physical address, at most `max_slots` slots (KVM_CAP_NR_MEMSLOTS), user space as Linux
    /// has it on x86-64.
    pub fn new(physical_bits: u32, max_slots: u32) -> Self {
        Limits(sys::metes_limits {
            gpa_end: 1u64.checked_shl(physical_bits).unwrap_or(u64::MAX),
            host_end: 1 << 47,
            max_slots,
            n_reserved: 0,
            reserved: [sys::metes_range { start: 0, end: 0 }; sys::METES_MAX_RESERVED as usize],
        })
    }
}

/// Memory of the host that backs a slot for as long as `'m`.
#[derive(Clone, Copy, Debug)]
pub struct Backing<'m> {
    address: u64,
    length: u64,
    memory: PhantomData<&'m mut [u8]>,
}

impl<'m> Backing<'m> {
    /// These bytes.
    pub fn of(memory: &'m mut [u8]) -> Self {
        Backing { address: memory.as_mut_ptr() as u64, length: memory.len() as u64, memory: PhantomData }
    }

    /// Memory that somebody else keeps alive, for instance a mapping of vm-memory. Only its numbers are taken.
    pub fn at(address: u64, length: u64) -> Self {
        Backing { address, length, memory: PhantomData }
    }
}

/// A sound plan of at most `N` slots, two of them the layout's own, over memory that lives at least as long.
/// The memory cannot be touched, nor freed, while it is lent to a plan:
///
/// ```compile_fail,E0505
/// # use metes::{Backing, Config, Layout, Limits, Plan, Profile};
/// # let layout = Layout::new(&Profile::hyperlight(), &Config::default()).unwrap();
/// let (mut snapshot, mut scratch) = (vec![0; 1 << 20], vec![0; 1 << 20]);
/// let (a, b) = (Backing::of(&mut snapshot), Backing::of(&mut scratch));
/// let plan: Plan = Plan::new(&layout, a, b, &Limits::new(36, 509)).unwrap();
/// drop(scratch);
/// println!("{:?}", plan.slots());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Plan<'m, const N: usize = 2> {
    slots: [Slot; N],
    n: u32,
    limits: Limits,
    memory: PhantomData<&'m mut [u8]>,
}

impl<'m, const N: usize> Plan<'m, N> {
    /// The plan of a layout: slot 0 the snapshot, read-only; slot 1 scratch, writable.
    pub fn new(
        layout: &Layout,
        snapshot: Backing<'m>,
        scratch: Backing<'m>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        const { assert!(N >= 2, "a layout has two slots") };
        let none = Slot { slot: 0, flags: 0, gpa: Gpa(0), size: 0, host: 0 };
        let mut plan = Plan { slots: [none; N], n: 2, limits: *limits, memory: PhantomData };

        for (backing, needed) in [(snapshot, layout.snapshot_size()), (scratch, layout.scratch_size())] {
            if backing.length < needed {
                return Err(Error::short(needed, backing.length as usize));
            }
        }
        let (l, s, m) = (&layout.0, plan.slots.as_mut_ptr().cast(), &limits.0);
        // SAFETY: there is room for two slots; no two of the places are one.
        ask(|e| unsafe { sys::metes_plan_layout(l, snapshot.address, scratch.address, m, s, e) })?;
        Ok(plan)
    }

    /// Adds memory at `gpa` in slot number `slot`. What is refused leaves the plan as it was.
    pub fn add(&mut self, slot: u32, flags: u32, gpa: Gpa, backing: Backing<'m>) -> Result<(), Error> {
        let Some(end) = gpa.0.checked_add(backing.length) else {
            return Err(Error {
                status: sys::METES_E_SLOT_GPA,
                requested: backing.length,
                limit: u64::MAX - gpa.0,
                index: self.n,
            });
        };
        let x = sys::metes_extra {
            start: gpa.0,
            end,
            host: backing.address,
            host_size: backing.length,
            slot,
            flags,
        };

        if self.n as usize == N {
            return Err(Error {
                status: sys::METES_E_SLOT_BUDGET,
                requested: N as u64 + 1,
                limit: N as u64,
                index: 0,
            });
        }
        let (s, m) = (self.slots.as_mut_ptr().cast(), &self.limits.0);
        // SAFETY: slot n is within the array; no two of the places are one.
        ask(|e| unsafe { sys::metes_plan_add(s, self.n, &x, m, e) })?;
        self.n += 1;
        Ok(())
    }

    /// Takes the slot of that number out. The layout's own stay.
    pub fn remove(&mut self, slot: u32) -> Result<(), Error> {
        let (s, m) = (self.slots.as_mut_ptr().cast(), &self.limits.0);

        // SAFETY: the first n slots are a plan; no two of the places are one.
        ask(|e| unsafe { sys::metes_plan_remove(s, self.n, slot, m, e) })?;
        self.n -= 1;
        Ok(())
    }

    /// The lowest free place for `size` bytes of a file, beside all slots: its guest-physical range is for
    /// [`Plan::add`], its guest-virtual one for [`crate::FileMapping::new`].
    pub fn place_file(&self, layout: &Layout, size: u64) -> Result<Mapping, Error> {
        let (s, m, mut x) = (self.slots.as_ptr().cast(), &self.limits.0, MaybeUninit::uninit());

        // SAFETY: the first n slots are a plan; no two of the places are one.
        ask(|e| unsafe { sys::metes_file_place(&layout.0, s, self.n, m, size, x.as_mut_ptr(), e) })?;
        // SAFETY: where nothing is refused it is filled.
        Ok(Mapping(unsafe { x.assume_init() }))
    }

    /// The slots, in no order.
    pub fn slots(&self) -> &[Slot] {
        &self.slots[..self.n as usize]
    }
}

/// Is anybody's plan sound? Any slots, in any order.
pub fn check(slots: &[Slot], limits: &Limits) -> Result<(), Error> {
    let n = u32::try_from(slots.len()).unwrap_or(u32::MAX); // more than there are numbers is refused either way

    // SAFETY: the slice is at least as long as is said, of what has the layout of a slot in C.
    ask(|e| unsafe { sys::metes_plan_check(slots.as_ptr().cast(), n, &limits.0, e) })
}
