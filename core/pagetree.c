/* SPDX-License-Identifier: Apache-2.0
 * The tree of page tables: the root is table 0, new ones are taken in turn. */
#include "pagetree.h"

#define LINK_BITS (METES_ENTRY_PRESENT + METES_ENTRY_WRITABLE + METES_ENTRY_ACCESSED)

void metes_tree_clear(struct metes_table *t, uint32_t s)
{
  /*@ loop invariant 0 <= k <= 512;
    @ loop invariant \forall integer i; 0 <= i < k ==> t[s].e[i] == 0;
    @ loop assigns k, t[s].e[0 .. 511];
    @ loop variant 512 - k;
    @*/
  for (uint32_t k = 0; k < 512; k++)
    t[s].e[k] = 0;
}

/* Takes table u, the first that is free, and links it at the empty entry i of table s. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, u, n, base);
  @ requires u < n && s < u && i < 512 && level[s] > 1 && t[s].e[i] == 0;
  @ terminates \true;
  @ exits \false;
  @ assigns t[s].e[i], t[u].e[0 .. 511], level[u], parent[u];
  @ ensures linked: t[s].e[i] == LinkTo(base, u) && Next(t, n, base, s, i) == u;
  @ ensures level: level[u] == level[s] - 1;
  @ ensures empty: \forall integer k; Ix(k) ==> t[u].e[k] == 0;
  @ ensures same: \forall integer r, k; 0 <= r < u && Ix(k) && !(r == s && k == i) ==>
  @   t[r].e[k] == \old(t[r].e[k]);
  @ ensures notes: \forall integer r; 0 <= r < u ==>
  @   level[r] == \old(level[r]) && parent[r] == \old(parent[r]);
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures grown: Grown{Pre,Post}(t, n, base);
  @ ensures tables: level[s] > 2 ==> SameTables{Pre,Post}(t, n, base);
  @ ensures sound: TreeSound(t, level, parent, u + 1, n, base);
  @*/
static void link_new(struct metes_table *t, uint8_t *level, uint32_t *parent, uint32_t n,
                     uint64_t base, uint32_t s, uint32_t i, uint32_t u)
{
  //@ assert nexts: NextsSound(t, level, parent, u, n, base);
  //@ assert ways: WaysSound(t, level, parent, u, n, base);
  //@ assert p1: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && Next(t, n, base, r, k) >= 0 ==> 0 < Next(t, n, base, r, k) < u;
  //@ assert p3: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && Next(t, n, base, r, k) >= 0 ==> t[r].e[k] == LinkTo(base, Next(t, n, base, r, k));
  //@ assert p5: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && Next(t, n, base, r, k) < 0 ==> t[r].e[k] == 0 || (level[r] == 2 && LargeEntry(t[r].e[k]));
  (void)n; /* the contract speaks of it */
  metes_tree_clear(t, u);
  //@ assert \forall integer r, k; 0 <= r < u && Ix(k) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  level[u] = (uint8_t)(level[s] - 1);
  parent[u] = s * 512 + i;
  t[s].e[i] = base + (uint64_t)u * METES_PAGE_SIZE + LINK_BITS;
  //@ assert link: t[s].e[i] == LinkTo(base, u);
  //@ assert empty: \forall integer k; Ix(k) ==> t[u].e[k] == 0;
  //@ assert same: \forall integer r, k; 0 <= r < u && Ix(k) && !(r == s && k == i) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  //@ assert notes: \forall integer r; 0 <= r < u ==> level[r] == \at(level[r], Pre) && parent[r] == \at(parent[r], Pre);
  //@ assert next: Next(t, n, base, s, i) == u;
  //@ assert next_same: \forall integer r, k; 0 <= r < u && Ix(k) && !(r == s && k == i) ==> Next(t, n, base, r, k) == Next{Pre}(t, n, base, r, k);
  //@ assert this: LinkSound(t, level, parent, u + 1, n, base, s, i);
  //@ assert then: \forall integer r, k; 0 <= r < u && Ix(k) && \at(level[r], Pre) > 1 ==> LinkSound{Pre}(t, level, parent, u, n, base, r, k);
  //@ assert o1: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && Next(t, n, base, r, k) >= 0 ==> 0 < Next(t, n, base, r, k) < u;
  //@ assert o2: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && Next(t, n, base, r, k) >= 0 ==> level[Next(t, n, base, r, k)] == level[r] - 1;
  //@ assert o3: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && Next(t, n, base, r, k) >= 0 ==> t[r].e[k] == LinkTo(base, Next(t, n, base, r, k));
  //@ assert o4: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && Next(t, n, base, r, k) >= 0 ==> parent[Next(t, n, base, r, k)] == r * 512 + k;
  //@ assert o5: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && Next(t, n, base, r, k) < 0 ==> t[r].e[k] == 0 || (level[r] == 2 && LargeEntry(t[r].e[k]));
  //@ assert others: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) ==> LinkSound(t, level, parent, u + 1, n, base, r, k);
  //@ assert w3: \forall integer a; Ix(a) ==> T3(t, n, base, a) == T3{Pre}(t, n, base, a) || (T3{Pre}(t, n, base, a) == -1 && T3(t, n, base, a) == u);
  //@ assert w2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b) || (T2{Pre}(t, n, base, a, b) == -1 && T2(t, n, base, a, b) == u);
  //@ assert w1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==> T1(t, n, base, a, b, c) == T1{Pre}(t, n, base, a, b, c) || (T1{Pre}(t, n, base, a, b, c) == -1 && T1(t, n, base, a, b, c) == u);
  //@ assert l1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) && T1{Pre}(t, n, base, a, b, c) == -2 ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b) && 0 <= T2{Pre}(t, n, base, a, b) < u && t[T2{Pre}(t, n, base, a, b)].e[c] == \at(t[T2{Pre}(t, n, base, a, b)].e[c], Pre);
  //@ assert l0: \forall integer a, b, c, d; Ix(a) && Ix(b) && Ix(c) && Ix(d) && T1{Pre}(t, n, base, a, b, c) == -2 ==> Leaf(t, n, base, a, b, c, d) == Leaf{Pre}(t, n, base, a, b, c, d);
  //@ assert w0: \forall integer a, b, c, d; Ix(a) && Ix(b) && Ix(c) && Ix(d) ==> Leaf(t, n, base, a, b, c, d) == Leaf{Pre}(t, n, base, a, b, c, d);
}

/* The table that entry i of table s links; a new one where there is none. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires s < used && i < 512 && level[s] > 1 && Next(t, n, base, s, i) != -2;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures none: \result.table == METES_NO_TABLE <==>
  @   used == n && \old(Next(t, n, base, s, i)) < 0;
  @ ensures failed: \result.table == METES_NO_TABLE ==> \result.used == used;
  @ ensures taken: \result.table != METES_NO_TABLE ==>
  @   \result.used == used + (\old(Next(t, n, base, s, i)) < 0 ? 1 : 0);
  @ ensures found: \result.table != METES_NO_TABLE ==> 0 < \result.table < \result.used &&
  @   level[\result.table] == level[s] - 1 && Next(t, n, base, s, i) == \result.table;
  @ ensures same: \forall integer r, k; 0 <= r < used && Ix(k) && !(r == s && k == i) ==>
  @   Next(t, n, base, r, k) == \old(Next(t, n, base, r, k));
  @ ensures notes: \forall integer r; 0 <= r < used ==> level[r] == \old(level[r]);
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures grown: Grown{Pre,Post}(t, n, base);
  @ ensures tables: level[s] > 2 ==> SameTables{Pre,Post}(t, n, base);
  @ ensures fresh: \result.table != METES_NO_TABLE && \old(Next(t, n, base, s, i)) < 0 ==>
  @   \forall integer k; Ix(k) ==> Next(t, n, base, \result.table, k) == -1;
  @*/
static struct metes_step child(struct metes_table *t, uint8_t *level, uint32_t *parent, uint32_t n,
                               uint64_t base, uint32_t used, uint32_t s, uint32_t i)
{
  const uint64_t e = t[s].e[i];

  //@ assert link: LinkSound(t, level, parent, used, n, base, s, i);
  if (e != 0) {
    //@ assert value: e == LinkTo(base, Next(t, n, base, s, i));
    return metes_step_of((uint32_t)((e - base) / METES_PAGE_SIZE), used);
  }
  //@ assert absent: Next(t, n, base, s, i) == -1;
  if (used == n)
    return metes_step_of(METES_NO_TABLE, used);
  link_new(t, level, parent, n, base, s, i, used);
  return metes_step_of(used, used + 1);
}

struct metes_step metes_tree_directory(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                       uint32_t n, uint64_t base, uint32_t used, uint32_t a,
                                       uint32_t b)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  //@ assert ix: Ix(a) && Ix(b);
  const struct metes_step t3 = child(t, level, parent, n, base, used, 0, a);
  if (t3.table == METES_NO_TABLE) {
    //@ assert none3: t3.used == n && n < used + Missing2{Pre}(t, n, base, a, b);
    return t3;
  }
  //@ assert a3: T3(t, n, base, a) == t3.table && level[t3.table] == 3;
  //@ assert new3: T3{Pre}(t, n, base, a) < 0 ==> T2(t, n, base, a, b) == -1;
  //@ assert old3: T3{Pre}(t, n, base, a) >= 0 ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b);
  //@ assert m3: t3.used + Missing2(t, n, base, a, b) == used + Missing2{Pre}(t, n, base, a, b);
  //@ assert same3: SameTables{Pre,Here}(t, n, base);
  //@ assert nexts3: NextsSound(t, level, parent, t3.used, n, base);
  //@ ghost L3: ;
  const struct metes_step t2 = child(t, level, parent, n, base, t3.used, t3.table, b);
  //@ assert none2: t2.table == METES_NO_TABLE ==> t2.used == n && T2{L3}(t, n, base, a, b) < 0;
  //@ assert a2: t2.table != METES_NO_TABLE ==> T3(t, n, base, a) == t3.table && T2(t, n, base, a, b) == t2.table && level[t2.table] == 2;
  //@ assert same2: SameTables{Pre,Here}(t, n, base);
  return t2;
}

struct metes_step metes_tree_way(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                 uint32_t n, uint64_t base, uint32_t used, uint32_t a, uint32_t b,
                                 uint32_t c)
{
  //@ assert ix: Ix(a) && Ix(b) && Ix(c);
  const struct metes_step d = metes_tree_directory(t, level, parent, n, base, used, a, b);
  if (d.table == METES_NO_TABLE)
    return d;
  //@ assert nexts: NextsSound(t, level, parent, d.used, n, base);
  //@ assert ways: WaysSound(t, level, parent, d.used, n, base);
  //@ assert link: LinkSound(t, level, parent, d.used, n, base, d.table, c);
  //@ assert here: T1(t, n, base, a, b, c) == Next(t, n, base, d.table, c) && T1(t, n, base, a, b, c) == T1{Pre}(t, n, base, a, b, c);
  if (t[d.table].e[c] / METES_ENTRY_LARGE % 2 == 1) {
    //@ assert large: T1(t, n, base, a, b, c) == -2;
    return d;
  }
  //@ assert not_large: T1(t, n, base, a, b, c) != -2;
  //@ ghost L2: ;
  const struct metes_step t1 = child(t, level, parent, n, base, d.used, d.table, c);
  //@ assert none1: t1.table == METES_NO_TABLE ==> t1.used == n && T1{L2}(t, n, base, a, b, c) == -1;
  //@ assert a1: T2(t, n, base, a, b) == T2{L2}(t, n, base, a, b);
  //@ assert b1: t1.table != METES_NO_TABLE ==> T1(t, n, base, a, b, c) == t1.table;
  return t1;
}
