/* SPDX-License-Identifier: Apache-2.0
 * Pages of 2 MiB: every refusal, and all single mappings of a small space against a walker of its own; many tables. */
#include <inttypes.h>

#include "unit.h"

#include "core/pagetable.h"

enum { TABLES = 16 };
#define BASE 0xFFFFC0000ULL
#define TOP 0x10000000000000ULL /* 2^52 */
#define MIB2 0x200000ULL
#define RW (METES_READ | METES_WRITE)

static struct metes_table tables[TABLES];
static uint8_t level[TABLES];
static uint32_t parent[TABLES];
static struct metes_pt pt;

static int fresh(void **state)
{
  struct metes_error err;

  (void)state;
  return metes_pt_init(&pt, tables, level, parent, TABLES, BASE, &err) != METES_OK;
}

static enum metes_status map(int large, struct metes_mapping m, struct metes_error *err)
{
  return large ? metes_pt_map_large(&pt, tables, level, parent, m, err)
               : metes_pt_map(&pt, tables, level, parent, m, err);
}

static enum metes_status map_at(int large, uint64_t gva, uint64_t pages)
{
  struct metes_error err = UNTOUCHED;
  const enum metes_status s = map(large, (struct metes_mapping){gva, GIB + gva, pages, RW}, &err);

  if (s == METES_OK)
    assert_untouched(&err);
  return s;
}

/* Refused with these numbers, and but for tables that a full pool was tried for, no byte changed. */
static void refused(int large, struct metes_mapping m, enum metes_status status, uint64_t requested, uint64_t limit,
                    uint32_t index)
{
  static struct metes_table before[TABLES];
  struct metes_error err = UNTOUCHED;

  memcpy(before, tables, sizeof before);
  assert_int_equal(map(large, m, &err), status);
  assert_error(&err, requested, limit, index);
  if (status != METES_E_MAP_FULL)
    assert_memory_equal(tables, before, sizeof before);
}

static void bad_large_mappings(void **state)
{
  (void)state;
  refused(1, (struct metes_mapping){1, 1, 1, 0}, METES_E_MAP_FLAGS, 0, 15, 0);
  refused(1, (struct metes_mapping){1, 1, 1, 16 | RW}, METES_E_MAP_FLAGS, 16 | RW, 15, 0);
  refused(1, (struct metes_mapping){0x1000, 0x1000, 1, 1}, METES_E_MAP_UNALIGNED, 0x1000, MIB2, 0);
  refused(1, (struct metes_mapping){MIB2 + 1, 0x1000, 1, 1}, METES_E_MAP_UNALIGNED, MIB2 + 1, MIB2, 0);
  refused(1, (struct metes_mapping){MIB2, 0x1000, 1, 1}, METES_E_MAP_UNALIGNED, 0x1000, MIB2, 1);
  refused(1, (struct metes_mapping){MIB2, MIB2, 513, 1}, METES_E_MAP_UNALIGNED, 513 * 4096, MIB2, 2);
  refused(1, (struct metes_mapping){MIB2, MIB2, (1ULL << 52) - 1, 1}, METES_E_MAP_UNALIGNED,
                 ((1ULL << 52) - 1) * 4096, MIB2, 2);
  refused(1, (struct metes_mapping){MIB2, MIB2, (1ULL << 52) + 1, 1}, METES_E_MAP_UNALIGNED, UINT64_MAX, MIB2, 2);
  refused(1, (struct metes_mapping){0x7FFFFFE00000, MIB2, 1024, 1}, METES_E_MAP_GVA, 0x7FFFFFE00000, 1024, 0);
  refused(1, (struct metes_mapping){MIB2, MIB2, 1ULL << 63, 1}, METES_E_MAP_GVA, MIB2, 1ULL << 63, 0);
  refused(1, (struct metes_mapping){MIB2, TOP - MIB2, 1024, 1}, METES_E_MAP_GPA, TOP - MIB2, 1024, 0);
  refused(0, (struct metes_mapping){0x7FFFFF000000, MIB2, 4097, 1}, METES_E_MAP_GVA, 0x7FFFFF000000, 4097, 0);
  assert_int_equal(pt.used, 1);
}

/* Large on large, small on large, large on small, and on a table that is empty; no pages are nowhere twice. */
static void mapped_twice(void **state)
{
  const uint64_t at = GIB - MIB2; /* two large pages, in two directories */
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(map_at(1, at, 1024), METES_OK);
  assert_int_equal(pt.used, 4);
  assert_int_equal(tables[2].e[511], (2 * GIB - MIB2) | 0xE3 | METES_ENTRY_NO_EXECUTE);
  refused(1, (struct metes_mapping){at - MIB2, MIB2, 1024, 1}, METES_E_MAP_TWICE, at, tables[2].e[511], 0);
  refused(1, (struct metes_mapping){GIB, MIB2, 512, 1}, METES_E_MAP_TWICE, GIB, tables[3].e[0], 0);
  refused(0, (struct metes_mapping){at - 0x1000, MIB2, 2, 1}, METES_E_MAP_TWICE, at,
                 (2 * GIB - MIB2) | 0x63 | METES_ENTRY_NO_EXECUTE, 0);
  refused(0, (struct metes_mapping){GIB + 0x5000, MIB2, 2, 1}, METES_E_MAP_TWICE, GIB + 0x5000,
                 (2 * GIB + 0x5000) | 0x63 | METES_ENTRY_NO_EXECUTE, 0);
  assert_int_equal(map_at(0, 3 * MIB2, 1), METES_OK);
  refused(1, (struct metes_mapping){2 * MIB2, MIB2, 1024, 1}, METES_E_MAP_TWICE, 3 * MIB2, (BASE + 0x4000) | 0x23, 0);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 5 * MIB2, 1, &err), METES_OK);
  refused(1, (struct metes_mapping){5 * MIB2, MIB2, 512, 1}, METES_E_MAP_TWICE, 5 * MIB2, (BASE + 0x5000) | 0x23, 0);
  assert_int_equal(map_at(1, at, 0), METES_OK);
  assert_int_equal(map_at(1, 4 * MIB2, 512), METES_OK);
  assert_untouched(&err);
}

/* Tables are made for what is not large, and what is large stays. */
static void reserved_around_large(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(map_at(1, MIB2, 512), METES_OK);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, MIB2, 512, &err), METES_OK);
  assert_int_equal(pt.used, 3);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, MIB2 - 0x1000, 514, &err), METES_OK);
  assert_int_equal(pt.used, 5);
  assert_int_equal(metes_pt_walk(tables, pt.used, BASE, MIB2 + 0x1234).gpa, GIB + MIB2 + 0x1234);
  assert_int_equal(metes_pt_walk(tables, pt.used, BASE, MIB2 - 1).status, METES_E_UNMAPPED);
  assert_untouched(&err);
}

static void a_pool_too_small_for_large(void **state)
{
  struct metes_error err;

  (void)state;
  for (uint64_t n = 1; n <= 4; n++) {
    assert_int_equal(metes_pt_init(&pt, tables, level, parent, n, BASE, &err), METES_OK);
    if (n < 4)
      refused(1, (struct metes_mapping){GIB - MIB2, 0, 1024, 1}, METES_E_MAP_FULL, 3, n - 1, 0);
    else
      assert_int_equal(map_at(1, GIB - MIB2, 1024), METES_OK);
    assert_int_equal(metes_pt_walk(tables, pt.used, BASE, GIB).status, n < 4 ? METES_E_UNMAPPED : METES_OK);
  }
}

/* Tables are made for directories that are reached, not for the next; a full pool is found at the first. */
static void no_table_too_many(void **state)
{
  struct metes_error err;

  (void)state;
  assert_int_equal(map_at(1, GIB - MIB2, 512), METES_OK);
  assert_int_equal(pt.used, 3);
  assert_int_equal(metes_pt_init(&pt, tables, level, parent, 3, BASE, &err), METES_OK);
  assert_int_equal(map_at(1, GIB + MIB2, 512), METES_OK);
  refused(1, (struct metes_mapping){GIB - MIB2, 0, 1024, 1}, METES_E_MAP_FULL, 3, 0, 0);
  assert_int_equal(pt.used, 3);
  assert_int_equal(metes_pt_walk(tables, pt.used, BASE, GIB).status, METES_E_UNMAPPED);
  assert_int_equal(metes_pt_init(&pt, tables, level, parent, 1, BASE, &err), METES_OK);
  refused(1, (struct metes_mapping){GIB, 0, 512 * 512, 1}, METES_E_MAP_FULL, 2, 0, 0);
}

/* A large page is no link: its address less that of the pool, in pages, may be as of no table (2^32 - 1). */
static void a_page_like_no_table(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_pt_init(&pt, tables, level, parent, TABLES, 0x1000, &err), METES_OK);
  for (uint64_t k = 1; k < 256; k++) {
    assert_int_equal(map(1, (struct metes_mapping){k * MIB2, k << 44, 512, RW}, &err), METES_OK);
    assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, k * MIB2, 1, &err), METES_OK);
  }
  assert_untouched(&err);
}

/* With masks and shifts, as the processor does it: the guest-physical address and flags of a page, or 0. */
static uint64_t lookup(uint64_t gva)
{
  uint64_t e, at = BASE, write = 2, never = 0;
  int shift = 39;

  for (;; shift -= 9) {
    assert_true(at >= BASE && (at - BASE) >> 12 < pt.used);
    e = tables[(at - BASE) >> 12].e[gva >> shift & 511];
    write &= e, never |= e >> 63;
    if (!(e & 1))
      return 0;
    if (shift == 12 || e & 0x80)
      break;
    at = e & 0xFFFFFFFFFF000;
  }
  assert_true(shift == 12 || (shift == 21 && !(e & 0x1FF000)));
  at = (e & 0xFFFFFFFFFF000) + (gva & (((uint64_t)1 << shift) - 1));
  return at | METES_READ | write | (never ? 0 : METES_EXECUTE) | (e & 0x200 ? METES_COPY_ON_WRITE : 0);
}

static int in(const struct metes_mapping *m, uint64_t gva)
{
  return gva >= m->gva && gva < m->gva + m->pages * 4096;
}

static uint64_t wanted(const struct metes_mapping *a, const struct metes_mapping *b, uint64_t gva)
{
  const struct metes_mapping *m = in(a, gva) ? a : in(b, gva) ? b : NULL;

  return m ? (m->gpa + (gva - m->gva)) | m->flags : 0;
}

/* Whether b can come after a: b's 2 MiB spans must be free of a's tables if b is large. */
static int meets(const struct metes_mapping *a, const struct metes_mapping *b, int large_b)
{
  const uint64_t round = large_b ? MIB2 - 1 : 0;
  const uint64_t start = a->gva & ~round, end = (a->gva + a->pages * 4096 + round) & ~round;

  return a->pages && b->pages && start < b->gva + b->pages * 4096 && b->gva < end;
}

static unsigned long tried;

static void try_two(int large_a, struct metes_mapping a, int large_b, struct metes_mapping b)
{
  const struct metes_mapping none = {0, 0, 0, 0};
  const int aligned = !large_b || !((b.gva | b.gpa | b.pages * 4096) & (MIB2 - 1));
  struct metes_error err;

  fresh(NULL);
  assert_int_equal(map(large_a, a, &err), METES_OK);
  const enum metes_status got = map(large_b, b, &err);
  assert_int_equal(got, !aligned ? METES_E_MAP_UNALIGNED : meets(&a, &b, large_b) ? METES_E_MAP_TWICE : METES_OK);
  for (uint64_t gva = GIB - 2 * MIB2; gva < GIB + 2 * MIB2; gva += 4096) {
    const struct metes_walk w = metes_pt_walk(tables, pt.used, BASE, gva);
    const uint64_t want = wanted(&a, got == METES_OK ? &b : &none, gva);

    if (lookup(gva) != want || (w.status == METES_OK ? w.gpa | w.flags : 0) != want)
      fail_msg("%" PRIx64 " leads elsewhere", gva);
  }
  tried++;
}

/* Around a GiB: all single mappings by 4 KiB and by 2 MiB that begin and end at or beside the edges of large pages,
 * in tables that are empty, or hold a page, or a large page. */
static void all_of_a_small_space(void **state)
{
  static const uint64_t edges[] = {0, 1, 511, 512, 513, 1023, 1024, 1025, 1536, 2047, 2048};
  static const uint32_t flags[] = {1, 3, 5, 7, 9, 13};
  const uint64_t origin = GIB - 2 * MIB2;
  const struct metes_mapping before[3] = {
      {origin, 0x7000, 0, 1}, {origin + 700 * 4096, 0x7000000, 1, 7}, {GIB, 0x7000000 + MIB2, 512, 9}};

  (void)state;
  for (int i = 0; i < 11; i++)
    for (int j = i; j < 11; j++)
      for (int k = 0; k < 12; k++) {
        const struct metes_mapping m = {origin + edges[i] * 4096, 0x40000000 + (k == 11 ? 4096 : edges[i] % 512 * 4096),
                                        edges[j] - edges[i], flags[k % 6]};

        for (int b = 0; b < 3; b++)
          try_two(b == 2, before[b], k >= 6, m);
      }
  assert_int_equal(tried, 66 * 12 * 3);
}

/* PT-6, PT-14: tables with numbers above 4096, at every level: what a link adds to its address must not count as tables. */
static void many_tables(void **state)
{
  enum { MANY = 4300, LAST = 4200 };
  static struct metes_table many[MANY];
  static uint8_t levels[MANY];
  static uint32_t parents[MANY];
  const uint64_t far = 0x8000000000; /* a table of its own at level 3 */
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_pt_init(&pt, many, levels, parents, MANY, BASE, &err), METES_OK);
  for (uint64_t i = 0; i < LAST; i++) {
    const struct metes_mapping m = {i * MIB2, GIB + i * MIB2, 1, RW};
    assert_int_equal(metes_pt_map(&pt, many, levels, parents, m, &err), METES_OK);
  }
  const struct metes_mapping maps[] = {{far, 0x1000, 1, RW}, {far + 0x1000, 0x7000, 1, RW}, {far + MIB2, 0x9000, 1, RW}};
  for (int i = 0; i < 3; i++)
    assert_int_equal(metes_pt_map(&pt, many, levels, parents, maps[i], &err), METES_OK);
  assert_int_equal(pt.used, 1 + 1 + 9 + LAST + 2 + 2); /* root; a level 3, its level 2 and theirs; the far ones */
  assert_untouched(&err);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(metes_pt_walk(many, pt.used, BASE, maps[i].gva).gpa, maps[i].gpa);
    assert_int_equal(metes_pt_map(&pt, many, levels, parents, maps[i], &err), METES_E_MAP_TWICE);
  }
  assert_int_equal(metes_pt_walk(many, pt.used, BASE, (LAST - 1) * MIB2).gpa, GIB + (LAST - 1) * MIB2);
}

int test_largetable(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(bad_large_mappings, fresh),    cmocka_unit_test_setup(mapped_twice, fresh),
      cmocka_unit_test_setup(reserved_around_large, fresh), cmocka_unit_test(a_pool_too_small_for_large),
      cmocka_unit_test_setup(no_table_too_many, fresh),     cmocka_unit_test(a_page_like_no_table),
      cmocka_unit_test(all_of_a_small_space),               cmocka_unit_test(many_tables),
  };

  return cmocka_run_group_tests_name("largetable", tests, NULL, NULL);
}
