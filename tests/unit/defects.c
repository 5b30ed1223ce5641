/* SPDX-License-Identifier: Apache-2.0
 * The defects of the reference that this part answers, one test each: D1 to D11 and D15. */
#include "unit.h"

static void d1_wrapped_sums_are_refused(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.code_size = 0x1000;
  c.heap_size = 0 - 0x2000ULL; /* wrapped, init data would lie over code and PEB */
  c.init_data_size = 0x3000;
  assert_refused(&p, &c, METES_E_MEMORY_TOO_BIG, UINT64_MAX, 0x3FFFFF000, 0);
}

static void d2_wrapped_buffers_are_refused(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.input_data_size = 1ULL << 63;
  c.output_data_size = 1ULL << 63;
  assert_refused(&p, &c, METES_E_SCRATCH_TOO_SMALL, 0x48000, UINT64_MAX, 0);
}

static void d3_page_tables_neither_underflow_nor_wrap(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.pt_size = UINT64_MAX;
  assert_refused(&p, &c, METES_E_PT_TOO_BIG, 0x48000, UINT64_MAX, 0);
  c.pt_size = 0 - 0x14000ULL; /* with the 0x14000 that is needed anyway: 2^64 */
  assert_refused(&p, &c, METES_E_PT_TOO_BIG, 0x48000, UINT64_MAX, 0);
  c.pt_size--;
  assert_refused(&p, &c, METES_E_PT_TOO_BIG, 0x48000, UINT64_MAX, 0);
}

/* MEM-2. */
static void d4_init_data_of_another_length_is_refused(void **state)
{
  static uint8_t memory[0x30000], before[0x30000];
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();
  struct metes_error err = UNTOUCHED;

  (void)state;
  c.init_data_size = 3;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(metes_init_data_write(&l, memory, sizeof memory, (const uint8_t *)"four", 4, &err), METES_E_LENGTH);
  assert_error(&err, 4, 3, 0);
  assert_int_equal(metes_init_data_write(&l, memory, sizeof memory, (const uint8_t *)"tw", 2, &err), METES_E_LENGTH);
  assert_error(&err, 2, 3, 0);
  assert_memory_equal(memory, before, sizeof memory);
}

static void d5_scratch_is_whole_pages(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.scratch_size = 0x48001;
  assert_refused(&p, &c, METES_E_SCRATCH_UNALIGNED, 0x48001, 4096, 0);
}

static void d6_snapshot_and_scratch_are_apart(void **state)
{
  const struct metes_profile i686 = profile_of(METES_PROFILE_I686), nub = profile_of(METES_PROFILE_NUB);
  struct metes_config c = small_config();

  (void)state;
  c.scratch_size = 8 * GIB; /* more than i686 has */
  assert_refused(&i686, &c, METES_E_OVERLAP_GPA, 8 * GIB + 0x22000, 0xFEDFF000, 0);
  c.scratch_size = 2 * GIB;
  c.code_size = 2 * GIB; /* each fits, both do not */
  assert_refused(&i686, &c, METES_E_OVERLAP_GPA, 4 * GIB + 0x21000, 0xFEDFF000, 0);
  c.scratch_size = 10 * GIB; /* nub's kernel and scratch windows have 12 GiB together */
  assert_refused(&nub, &c, METES_E_OVERLAP_GVA, 12 * GIB + 0x21000, 12 * GIB, 0);
}

/* PRO-11, LAY-33. */
static void d7_the_apic_page_can_be_reserved(void **state)
{
  struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();
  struct metes_error err = UNTOUCHED;

  (void)state;
  c.code_size = 0xFEE00000 - 0x1000 - 0x21000; /* the snapshot ends where the APIC page begins */
  assert_int_equal(metes_profile_reserve(&p, 0xFEE00000, 0xFEE01000, &err), METES_OK);
  assert_int_equal(layout_of(&p, &c).memory_end_gpa, 0xFEE00000);
  c.code_size++;
  assert_refused(&p, &c, METES_E_RESERVED, 0xFEE00000, 0xFEE01000, 0);
}

/* GPA-1, GPA-2. */
static void d8_an_access_may_not_straddle_a_region(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_region r[METES_MAX_REGIONS];
  struct metes_error err = UNTOUCHED;
  const uint32_t n = metes_regions(&l, r);
  uint32_t index = 9;

  (void)state;
  assert_int_equal(metes_regions_resolve(r, n, 0x2FF8, 8, &index, &err), METES_OK);
  assert_int_equal(index, 1);
  assert_untouched(&err);
  assert_int_equal(metes_regions_resolve(r, n, 0x2FF8, 9, &index, &err), METES_E_UNMAPPED);
  assert_error(&err, 0x2FF8, 9, 0);
  assert_int_equal(metes_regions_resolve(r, n, 0x2FF8, UINT64_MAX, &index, &err), METES_E_UNMAPPED);
  assert_int_equal(metes_regions_resolve(r, n, 0x22FF8, 0 - 0x22FF8ULL, &index, &err), METES_E_UNMAPPED);
  assert_int_equal(index, 1);
}

/* PEB-6, PEB-7. */
static void d9_the_file_mapping_table_is_relocated(void **state)
{
  static uint8_t memory[0x30000];
  static const uint8_t want[16] = {0, 0, 0, 0, 0, 0, 0, 0, /* */ 0x50, 0x10, 0, 0x40, 0x01, 0x50, 0, 0};
  const struct metes_profile p = profile_of(METES_PROFILE_NUB);
  struct metes_config c = small_config();
  struct metes_error err = UNTOUCHED;

  (void)state;
  c.options = METES_OPT_FILE_MAPPINGS;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(metes_peb_write(&l, memory, sizeof memory, &err), METES_OK);
  assert_memory_equal(memory + 0x1000 + 64, want, 16); /* 0x500140001050 */
}

/* LE-1. */
static void d10_the_peb_is_little_endian(void **state)
{
  static const uint8_t want[8] = {0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01};
  const struct metes_peb b = {.output_size = 0x0123456789ABCDEF};
  uint8_t memory[64];

  (void)state;
  metes_peb_encode(&b, 0, memory);
  assert_memory_equal(memory + 16, want, 8);
}

/* REG-3, REG-4. */
static void d11_empty_regions_are_omitted(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();
  struct metes_region r[METES_MAX_REGIONS];

  (void)state;
  c.code_size = 0;
  c.init_data_size = 0;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(metes_regions(&l, r), 2);
  assert_int_equal(r[0].type, METES_REGION_PEB);
  assert_int_equal(r[0].start, 0x1000);
  assert_int_equal(r[1].type, METES_REGION_HEAP);
}

/* D15: an extra region is refused for just this, and the slot table is as it was. */
static void assert_extra(struct metes_extra x, enum metes_status status, uint64_t requested, uint64_t limit)
{
  struct metes_limits m = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = 4};
  struct metes_memslot s[4] = {{0, METES_SLOT_READONLY, 0x1000, 0x3000, 0x700000000000},
                               {1, 0, 0x100000, 0x1000, 0x700000010000}}, before[4];
  struct metes_error err = UNTOUCHED;

  if (status == METES_E_SLOT_BUDGET)
    m.max_slots = 2;
  memcpy(before, s, sizeof s);
  assert_int_equal(metes_plan_add(s, 2, &x, &m, &err), status);
  assert_error(&err, requested, limit, 2);
  assert_memory_equal(s, before, sizeof s);
}

static void d15_bad_extra_regions_are_refused(void **state)
{
  const uint64_t host = 0x700000020000;

  (void)state;
  assert_extra((struct metes_extra){0x5000, 0x5000, host, 0, 2, 2}, METES_E_SLOT_EMPTY, 0x5000, 0x5000);
  assert_extra((struct metes_extra){0x6000, 0x5000, host, 0x1000, 2, 2}, METES_E_SLOT_EMPTY, 0x6000, 0x5000);
  assert_extra((struct metes_extra){0x5000, 0x7000, host, 0x1000, 2, 2}, METES_E_SLOT_LENGTHS, 0x2000, 0x1000);
  assert_extra((struct metes_extra){0xFFFFFF000, 0x1000001000, host, 0x2000, 2, 2}, METES_E_SLOT_GPA, 0x2000, 0x1000);
  assert_extra((struct metes_extra){0x5000, 0x6000, host, 0x1000, 2, 2}, METES_E_SLOT_BUDGET, 3, 2);
  assert_extra((struct metes_extra){0x5000, 0x6000, host, 0x1000, 4, 2}, METES_E_SLOT_NUMBER, 4, 4);
  assert_extra((struct metes_extra){0x5000, 0x6000, host, 0x1000, 1, 2}, METES_E_SLOT_TWICE, 1, 1);
  assert_extra((struct metes_extra){0x3000, 0x6000, host, 0x3000, 2, 2}, METES_E_SLOT_OVERLAP, 0x3000, 0);
}

/* PLAN-12. */
static void d15_a_good_extra_region_is_added(void **state)
{
  const struct metes_limits m = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = 4};
  const struct metes_extra x = {0x4000, 0x6000, 0x700000020000, 0x2000, 3, METES_SLOT_READONLY};
  const struct metes_memslot want = {3, METES_SLOT_READONLY, 0x4000, 0x2000, 0x700000020000};
  struct metes_memslot s[3] = {{0, METES_SLOT_READONLY, 0x1000, 0x3000, 0x700000000000},
                               {1, 0, 0x100000, 0x1000, 0x700000010000}};
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_plan_add(s, 2, &x, &m, &err), METES_OK);
  assert_memory_equal(&s[2], &want, sizeof want);
  assert_untouched(&err);
}

int test_defects(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(d1_wrapped_sums_are_refused),
      cmocka_unit_test(d2_wrapped_buffers_are_refused),
      cmocka_unit_test(d3_page_tables_neither_underflow_nor_wrap),
      cmocka_unit_test(d4_init_data_of_another_length_is_refused),
      cmocka_unit_test(d5_scratch_is_whole_pages),
      cmocka_unit_test(d6_snapshot_and_scratch_are_apart),
      cmocka_unit_test(d7_the_apic_page_can_be_reserved),
      cmocka_unit_test(d8_an_access_may_not_straddle_a_region),
      cmocka_unit_test(d9_the_file_mapping_table_is_relocated),
      cmocka_unit_test(d10_the_peb_is_little_endian),
      cmocka_unit_test(d11_empty_regions_are_omitted),
      cmocka_unit_test(d15_bad_extra_regions_are_refused),
      cmocka_unit_test(d15_a_good_extra_region_is_added),
  };

  return cmocka_run_group_tests_name("defects", tests, NULL, NULL);
}
