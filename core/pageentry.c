/* SPDX-License-Identifier: Apache-2.0
 * The entries of pages in the tree of page tables: looked at, and written. */
#include "pagetree.h"

uint32_t metes_tree_directory_of(const struct metes_table *t, const uint8_t *level,
                                 const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                                 uint64_t x)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ix: Ix(I4(x)) && Ix(I3(x));
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
  //@ assert t2: T2(t, n, base, I4(x), I3(x)) == (e2 - base) / 4096;
  return (uint32_t)((e2 - base) / METES_PAGE_SIZE);
}

uint64_t metes_tree_upper(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x)
{
  //@ assert ix: Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x)) && Ix(I1(x));
  const uint32_t s = metes_tree_directory_of(t, level, parent, n, base, used, x);
  if (s == METES_NO_TABLE)
    return 0;
  //@ assert link: LinkSound(t, level, parent, used, n, base, s, I2(x));
  //@ assert next: TableOf(t, n, base, x) == Next(t, n, base, s, I2(x));
  return t[s].e[x / 512 % 512];
}

uint32_t metes_tree_table(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x)
{
  const uint64_t e = metes_tree_upper(t, level, parent, n, base, used, x);

  return (uint32_t)((e - base) / METES_PAGE_SIZE);
}

uint64_t metes_tree_entry(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  const uint64_t e = metes_tree_upper(t, level, parent, n, base, used, x);

  if (e == 0)
    return 0;
  if (e / METES_ENTRY_LARGE % 2 == 1)
    return e - METES_ENTRY_LARGE + x % 512 * METES_PAGE_SIZE;
  const uint64_t s = (e - base) / METES_PAGE_SIZE;
  //@ assert table: s == TableOf(t, n, base, x);
  return t[s].e[x % 512];
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

void metes_tree_set_large(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                          uint32_t n, uint64_t base, uint32_t used, uint32_t s, uint64_t x,
                          uint64_t entry)
{
  //@ assert nexts: NextsSound(t, level, parent, used, n, base);
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  //@ assert links_1: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && Next(t, n, base, r, k) >= 0 ==> t[r].e[k] == LinkTo(base, Next(t, n, base, r, k));
  //@ assert links_2: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && Next(t, n, base, r, k) < 0 ==> t[r].e[k] == 0 || (level[r] == 2 && LargeEntry(t[r].e[k]));
  //@ assert ix: Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x));
  //@ assert level: level[s] == 2 && Next(t, n, base, s, I2(x)) == -1;
  //@ assert up: T2(t, n, base, I4(x), I3(x)) == s && T3(t, n, base, I4(x)) >= 0 && parent[s] == T3(t, n, base, I4(x)) * 512 + I3(x);
  //@ assert up2: \forall integer a, b; Ix(a) && Ix(b) && T2(t, n, base, a, b) == s ==> T3(t, n, base, a) >= 0 && parent[s] == T3(t, n, base, a) * 512 + b;
  //@ assert one2: \forall integer a, b; Ix(a) && Ix(b) && T2(t, n, base, a, b) == s ==> b == I3(x) && T3(t, n, base, a) == T3(t, n, base, I4(x));
  //@ assert one3: \forall integer a; Ix(a) && T3(t, n, base, a) >= 0 && T3(t, n, base, a) == T3(t, n, base, I4(x)) ==> a == I4(x);
  //@ assert one: \forall integer a, b; Ix(a) && Ix(b) && T2(t, n, base, a, b) == s ==> a == I4(x) && b == I3(x);
  (void)level, (void)parent, (void)base, (void)used; /* the contract speaks of them */
  metes_tree_put(t, n, s, (uint32_t)(x / 512 % 512), entry);
  //@ assert frame: \forall integer r, k; 0 <= r < used && Ix(k) && !(r == s && k == I2(x)) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  //@ assert next: \forall integer r, k; 0 <= r < used && Ix(k) && !(r == s && k == I2(x)) ==> Next(t, n, base, r, k) == Next{Pre}(t, n, base, r, k);
  //@ assert here: Next(t, n, base, s, I2(x)) == -2;
  //@ assert q3: \forall integer a; Ix(a) ==> T3(t, n, base, a) == T3{Pre}(t, n, base, a);
  //@ assert q2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, n, base, a, b) == T2{Pre}(t, n, base, a, b);
  //@ assert q1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) && !(a == I4(x) && b == I3(x) && c == I2(x)) ==> T1(t, n, base, a, b, c) == T1{Pre}(t, n, base, a, b, c);
  //@ assert p1: T1(t, n, base, I4(x), I3(x), I2(x)) == -2;
  //@ assert q0: \forall integer a, b, c, d; Ix(a) && Ix(b) && Ix(c) && Ix(d) && !(a == I4(x) && b == I3(x) && c == I2(x)) ==> Leaf(t, n, base, a, b, c, d) == Leaf{Pre}(t, n, base, a, b, c, d);
  //@ assert p0: \forall integer d; Ix(d) ==> Leaf(t, n, base, I4(x), I3(x), I2(x), d) == entry - 0x80 + d * 4096;
  //@ assert this: LinkSound(t, level, parent, used, n, base, s, I2(x));
  //@ assert o1: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && !(r == s && k == I2(x)) && Next(t, n, base, r, k) >= 0 ==> 0 < Next(t, n, base, r, k) < used && level[Next(t, n, base, r, k)] == level[r] - 1;
  //@ assert o2: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && !(r == s && k == I2(x)) && Next(t, n, base, r, k) >= 0 ==> t[r].e[k] == LinkTo(base, Next(t, n, base, r, k));
  //@ assert o3: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && !(r == s && k == I2(x)) && Next(t, n, base, r, k) >= 0 ==> parent[Next(t, n, base, r, k)] == r * 512 + k;
  //@ assert o4: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && !(r == s && k == I2(x)) && Next(t, n, base, r, k) < 0 ==> t[r].e[k] == 0 || (level[r] == 2 && LargeEntry(t[r].e[k]));
  //@ assert other: \forall integer r, k; 0 <= r < used && Ix(k) && level[r] > 1 && !(r == s && k == I2(x)) ==> LinkSound(t, level, parent, used, n, base, r, k);
  //@ assert links: LinksSound(t, level, parent, used, n, base);
}
