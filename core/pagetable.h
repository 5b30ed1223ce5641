/* SPDX-License-Identifier: Apache-2.0
 * Page tables of x86-64, four levels: built in memory that the caller gives, and
 * walked in memory that anyone may have written. */
#ifndef METES_PAGETABLE_H
#define METES_PAGETABLE_H

#include "layout.h"

/* A further flag of a mapping, beside METES_READ, METES_WRITE, METES_EXECUTE: not
 * writable now, and software bit 9 of the entry is set, so that the guest's own
 * fault handler copies the page. (PT-10) */
#define METES_COPY_ON_WRITE 8u

/* The most tables in one pool: 65535 of them map 127 GiB. (PT-1) */
#define METES_PT_MAX_TABLES 65535u

/* Bits of an entry, as the processor reads them (Intel SDM 3A, 4.5). */
#define METES_ENTRY_PRESENT 0x1ULL
#define METES_ENTRY_WRITABLE 0x2ULL
#define METES_ENTRY_ACCESSED 0x20ULL
#define METES_ENTRY_DIRTY 0x40ULL
#define METES_ENTRY_LARGE 0x80ULL
#define METES_ENTRY_COPY_ON_WRITE 0x200ULL
#define METES_ENTRY_NO_EXECUTE 0x8000000000000000ULL

/* One page of 512 entries. The host is little-endian, as the guest is: an entry
 * is a word of the host (checked when this is compiled). */
struct metes_table {
  uint64_t e[512];
};

/* A pool of tables, the root first. The caller owns, beside this, three arrays of
 * `n` elements each, and hands the same ones to every call:
 *   tables   the tables themselves, n pages: what the guest will run on
 *   level    uint8_t, 4 for the root … 1 for tables of pages      | the builder's own
 *   parent   uint32_t, 512 * table + entry that holds the link    | notes, not the guest's
 * Links hold addresses from base_gpa on: where the tables lie when the guest runs
 * (pt_gpa of the layout), not where they are built. */
struct metes_pt {
  uint64_t base_gpa;
  uint16_t n;    /* tables there */
  uint16_t used; /* tables in use: the first `used` pages are all that the guest needs */
};

/* `pages` pages from guest-virtual `gva`, onto as many from guest-physical `gpa`. */
struct metes_mapping {
  uint64_t gva;
  uint64_t gpa;
  uint64_t pages;
  uint32_t flags; /* METES_READ always, with METES_EXECUTE and one of METES_WRITE, METES_COPY_ON_WRITE */
};

/* Where a guest-virtual address leads. */
struct metes_walk {
  enum metes_status status;
  uint32_t flags; /* METES_READ | …: what all levels together allow */
  uint64_t gpa;
  uint64_t entry; /* of the last level; gpa, flags and entry are 0 unless status is METES_OK */
};

#include "../spec/pagetable.acsl"

/* Tables that surely suffice to map `pages` pages from `gva`, the root not counted:
 * one of the last level for each 2 MiB that the range touches, one of the next for
 * each GiB, one for each 512 GiB. Total. (PT-11) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @*/
uint64_t metes_pt_tables_for(uint64_t gva, uint64_t pages);

/* Tables that surely suffice to map the windows of *l, the snapshot's memory and
 * all of scratch, in any pieces: the config's pt_size is 4096 times as much (it
 * does not depend on the layout's own pt_size, so that a layout computed with
 * pt_size 0 will do). Total. (PT-12) */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @*/
uint64_t metes_pt_pages_needed(const struct metes_layout *l);

/* Begins with an empty root: nothing is mapped. (PT-1)
 * Returns METES_OK, or METES_E_PT_POOL with nothing written: n is not 1 to 65535
 * (index 0), or base_gpa is 0, no page multiple, or too high for n tables (index 1). */
enum metes_status metes_pt_init(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                uint32_t *parent, uint64_t n, uint64_t base_gpa,
                                struct metes_error *err);

/* Makes all tables that a range of guest-virtual space needs, so that mapping any
 * of its pages will not be METES_E_MAP_FULL. No translation changes. (PT-13)
 * Returns METES_OK or, in this order, METES_E_MAP_UNALIGNED, METES_E_MAP_GVA,
 * METES_E_MAP_FULL: only if fewer than metes_pt_tables_for(gva, pages) were left. */
enum metes_status metes_pt_reserve(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                   uint32_t *parent, uint64_t gva, uint64_t pages,
                                   struct metes_error *err);

/* Maps m.pages pages: each page of [m.gva, m.gva + 4096 * m.pages) then leads to its
 * page from m.gpa on, with m.flags, and every other address leads where it did. (PT-14)
 * Returns METES_OK or, with no translation changed, the first of METES_E_MAP_FLAGS,
 * METES_E_MAP_UNALIGNED, METES_E_MAP_GVA, METES_E_MAP_GPA, METES_E_MAP_TWICE,
 * METES_E_MAP_FULL (as for metes_pt_reserve). Pages are the supervisor's; accessed
 * and dirty bits are set, so that the processor never writes into the tables. */
enum metes_status metes_pt_map(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                               uint32_t *parent, struct metes_mapping m, struct metes_error *err);

/* Follows `gva` through the n tables, the root first, whose links count from
 * base_gpa. Total: the tables may hold anything, and none but these is read. (PT-15)
 * Status METES_OK, or METES_E_MAP_GVA (gva is not canonical), METES_E_UNMAPPED,
 * METES_E_WALK_LARGE, METES_E_WALK_LINK (also where n is 0). */
struct metes_walk metes_pt_walk(const struct metes_table *tables, uint64_t n, uint64_t base_gpa,
                                uint64_t gva);

#endif
