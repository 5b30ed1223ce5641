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

/*@ // The tables that are missing on the way to the directory at indices a, b (the table of level
  @ // 2); on the way to its entry c, and what that leads to.
  @ logic integer Missing2{L}(struct metes_table *t, integer n, integer base, integer a,
  @                           integer b) =
  @   T3(t, n, base, a) < 0 ? 2 : T2(t, n, base, a, b) < 0 ? 1 : 0;
  @ logic integer Missing{L}(struct metes_table *t, integer n, integer base, integer a, integer b,
  @                          integer c) =
  @   Missing2(t, n, base, a, b) + (T1(t, n, base, a, b, c) == -1 ? 1 : 0);
  @ // The directory of page x, and its entry for x: 0 where there is none.
  @ logic integer DirectoryOf{L}(struct metes_table *t, integer n, integer base, integer x) =
  @   T2(t, n, base, I4(x), I3(x));
  @ logic integer UpperAt{L}(struct metes_table *t, integer n, integer base, integer x) =
  @   DirectoryOf(t, n, base, x) < 0 ? 0 : t[DirectoryOf(t, n, base, x)].e[I2(x)];
  @ // Between A and B no directory entry has changed its meaning.
  @ predicate SameTables{A,B}(struct metes_table *t, integer n, integer base) =
  @   \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==>
  @     T1{B}(t, n, base, a, b, c) == T1{A}(t, n, base, a, b, c);
  @*/

/*@ // What the proofs lean on; each is proved itself.
  @ lemma indices: \forall integer x; PageNumber(x) ==> Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x)) && Ix(I1(x));
  @ lemma indices_tell: \forall integer x, y; PageNumber(x) && PageNumber(y) ==>
  @   I4(x) == I4(y) && I3(x) == I3(y) && I2(x) == I2(y) && I1(x) == I1(y) ==> x == y;
  @ lemma link_leads: \forall integer n, base, u; PoolUsable(n, base) && 0 <= u < n ==>
  @   LinkTo(base, u) % 2 == 1 && LinkTo(base, u) / 128 % 2 == 0 &&
  @   Frame(LinkTo(base, u)) - base / 4096 == u;
  @ lemma large_piece: \forall integer e, d; LargeEntry(e) ==>
  @   Piece(e, d) == e - 0x80 + d * 4096;
  @ lemma span_of{L}: \forall struct metes_table *t, integer n, base, x, y; x / 512 == y / 512 ==>
  @   TableOf(t, n, base, x) == TableOf(t, n, base, y);
  @ lemma sound_next{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base; TreeSound(t, level, parent, used, n, base) ==>
  @   NextsSound(t, level, parent, used, n, base);
  @ lemma sound_3{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base; LevelsSound(level, used, n) ==>
  @   NextsSound(t, level, parent, used, n, base) ==> Sound3(t, level, parent, used, n, base);
  @ lemma sound_2{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base; Sound3(t, level, parent, used, n, base) ==>
  @   NextsSound(t, level, parent, used, n, base) ==> Sound2(t, level, parent, used, n, base);
  @ lemma sound_1{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base; Sound2(t, level, parent, used, n, base) ==>
  @   NextsSound(t, level, parent, used, n, base) ==> Sound1(t, level, parent, used, n, base);
  @ lemma piece_odd: \forall integer e, d; LargeEntry(e) && Ix(d) ==> Piece(e, d) % 2 == 1;
  @ lemma way_large{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) == -2 ==> LargeEntry(Entry2(t, n, base, x)) &&
  @   EntryAt(t, n, base, x) == Piece(Entry2(t, n, base, x), I1(x));
  @ lemma large_odd{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) == -2 ==> EntryAt(t, n, base, x) % 2 == 1;
  @ lemma unmapped_table{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) != -1 ==> EntryAt(t, n, base, x) == 0 ==> TableOf(t, n, base, x) >= 0;
  @ lemma grown_chain{A,B,C}: \forall struct metes_table *t, integer n, base;
  @   Grown{A,B}(t, n, base) ==> Grown{B,C}(t, n, base) ==> Grown{A,C}(t, n, base);
  @ lemma canonical_pages: \forall integer gva, pages; 0 <= gva && 0 <= pages && gva % 4096 == 0 &&
  @   CanonicalPages(gva, pages) ==> PageOf(gva) + pages <= 0x1000000000 && pages <= 0x1000000000;
  @ lemma same_chain{A,B,C}: \forall struct metes_table *t, integer n, base;
  @   SameLeaves{A,B}(t, n, base) ==> SameLeaves{B,C}(t, n, base) ==> SameLeaves{A,C}(t, n, base);
  @ lemma same_entries{A,B}: \forall struct metes_table *t, integer n, base;
  @   SameLeaves{A,B}(t, n, base) ==> SameEntries{A,B}(t, n, base);
  @ lemma kept_tables{A,B}: \forall struct metes_table *t, integer n, base;
  @   Grown1{A,B}(t, n, base) ==> KeptTables{A,B}(t, n, base);
  @*/

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.table == table && \result.used == used;
  @*/
static inline struct metes_step metes_step_of(uint32_t table, uint32_t used)
{
  struct metes_step s;

  s.table = table;
  s.used = used;
  return s;
}

/* Writes entry i of table s, and nothing else of the n tables. */
/*@ requires \valid(t + (0 .. n - 1)) && s < n && i < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns t[s].e[i];
  @ ensures entry: t[s].e[i] == entry;
  @ ensures frame: \forall integer r, k; 0 <= r < n && Ix(k) && !(r == s && k == i) ==>
  @   t[r].e[k] == \old(t[r].e[k]);
  @*/
static inline void metes_tree_put(struct metes_table *t, uint32_t n, uint32_t s, uint32_t i,
                                  uint64_t entry)
{
  (void)n; /* the contract speaks of it */
  t[s].e[i] = entry;
}

/* Empties table s. */
/*@ requires \valid(t + s);
  @ terminates \true;
  @ exits \false;
  @ assigns t[s].e[0 .. 511];
  @ ensures \forall integer i; Ix(i) ==> t[s].e[i] == 0;
  @*/
void metes_tree_clear(struct metes_table *t, uint32_t s);

/* Makes the tables on the way to indices a, b of the two upper levels: the last is a directory. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires a < 512 && b < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures made: \result.table != METES_NO_TABLE ==> 0 < \result.table < \result.used &&
  @   T2(t, n, base, a, b) == \result.table && level[\result.table] == 2;
  @ ensures taken: \result.table != METES_NO_TABLE ==>
  @   \result.used == used + \old(Missing2(t, n, base, a, b));
  @ ensures none: \result.table == METES_NO_TABLE ==>
  @   n < used + \old(Missing2(t, n, base, a, b)) && used <= \result.used;
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures grown: Grown{Pre,Post}(t, n, base);
  @ ensures tables: SameTables{Pre,Post}(t, n, base);
  @*/
struct metes_step metes_tree_directory(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                       uint32_t n, uint64_t base, uint32_t used, uint32_t a,
                                       uint32_t b);

/* Makes the tables on the way to indices a, b, c of the three upper levels; a large page there
 * is left alone. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires a < 512 && b < 512 && c < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures made: \result.table != METES_NO_TABLE ==> T1(t, n, base, a, b, c) != -1;
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

/* The directory on the way to page x, METES_NO_TABLE where there is none yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures found: \result != METES_NO_TABLE ==> 0 < \result < used && level[\result] == 2 &&
  @   DirectoryOf(t, n, base, x) == \result;
  @ ensures none: \result == METES_NO_TABLE ==> DirectoryOf(t, n, base, x) == -1;
  @*/
uint32_t metes_tree_directory_of(const struct metes_table *t, const uint8_t *level,
                                 const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                                 uint64_t x);

/* Its entry for page x: 0 where nothing is there, or a large page, or the link to a table. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures upper: \result == UpperAt(t, n, base, x);
  @ ensures nothing: \result == 0 <==> TableOf(t, n, base, x) == -1;
  @ ensures large: \result / 128 % 2 == 1 <==> TableOf(t, n, base, x) == -2;
  @ ensures page: TableOf(t, n, base, x) == -2 ==> LargeEntry(\result) &&
  @   EntryAt(t, n, base, x) == \result - 0x80 + x % 512 * 4096;
  @ ensures table: TableOf(t, n, base, x) >= 0 ==> 0 < TableOf(t, n, base, x) < used &&
  @   \result == LinkTo(base, TableOf(t, n, base, x));
  @*/
uint64_t metes_tree_upper(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x);

/* The last table on the way to page x, which has one. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x) && TableOf(t, n, base, x) >= 0;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures found: 0 < \result < used && TableOf(t, n, base, x) == \result;
  @*/
uint32_t metes_tree_table(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x);

/* The entry of page x, 0 where it is not mapped. */
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

/* Writes a large page into directory s, for all 512 pages beside x, where nothing is yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires PageNumber(x) && s < used && DirectoryOf(t, n, base, x) == s;
  @ requires TableOf(t, n, base, x) == -1 && LargeEntry(entry);
  @ terminates \true;
  @ exits \false;
  @ assigns t[s].e[x / 512 % 512];
  @ ensures sound: TreeSound(t, level, parent, used, n, base);
  @ ensures entry: \forall integer y; PageNumber(y) && y / 512 == x / 512 ==>
  @   EntryAt(t, n, base, y) == entry - 0x80 + y % 512 * 4096;
  @ ensures others: \forall integer y; PageNumber(y) && y / 512 != x / 512 ==>
  @   EntryAt(t, n, base, y) == EntryAt{Pre}(t, n, base, y);
  @ ensures tables: \forall integer y; PageNumber(y) && y / 512 != x / 512 ==>
  @   TableOf(t, n, base, y) == TableOf{Pre}(t, n, base, y);
  @ ensures directories: \forall integer y; PageNumber(y) ==>
  @   DirectoryOf(t, n, base, y) == DirectoryOf{Pre}(t, n, base, y);
  @*/
void metes_tree_set_large(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                          uint32_t n, uint64_t base, uint32_t used, uint32_t s, uint64_t x,
                          uint64_t entry);

#endif
