/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory by virtual address: where it leads, through tables sound and hostile. */
#include "gva.h"

/* Nowhere, by each of the four functions; nothing is written. */
static void assert_lost(uint64_t gva, enum metes_status status)
{
  const struct metes_walk w = walk(gva);
  const struct metes_span s = metes_gva_resolve(&guest, cr3, gva, 1);
  struct metes_error err = UNTOUCHED;
  uint64_t done = 9;

  assert_int_equal(w.status, status);
  assert_true(w.gpa == 0 && w.flags == 0 && w.entry == 0);
  assert_int_equal(s.status, status);
  assert_true(s.place == 0 && s.flags == 0 && s.offset == 0);
  memcpy(before, scratch, sizeof before);
  bytes[0] = 0xC3;
  assert_int_equal(metes_gva_read(&guest, cr3, gva, bytes, 1, &done, &err), status);
  assert_error(&err, gva, 1, 0);
  assert_int_equal(done, 0);
  assert_int_equal(bytes[0], 0xC3);
  err = UNTOUCHED;
  assert_int_equal(metes_gva_write(&guest, cr3, gva, bytes, 1, &err), status);
  assert_error(&err, gva, 1, 0);
  assert_memory_equal(scratch, before, sizeof before);
}

/* GVA-1, GVA-2, GVA-4: a page is found, and nothing beside it. */
static void one_page(void **state)
{
  (void)state;
  assert_leads(GVA, gpa_of(DATA), 7);
  assert_leads(GVA + 0xFFF, gpa_of(DATA) + 0xFFF, 7);
  assert_int_equal(walk(GVA).entry, gpa_of(DATA) | PW);
  assert_lost(GVA - 1, METES_E_UNMAPPED);
  assert_lost(GVA + 0x1000, METES_E_UNMAPPED);
  assert_lost(GVA + 0x200000, METES_E_UNMAPPED);
  assert_lost(GVA + 0x40000000, METES_E_UNMAPPED);
  assert_lost(GVA + 0x8000000000, METES_E_UNMAPPED);
  assert_lost(0, METES_E_UNMAPPED);
}

/* GVA-3: the hole between the halves, to the byte; and the last page of all. */
static void not_canonical(void **state)
{
  (void)state;
  assert_lost(0x800000000000, METES_E_MAP_GVA);
  assert_lost(0xFFFF7FFFFFFFFFFF, METES_E_MAP_GVA);
  assert_lost(GVA | 1ULL << 48, METES_E_MAP_GVA);
  assert_lost(0x7FFFFFFFFFFF, METES_E_UNMAPPED);
  assert_lost(0xFFFF800000000000, METES_E_UNMAPPED);
  assert_lost(UINT64_MAX, METES_E_UNMAPPED);
  put(ROOT, 511, gpa_of(T3) | P);
  put(T3, 511, gpa_of(T2) | P);
  put(T2, 511, gpa_of(T1) | P);
  put(T1, 511, gpa_of(DATA) | P);
  assert_leads(UINT64_MAX, gpa_of(DATA) + 0xFFF, METES_READ | METES_EXECUTE);
}

/* GVA-1: bits of cr3 that are no address; a root in the first and last page of scratch, and just outside. */
static void roots(void **state)
{
  (void)state;
  cr3 |= 0x8000000000000FFF;
  assert_leads(GVA, gpa_of(DATA), 7);
  cr3 |= 0x7FF0000000000000;
  assert_leads(GVA, gpa_of(DATA), 7);
  cr3 = gpa_of(0);
  assert_lost(GVA, METES_E_UNMAPPED);
  put(0, 1, gpa_of(T3) | P);
  assert_leads(GVA, gpa_of(DATA), METES_READ | METES_EXECUTE);
  cr3 = gpa_of(LAST);
  put(LAST, 1, gpa_of(LAST) | P);
  assert_leads(GVA, gpa_of(LAST), METES_READ | METES_EXECUTE);
  const uint64_t outside[] = {gpa_of(0) - 0x1000, gpa_of(LAST) + 0x1000, 0, 0x1000, 0x24000, 0xFFFFFFFFFF000,
                              1ULL << 52};

  for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
    cr3 = outside[i];
    assert_lost(GVA, METES_E_WALK_LINK);
  }
}

/* GVA-1, GVA-3: at each level: not present, whatever else is set; outside of scratch; in the snapshot. */
static void links_at_each_level(void **state)
{
  const uint64_t pages[] = {ROOT, T3, T2}, outside[] = {0, 0x1000, TOP - 0x1000, 0x1000000000, 0xFFFFFFFFFF000};

  (void)state;
  for (int t = 0; t < 3; t++) {
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
      fresh(NULL);
      put(pages[t], 1, outside[i] | PW);
      assert_lost(GVA, METES_E_WALK_LINK);
      put(pages[t], 1, outside[i] | METES_ENTRY_WRITABLE | METES_ENTRY_LARGE | NX);
      assert_lost(GVA, METES_E_UNMAPPED);
    }
    fresh(NULL);
    put(pages[t], 1, metes_get64(scratch, pages[t] * 0x1000 + 8) | 0x7FF0000000000F7D); /* ignored bits */
    assert_leads(GVA, gpa_of(DATA), 7);
  }
  put(T1, 1, (gpa_of(DATA) | 0xF7F) - 1);
  assert_lost(GVA, METES_E_UNMAPPED);
}

/* GVA-1, GVA-5: scratch of less than a page has no tables, whatever cr3 says; scratch at address 0 has. */
static void odd_scratch(void **state)
{
  const uint64_t sizes[] = {0, 1, 0xFFF};

  (void)state;
  for (int i = 0; i < 3; i++) {
    guest.layout.scratch_size = sizes[i];
    assert_lost(GVA, METES_E_WALK_LINK);
  }
  guest.layout.scratch_size = 0x1000;
  cr3 = gpa_of(0);
  assert_lost(GVA, METES_E_UNMAPPED);
  cr3 = gpa_of(1);
  assert_lost(GVA, METES_E_WALK_LINK);
  guest.layout.scratch_size = 0x1FFF;
  assert_lost(GVA, METES_E_WALK_LINK);
  guest.layout.scratch_gpa += 0x1000; /* all in one page, which is not whole pages from its start */
  guest.layout.scratch_size = SCRATCH - 0x1000;
  cr3 = gpa_of(0);
  assert_lost(GVA, METES_E_WALK_LINK);
}

/* GVA-4: write and execute must be permitted at each level; copy-on-write is of the last alone. */
static void every_level_permits(void **state)
{
  const uint64_t pages[] = {ROOT, T3, T2, T1};

  (void)state;
  for (int t = 0; t < 4; t++) {
    fresh(NULL);
    const uint64_t e = metes_get64(scratch, pages[t] * 0x1000 + 8);

    put(pages[t], 1, e & ~METES_ENTRY_WRITABLE);
    assert_leads(GVA, gpa_of(DATA), METES_READ | METES_EXECUTE);
    put(pages[t], 1, e | NX);
    assert_leads(GVA, gpa_of(DATA), METES_READ | METES_WRITE);
    put(pages[t], 1, e | METES_ENTRY_COPY_ON_WRITE);
    assert_leads(GVA, gpa_of(DATA), 7 | (t == 3 ? METES_COPY_ON_WRITE : 0));
  }
  put(T1, 1, gpa_of(DATA) | P | METES_ENTRY_LARGE); /* at the last level that bit is PAT */
  assert_leads(GVA, gpa_of(DATA), METES_READ | METES_EXECUTE);
  put(T1, 1, NX - 1);
  assert_leads(GVA, 0xFFFFFFFFFF000, 7 | METES_COPY_ON_WRITE);
}

/* GVA-3, GVA-4: pages of 2 MiB: PAT (bit 12) means nothing, bits 13 to 20 are reserved. */
static void pages_of_2_mib(void **state)
{
  const uint64_t large = P | METES_ENTRY_LARGE, base = GVA & ~0x1FFFFFULL;

  (void)state;
  put(T2, 1, 0x400000 | large);
  assert_leads(base, 0x400000, METES_READ | METES_EXECUTE);
  assert_leads(base + 0x1FFFFF, 0x5FFFFF, METES_READ | METES_EXECUTE);
  assert_int_equal(walk(base + 0x1000).entry, 0x400000 | large);
  put(T2, 1, 0x400000 | large | 0x1000);
  assert_leads(GVA, 0x401000, METES_READ | METES_EXECUTE);
  for (int bit = 13; bit <= 20; bit++) {
    put(T2, 1, 0x400000 | large | 1ULL << bit);
    assert_lost(GVA, METES_E_WALK_RESERVED);
  }
  put(T2, 1, 0xFFFFFFFE00000 | large | METES_ENTRY_WRITABLE | NX | METES_ENTRY_COPY_ON_WRITE);
  assert_leads(base + 0x1234, 0xFFFFFFFE01234, METES_READ | METES_WRITE | METES_COPY_ON_WRITE);
  put(T2, 1, TOP / 0x200000 * 0x200000 | large | METES_ENTRY_WRITABLE); /* it holds scratch as well */
  assert_leads(base + TOP % 0x200000, TOP, 7);
  assert_int_equal(metes_gva_resolve(&guest, cr3, base + TOP % 0x200000, 8).place, METES_PLACE_INPUT);
  assert_int_equal(metes_gva_resolve(&guest, cr3, base + TOP % 0x200000 - 8, 8).status, METES_E_UNMAPPED);
}

/* GVA-3: pages of 1 GiB are refused, and what would be one of 512 GiB. */
static void larger_pages(void **state)
{
  (void)state;
  put(T3, 1, 0x40000000 | P | METES_ENTRY_LARGE);
  assert_lost(GVA, METES_E_WALK_LARGE);
  put(T3, 1, 0x40000000 | METES_ENTRY_LARGE);
  assert_lost(GVA, METES_E_UNMAPPED);
  put(ROOT, 1, gpa_of(T3) | P | METES_ENTRY_LARGE);
  assert_lost(GVA, METES_E_WALK_LARGE);
}

/* GVA-2: tables that lead to themselves take four steps, no more. */
static void tables_in_themselves(void **state)
{
  (void)state;
  put(ROOT, 1, gpa_of(ROOT) | PW);
  assert_leads(GVA, gpa_of(ROOT), 7);
  put(ROOT, 511, gpa_of(ROOT) | PW | NX);
  assert_leads(0xFFFFFFFFFFFFFFF8, gpa_of(ROOT) + 0xFF8, METES_READ | METES_WRITE);
  assert_leads(0xFFFFFFFFFFFFF008, gpa_of(ROOT) + 8, METES_READ | METES_WRITE);
  memset(scratch, 0xFF, sizeof scratch);
  assert_lost(GVA, METES_E_WALK_LARGE);
}

/* GVA-5: in one page of 4 KiB, in one place; of no bytes too; the flags are those of the tables. */
static void resolved(void **state)
{
  struct metes_span s = metes_gva_resolve(&guest, cr3, GVA, 0x1000);

  (void)state;
  assert_true(s.status == METES_OK && s.place == METES_PLACE_FREE && s.flags == 7 && s.offset == DATA * 0x1000);
  s = metes_gva_resolve(&guest, cr3, GVA + 0xFFF, 1);
  assert_true(s.status == METES_OK && s.offset == DATA * 0x1000 + 0xFFF);
  assert_int_equal(metes_gva_resolve(&guest, cr3, GVA + 0xFFF, 0).status, METES_OK);
  const uint64_t lens[] = {0x1001, 0x2000, UINT64_MAX, 0 - GVA};

  for (int i = 0; i < 4; i++) {
    s = metes_gva_resolve(&guest, cr3, GVA, lens[i]);
    assert_true(s.status == METES_E_UNMAPPED && s.place == 0 && s.flags == 0 && s.offset == 0);
  }
  assert_int_equal(metes_gva_resolve(&guest, cr3, GVA + 0xFFF, 2).status, METES_E_UNMAPPED);
  put(T1, 1, 0x2000 | PW);
  s = metes_gva_resolve(&guest, cr3, GVA, 8);
  assert_true(s.status == METES_OK && s.place == METES_PLACE_PEB && s.flags == 7 && s.offset == 0x1000);
  put(T1, 1, 0x25000 | PW); /* it leads somewhere, but there is nothing */
  assert_leads(GVA, 0x25000, 7);
  assert_int_equal(metes_gva_resolve(&guest, cr3, GVA, 8).status, METES_E_UNMAPPED);
  put(T1, 1, gpa_of(0) | PW); /* two places in one page */
  guest.layout.input_data_size = 0xFF0;
  s = metes_gva_resolve(&guest, cr3, GVA + 0xFEF, 1);
  assert_true(s.status == METES_OK && s.place == METES_PLACE_INPUT);
  assert_int_equal(metes_gva_resolve(&guest, cr3, GVA + 0xFEF, 2).status, METES_E_UNMAPPED);
}

int test_gva(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(one_page, fresh),
      cmocka_unit_test_setup(not_canonical, fresh),
      cmocka_unit_test_setup(roots, fresh),
      cmocka_unit_test_setup(links_at_each_level, fresh),
      cmocka_unit_test_setup(odd_scratch, fresh),
      cmocka_unit_test_setup(every_level_permits, fresh),
      cmocka_unit_test_setup(pages_of_2_mib, fresh),
      cmocka_unit_test_setup(larger_pages, fresh),
      cmocka_unit_test_setup(tables_in_themselves, fresh),
      cmocka_unit_test_setup(resolved, fresh),
  };

  return cmocka_run_group_tests_name("gva", tests, NULL, NULL);
}
