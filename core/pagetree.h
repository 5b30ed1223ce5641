/* SPDX-License-Identifier: Apache-2.0
 * The tree of page tables, entry by entry, over values: n tables named from address
 * `base` on, the first `used` of them in use. Internal to core. */
#ifndef METES_PAGETREE_H
#define METES_PAGETREE_H

#include "pagetable.h"

#define METES_NO_TABLE 0xFFFFFFFFu

/* A table, METES_NO_TABLE where there was none left, and how many are in use now. */
struct metes_step {
  uint32_t table;
  uint32_t used;
};

/*@ // The tables that are missing on the way to the entries of page x.
  @ logic integer Missing{L}(struct metes_table *t, integer n, integer base, integer a, integer b,
  @                          integer c) =
  @   T3(t, n, base, a) < 0 ? 3 : T2(t, n, base, a, b) < 0 ? 2 : T1(t, n, base, a, b, c) < 0 ? 1 : 0;
  @*/

/* Empties table s. */
/*@ requires \valid(t + s);
  @ terminates \true;
  @ exits \false;
  @ assigns t[s].e[0 .. 511];
  @ ensures \forall integer i; Ix(i) ==> t[s].e[i] == 0;
  @*/
void metes_tree_clear(struct metes_table *t, uint32_t s);

/* Makes the tables on the way to indices a, b, c of the three upper levels. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires a < 512 && b < 512 && c < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures made: \result.table != METES_NO_TABLE ==> T1(t, n, base, a, b, c) == \result.table;
  @ ensures taken: \result.table != METES_NO_TABLE ==>
  @   \result.used == used + \old(Missing(t, n, base, a, b, c));
  @ ensures none: \result.table == METES_NO_TABLE ==>
  @   n < used + \old(Missing(t, n, base, a, b, c)) && used <= \result.used;
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures grown: Grown{Pre,Post}(t, n, base);
  @*/
struct metes_step metes_tree_way(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                 uint32_t n, uint64_t base, uint32_t used, uint32_t a, uint32_t b,
                                 uint32_t c);

/* The last table on the way to page x, METES_NO_TABLE where there is none yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures found: \result != METES_NO_TABLE ==> 0 < \result < used &&
  @   TableOf(t, n, base, x) == \result;
  @ ensures none: \result == METES_NO_TABLE ==> TableOf(t, n, base, x) == -1;
  @*/
uint32_t metes_tree_table(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x);

/* The entry of page x, 0 where it has no table. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == EntryAt(t, n, base, x);
  @*/
uint64_t metes_tree_entry(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x);

/* Writes the entry of page x, whose last table is s. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x) && s < used && TableOf(t, n, base, x) == s;
  @ terminates \true;
  @ exits \false;
  @ assigns t[s].e[x % 512];
  @ ensures sound: TreeSound(t, level, parent, used, n, base);
  @ ensures entry: EntryAt(t, n, base, x) == entry;
  @ ensures others: \forall integer y; PageNumber(y) && y != x ==>
  @   EntryAt(t, n, base, y) == EntryAt{Pre}(t, n, base, y);
  @ ensures tables: \forall integer y; PageNumber(y) ==>
  @   TableOf(t, n, base, y) == TableOf{Pre}(t, n, base, y);
  @*/
void metes_tree_set(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                    uint32_t n, uint64_t base, uint32_t used, uint32_t s, uint64_t x,
                    uint64_t entry);

#endif
