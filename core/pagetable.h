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
  uint64_t entry; /* of the last level; of a 2 MiB page, what this page of it would have there;
                   * gpa, flags and entry are 0 unless status is METES_OK */
};

#include "../spec/pagetable.acsl"

/* Tables that surely suffice to map `pages` pages from `gva`, the root not counted:
 * one of the last level for each 2 MiB that the range touches, one of the next for
 * each GiB, one for each 512 GiB. Total. (PT-11) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures pt_11: \result == TablesFor(gva, pages);
  @ ensures bound: \result <= 0x10000000;
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
  @ ensures pt_12: \result == TablesOf(*l);
  @*/
uint64_t metes_pt_pages_needed(const struct metes_layout *l);

/* Begins with an empty root: nothing is mapped. (PT-1)
 * Returns METES_OK, or METES_E_PT_POOL with nothing written: n is not 1 to 65535
 * (index 0), or base_gpa is 0, no page multiple, or too high for n tables (index 1). */
/*@ requires PtMemory(p, tables, level, parent, n) && ErrMemory(err, p, tables, level, parent, n);
  @ terminates \true;
  @ exits \false;
  @ assigns *p, tables[0], level[0], parent[0], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_PT_POOL;
  @ ensures pt_1: \result == METES_OK <==> PoolUsable(n, base_gpa);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures err_number: !(1 <= n <= 65535) ==> ErrorIs(err, n, 65535, 0);
  @ ensures err_base: \result != METES_OK && 1 <= n <= 65535 ==>
  @   ErrorIs(err, base_gpa, 0x10000000000000, 1);
  @ ensures refused: \result != METES_OK ==> p->used == \old(p->used) && p->n == \old(p->n) &&
  @   p->base_gpa == \old(p->base_gpa);
  @ ensures notes: \result != METES_OK && 0 < n ==>
  @   level[0] == \old(level[0]) && parent[0] == \old(parent[0]);
  @ ensures root: \result != METES_OK && 0 < n ==>
  @   \forall integer i; Ix(i) ==> tables[0].e[i] == \old(tables[0].e[i]);
  @ ensures made: \result == METES_OK ==> PtSound(p, tables, level, parent) &&
  @   p->n == n && p->base_gpa == base_gpa && p->used == 1 && parent[0] == 0;
  @ ensures empty: \result == METES_OK ==> \forall integer x; PageNumber(x) ==>
  @   EntryAt(tables, n, base_gpa, x) == 0;
  @*/
enum metes_status metes_pt_init(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                uint32_t *parent, uint64_t n, uint64_t base_gpa,
                                struct metes_error *err);

/* Makes all tables that a range of guest-virtual space needs, so that mapping any
 * of its pages will not be METES_E_MAP_FULL. No translation changes; where a large page
 * is, it stays, and mapping there is METES_E_MAP_TWICE. (PT-13)
 * Returns METES_OK or, in this order, METES_E_MAP_UNALIGNED, METES_E_MAP_GVA,
 * METES_E_MAP_FULL: only if fewer than metes_pt_tables_for(gva, pages) were left. */
/*@ requires PtMemory(p, tables, level, parent, p->n) && PtSound(p, tables, level, parent);
  @ requires ErrMemory(err, p, tables, level, parent, p->n);
  @ terminates \true;
  @ exits \false;
  @ assigns tables[0 .. p->n - 1], level[0 .. p->n - 1], parent[0 .. p->n - 1], p->used, *err;
  @ ensures known: \result == METES_OK || \result == METES_E_MAP_UNALIGNED ||
  @   \result == METES_E_MAP_GVA || \result == METES_E_MAP_FULL;
  @ ensures sound: PtSound(p, tables, level, parent);
  @ ensures kept: p->n == \old(p->n) && p->base_gpa == \old(p->base_gpa);
  @ ensures pt_3: \result == METES_E_MAP_UNALIGNED <==> !PageAligned(gva);
  @ ensures pt_4: \result == METES_E_MAP_GVA <==> PageAligned(gva) && !CanonicalPages(gva, pages);
  @ ensures pt_7: \result == METES_E_MAP_FULL ==> p->n < \old(p->used) + TablesFor(gva, pages) &&
  @   !Reserved{Pre}(tables, \at(p->n, Pre), \at(p->base_gpa, Pre), PageOf(gva), pages);
  @ ensures err_3: \result == METES_E_MAP_UNALIGNED ==> ErrorIs(err, gva, 4096, 0);
  @ ensures err_4: \result == METES_E_MAP_GVA ==> ErrorIs(err, gva, pages, 0);
  @ ensures err_7: \result == METES_E_MAP_FULL ==>
  @   ErrorIs(err, TablesFor(gva, pages), p->n - \old(p->used), 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures pt_13: \result == METES_OK ==>
  @   Reserved(tables, p->n, p->base_gpa, PageOf(gva), pages) &&
  @   p->used <= \old(p->used) + TablesFor(gva, pages);
  @ ensures more: \old(p->used) <= p->used;
  @ ensures entries: SameEntries{Pre,Post}(tables, p->n, p->base_gpa);
  @ ensures tables: KeptTables{Pre,Post}(tables, p->n, p->base_gpa);
  @*/
enum metes_status metes_pt_reserve(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                   uint32_t *parent, uint64_t gva, uint64_t pages,
                                   struct metes_error *err);

/* Maps m.pages pages: each page of [m.gva, m.gva + 4096 * m.pages) then leads to its
 * page from m.gpa on, with m.flags, and every other address leads where it did. (PT-14)
 * Returns METES_OK or, with no translation changed, the first of METES_E_MAP_FLAGS,
 * METES_E_MAP_UNALIGNED, METES_E_MAP_GVA, METES_E_MAP_GPA, METES_E_MAP_TWICE,
 * METES_E_MAP_FULL (as for metes_pt_reserve). Pages are the supervisor's; accessed
 * and dirty bits are set, so that the processor never writes into the tables. */
/*@ requires PtMemory(p, tables, level, parent, p->n) && PtSound(p, tables, level, parent);
  @ requires ErrMemory(err, p, tables, level, parent, p->n);
  @ terminates \true;
  @ exits \false;
  @ assigns tables[0 .. p->n - 1], level[0 .. p->n - 1], parent[0 .. p->n - 1], p->used, *err;
  @ ensures known: \result == METES_OK || METES_E_MAP_FLAGS <= \result <= METES_E_MAP_FULL;
  @ ensures sound: PtSound(p, tables, level, parent);
  @ ensures kept: p->n == \old(p->n) && p->base_gpa == \old(p->base_gpa);
  @ ensures pt_2: METES_E_MAP_FLAGS <= \result <= METES_E_MAP_GPA <==> MappingFlaw(m) != METES_OK;
  @ ensures pt_5: MappingFlaw(m) != METES_OK ==> \result == MappingFlaw(m) &&
  @   MappingPoints(m, \result, err->requested, err->limit, err->index);
  @ ensures pt_6: \result == METES_E_MAP_TWICE <==> MappingFlaw(m) == METES_OK &&
  @   !Unmapped{Pre}(tables, \at(p->n, Pre), \at(p->base_gpa, Pre), PageOf(m.gva), m.pages);
  @ ensures err_6: \result == METES_E_MAP_TWICE ==> err->index == 0 && TwiceAt{Pre}(tables,
  @   \at(p->n, Pre), \at(p->base_gpa, Pre), m, err->requested, err->limit);
  @ ensures pt_7: \result == METES_E_MAP_FULL ==>
  @   p->n < \old(p->used) + TablesFor(m.gva, m.pages) &&
  @   !Reserved{Pre}(tables, \at(p->n, Pre), \at(p->base_gpa, Pre), PageOf(m.gva), m.pages);
  @ ensures err_7: \result == METES_E_MAP_FULL ==>
  @   ErrorIs(err, TablesFor(m.gva, m.pages), p->n - \old(p->used), 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures more: \old(p->used) <= p->used;
  @ ensures refused: \result != METES_OK ==> SameEntries{Pre,Post}(tables, p->n, p->base_gpa);
  @ ensures pt_14: \result == METES_OK ==> Mapped(tables, p->n, p->base_gpa, PageOf(m.gva),
  @   m.pages, m.gpa, Attributes(m.flags));
  @ ensures others: SameOutside{Pre,Post}(tables, p->n, p->base_gpa, PageOf(m.gva), m.pages);
  @ ensures tables: KeptTables{Pre,Post}(tables, p->n, p->base_gpa);
  @*/
enum metes_status metes_pt_map(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                               uint32_t *parent, struct metes_mapping m, struct metes_error *err);

/* As metes_pt_map, by large pages of 2 MiB: fewer tables, and fewer misses of the guest's
 * TLB. gva, gpa and the length (512 pages each) are multiples of 2 MiB: METES_E_MAP_UNALIGNED
 * otherwise. METES_E_MAP_TWICE too where nothing is mapped, but a table of the last level is
 * there already (metes_pt_reserve makes them); it points at the entry of level 2. What is
 * mapped so is read page by page, as any other: see metes_walk. Tables that surely suffice:
 * metes_pt_tables_for less one for each large page. (PT-19) */
/*@ requires PtMemory(p, tables, level, parent, p->n) && PtSound(p, tables, level, parent);
  @ requires ErrMemory(err, p, tables, level, parent, p->n);
  @ terminates \true;
  @ exits \false;
  @ assigns tables[0 .. p->n - 1], level[0 .. p->n - 1], parent[0 .. p->n - 1], p->used, *err;
  @ ensures known: \result == METES_OK || METES_E_MAP_FLAGS <= \result <= METES_E_MAP_FULL;
  @ ensures sound: PtSound(p, tables, level, parent);
  @ ensures kept: p->n == \old(p->n) && p->base_gpa == \old(p->base_gpa);
  @ ensures flaw: METES_E_MAP_FLAGS <= \result <= METES_E_MAP_GPA <==> LargeFlaw(m) != METES_OK;
  @ ensures points: LargeFlaw(m) != METES_OK ==> \result == LargeFlaw(m) &&
  @   LargePoints(m, \result, err->requested, err->limit, err->index);
  @ ensures twice: \result == METES_E_MAP_TWICE <==> LargeFlaw(m) == METES_OK &&
  @   !Free{Pre}(tables, \at(p->n, Pre), \at(p->base_gpa, Pre), PageOf(m.gva), m.pages);
  @ ensures err_6: \result == METES_E_MAP_TWICE ==> err->index == 0 && LargeTwiceAt{Pre}(tables,
  @   \at(p->n, Pre), \at(p->base_gpa, Pre), m, err->requested, err->limit);
  @ ensures pt_7: \result == METES_E_MAP_FULL ==>
  @   p->n < \old(p->used) + TablesFor(m.gva, m.pages) - m.pages / 512 &&
  @   ErrorIs(err, TablesFor(m.gva, m.pages) - m.pages / 512, p->n - \old(p->used), 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures more: \old(p->used) <= p->used;
  @ ensures refused: \result != METES_OK ==> SameEntries{Pre,Post}(tables, p->n, p->base_gpa);
  @ ensures pt_19: \result == METES_OK ==> Mapped(tables, p->n, p->base_gpa, PageOf(m.gva),
  @   m.pages, m.gpa, Attributes(m.flags));
  @ ensures others: SameOutside{Pre,Post}(tables, p->n, p->base_gpa, PageOf(m.gva), m.pages);
  @ ensures tables: KeptTables{Pre,Post}(tables, p->n, p->base_gpa);
  @*/
enum metes_status metes_pt_map_large(struct metes_pt *p, struct metes_table *tables,
                                     uint8_t *level, uint32_t *parent, struct metes_mapping m,
                                     struct metes_error *err);

/* Follows `gva` through the n tables, the root first, whose links count from
 * base_gpa, to a page of 4 KiB or 2 MiB. Total: the tables may hold anything, and none
 * but these is read. (PT-15)
 * Status METES_OK, or METES_E_MAP_GVA (gva is not canonical), METES_E_UNMAPPED,
 * METES_E_WALK_LARGE (a page of 1 GiB), METES_E_WALK_RESERVED, METES_E_WALK_LINK (also
 * where n is 0). */
/*@ requires \valid_read(tables + (0 .. n - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_MAP_GVA ||
  @   \result.status == METES_E_UNMAPPED || \result.status == METES_E_WALK_RESERVED ||
  @   METES_E_WALK_LARGE <= \result.status <= METES_E_WALK_LINK;
  @ ensures canonical: \result.status == METES_E_MAP_GVA <==> !Canonical(gva);
  @ ensures pt_9: Canonical(gva) && n == 0 ==> \result.status == METES_E_WALK_LINK;
  @ ensures pt_15: Canonical(gva) && n > 0 ==>
  @   \result.status == WalkStatus(tables, n, base_gpa, PageOf(gva));
  @ ensures refused: \result.status != METES_OK ==>
  @   \result.gpa == 0 && \result.flags == 0 && \result.entry == 0;
  @ ensures gpa: \result.status == METES_OK ==>
  @   \result.entry == EntryAt(tables, n, base_gpa, PageOf(gva)) &&
  @   \result.gpa == Frame(\result.entry) * 4096 + gva % 4096;
  @ ensures flags: \result.status == METES_OK ==>
  @   \result.flags == WalkFlags(tables, n, base_gpa, PageOf(gva));
  @*/
struct metes_walk metes_pt_walk(const struct metes_table *tables, uint64_t n, uint64_t base_gpa,
                                uint64_t gva);

#endif
