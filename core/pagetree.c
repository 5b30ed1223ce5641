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
  @ ensures sound: TreeSound(t, level, parent, u + 1, n, base);
  @*/
static void link_new(struct metes_table *t, uint8_t *level, uint32_t *parent, uint32_t n,
                     uint64_t base, uint32_t s, uint32_t i, uint32_t u)
{
  //@ assert nexts: NextsSound(t, level, parent, u, n, base);
  //@ assert ways: WaysSound(t, level, parent, u, n, base);
  //@ assert p1: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && t[r].e[k] != 0 ==> 0 < Next(t, n, base, r, k) < u;
  //@ assert p3: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && t[r].e[k] != 0 ==> t[r].e[k] == LinkTo(base, Next(t, n, base, r, k));
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
  //@ assert o1: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && t[r].e[k] != 0 ==> 0 < Next(t, n, base, r, k) < u;
  //@ assert o2: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && t[r].e[k] != 0 ==> level[Next(t, n, base, r, k)] == level[r] - 1;
  //@ assert o3: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && t[r].e[k] != 0 ==> t[r].e[k] == LinkTo(base, Next(t, n, base, r, k));
  //@ assert o4: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) && t[r].e[k] != 0 ==> parent[Next(t, n, base, r, k)] == r * 512 + k;
  //@ assert others: \forall integer r, k; 0 <= r < u && Ix(k) && level[r] > 1 && !(r == s && k == i) ==> LinkSound(t, level, parent, u + 1, n, base, r, k);
  //@ assert w3: \forall integer a; Ix(a) ==> T3(t, n, base, a) == T3{Pre}(t, n, base, a) || (T3{Pre}(t, n, base, a) == -1 && T3(t, n, base, a) == u);
  //@ assert w2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b) || (T2{Pre}(t, n, base, a, b) == -1 && T2(t, n, base, a, b) == u);
  //@ assert w1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==> T1(t, n, base, a, b, c) == T1{Pre}(t, n, base, a, b, c) || (T1{Pre}(t, n, base, a, b, c) == -1 && T1(t, n, base, a, b, c) == u);
  //@ assert w0: \forall integer a, b, c, d; Ix(a) && Ix(b) && Ix(c) && Ix(d) ==> Leaf(t, n, base, a, b, c, d) == Leaf{Pre}(t, n, base, a, b, c, d);
}

/* The table that entry i of table s links; a new one where there is none. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires s < used && i < 512 && level[s] > 1;
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

struct metes_step metes_tree_way(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                 uint32_t n, uint64_t base, uint32_t used, uint32_t a, uint32_t b,
                                 uint32_t c)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  //@ assert ix: Ix(a) && Ix(b) && Ix(c);
  const struct metes_step t3 = child(t, level, parent, n, base, used, 0, a);
  if (t3.table == METES_NO_TABLE) {
    //@ assert none3: t3.used == n && n < used + Missing{Pre}(t, n, base, a, b, c);
    return t3;
  }
  //@ assert a3: T3(t, n, base, a) == t3.table && level[t3.table] == 3;
  //@ assert new3: T3{Pre}(t, n, base, a) < 0 ==> T2(t, n, base, a, b) == -1;
  //@ assert old3: T3{Pre}(t, n, base, a) >= 0 ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b) && T1(t, n, base, a, b, c) == T1{Pre}(t, n, base, a, b, c);
  //@ assert m3: t3.used + Missing(t, n, base, a, b, c) == used + Missing{Pre}(t, n, base, a, b, c);
  //@ assert nexts3: NextsSound(t, level, parent, t3.used, n, base);
  //@ assert ways3: WaysSound(t, level, parent, t3.used, n, base);
  //@ ghost L3: ;
  const struct metes_step t2 = child(t, level, parent, n, base, t3.used, t3.table, b);
  if (t2.table == METES_NO_TABLE) {
    //@ assert none2: t2.used == n && T2{L3}(t, n, base, a, b) < 0;
    //@ assert short2: n < used + Missing{Pre}(t, n, base, a, b, c);
    return t2;
  }
  //@ assert a2: T3(t, n, base, a) == t3.table && T2(t, n, base, a, b) == t2.table && level[t2.table] == 2;
  //@ assert other: T2{L3}(t, n, base, a, b) >= 0 ==> T2{L3}(t, n, base, a, b) == t2.table && t2.table < t3.used && t2.table != t3.table;
  //@ assert new2: T2{L3}(t, n, base, a, b) < 0 ==> T1(t, n, base, a, b, c) == -1;
  //@ assert old2: T2{L3}(t, n, base, a, b) >= 0 ==> T1(t, n, base, a, b, c) == T1{L3}(t, n, base, a, b, c);
  //@ assert m2: t2.used + Missing(t, n, base, a, b, c) == used + Missing{Pre}(t, n, base, a, b, c);
  //@ assert grown2: Grown{Pre,Here}(t, n, base);
  //@ assert same2: SameLeaves{Pre,Here}(t, n, base);
  //@ assert ways2: T1(t, n, base, a, b, c) == Next(t, n, base, t2.table, c);
  //@ ghost L2: ;
  const struct metes_step t1 = child(t, level, parent, n, base, t2.used, t2.table, c);
  //@ assert none1: t1.table == METES_NO_TABLE ==> t1.used == n && t2.used == n && T1{L2}(t, n, base, a, b, c) < 0;
  //@ assert short1: t1.table == METES_NO_TABLE ==> n < used + Missing{Pre}(t, n, base, a, b, c);
  //@ assert a1: T3(t, n, base, a) == t3.table && T2(t, n, base, a, b) == t2.table;
  //@ assert b1: t1.table != METES_NO_TABLE ==> T1(t, n, base, a, b, c) == t1.table;
  return t1;
}

uint32_t metes_tree_table(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  //@ assert ix: Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x));
  (void)level, (void)parent, (void)n, (void)used; /* the contract speaks of them */
  const uint64_t e3 = t[0].e[x / 512 / 512 / 512];
  //@ assert link3: LinkSound(t, level, parent, used, n, base, 0, I4(x));
  if (e3 == 0)
    return METES_NO_TABLE;
  const uint32_t t3 = (uint32_t)((e3 - base) / METES_PAGE_SIZE);
  //@ assert t3: t3 == T3(t, n, base, I4(x)) && 0 < t3 < used && level[t3] == 3;
  const uint64_t e2 = t[t3].e[x / 512 / 512 % 512];
  //@ assert link2: LinkSound(t, level, parent, used, n, base, t3, I3(x));
  if (e2 == 0)
    return METES_NO_TABLE;
  const uint32_t t2 = (uint32_t)((e2 - base) / METES_PAGE_SIZE);
  //@ assert t2: t2 == T2(t, n, base, I4(x), I3(x)) && 0 < t2 < used && level[t2] == 2;
  const uint64_t e1 = t[t2].e[x / 512 % 512];
  //@ assert link1: LinkSound(t, level, parent, used, n, base, t2, I2(x));
  if (e1 == 0)
    return METES_NO_TABLE;
  //@ assert t1: T1(t, n, base, I4(x), I3(x), I2(x)) == (e1 - base) / 4096;
  return (uint32_t)((e1 - base) / METES_PAGE_SIZE);
}

uint64_t metes_tree_entry(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x)
{
  const uint32_t s = metes_tree_table(t, level, parent, n, base, used, x);

  return s == METES_NO_TABLE ? 0 : t[s].e[x % 512];
}

void metes_tree_set(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                    uint32_t n, uint64_t base, uint32_t used, uint32_t s, uint64_t x,
                    uint64_t entry)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  //@ assert ix: Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x)) && Ix(I1(x));
  //@ assert level: level[s] == 1;
  //@ assert one1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) && T1(t, n, base, a, b, c) == s ==> c == I2(x) && T2(t, n, base, a, b) == T2(t, n, base, I4(x), I3(x));
  //@ assert one2: \forall integer a, b; Ix(a) && Ix(b) && T2(t, n, base, a, b) >= 0 && T2(t, n, base, a, b) == T2(t, n, base, I4(x), I3(x)) ==> b == I3(x) && T3(t, n, base, a) == T3(t, n, base, I4(x));
  //@ assert one3: \forall integer a; Ix(a) && T3(t, n, base, a) >= 0 && T3(t, n, base, a) == T3(t, n, base, I4(x)) ==> a == I4(x);
  //@ assert one: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) && T1(t, n, base, a, b, c) == s ==> a == I4(x) && b == I3(x) && c == I2(x);
  (void)level, (void)parent, (void)base, (void)used; /* the contract speaks of them */
  metes_tree_put(t, n, s, (uint32_t)(x % 512), entry);
  //@ assert frame: \forall integer r, k; 0 <= r < used && Ix(k) && !(r == s && k == I1(x)) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  //@ assert next: \forall integer r, k; 0 <= r < used && Ix(k) && r != s ==> Next(t, n, base, r, k) == Next{Pre}(t, n, base, r, k);
  //@ assert q3: \forall integer a; Ix(a) ==> T3(t, n, base, a) == T3{Pre}(t, n, base, a);
  //@ assert q2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b);
  //@ assert q1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==> T1(t, n, base, a, b, c) == T1{Pre}(t, n, base, a, b, c);
  //@ assert q0: \forall integer a, b, c, d; Ix(a) && Ix(b) && Ix(c) && Ix(d) && !(a == I4(x) && b == I3(x) && c == I2(x) && d == I1(x)) ==> Leaf(t, n, base, a, b, c, d) == Leaf{Pre}(t, n, base, a, b, c, d);
  //@ assert l0: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 ==> LinkSound{Pre}(t, level, parent, used, n, base, r, k);
  //@ assert other: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 ==> r != s && t[r].e[k] == \at(t[r].e[k], Pre) && Next(t, n, base, r, k) == Next{Pre}(t, n, base, r, k);
  //@ assert l1: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 ==> LinkSound(t, level, parent, used, n, base, r, k);
  //@ assert links: LinksSound(t, level, parent, used, n, base);
}
