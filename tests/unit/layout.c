/* SPDX-License-Identifier: Apache-2.0
 * The layout: the seed's tests, pinned offsets, and every status with its numbers. */
#include <stdio.h>

#include "unit.h"

/* The seed's two tests. LAY-8 to LAY-11: three areas, one behind the other. */
static void default_memory_size(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);

  (void)state;
  assert_int_equal(l.memory_size, 4096 + 4096 + 131072);
}

static void scratch_of_17_gib_is_too_big(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.scratch_size = 17 * GIB;
  assert_refused(&p, &c, METES_E_SCRATCH_TOO_BIG, 17 * GIB, 0x3FFFFF000, 0);
}

/* LAY-3. */
static void defaults(void **state)
{
  const struct metes_config want = {0, 131072, 0, 0x4000, 0x4000, 0x48000, 0, METES_READ, 0};
  struct metes_config c;

  (void)state;
  memset(&c, 0xFF, sizeof c);
  metes_config_default(&c);
  assert_memory_equal(&c, &want, sizeof c);
}

/* LAY-6. */
static void zero_heap_means_the_default(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_NUB);
  struct metes_config c = small_config();

  (void)state;
  c.heap_size = 0;
  assert_int_equal(layout_of(&p, &c).heap_size, 131072);
  c.heap_size = 1;
  assert_int_equal(layout_of(&p, &c).heap_size, 1);
}

/* LAY-5, LAY-13: and the page tables lie behind what they are raised to. */
static void small_buffers_are_raised(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.input_data_size = 0x1FFF;
  c.output_data_size = 0x2001;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(l.input_data_size, 0x2000);
  assert_int_equal(l.output_data_size, 0x2001);
  assert_int_equal(l.pt_scratch_offset, 0x5000);
}

/* Guests are built against these numbers, and snapshots on disk have them in their tables. */
static void pinned(const char *what, const struct metes_layout *got, const struct metes_layout *want)
{
  uint64_t g[sizeof *got / 8], w[sizeof *want / 8];

  memcpy(g, got, sizeof g); /* one of the words is two numbers */
  memcpy(w, want, sizeof w);
  for (size_t i = 0; i < sizeof g / sizeof *g; i++)
    if (g[i] != w[i])
      fail_msg("The layout of %s has changed at word %zu of struct metes_layout: 0x%llx was 0x%llx.\n"
               "If you did not mean to move anything, core is wrong: put it back. If you did: guests built\n"
               "before will not run. Say so in spec/layout.md, ask for new vectors, and write the new number here.",
               what, i, (unsigned long long)g[i], (unsigned long long)w[i]);
}

/* LAY-8 to LAY-13, LAY-15 to LAY-19, LAY-35: every field as a literal. */
static void pinned_default(void **state)
{
  const struct metes_layout got = small_layout(METES_PROFILE_HYPERLIGHT);
  const struct metes_layout want = {
      .code_size = 0x1000, .heap_size = 0x20000, .init_data_size = 0,
      .input_data_size = 0x4000, .output_data_size = 0x4000, .scratch_size = 0x48000, .pt_size = 0,
      .init_data_permissions = 1, .options = 0,
      .peb_offset = 0x1000, .heap_offset = 0x2000, .init_data_offset = 0x22000,
      .memory_size = 0x22000, .snapshot_size = 0x22000, .pt_scratch_offset = 0x8000,
      .snapshot_gpa = 0x1000, .peb_gpa = 0x2000, .heap_gpa = 0x3000, .init_data_gpa = 0x23000,
      .memory_end_gpa = 0x23000, .scratch_gpa = 0xFFFFB8000, .pt_gpa = 0xFFFFC0000, .free_gpa = 0xFFFFC0000,
      .snapshot_gva = 0x1000, .peb_gva = 0x2000, .heap_gva = 0x3000, .init_data_gva = 0x23000,
      .scratch_gva = 0xFFFFFFFFFFFB7000, .output_gva = 0xFFFFFFFFFFFBB000,
  };

  (void)state;
  pinned("the default configuration with 4096 bytes of code in hyperlight", &got, &want);
}

/* LAY-8 to LAY-13, LAY-15 to LAY-19, LAY-35: the same, with everything that can be asked for. */
static void pinned_full(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_NUB);
  const struct metes_config c = {
      .code_size = 0x12345, .heap_size = 0x200001, .init_data_size = 0x1801,
      .input_data_size = 0x5000, .output_data_size = 0x6001, .scratch_size = 0x100000, .pt_size = 0x7000,
      .init_data_permissions = METES_READ | METES_WRITE,
      .options = METES_OPT_FILE_MAPPINGS | METES_OPT_EXECUTABLE_HEAP,
  };
  const struct metes_layout got = layout_of(&p, &c);
  const struct metes_layout want = {
      .code_size = 0x12345, .heap_size = 0x200001, .init_data_size = 0x1801,
      .input_data_size = 0x5000, .output_data_size = 0x6001, .scratch_size = 0x100000, .pt_size = 0x7000,
      .init_data_permissions = 3, .options = 3,
      .peb_offset = 0x13000, .heap_offset = 0x14000, .init_data_offset = 0x215000,
      .memory_size = 0x217000, .snapshot_size = 0x21E000, .pt_scratch_offset = 0xC000,
      .snapshot_gpa = 0x1000, .peb_gpa = 0x14000, .heap_gpa = 0x15000, .init_data_gpa = 0x216000,
      .memory_end_gpa = 0x218000, .scratch_gpa = 0xFFFF00000, .pt_gpa = 0xFFFF0C000, .free_gpa = 0xFFFF13000,
      .snapshot_gva = 0x500140000000, .peb_gva = 0x500140013000, .heap_gva = 0x500140014000,
      .init_data_gva = 0x500140215000, .scratch_gva = 0x50043FF00000, .output_gva = 0x50043FF05000,
  };

  (void)state;
  pinned("a full configuration in nub", &got, &want);
}

/* LAY-20 to LAY-22, and LAY-23 to LAY-26: each at its very edge. */
static void bits_are_refused(void **state)
{
  struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.init_data_permissions = 8;
  assert_refused(&p, &c, METES_E_PERMISSIONS, 8, 7, 0);
  c.options = 4;
  assert_refused(&p, &c, METES_E_OPTIONS, 4, 3, 0);
  p.max_size = 0;
  assert_refused(&p, &c, METES_E_PROFILE, 0, 0, 5);
}

/* LAY-14, LAY-23, LAY-24, LAY-26: at the least, one below it, one above. */
static void scratch_is_refused(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.scratch_size = 0x3FFFFF001;
  assert_refused(&p, &c, METES_E_SCRATCH_TOO_BIG, 0x3FFFFF001, 0x3FFFFF000, 0);
  c.scratch_size = 0x13FFF;
  assert_refused(&p, &c, METES_E_SCRATCH_TOO_SMALL, 0x13FFF, 0x14000, 0);
  c.scratch_size = 0x14000;
  assert_int_equal(layout_of(&p, &c).scratch_size, 0x14000);
  c.scratch_size = 0x14001;
  assert_refused(&p, &c, METES_E_SCRATCH_UNALIGNED, 0x14001, 4096, 0);
}

static void memory_is_refused(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.code_size = p.max_size - 0x21000;
  assert_int_equal(layout_of(&p, &c).memory_size, p.max_size);
  c.code_size++;
  assert_refused(&p, &c, METES_E_MEMORY_TOO_BIG, p.max_size + 4096, p.max_size, 0);
  c.code_size = UINT64_MAX; /* LAY-4: reported as 2^64 - 1 */
  assert_refused(&p, &c, METES_E_MEMORY_TOO_BIG, UINT64_MAX, p.max_size, 0);
}

/* LAY-1, LAY-27, LAY-28, LAY-31, LAY-32: snapshot and scratch may touch and not meet. */
static void windows_may_touch(void **state)
{
  struct metes_profile p = profile_of(METES_PROFILE_I686);
  struct metes_config c = small_config();
  const uint64_t room = 0xFEDFF000; /* 0xFEE00000 less the null guard */

  (void)state;
  c.scratch_size = room - 0x22000;
  assert_int_equal(layout_of(&p, &c).memory_end_gpa, layout_of(&p, &c).scratch_gpa);
  c.pt_size = 0x1000;
  assert_refused(&p, &c, METES_E_PT_OVERLAP_GPA, room + 0x1000, room, 0);
  c.scratch_size += 0x1000;
  assert_refused(&p, &c, METES_E_OVERLAP_GPA, room + 0x1000, room, 0);

  p.last_gpa = 0xFFFFFFFFF;
  p.last_gva = 0xFEDFFFFF;
  assert_refused(&p, &c, METES_E_OVERLAP_GVA, room + 0x1000, room, 0);
  c.scratch_size -= 0x1000;
  assert_refused(&p, &c, METES_E_PT_OVERLAP_GVA, room + 0x1000, room, 0);
}

/* LAY-29, LAY-30. */
static void page_tables_are_refused(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.pt_size = 0x34000; /* 0x48000 less 0x8000 of buffers and 12 pages */
  assert_int_equal(layout_of(&p, &c).snapshot_size, 0x22000 + 0x34000);
  c.pt_size++;
  assert_refused(&p, &c, METES_E_PT_TOO_BIG, 0x48000, 0x48001, 0);
  c.pt_size = 0x3000 - 1;
  assert_refused(&p, &c, METES_E_PT_UNALIGNED, 0x2FFF, 4096, 0);
}

/* LAY-33: both ends of both windows. */
static void reserved_ranges_are_refused(void **state)
{
  const uint64_t start[] = {0x1000, 0x22FFF, 0xFFFFB8000, 0xFFFFFFFFF}, end[] = {0x1001, 0x23000, 0xFFFFB8001, 0x1000000000};
  struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  p.n_reserved = 2;
  p.reserved[0] = (struct metes_range){0x23000, 0xFFFFB8000};
  for (int i = 0; i < 4; i++) {
    p.reserved[1] = (struct metes_range){start[i], end[i]};
    assert_refused(&p, &c, METES_E_RESERVED, start[i], end[i], 1);
  }
  p.reserved[1] = (struct metes_range){0, 0x1000};
  assert_int_equal(layout_of(&p, &c).memory_end_gpa, 0x23000);
  c.pt_size = 0x1000; /* the page tables behind it reach into the first range */
  assert_refused(&p, &c, METES_E_RESERVED, 0x23000, 0xFFFFB8000, 0);
}

int test_layout(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(default_memory_size),     cmocka_unit_test(scratch_of_17_gib_is_too_big),
      cmocka_unit_test(defaults),                cmocka_unit_test(zero_heap_means_the_default),
      cmocka_unit_test(small_buffers_are_raised), cmocka_unit_test(pinned_default),
      cmocka_unit_test(pinned_full),             cmocka_unit_test(bits_are_refused),
      cmocka_unit_test(scratch_is_refused),      cmocka_unit_test(memory_is_refused),
      cmocka_unit_test(windows_may_touch),       cmocka_unit_test(page_tables_are_refused),
      cmocka_unit_test(reserved_ranges_are_refused),
  };

  return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
