/* SPDX-License-Identifier: Apache-2.0
 * Page tables: what is mapped is found by the walk and nothing else is; every refusal (D13 among them). */
#include "unit.h"

#include "core/pagetable.h"

enum { TABLES = 16 };
#define BASE 0xFFFFC0000ULL
#define TOP 0x10000000000000ULL /* 2^52 */

static struct metes_table tables[TABLES];
static uint8_t level[TABLES];
static uint32_t parent[TABLES];
static struct metes_pt pt;

static int fresh(void **state)
{
  struct metes_error err;

  (void)state;
  memset(tables, 0xA5, sizeof tables);
  return metes_pt_init(&pt, tables, level, parent, TABLES, BASE, &err) != METES_OK;
}

static enum metes_status map(uint64_t gva, uint64_t gpa, uint64_t pages, uint32_t flags, struct metes_error *err)
{
  const struct metes_mapping m = {gva, gpa, pages, flags};

  return metes_pt_map(&pt, tables, level, parent, m, err);
}

static struct metes_walk walk(uint64_t gva)
{
  return metes_pt_walk(tables, pt.used, BASE, gva);
}

static void assert_mapped(uint64_t gva, uint64_t gpa, uint32_t flags)
{
  const struct metes_walk w = walk(gva);

  assert_int_equal(w.status, METES_OK);
  assert_int_equal(w.gpa, gpa);
  assert_int_equal(w.flags, flags);
}

/* Refused with these numbers, and no byte of the tables changed. */
static void assert_refused_map(struct metes_mapping m, enum metes_status status, uint64_t requested, uint64_t limit,
                               uint32_t index)
{
  static struct metes_table before[TABLES];
  struct metes_error err = UNTOUCHED;

  memcpy(before, tables, sizeof before);
  assert_int_equal(metes_pt_map(&pt, tables, level, parent, m, &err), status);
  assert_error(&err, requested, limit, index);
  if (status != METES_E_MAP_FULL)
    assert_memory_equal(tables, before, sizeof before);
}

/* PT-1: none, too many, and each bad place. */
static void bad_pools(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_pt p;

  (void)state;
  assert_int_equal(metes_pt_init(&p, tables, level, parent, 0, BASE, &err), METES_E_PT_POOL);
  assert_error(&err, 0, 65535, 0);
  assert_int_equal(metes_pt_init(&p, tables, level, parent, 65536, BASE, &err), METES_E_PT_POOL);
  assert_error(&err, 65536, 65535, 0);
  assert_int_equal(metes_pt_init(&p, tables, level, parent, TABLES, 0, &err), METES_E_PT_POOL);
  assert_error(&err, 0, TOP, 1);
  assert_int_equal(metes_pt_init(&p, tables, level, parent, TABLES, BASE + 8, &err), METES_E_PT_POOL);
  assert_error(&err, BASE + 8, TOP, 1);
  assert_int_equal(metes_pt_init(&p, tables, level, parent, TABLES, TOP - 0xF000, &err), METES_E_PT_POOL);
  assert_error(&err, TOP - 0xF000, TOP, 1);
  assert_int_equal(metes_pt_init(&p, tables, level, parent, TABLES, TOP - 0x10000, &err), METES_OK);
  assert_int_equal(metes_pt_init(&p, tables, level, parent, 65535, TOP - 0xFFFE000, &err), METES_E_PT_POOL);
  assert_error(&err, TOP - 0xFFFE000, TOP, 1);
}

/* The notes beside the tables: of each its level, and the entry that links it. */
static void notes(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(parent, 0xA5, sizeof parent);
  assert_int_equal(metes_pt_init(&pt, tables, level, parent, TABLES, BASE, &err), METES_OK);
  assert_int_equal(map(0x123456789000, 0x1000, 1, METES_READ, &err), METES_OK);
  assert_int_equal(parent[0], 0);
  assert_int_equal(parent[1], 0x24);
  assert_int_equal(parent[2], 512 + 0xD1);
  assert_int_equal(parent[3], 2 * 512 + 0xB3);
  for (uint32_t i = 0; i < 4; i++)
    assert_int_equal(level[i], 4 - i);
  assert_untouched(&err);
}

/* PT-10, PT-14 to PT-16: its first and last byte, and nothing beside it. */
static void what_is_mapped_is_found(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(walk(0x1000).status, METES_E_UNMAPPED);
  assert_int_equal(map(0x1000, 0x200000, 3, METES_READ | METES_EXECUTE, &err), METES_OK);
  assert_int_equal(map(0x7FFFFFFFF000, 0x1000, 1, METES_READ | METES_WRITE, &err), METES_OK);
  assert_int_equal(map(0xFFFF800000000000, TOP - 0x1000, 1, METES_READ | METES_COPY_ON_WRITE, &err), METES_OK);
  assert_untouched(&err);
  assert_mapped(0x1000, 0x200000, METES_READ | METES_EXECUTE);
  assert_mapped(0x3FFF, 0x202FFF, METES_READ | METES_EXECUTE);
  assert_mapped(0x7FFFFFFFFABC, 0x1ABC, METES_READ | METES_WRITE);
  assert_int_equal(walk(0xFFF).status, METES_E_UNMAPPED);
  assert_int_equal(walk(0x4000).status, METES_E_UNMAPPED);
  assert_int_equal(walk(0xFFFF800000001000).status, METES_E_UNMAPPED);
  assert_int_equal(walk(0x800000000000).status, METES_E_MAP_GVA);
  assert_int_equal(walk(0xFFFF7FFFFFFFFFFF).status, METES_E_MAP_GVA);

  const struct metes_walk w = walk(0xFFFF800000000FFF);

  assert_int_equal(w.status, METES_OK);
  assert_int_equal(w.gpa, TOP - 1);
  assert_int_equal(w.entry & METES_ENTRY_WRITABLE, 0);
  assert_int_equal(w.entry & METES_ENTRY_COPY_ON_WRITE, METES_ENTRY_COPY_ON_WRITE);
  assert_int_equal(w.entry & METES_ENTRY_NO_EXECUTE, METES_ENTRY_NO_EXECUTE);
}

/* PT-14, PT-17: across the edge of a last table, of the next, and of the one above; what was mapped
 * before tables were added leads where it did. */
static void ranges_cross_tables(void **state)
{
  const uint64_t edges[] = {0x200000, 0x40000000, 0x8000000000};
  struct metes_error err = UNTOUCHED;

  (void)state;
  for (int i = 0; i < 3; i++)
    assert_int_equal(map(edges[i] - 0x1000, 0x5000 * (1 + (uint64_t)i), 2, METES_READ, &err), METES_OK);
  for (int i = 0; i < 3; i++) {
    assert_mapped(edges[i] - 1, 0x5000 * (1 + (uint64_t)i) + 0xFFF, METES_READ);
    assert_mapped(edges[i], 0x5000 * (1 + (uint64_t)i) + 0x1000, METES_READ);
  }
}

/* D13 and PT-2 to PT-6: each at its edge; no byte of the tables changes. */
static void bad_mappings(void **state)
{
  struct metes_error err;

  (void)state;
  assert_refused_map((struct metes_mapping){0x1000, 0x1000, 1, 0}, METES_E_MAP_FLAGS, 0, 15, 0);
  assert_refused_map((struct metes_mapping){0x1000, 0x1000, 1, 17}, METES_E_MAP_FLAGS, 17, 15, 0);
  assert_refused_map((struct metes_mapping){0x1000, 0x1000, 1, 11}, METES_E_MAP_FLAGS, 11, 15, 0);
  assert_refused_map((struct metes_mapping){0x1001, 0x1000, 1, 1}, METES_E_MAP_UNALIGNED, 0x1001, 4096, 0);
  assert_refused_map((struct metes_mapping){0x1000, 0x1800, 1, 1}, METES_E_MAP_UNALIGNED, 0x1800, 4096, 1);
  assert_refused_map((struct metes_mapping){0x7FFFFFFFF000, 0x1000, 2, 1}, METES_E_MAP_GVA, 0x7FFFFFFFF000, 2, 0);
  assert_refused_map((struct metes_mapping){0x800000000000, 0x1000, 1, 1}, METES_E_MAP_GVA, 0x800000000000, 1, 0);
  assert_refused_map((struct metes_mapping){0x800000001000, 0x1000, 1, 1}, METES_E_MAP_GVA, 0x800000001000, 1, 0);
  assert_refused_map((struct metes_mapping){0x1000, 0x1000, UINT64_MAX, 1}, METES_E_MAP_GVA, 0x1000, UINT64_MAX, 0);
  assert_refused_map((struct metes_mapping){0x1000, TOP - 0x1000, 2, 1}, METES_E_MAP_GPA, TOP - 0x1000, 2, 0);
  assert_refused_map((struct metes_mapping){0xFFFFFFFFFFFFF000, 0x1000, 2, 1}, METES_E_MAP_GVA, 0xFFFFFFFFFFFFF000, 2, 0);
  assert_refused_map((struct metes_mapping){0x1000, TOP, 1, 1}, METES_E_MAP_GPA, TOP, 1, 0);
  assert_refused_map((struct metes_mapping){0x1000, TOP + 0x1000, 1, 1}, METES_E_MAP_GPA, TOP + 0x1000, 1, 0);
  assert_int_equal(map(0x3000, 0x9000, 1, METES_READ, &err), METES_OK);
  assert_refused_map((struct metes_mapping){0x1000, 0x1000, 4, 1}, METES_E_MAP_TWICE, 0x3000, walk(0x3000).entry, 0);
  assert_int_equal(walk(0x1000).status, METES_E_UNMAPPED);
}

/* PT-7, PT-11, PT-13: what was reserved takes no more tables. */
static void a_full_pool(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_pt_tables_for(0x1000, 1), 3);
  assert_int_equal(metes_pt_tables_for(0x1FF000, 2), 4);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0x1000, 512, &err), METES_OK);
  assert_int_equal(pt.used, 5);
  assert_int_equal(walk(0x1000).status, METES_E_UNMAPPED);
  assert_int_equal(map(0x1000, 0x1000, 512, METES_READ, &err), METES_OK);
  assert_int_equal(pt.used, 5);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0x40000000, 512 * 20, &err), METES_E_MAP_FULL);
  assert_error(&err, metes_pt_tables_for(0x40000000, 512 * 20), 11, 0);
  assert_refused_map((struct metes_mapping){0x40000000, 0x1000, 512 * 20, 1}, METES_E_MAP_FULL, 22, (uint64_t)TABLES - pt.used, 0);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0x800, 1, &err), METES_E_MAP_UNALIGNED);
  assert_error(&err, 0x800, 4096, 0);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0x800000000000, 1, &err), METES_E_MAP_GVA);
  assert_error(&err, 0x800000000000, 1, 0);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0xFFFF800000000000, 1ULL << 35, &err), METES_E_MAP_FULL);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0xFFFF800000000000, (1ULL << 35) + 1, &err), METES_E_MAP_GVA);
  assert_mapped(0x1000, 0x1000, METES_READ);
}

/* PT-7: a pool that ends at each of the levels. */
static void pools_that_end_early(void **state)
{
  struct metes_error err;

  (void)state;
  for (uint64_t n = 1; n <= 4; n++) {
    assert_int_equal(metes_pt_init(&pt, tables, level, parent, n, BASE, &err), METES_OK);
    assert_int_equal(map(0x1000, 0x1000, 1, METES_READ, &err), n < 4 ? METES_E_MAP_FULL : METES_OK);
    assert_int_equal(walk(0x1000).status, n < 4 ? METES_E_UNMAPPED : METES_OK);
    if (n < 4)
      assert_error(&err, 3, n - 1, 0);
  }
}

/* PT-7: the first two MiB have no table, and the next two have the last one that there was. */
static void no_table_for_the_first(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_pt_init(&pt, tables, level, parent, 4, BASE, &err), METES_OK);
  assert_int_equal(map(0x200000, 0x1000, 1, METES_READ, &err), METES_OK);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0, 1024, &err), METES_E_MAP_FULL);
  assert_error(&err, 4, 0, 0);
}

/* PT-11, PT-14: nothing happens. */
static void no_pages(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_pt_tables_for(0x1000, 0), 0);
  assert_int_equal(metes_pt_reserve(&pt, tables, level, parent, 0x1000, 0, &err), METES_OK);
  assert_int_equal(map(0x1000, 0x1000, 0, METES_READ, &err), METES_OK);
  assert_int_equal(pt.used, 1);
  assert_int_equal(walk(0x1000).status, METES_E_UNMAPPED);
  assert_untouched(&err);
}

/* PT-11: more pages than the space has take the tables of all of it. */
static void more_than_the_space(void **state)
{
  (void)state;
  assert_int_equal(metes_pt_tables_for(0, 1ULL << 36), (1 << 27) + (1 << 18) + (1 << 9));
  assert_int_equal(metes_pt_tables_for(0, UINT64_MAX), (1 << 27) + (1 << 18) + (1 << 9));
}

/* PT-15: what a page permits is what all four levels permit. */
static void every_level_must_permit(void **state)
{
  const uint64_t gva = 0x8040201000; /* entry 1 of each table */
  struct metes_error err;

  (void)state;
  for (uint32_t t = 0; t < 4; t++) {
    fresh(NULL);
    assert_int_equal(map(gva, 0x1000, 1, METES_READ | METES_WRITE | METES_EXECUTE, &err), METES_OK);
    assert_mapped(gva, 0x1000, METES_READ | METES_WRITE | METES_EXECUTE);
    tables[t].e[1] &= ~METES_ENTRY_WRITABLE;
    assert_mapped(gva, 0x1000, METES_READ | METES_EXECUTE);
    tables[t].e[1] |= METES_ENTRY_NO_EXECUTE;
    assert_mapped(gva, 0x1000, METES_READ);
    tables[t].e[1] &= ~METES_ENTRY_PRESENT;
    assert_int_equal(walk(gva).status, METES_E_UNMAPPED);
  }
}

/* D13 and PT-8, PT-9, PT-15: tables that a guest wrote. */
static void hostile_tables(void **state)
{
  struct metes_error err;

  (void)state;
  assert_int_equal(metes_pt_walk(tables, 0, BASE, 0).status, METES_E_WALK_LINK);
  assert_int_equal(map(0x1000, 0x1000, 1, METES_READ | METES_WRITE, &err), METES_OK);
  tables[0].e[1] = (BASE + 0x1000 * (uint64_t)pt.used) | METES_ENTRY_PRESENT; /* one table beyond */
  assert_int_equal(walk(0x8000001000).status, METES_E_WALK_LINK);
  tables[0].e[1] = (BASE - 0x1000) | METES_ENTRY_PRESENT; /* one below */
  assert_int_equal(walk(0x8000001000).status, METES_E_WALK_LINK);
  tables[0].e[1] = BASE | METES_ENTRY_PRESENT | METES_ENTRY_LARGE; /* reserved in the root */
  assert_int_equal(walk(0x8000001000).status, METES_E_WALK_LARGE);
  tables[1].e[1] = METES_ENTRY_PRESENT | METES_ENTRY_LARGE; /* 1 GiB */
  assert_int_equal(walk(0x40001000).status, METES_E_WALK_LARGE);
  tables[2].e[1] = 0x40000000 | METES_ENTRY_PRESENT | METES_ENTRY_LARGE; /* 2 MiB: a page as any other */
  assert_mapped(0x200000 + 0x5678, 0x40005678, METES_READ | METES_EXECUTE);
  assert_int_equal(walk(0x205678).entry, 0x40005000 | METES_ENTRY_PRESENT);
  tables[2].e[1] |= 0x1000 | METES_ENTRY_NO_EXECUTE | METES_ENTRY_COPY_ON_WRITE; /* PAT, at its place in each */
  assert_mapped(0x3FFFFF, 0x401FFFFF, METES_READ | METES_COPY_ON_WRITE);
  assert_int_equal(walk(0x3FFFFF).entry, 0x401FF281 | METES_ENTRY_NO_EXECUTE);
  for (uint32_t bit = 13; bit <= 20; bit++) {
    tables[2].e[1] = 0x40000000 | (1ULL << bit) | METES_ENTRY_PRESENT | METES_ENTRY_LARGE;
    assert_int_equal(walk(0x205678).status, METES_E_WALK_RESERVED);
    assert_int_equal(walk(0x205678).entry, 0);
  }
  tables[0].e[511] = BASE | METES_ENTRY_PRESENT; /* the root in itself is well: no loop, four levels */
  assert_int_equal(walk(0xFFFFFFFFFFFFF000).status, METES_OK);
  tables[0].e[0] &= ~METES_ENTRY_WRITABLE; /* every level must allow it */
  assert_mapped(0x1000, 0x1000, METES_READ);
  tables[0].e[0] &= ~METES_ENTRY_PRESENT;
  assert_int_equal(walk(0x1000).status, METES_E_UNMAPPED);
}

/* PT-12: enough for every page of both windows. */
static void enough_for_a_layout(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);

  (void)state;
  assert_int_equal(metes_pt_pages_needed(&l), 1 + 3 + 3); /* root; 0x1000 …; the last 288 KiB below -4096 */
}

/* PT-12: the page tables themselves are read by guest-physical addresses: they need none. The first page counts. */
static void none_for_the_tables(void **state)
{
  struct metes_layout l = {.memory_size = 8 * 512 * 4096, .snapshot_size = (8 * 512 + 1) * 4096,
                           .scratch_gva = 1ULL << 39, .scratch_size = 16 * 512 * 4096};

  (void)state;
  assert_int_equal(metes_pt_pages_needed(&l), 1 + 10 + 18);
  l.memory_size += 4096;
  l.scratch_size += 4096;
  assert_int_equal(metes_pt_pages_needed(&l), 1 + 11 + 19);
  l.snapshot_gva = 0x1FF000;
  l.peb_gva = 0x200000;
  l.memory_size = 2 * 4096;
  assert_int_equal(metes_pt_pages_needed(&l), 1 + 4 + 19);
}

/* PT-12: more pages than there are count as all. */
static void enough_for_all(void **state)
{
  const uint64_t all = 1ULL << 36;

  (void)state;
  assert_int_equal(metes_pt_tables_for(0, all), (all >> 9) + (all >> 18) + (all >> 27));
  assert_int_equal(metes_pt_tables_for(0, all + 1), metes_pt_tables_for(0, all));
  assert_int_equal(metes_pt_tables_for(0x1000, all + 1), metes_pt_tables_for(0x1000, all));
  assert_int_equal(metes_pt_tables_for(0x1000, all), metes_pt_tables_for(0, all) + 3);
}

int test_pagetable(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_pools), cmocka_unit_test(notes),
      cmocka_unit_test_setup(what_is_mapped_is_found, fresh),
      cmocka_unit_test_setup(ranges_cross_tables, fresh),
      cmocka_unit_test_setup(bad_mappings, fresh),
      cmocka_unit_test_setup(a_full_pool, fresh),
      cmocka_unit_test(pools_that_end_early),
      cmocka_unit_test(no_table_for_the_first),
      cmocka_unit_test_setup(no_pages, fresh),
      cmocka_unit_test(more_than_the_space),
      cmocka_unit_test(every_level_must_permit),
      cmocka_unit_test_setup(hostile_tables, fresh),
      cmocka_unit_test(enough_for_a_layout),
      cmocka_unit_test(none_for_the_tables), cmocka_unit_test(enough_for_all),
  };

  return cmocka_run_group_tests_name("pagetable", tests, NULL, NULL);
}
