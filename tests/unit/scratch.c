/* SPDX-License-Identifier: Apache-2.0
 * Scratch: its areas, the words a guest finds in it, the page tables' copy, the registers. */
#include "unit.h"

#include "core/scratch.h"

enum { SIZE = 0x48000 };
static uint8_t memory[SIZE + 1];

static void assert_only_zero(uint64_t lo, uint64_t hi)
{
  for (uint64_t i = lo; i < hi; i++)
    assert_int_equal(memory[i], 0);
}

static void assert_range(struct metes_range r, uint64_t start, uint64_t end)
{
  assert_int_equal(r.start, start);
  assert_int_equal(r.end, end);
}

/* SCR-1, SCR-3. */
static void areas(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.output_data_size = 0x2001;
  c.pt_size = 0x3000;
  const struct metes_layout l = layout_of(&p, &c);
  const struct metes_scratch_areas a = metes_scratch_areas(&l);

  assert_range(a.input, 0, 0x4000);
  assert_range(a.output, 0x4000, 0x6001);
  assert_range(a.page_tables, 0x7000, 0xA000);
  assert_range(a.free, 0xA000, 0x46000);
  assert_range(a.exception_stack, 0x46000, 0x47FD0);
  assert_range(a.bookkeeping, 0x47FD0, 0x48000);
}

/* SCR-2, SCR-4. */
static void words(void **state)
{
  static const uint8_t tail[0x30] = {
      [0x10] = 0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x01, /* generation, 0x20 below the end */
      [0x18] = 0x00, 0x00, 0xFC, 0xFF, 0x0F,                   /* page tables: 0xFFFFC0000 */
      [0x20] = 0x00, 0x00, 0xFC, 0xFF, 0x0F,                   /* the first free byte: the same without page tables */
      [0x28] = 0x00, 0x80, 0x04,                               /* 0x48000 */
  };
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0, sizeof memory);
  assert_int_equal(metes_scratch_init(&l, 0x0123456789ABCDEF, memory, SIZE, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(memory[0], 8);
  assert_only_zero(1, 0x4000);
  assert_int_equal(memory[0x4000], 8);
  assert_only_zero(0x4001, SIZE - 0x30);
  assert_memory_equal(memory + SIZE - 0x30, tail, 0x30);
}

/* SCR-2, SCR-6: with page tables the first free byte lies behind them. */
static void with_page_tables(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();
  struct metes_error err = UNTOUCHED;

  (void)state;
  c.pt_size = 0x2000;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE, &err), METES_OK);
  assert_int_equal(metes_get64(memory, SIZE - 0x18), 0xFFFFC0000);
  assert_int_equal(metes_get64(memory, SIZE - 0x10), 0xFFFFC2000);
  assert_int_equal(metes_entry_of(&l, 0).cr3, 0xFFFFC0000);
}

/* SCR-5. */
static void words_that_do_not_fit(void **state)
{
  struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0, sizeof memory);
  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE - 1, &err), METES_E_BUFFER);
  assert_error(&err, SIZE, SIZE - 1, 0);
  l.scratch_size = 0x4037; /* unsound: the words would lie over the output buffer's first */
  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE, &err), METES_E_SCRATCH_TOO_SMALL);
  assert_error(&err, 0x4037, 0x4038, 0);
  assert_only_zero(0, SIZE);
  l.scratch_size = 0x40;
  l.input_data_size = 8;
  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE, &err), METES_OK);
  l.input_data_size = 0x4000;
  l.scratch_size = 0x4038;
  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE, &err), METES_OK);
  memset(memory, 0, sizeof memory);
  l.scratch_size = 0x37;
  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE, &err), METES_E_SCRATCH_TOO_SMALL);
  assert_error(&err, 0x37, 0x4038, 0);
  l.input_data_size = 7;
  l.scratch_size = SIZE;
  assert_int_equal(metes_scratch_init(&l, 1, memory, SIZE, &err), METES_E_SCRATCH_TOO_SMALL);
  assert_error(&err, SIZE, 0x40, 0);
  assert_only_zero(0, SIZE);
}

/* SCR-8: one word, and refused as all the words are. */
static void generation(void **state)
{
  struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0, sizeof memory);
  assert_int_equal(metes_scratch_set_generation(&l, 0x0123456789ABCDEF, memory, SIZE, &err), METES_OK);
  assert_untouched(&err);
  assert_only_zero(0, SIZE - 0x20);
  assert_int_equal(metes_get64(memory, SIZE - 0x20), 0x0123456789ABCDEF);
  assert_only_zero(SIZE - 0x18, SIZE + 1);
  memset(memory, 0, sizeof memory);
  assert_int_equal(metes_scratch_set_generation(&l, 1, memory, SIZE - 1, &err), METES_E_BUFFER);
  assert_error(&err, SIZE, SIZE - 1, 0);
  l.scratch_size = 0x4037;
  assert_int_equal(metes_scratch_set_generation(&l, 1, memory, SIZE, &err), METES_E_SCRATCH_TOO_SMALL);
  assert_error(&err, 0x4037, 0x4038, 0);
  assert_only_zero(0, SIZE);
}

/* SCR-7: not a byte more or less. */
static void page_tables_are_copied(void **state)
{
  static uint8_t snapshot[0x24000];
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();
  struct metes_error err = UNTOUCHED;

  (void)state;
  c.pt_size = 0x2000;
  const struct metes_layout l = layout_of(&p, &c);

  memset(memory, 0, sizeof memory);
  for (size_t i = 0; i < sizeof snapshot; i++)
    snapshot[i] = (uint8_t)(i % 251 + 1);
  assert_int_equal(metes_scratch_copy_pt(&l, snapshot, 0x23FFF, memory, SIZE, &err), METES_E_BUFFER);
  assert_error(&err, 0x24000, 0x23FFF, 0);
  assert_int_equal(metes_scratch_copy_pt(&l, snapshot, 0x21FFF, memory, SIZE, &err), METES_E_BUFFER);
  assert_error(&err, 0x24000, 0x21FFF, 0);
  assert_int_equal(metes_scratch_copy_pt(&l, snapshot, 0x24000, memory, 0x9FFF, &err), METES_E_BUFFER);
  assert_error(&err, 0xA000, 0x9FFF, 1);
  assert_int_equal(metes_scratch_copy_pt(&l, snapshot, 0x24000, memory, 0x7FFF, &err), METES_E_BUFFER);
  assert_error(&err, 0xA000, 0x7FFF, 1);
  assert_only_zero(0, SIZE);
  assert_int_equal(metes_scratch_copy_pt(&l, snapshot, 0x24000, memory, 0xA000, &err), METES_OK);
  assert_memory_equal(memory + 0x8000, snapshot + 0x22000, 0x2000);
  assert_only_zero(0, 0x8000);
  assert_only_zero(0xA000, SIZE);
  const struct metes_layout none = small_layout(METES_PROFILE_HYPERLIGHT); /* nothing, from the end to the end */

  assert_int_equal(metes_scratch_copy_pt(&none, snapshot, 0x22000, memory, 0x8000, &err), METES_OK);
}

/* SCR-6. */
static void registers(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_NUB);
  const struct metes_entry e = metes_entry_of(&l, 0x500140000040);

  (void)state;
  assert_int_equal(e.cr3, 0xFFFFC0000);
  assert_int_equal(e.rip, 0x500140000040);
  assert_int_equal(e.rsp, 0x500440000000 - 0x38);
  assert_int_equal(e.rdi, 0x500140001000);
  assert_int_equal(e.rsi, 0);
  assert_int_equal(e.rdx, 4096);
  assert_int_equal(e.rcx, 0);
  assert_int_equal(e.rflags, 2);
}

/* No sound layout has these: nothing wraps all the same. */
static void unsound_layouts(void **state)
{
  struct metes_layout l = small_layout(METES_PROFILE_NUB);

  (void)state;
  l.scratch_size = 0x10;
  l.scratch_gva = 0;
  assert_int_equal(metes_entry_of(&l, 0).rsp, 0);
  assert_range(metes_scratch_areas(&l).exception_stack, 0, 0);
  assert_range(metes_scratch_areas(&l).bookkeeping, 0, 0x10);
  l.pt_size = UINT64_MAX;
  assert_int_equal(metes_scratch_areas(&l).page_tables.end, UINT64_MAX);
}

int test_scratch(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(areas),     cmocka_unit_test(words), cmocka_unit_test(with_page_tables),
      cmocka_unit_test(words_that_do_not_fit), cmocka_unit_test(generation),
      cmocka_unit_test(page_tables_are_copied),
      cmocka_unit_test(registers), cmocka_unit_test(unsound_layouts),
  };

  return cmocka_run_group_tests_name("scratch", tests, NULL, NULL);
}
