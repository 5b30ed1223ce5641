/* SPDX-License-Identifier: Apache-2.0
 * Ranges of pages: their tables made, their entries looked at, their entries written. */
#include "pages.h"

struct metes_step metes_pages_reserve(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                      uint32_t n, uint64_t base, uint32_t used, uint64_t x,
                                      uint64_t pages)
{
  const uint64_t first = x / 512, end = (x + pages - 1) / 512 + 1;
  struct metes_step s = {0, used};

  /*@ loop invariant first <= g <= end;
    @ loop invariant sound: TreeSound(t, level, parent, s.used, n, base);
    @ loop invariant made: \forall integer h; first <= h < g ==>
    @   T1(t, n, base, h / 512 / 512, h / 512 % 512, h % 512) != -1;
    @ loop invariant some: s.table != METES_NO_TABLE && used <= s.used;
    @ loop invariant used: g == first ? s.used == used :
    @   s.used <= used + TablesOver(first, g - 1);
    @ loop invariant leaves: SameLeaves{Pre,Here}(t, n, base);
    @ loop invariant grown: Grown{Pre,Here}(t, n, base);
    @ loop assigns g, s, t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
    @ loop variant end - g;
    @*/
  for (uint64_t g = first; g < end; g++) {
    const uint32_t a = (uint32_t)(g / 512 / 512), b = (uint32_t)(g / 512 % 512),
                   c = (uint32_t)(g % 512);

    //@ assert ix: Ix(a) && Ix(b) && Ix(c);
    //@ assert nexts: NextsSound(t, level, parent, s.used, n, base);
    //@ assert ways: WaysSound(t, level, parent, s.used, n, base);
    //@ assert before: g > first ==> T1(t, n, base, (g - 1) / 512 / 512, (g - 1) / 512 % 512, (g - 1) % 512) != -1;
    //@ assert near2: g > first && (g - 1) / 512 == g / 512 ==> T2(t, n, base, a, b) >= 0;
    //@ assert near3: g > first && (g - 1) / 512 / 512 == g / 512 / 512 ==> T3(t, n, base, a) >= 0;
    //@ assert cost: s.used + Missing(t, n, base, a, b, c) <= used + TablesOver(first, g);
    //@ assert most: TablesOver(first, g) <= TablesOver(first, end - 1);
    //@ ghost uint64_t y = g * 512 < x ? x : g * 512;
    //@ assert y: x <= y < x + pages && y / 512 == g;
    //@ assert of_y: TableOf{Pre}(t, n, base, y) == T1{Pre}(t, n, base, a, b, c);
    //@ assert there: Reserved{Pre}(t, n, base, x, pages) ==> T1{Pre}(t, n, base, a, b, c) != -1;
    //@ assert all: \forall integer h; first <= h < g ==> Ix(h / 512 / 512) && Ix(h / 512 % 512) && Ix(h % 512);
    s = metes_tree_way(t, level, parent, n, base, s.used, a, b, c);
    if (s.table == METES_NO_TABLE)
      return s;
    //@ assert kept: Grown1{LoopCurrent,Here}(t, n, base);
    //@ assert old: \forall integer h; first <= h < g ==> T1(t, n, base, h / 512 / 512, h / 512 % 512, h % 512) != -1;
  }
  //@ assert spans: \forall integer y; x <= y < x + pages ==> first <= y / 512 < end;
  return s;
}

uint64_t metes_pages_unmapped(const struct metes_table *t, const uint8_t *level,
                              const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                              uint64_t x, uint64_t pages)
{
  /*@ loop invariant 0 <= k <= pages;
    @ loop invariant unmapped: Unmapped(t, n, base, x, k);
    @ loop assigns k;
    @ loop variant pages - k;
    @*/
  for (uint64_t k = 0; k < pages; k++)
    if (metes_tree_entry(t, level, parent, n, base, used, x + k) != 0)
      return k;
  return pages;
}

void metes_pages_fill(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                      uint32_t n, uint64_t base, uint32_t used, uint64_t x, uint64_t pages,
                      uint64_t pa, uint64_t bits)
{
  /*@ loop invariant 0 <= k <= pages;
    @ loop invariant sound: TreeSound(t, level, parent, used, n, base);
    @ loop invariant tables: \forall integer y; PageNumber(y) ==>
    @   TableOf(t, n, base, y) == TableOf{Pre}(t, n, base, y);
    @ loop invariant mapped: Mapped(t, n, base, x, k, pa, bits);
    @ loop invariant others: SameOutside{Pre,Here}(t, n, base, x, k);
    @ loop assigns k, t[0 .. n - 1];
    @ loop variant pages - k;
    @*/
  for (uint64_t k = 0; k < pages; k++) {
    const uint64_t y = x + k;

    //@ assert there: TableOf{Pre}(t, n, base, y) >= 0;
    const uint32_t s = metes_tree_table(t, level, parent, n, base, used, y);
    //@ assert found: s < used && TableOf(t, n, base, y) == s;
    metes_tree_set(t, level, parent, n, base, used, s, y, pa + k * METES_PAGE_SIZE + bits);
  }
}
