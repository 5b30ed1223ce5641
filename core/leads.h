/* SPDX-License-Identifier: Apache-2.0
 * Why what is mapped is what a walk finds (PT-16, PT-17): lemmas alone. Internal to core. */
#ifndef METES_LEADS_H
#define METES_LEADS_H

#include "pagetree.h"
#include "../spec/leads.acsl"

/*@ // The entry of a mapping says what was asked for.
  @ lemma entry_says: \forall integer pa, f; 0 <= pa <= 0xFFFFFFFFFF000 && pa % 4096 == 0 &&
  @   0 <= f && MappingFlags(f) ==>
  @   (pa + Attributes(f)) % 2 == 1 && Frame(pa + Attributes(f)) * 4096 == pa;
  @ lemma entry_writable: \forall integer pa, f; 0 <= pa <= 0xFFFFFFFFFF000 && pa % 4096 == 0 &&
  @   0 <= f && MappingFlags(f) ==> Writable(pa + Attributes(f)) == f / 2 % 2;
  @ lemma entry_copied: \forall integer pa, f; 0 <= pa <= 0xFFFFFFFFFF000 && pa % 4096 == 0 &&
  @   0 <= f && MappingFlags(f) ==> CopyOnWrite(pa + Attributes(f)) == f / 8 % 2;
  @ lemma entry_executable: \forall integer pa, f; 0 <= pa <= 0xFFFFFFFFFF000 && pa % 4096 == 0 &&
  @   0 <= f && MappingFlags(f) ==> Executable(pa + Attributes(f)) == f / 4 % 2;
  @ lemma flags_say: \forall integer f; 0 <= f && MappingFlags(f) ==>
  @   1 + f / 2 % 2 * 2 + f / 4 % 2 * 4 + f / 8 % 2 * 8 == f;

  @ // A link forbids nothing: writing and executing are decided by the last level alone.
  @ lemma link_allows: \forall integer n, base, u; PoolUsable(n, base) && 0 <= u < n ==>
  @   Writable(LinkTo(base, u)) == 1 && Executable(LinkTo(base, u)) == 1;
  @ lemma link_of{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, s, i; TreeSound(t, level, parent, used, n, base) ==>
  @   0 <= s < used ==> Ix(i) ==> level[s] > 1 ==> Next(t, n, base, s, i) >= 0 ==>
  @   t[s].e[i] == LinkTo(base, Next(t, n, base, s, i));
  @ lemma way_tables{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==> 
  @   TableOf(t, n, base, x) != -1 ==> 0 <= T3(t, n, base, I4(x)) < used &&
  @   0 <= T2(t, n, base, I4(x), I3(x)) < used;
  @ lemma way_table{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==> 
  @   TableOf(t, n, base, x) >= 0 ==> TableOf(t, n, base, x) < used;
  @ lemma way_link_4{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; TreeSound(t, level, parent, used, n, base) ==>
  @   WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) != -1 ==>
  @   Entry4(t, x) == LinkTo(base, T3(t, n, base, I4(x)));
  @ lemma way_link_3{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; TreeSound(t, level, parent, used, n, base) ==>
  @   WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) != -1 ==>
  @   Entry3(t, n, base, x) == LinkTo(base, T2(t, n, base, I4(x), I3(x)));
  @ lemma way_link_2{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; TreeSound(t, level, parent, used, n, base) ==>
  @   WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) >= 0 ==>
  @   Entry2(t, n, base, x) == LinkTo(base, TableOf(t, n, base, x));

  @ // A large page allows what its pieces allow.
  @ lemma large_unreserved: \forall integer e; LargeEntry(e) ==> e / 8192 % 256 == 0;
  @ lemma large_writable: \forall integer e, d; 0 <= e && Ix(d) && LargeEntry(e) ==>
  @   Writable(Piece(e, d)) == Writable(e);
  @ lemma large_executable: \forall integer e, d; 0 <= e && Ix(d) && LargeEntry(e) ==>
  @   Executable(Piece(e, d)) == Executable(e);
  @ lemma way_allows_2{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; TreeSound(t, level, parent, used, n, base) ==>
  @   WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) != -1 ==>
  @   (Writable(EntryAt(t, n, base, x)) == 1 ==> Writable(Entry2(t, n, base, x)) == 1) &&
  @   (Executable(EntryAt(t, n, base, x)) == 1 ==> Executable(Entry2(t, n, base, x)) == 1);
  @ lemma way_allows{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; TreeSound(t, level, parent, used, n, base) ==>
  @   WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   TableOf(t, n, base, x) != -1 ==>
  @   WalkFlags(t, n, base, x) == 1 + (Writable(EntryAt(t, n, base, x)) == 1 ? 2 : 0) +
  @     (Executable(EntryAt(t, n, base, x)) == 1 ? 4 : 0) + CopyOnWrite(EntryAt(t, n, base, x)) * 8;
  @ lemma way_ends{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==> 
  @   (TableOf(t, n, base, x) >= 0 || TableOf(t, n, base, x) == -1 || TableOf(t, n, base, x) == -2);
  @ lemma way_status{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x; WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==> 
  @   (WalkStatus(t, n, base, x) == METES_OK <==> EntryAt(t, n, base, x) % 2 == 1);

  @ // PT-16: of one page, then of page y of a mapping. PT-17: of a page that was not mapped.
  @ lemma mapped_leads{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x, pa, f; TreeSound(t, level, parent, used, n, base) ==>
  @   WaysSound(t, level, parent, used, n, base) ==> PageNumber(x) ==>
  @   0 <= pa <= 0xFFFFFFFFFF000 && pa % 4096 == 0 && 0 <= f && MappingFlags(f) ==>
  @   EntryAt(t, n, base, x) == pa + Attributes(f) ==> Leads(t, n, base, x, pa, f);
  @ lemma page_of_mapping: \forall integer pa, k, pages; 0 <= pa && pa % 4096 == 0 && 0 <= k < pages &&
  @   pa + pages * 4096 <= 0x10000000000000 ==>
  @   (pa + k * 4096) % 4096 == 0 && 0 <= pa + k * 4096 <= 0xFFFFFFFFFF000;
  @ lemma page_leads{L}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, n, base, x, pages, pa, f, y;
  @   TreeSound(t, level, parent, used, n, base) ==> WaysSound(t, level, parent, used, n, base) ==>
  @   0 <= x && x + pages <= 0x1000000000 ==> 0 <= pa && pa % 4096 == 0 ==>
  @   pa + pages * 4096 <= 0x10000000000000 ==> 0 <= f && MappingFlags(f) ==> x <= y < x + pages ==>
  @   EntryAt(t, n, base, y) == (pa + (y - x) * 4096) + Attributes(f) ==>
  @   Leads(t, n, base, y, pa + (y - x) * 4096, f);
  @ lemma same_leads{A,B}: \forall struct metes_table *t, uint8_t *level, uint32_t *parent,
  @   integer used, more, n, base, x; TreeSound{A}(t, level, parent, used, n, base) ==>
  @   WaysSound{A}(t, level, parent, used, n, base) ==>
  @   TreeSound{B}(t, level, parent, more, n, base) ==>
  @   WaysSound{B}(t, level, parent, more, n, base) ==> PageNumber(x) ==>
  @   EntryAt{B}(t, n, base, x) == EntryAt{A}(t, n, base, x) ==> LeadsAsBefore{A,B}(t, n, base, x);
  @*/

#endif
