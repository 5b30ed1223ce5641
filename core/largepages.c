/* SPDX-License-Identifier: Apache-2.0
 * Ranges of large pages: their directories made, their entries looked at, their entries written. */
#include "pages.h"

/*@ // A multiple of 2 MiB changes no bit below 21.
  @ lemma large_div: \forall integer m, b; 0 <= m && 0 <= b ==>
  @   (m * 0x200000 + b) / 4096 == m * 512 + b / 4096;
  @ lemma large_mod: \forall integer m, c; 0 <= m && 0 <= c ==> (m * 512 + c) % 512 == c % 512;
  @ lemma large_low: \forall integer m, b; 0 <= m && 0 <= b ==>
  @   (m * 0x200000 + b) / 128 == m * 16384 + b / 128;
  @ lemma large_bit: \forall integer m, c; 0 <= m && 0 <= c ==> (m * 16384 + c) % 2 == c % 2;
  @ lemma large_odd_sum: \forall integer m, b; 0 <= m && 0 <= b ==> (m * 0x200000 + b) % 2 == b % 2;
  @ lemma large_ps: \forall integer m, b; 0 <= m && 0 <= b ==>
  @   (m * 0x200000 + b) / 128 % 2 == b / 128 % 2;
  @ lemma large_frame: \forall integer m, b; 0 <= m && 0 <= b ==>
  @   (m * 0x200000 + b) / 4096 % 512 == b / 4096 % 512;
  @*/

/* The entry of a large page at pa. */
/*@ requires pa % 0x200000 == 0 && pa <= 0xFFFFFFFFFFFFF;
  @ requires LargeEntry(bits + 0x80) && bits <= 0x8000000000000FFF;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures value: \result == pa + bits + 0x80;
  @ ensures large: LargeEntry(\result);
  @*/
static inline uint64_t large_entry(uint64_t pa, uint64_t bits)
{
  //@ ghost uint64_t q = pa / 0x200000;
  //@ assert whole: pa == q * 0x200000;
  const uint64_t low = bits + METES_ENTRY_LARGE;

  //@ assert odd: (q * 0x200000 + low) % 2 == low % 2;
  //@ assert ps: (q * 0x200000 + low) / 128 % 2 == low / 128 % 2;
  //@ assert frame: (q * 0x200000 + low) / 4096 % 512 == low / 4096 % 512;
  const uint64_t entry = pa + low;
  //@ assert sum: entry == q * 0x200000 + low;
  return entry;
}

uint64_t metes_pages_free(const struct metes_table *t, const uint8_t *level,
                          const uint32_t *parent, uint32_t n, uint64_t base, uint32_t used,
                          uint64_t x, uint64_t pages)
{
  /*@ loop invariant 0 <= k <= pages && k % 512 == 0;
    @ loop invariant free: Free(t, n, base, x, k);
    @ loop assigns k;
    @ loop variant pages - k;
    @*/
  for (uint64_t k = 0; k < pages; k += 512) {
    //@ assert span: \forall integer y; x + k <= y < x + k + 512 ==> y / 512 == (x + k) / 512;
    if (metes_tree_upper(t, level, parent, n, base, used, x + k) != 0)
      return k;
    //@ assert free: \forall integer y; x + k <= y < x + k + 512 ==> TableOf(t, n, base, y) == -1;
  }
  return pages;
}

struct metes_step metes_pages_directories(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                          uint32_t n, uint64_t base, uint32_t used, uint64_t x,
                                          uint64_t pages)
{
  const uint64_t first = x / 512 / 512, end = (x + pages - 1) / 512 / 512 + 1;
  struct metes_step s = {0, used};

  /*@ loop invariant first <= h <= end;
    @ loop invariant sound: TreeSound(t, level, parent, s.used, n, base);
    @ loop invariant made: \forall integer g; first <= g < h ==>
    @   T2(t, n, base, g / 512, g % 512) >= 0;
    @ loop invariant some: s.table != METES_NO_TABLE && used <= s.used;
    @ loop invariant used: h == first ? s.used == used :
    @   s.used <= used + DirectoriesOver(first, h - 1);
    @ loop invariant leaves: SameLeaves{Pre,Here}(t, n, base);
    @ loop invariant tables: SameTables{Pre,Here}(t, n, base);
    @ loop assigns h, s, t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
    @ loop variant end - h;
    @*/
  for (uint64_t h = first; h < end; h++) {
    const uint32_t a = (uint32_t)(h / 512), b = (uint32_t)(h % 512);

    //@ assert ix: Ix(a) && Ix(b);
    //@ assert before: h > first ==> T2(t, n, base, (h - 1) / 512, (h - 1) % 512) >= 0;
    //@ assert near: h > first && (h - 1) / 512 == h / 512 ==> T3(t, n, base, a) >= 0;
    //@ assert cost: s.used + Missing2(t, n, base, a, b) <= used + DirectoriesOver(first, h);
    //@ assert most: DirectoriesOver(first, h) <= DirectoriesOver(first, end - 1);
    s = metes_tree_directory(t, level, parent, n, base, s.used, a, b);
    if (s.table == METES_NO_TABLE)
      return s;
  }
  //@ assert spans: \forall integer y; x <= y < x + pages ==> first <= y / 512 / 512 < end;
  return s;
}

void metes_pages_fill_large(struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                            uint32_t n, uint64_t base, uint32_t used, uint64_t x, uint64_t pages,
                            uint64_t pa, uint64_t bits)
{
  /*@ loop invariant 0 <= k <= pages && k % 512 == 0;
    @ loop invariant sound: TreeSound(t, level, parent, used, n, base);
    @ loop invariant directories: Directories(t, n, base, x, pages);
    @ loop invariant tables: \forall integer y; PageNumber(y) && !(x <= y < x + k) ==>
    @   TableOf(t, n, base, y) == TableOf{Pre}(t, n, base, y);
    @ loop invariant mapped: Mapped(t, n, base, x, k, pa, bits);
    @ loop invariant others: SameOutside{Pre,Here}(t, n, base, x, k);
    @ loop assigns k, t[0 .. n - 1];
    @ loop variant pages - k;
    @*/
  for (uint64_t k = 0; k < pages; k += 512) {
    const uint64_t y = x + k, page = pa + k * METES_PAGE_SIZE;

    //@ assert free: TableOf{Pre}(t, n, base, y) == -1 && TableOf(t, n, base, y) == -1;
    const uint32_t s = metes_tree_directory_of(t, level, parent, n, base, used, y);
    //@ assert there: DirectoryOf(t, n, base, y) >= 0 && s == DirectoryOf(t, n, base, y);
    //@ assert aligned: page % 0x200000 == 0 && page <= 0xFFFFFFFFFFFFF;
    const uint64_t entry = large_entry(page, bits);
    //@ assert begins: y % 512 == 0 && y == y / 512 * 512;
    //@ assert span: \forall integer z; y <= z < y + 512 ==> z / 512 == y / 512;
    //@ assert only: \forall integer z; PageNumber(z) && z / 512 == y / 512 ==> y <= z < y + 512;
    metes_tree_set_large(t, level, parent, n, base, used, s, y, entry);
    //@ assert place: \forall integer z; y <= z < y + 512 ==> z % 512 == z - y;
    //@ assert here: \forall integer z; y <= z < y + 512 ==> EntryAt(t, n, base, z) == pa + (z - x) * 4096 + bits;
  }
}
