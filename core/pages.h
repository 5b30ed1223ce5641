/* SPDX-License-Identifier: Apache-2.0
 * Ranges of pages in the tree of page tables: [x, x + pages), counted in pages of the
 * 48-bit space. Over values, as pagetree.h. Internal to core. */
#ifndef METES_PAGES_H
#define METES_PAGES_H

#include "pagetree.h"
#include "verdict.h"

#define METES_SPACE_PAGES 0x1000000000ULL /* of the 48-bit space */

/*@ // Each page has its last table.
  @ predicate Tabled{L}(struct metes_table *t, integer n, integer base, integer x,
  @                     integer pages) =
  @   \forall integer y; x <= y < x + pages ==> TableOf(t, n, base, y) >= 0;
  @ // Each page has its directory; the tables between GiB h and k, both touched.
  @ predicate Directories{L}(struct metes_table *t, integer n, integer base, integer x,
  @                          integer pages) =
  @   \forall integer y; x <= y < x + pages ==> DirectoryOf(t, n, base, y) >= 0;
  @ logic integer DirectoriesOver(integer h, integer k) = (k - h + 1) + (k / 512 - h / 512 + 1);
  @*/

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == PageOf(gva);
  @*/
static inline uint64_t metes_page_of(uint64_t gva)
{
  return gva / METES_PAGE_SIZE % METES_SPACE_PAGES;
}

/* The tables of the 2 MiB spans that [x, x + pages) touches: METES_NO_TABLE where too few were left. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires 0 < pages && x + pages <= 0x1000000000;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures more: used <= \result.used;
  @ ensures made: \result.table != METES_NO_TABLE ==> Reserved(t, n, base, x, pages);
  @ ensures taken: \result.table != METES_NO_TABLE ==>
  @   \result.used <= used + TablesOver(x / 512, (x + pages - 1) / 512);
  @ ensures none: \result.table == METES_NO_TABLE ==>
  @   n < used + TablesOver(x / 512, (x + pages - 1) / 512);
  @ ensures short: \result.table == METES_NO_TABLE ==> !Reserved{Pre}(t, n, base, x, pages);
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures grown: Grown{Pre,Post}(t, n, base);
  @*/
struct metes_step metes_pages_reserve(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                      uint32_t n, uint64_t base, uint32_t used, uint64_t x,
                                      uint64_t pages);

/* How many pages from x on, of `pages`, are not mapped yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires x + pages <= 0x1000000000;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= pages;
  @ ensures unmapped: Unmapped(t, n, base, x, \result);
  @ ensures first: \result < pages ==> EntryAt(t, n, base, x + \result) != 0;
  @*/
uint64_t metes_pages_unmapped(const struct metes_table *t, const uint8_t *level,
                              const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                              uint64_t x, uint64_t pages);

/* Maps the pages [x, x + pages), which have their tables, onto those from pa on. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires x + pages <= 0x1000000000 && Tabled(t, n, base, x, pages);
  @ requires pa + pages * 4096 <= 0x10000000000000 && bits <= 0x8000000000000FFF;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, used, n, base);
  @ ensures mapped: Mapped(t, n, base, x, pages, pa, bits);
  @ ensures others: SameOutside{Pre,Post}(t, n, base, x, pages);
  @ ensures tables: KeptTables{Pre,Post}(t, n, base);
  @*/
void metes_pages_fill(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                      uint32_t n, uint64_t base, uint32_t used, uint64_t x, uint64_t pages,
                      uint64_t pa, uint64_t bits);

/* How many pages from x on, of `pages`, have nothing there yet; all in spans of 512. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires x + pages <= 0x1000000000 && x % 512 == 0 && pages % 512 == 0;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= pages && \result % 512 == 0;
  @ ensures free: Free(t, n, base, x, \result);
  @ ensures first: \result < pages ==> TableOf(t, n, base, x + \result) != -1;
  @*/
uint64_t metes_pages_free(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x, uint64_t pages);

/* The directories of the GiB that [x, x + pages) touches: METES_NO_TABLE: too few left. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires 0 < pages && x + pages <= 0x1000000000;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures more: used <= \result.used;
  @ ensures made: \result.table != METES_NO_TABLE ==> Directories(t, n, base, x, pages);
  @ ensures taken: \result.table != METES_NO_TABLE ==> \result.used <=
  @   used + DirectoriesOver(x / 512 / 512, (x + pages - 1) / 512 / 512);
  @ ensures none: \result.table == METES_NO_TABLE ==>
  @   n < used + DirectoriesOver(x / 512 / 512, (x + pages - 1) / 512 / 512);
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures tables: SameTables{Pre,Post}(t, n, base);
  @*/
struct metes_step metes_pages_directories(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                          uint32_t n, uint64_t base, uint32_t used, uint64_t x,
                                          uint64_t pages);

/* Maps the pages [x, x + pages), where nothing is yet, onto those from pa on, 512 by 512. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires x + pages <= 0x1000000000 && x % 512 == 0 && pages % 512 == 0;
  @ requires pa % 0x200000 == 0 && pa + pages * 4096 <= 0x10000000000000;
  @ requires LargeEntry(bits + 0x80) && bits <= 0x8000000000000FFF;
  @ requires Directories(t, n, base, x, pages) && Free(t, n, base, x, pages);
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, used, n, base);
  @ ensures mapped: Mapped(t, n, base, x, pages, pa, bits);
  @ ensures others: SameOutside{Pre,Post}(t, n, base, x, pages);
  @ ensures tables: KeptTables{Pre,Post}(t, n, base);
  @*/
void metes_pages_fill_large(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                            uint32_t n, uint64_t base, uint32_t used, uint64_t x, uint64_t pages,
                            uint64_t pa, uint64_t bits);

#endif
