/* SPDX-License-Identifier: Apache-2.0
 * Alignments other than a page: which there are, what follows them, pinned offsets. */
#include "unit.h"

/* The hyperlight profile, its spaces cut to multiples of `alignment`. */
static struct metes_profile by(uint64_t alignment)
{
  struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);

  p.alignment = alignment;
  p.snapshot_gpa = p.snapshot_gva = alignment;
  p.last_gva = 0 - alignment - 1;
  p.max_size = 16 * GIB - alignment;
  return p;
}

static uint32_t flaw_at(uint64_t alignment)
{
  const struct metes_profile p = by(alignment);

  return metes_profile_flaw(&p);
}

/* PRO-12: three, and what lies beside them is none, whatever else is wrong with the profile. */
static void there_are_three(void **state)
{
  const uint64_t none[] = {0,      1,      4095,     4097,     0x2000,         0x3FFF,
                           0x4001, 0x8000, 0x1FFFFF, 0x200001, 0x400000, 1ULL << 30, UINT64_MAX};

  (void)state;
  assert_int_equal(flaw_at(4096), 0);
  assert_int_equal(flaw_at(0x4000), 0);
  assert_int_equal(flaw_at(0x200000), 0);
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
    const struct metes_config c = small_config();

    p.alignment = none[i];
    assert_int_equal(metes_profile_flaw(&p), 12);
    p.snapshot_gpa = 0;
    assert_refused(&p, &c, METES_E_PROFILE, 0, 0, 12);
  }
}

/* PRO-1, PRO-2, PRO-5: a page beside a boundary is none. */
static void spaces_are_aligned(void **state)
{
  (void)state;
  for (uint64_t a = 0x4000; a <= 0x200000; a *= 0x80) {
    struct metes_profile p = by(a);
    uint64_t *const fields[] = {&p.snapshot_gpa, &p.snapshot_gva, &p.last_gpa, &p.last_gva, &p.max_size};
    const uint32_t clause[] = {1, 1, 2, 2, 5};

    for (int i = 0; i < 5; i++) {
      *fields[i] -= 4096;
      assert_int_equal(metes_profile_flaw(&p), clause[i]);
      *fields[i] += 4096;
      assert_int_equal(metes_profile_flaw(&p), 0);
    }
  }
}

/* LAY-2, LAY-4: the edges of rounding up. */
static void rounding(void **state)
{
  (void)state;
  for (uint64_t a = 0x4000; a <= 0x200000; a *= 0x80) {
    assert_int_equal(metes_align_up(0, a), 0);
    assert_int_equal(metes_align_up(1, a), a);
    assert_int_equal(metes_align_up(a, a), a);
    assert_int_equal(metes_align_up(a + 1, a), 2 * a);
    assert_int_equal(metes_align_up(0 - a, a), 0 - a);
    assert_int_equal(metes_align_up(0 - a + 1, a), UINT64_MAX);
    assert_int_equal(metes_aligned(3 * a, a), 1);
    assert_int_equal(metes_aligned(3 * a - 4096, a), 0);
  }
  assert_int_equal(metes_page_up(0ULL - 4096), 0ULL - 4096);
  assert_int_equal(metes_page_up(0ULL - 4095), UINT64_MAX);
}

/* LAY-41: what lies between two alignments is taken for the next of them. */
static void between(void **state)
{
  (void)state;
  assert_int_equal(metes_aligned(0x1000, 1), 1);
  assert_int_equal(metes_aligned(0x1000, 0x1001), 0);
  assert_int_equal(metes_aligned(0x4000, 0x4001), 0);
  assert_int_equal(metes_align_up(0x1000, 0xFFF), 0x1000);
  assert_int_equal(metes_align_up(0x1000, 0x1001), 0x4000);
  assert_int_equal(metes_align_up(0x4000, 0x4001), 0x200000);
}

/* LAY-26, LAY-30: the limit is the alignment. LAY-24, LAY-29: 12 pages stay 12 pages. */
static void sizes_are_refused(void **state)
{
  const struct metes_profile p = by(0x4000), large = by(0x200000);
  struct metes_config c = small_config();

  (void)state;
  c.scratch_size = 0x48000 + 0x1000;
  assert_refused(&p, &c, METES_E_SCRATCH_UNALIGNED, 0x49000, 0x4000, 0);
  c.scratch_size = 0x200000 + 0xB000;
  assert_refused(&large, &c, METES_E_SCRATCH_TOO_SMALL, 0x20B000, 0x20C000, 0);
  c.scratch_size = 0x20C000;
  assert_refused(&large, &c, METES_E_SCRATCH_UNALIGNED, 0x20C000, 0x200000, 0);
  c.scratch_size = 0x400000;
  c.pt_size = 0x1F5000;
  assert_refused(&large, &c, METES_E_PT_TOO_BIG, 0x400000, 0x401000, 0);
  c.pt_size = 0x1000;
  assert_refused(&large, &c, METES_E_PT_UNALIGNED, 0x1000, 0x200000, 0);
  assert_refused(&p, &c, METES_E_PT_UNALIGNED, 0x1000, 0x4000, 0);
}

/* LAY-8 to LAY-13, LAY-41: as literals. */
static void pinned_16k(void **state)
{
  const struct metes_profile p = by(0x4000);
  struct metes_config c = small_config();

  (void)state;
  c.code_size = 0x4001;
  c.init_data_size = 1;
  c.input_data_size = 0x5000;
  c.pt_size = 0x4000;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(l.peb_offset, 0x8000);
  assert_int_equal(l.heap_offset, 0xC000);
  assert_int_equal(l.init_data_offset, 0x2C000);
  assert_int_equal(l.memory_size, 0x30000);
  assert_int_equal(l.snapshot_size, 0x34000);
  assert_int_equal(l.pt_scratch_offset, 0xC000);
  assert_int_equal(l.snapshot_gpa, 0x4000);
  assert_int_equal(l.memory_end_gpa, 0x34000);
  assert_int_equal(l.scratch_gpa, 0xFFFFB8000);
  assert_int_equal(l.free_gpa, 0xFFFFC8000);
  assert_int_equal(l.scratch_gva, 0xFFFFFFFFFFFB4000);
  assert_int_equal(l.output_gva, 0xFFFFFFFFFFFB9000); /* between the two buffers there is no boundary */
}

/* The same, so that large pages can back and map it. */
static void pinned_2m(void **state)
{
  const struct metes_profile p = by(0x200000);
  struct metes_config c = small_config();

  (void)state;
  c.scratch_size = 0x600000;
  c.pt_size = 0x200000;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(l.peb_offset, 0x200000);
  assert_int_equal(l.heap_offset, 0x400000);
  assert_int_equal(l.init_data_offset, 0x600000);
  assert_int_equal(l.memory_size, 0x600000);
  assert_int_equal(l.snapshot_size, 0x800000);
  assert_int_equal(l.pt_scratch_offset, 0x200000);
  assert_int_equal(l.heap_gpa, 0x600000);
  assert_int_equal(l.scratch_gpa, 0xFFFA00000);
  assert_int_equal(l.pt_gpa, 0xFFFC00000);
  assert_int_equal(l.free_gpa, 0xFFFE00000);
  assert_int_equal(l.scratch_gva, 0xFFFFFFFFFF800000);
}

int test_alignment(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(there_are_three),   cmocka_unit_test(spaces_are_aligned),
      cmocka_unit_test(rounding),          cmocka_unit_test(between),
      cmocka_unit_test(sizes_are_refused),
      cmocka_unit_test(pinned_16k),        cmocka_unit_test(pinned_2m),
  };

  return cmocka_run_group_tests_name("alignment", tests, NULL, NULL);
}
