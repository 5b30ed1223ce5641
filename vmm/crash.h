/* SPDX-License-Identifier: Apache-2.0
 * What a guest that failed was doing: where its fault found it, who had called, what a debugger calls it. */
#ifndef METES_CRASH_H
#define METES_CRASH_H

#include "image.h"
#include "stop.h"

/* Frames that a backtrace has at most. */
#define METES_FRAMES 32

/* A fault that the guest told of as vmm/guest/abi.h says: the registers of *s become those that its
 * exception found. Anything else, and a frame that cannot be read, leaves them as they are. */
void metes_crash_found(const struct metes_guest_memory *g, struct metes_stop *s);

/* Whether the processor still stood where the guest had brought it: a triple fault resets one of
 * AMD, paging is off and nothing is left to tell. */
bool metes_stop_survived(const struct metes_stop *s);

/* The root of the page tables to see its memory through: its own, or where the processor was reset
 * those that it began with. */
uint64_t metes_stop_cr3(const struct metes_guest_memory *g, const struct metes_stop *s);

/* rip and the return addresses behind it, innermost first, along the chain of frame pointers: each
 * word read once; it ends where a frame cannot be read, lies no higher than the one before, or
 * returns to 0. Returns how many, 0 where there are no registers. */
unsigned metes_backtrace(const struct metes_guest_memory *g, const struct metes_stop *s,
                         uint64_t rips[METES_FRAMES]);

/* The signal of a process that would end so; 0 where all is well. Of those that have one number
 * for Linux and for gdb. */
int metes_stop_signal(const struct metes_stop *s);

/* Pages of the guest's two windows, with its files between them, and where page k of them begins: guest-virtual. */
uint64_t metes_window_pages(const struct metes_guest_memory *g);
uint64_t metes_window_page(const struct metes_guest_memory *g, uint64_t k);

/* Finds a page of its windows that leads to `gpa`, as the page tables are now. */
bool metes_seen_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gpa, uint64_t *page);

#endif
