/* SPDX-License-Identifier: Apache-2.0
 * A guest's buffers by its layout: pushed, taken, emptied; a hostile guest; layouts that are not sound. */
#include "unit.h"

enum { SCRATCH = 0x48000, INPUT = 0x2003, OUTPUT = 0x2FFD, BOTH = INPUT + OUTPUT, ROOM = 0x3000 };
static uint8_t scratch[SCRATCH], before[SCRATCH], bytes[ROOM];
static struct metes_memory guest;
static uint8_t *const output = scratch + INPUT;

/* Buffers that end in the middle of a word; all of scratch says something. */
static int fresh(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.input_data_size = INPUT;
  c.output_data_size = OUTPUT;
  guest = (struct metes_memory){layout_of(&p, &c), NULL, scratch};
  for (uint32_t i = 0; i < SCRATCH; i++)
    scratch[i] = (uint8_t)(i * 11 + i / 241);
  metes_put64(scratch, 0, 8);
  metes_put64(output, 0, 8);
  memcpy(before, scratch, sizeof before);
  memset(bytes, 0xC3, sizeof bytes);
  return 0;
}

/* len bytes, of which the first four say that these are all. */
static void fill(uint8_t *data, uint64_t len)
{
  for (uint64_t i = 0; i < len; i++)
    data[i] = (uint8_t)(0xA0 + i);
  for (int i = 0; i < 4; i++)
    data[i] = (uint8_t)((len - 4) >> 8 * i);
}

/* The buffer at offset `at` of scratch, as it was, with an element on top. */
static void expect_pushed(uint64_t at, const uint8_t *data, uint64_t len)
{
  uint8_t *const m = before + at;
  const uint64_t sp = metes_get64(m, 0);

  memcpy(m + sp, data, len);
  metes_put64(m, sp + len, sp);
  metes_put64(m, 0, sp + len + 8);
}

static void push(const uint8_t *data, uint64_t len)
{
  struct metes_error err = UNTOUCHED;

  expect_pushed(0, data, len);
  assert_int_equal(metes_input_push(&guest, data, len, &err), METES_OK);
  assert_untouched(&err);
  assert_memory_equal(scratch, before, sizeof before);
}

static void assert_not_pushed(const uint8_t *data, uint64_t len, enum metes_status status, uint64_t requested,
                              uint64_t limit, uint32_t index)
{
  struct metes_error err = UNTOUCHED;

  memcpy(before, scratch, sizeof before);
  assert_int_equal(metes_input_push(&guest, data, len, &err), status);
  assert_error(&err, requested, limit, index);
  assert_memory_equal(scratch, before, sizeof before);
}

static void assert_not_taken(uint64_t room, enum metes_status status, uint64_t requested, uint64_t limit,
                             uint32_t index)
{
  struct metes_error err = UNTOUCHED;
  uint64_t n = 77;

  memcpy(before, scratch, sizeof before);
  memset(bytes, 0xC3, sizeof bytes);
  assert_int_equal(metes_output_take(&guest, bytes, room, &n, &err), status);
  assert_error(&err, requested, limit, index);
  assert_int_equal(n, 77);
  for (int i = 0; i < ROOM; i++)
    assert_int_equal(bytes[i], 0xC3);
  assert_memory_equal(scratch, before, sizeof before);
}

/* The guest's push. */
static void answer(const uint8_t *data, uint64_t len)
{
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_buffer_push(output, OUTPUT, data, len, &err), METES_OK);
  memcpy(before, scratch, sizeof before);
}

/* BUF-12: just its bytes, and the buffer as a pop leaves it (BUF-9). */
static void assert_taken(uint64_t room, const uint8_t *data, uint64_t len)
{
  struct metes_error err = UNTOUCHED;
  uint64_t n = 77;
  const uint64_t start = metes_get64(output, 0) - len - 8;

  memset(bytes, 0xC3, sizeof bytes);
  memset(before + INPUT + start, 0, len + 8);
  metes_put64(before + INPUT, 0, start);
  assert_int_equal(metes_output_take(&guest, bytes, room, &n, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(n, len);
  assert_memory_equal(bytes, data, len);
  for (uint64_t i = len; i < ROOM; i++)
    assert_int_equal(bytes[i], 0xC3);
  assert_memory_equal(scratch, before, sizeof before);
}

/* BUF-11: onto input alone, to its last byte and not one more; the guest finds it. */
static void pushed_onto_input(void **state)
{
  static uint8_t data[INPUT];
  struct metes_error err = UNTOUCHED;
  struct metes_element e;

  (void)state;
  fill(data, 12);
  push(data, 12);
  assert_int_equal(metes_buffer_peek(scratch, INPUT, &e, &err), METES_OK);
  assert_true(e.start == 8 && e.length == 12 && e.end == 28);
  assert_memory_equal(scratch + 8, data, 12);
  fill(data, INPUT - 36);
  assert_not_pushed(data, INPUT - 35, METES_E_STACK_FULL, INPUT - 27, INPUT - 28, 0);
  push(data, INPUT - 36);
  assert_int_equal(metes_get64(scratch, 0), INPUT);
  assert_not_pushed(data, 8, METES_E_STACK_FULL, 16, 0, 0);
}

/* BUF-2, BUF-4, BUF-11: what the guest made of its stack pointer, and what it could never pop. */
static void hostile_input(void **state)
{
  static const uint64_t bad[] = {0, 7, INPUT + 1, BOTH, SCRATCH, 1ULL << 63, UINT64_MAX};
  uint8_t data[16];

  (void)state;
  fill(data, 16);
  assert_not_pushed(data, 7, METES_E_ELEMENT, 7, 8, 0);
  assert_not_pushed(data, 15, METES_E_ELEMENT, 15, 16, 0);
  assert_not_pushed(data, UINT64_MAX, METES_E_STACK_FULL, UINT64_MAX, INPUT - 8, 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    metes_put64(scratch, 0, bad[i]);
    assert_not_pushed(data, 16, METES_E_STACK, bad[i], INPUT, 0);
  }
}

/* BUF-12: the last first, each to its last byte; room for it, and a byte less; then nothing is there. */
static void taken_from_output(void **state)
{
  static uint8_t one[OUTPUT], two[9];

  (void)state;
  fill(one, OUTPUT - 16 - 17);
  fill(two, 9);
  answer(one, OUTPUT - 16 - 17);
  answer(two, 9);
  assert_int_equal(metes_get64(output, 0), OUTPUT);
  for (uint64_t room = 0; room < 9; room++)
    assert_not_taken(room, METES_E_BUFFER, 9, room, 0);
  assert_taken(9, two, 9);
  assert_not_taken(OUTPUT - 34, METES_E_BUFFER, OUTPUT - 33, OUTPUT - 34, 0);
  assert_taken(ROOM, one, OUTPUT - 33);
  assert_not_taken(ROOM, METES_E_STACK_EMPTY, 0, 0, 0);
  assert_not_taken(0, METES_E_STACK_EMPTY, 0, 0, 0);
}

/* BUF-12: an element that is longer than its prefix says gives what the prefix says, and goes as a whole. */
static void an_element_with_padding(void **state)
{
  uint8_t data[16];
  struct metes_error err = UNTOUCHED;
  uint64_t n = 77;

  (void)state;
  fill(data, 16);
  data[0] = 3;
  answer(data, 16);
  assert_int_equal(metes_output_take(&guest, bytes, ROOM, &n, &err), METES_OK);
  assert_int_equal(n, 7);
  assert_memory_equal(bytes, data, 7);
  assert_int_equal(bytes[7], 0xC3);
  memset(before + INPUT + 8, 0, 24);
  metes_put64(before + INPUT, 0, 8);
  assert_memory_equal(scratch, before, sizeof before);
}

/* BUF-2, BUF-6, BUF-7, BUF-12: pointers, links and prefixes that lead elsewhere. */
static void hostile_output(void **state)
{
  static const uint64_t pointers[] = {0, 7, 9, 15, OUTPUT + 1, SCRATCH, 1ULL << 63, UINT64_MAX};
  static const uint64_t links[] = {0, 7, 25, 40, OUTPUT, 0 - (uint64_t)INPUT, UINT64_MAX};
  uint8_t data[8];

  (void)state;
  for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
    metes_put64(output, 0, pointers[i]);
    assert_not_taken(ROOM, METES_E_STACK, pointers[i], OUTPUT, 0);
  }
  metes_put64(output, 0, 40);
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    metes_put64(output, 32, links[i]);
    assert_not_taken(ROOM, METES_E_LINK, links[i], 24, 0);
  }
  metes_put64(output, 32, 24);
  metes_put64(output, 24, 5);
  assert_not_taken(ROOM, METES_E_PREFIX, 9, 8, 0);
  metes_put64(output, 24, UINT32_MAX);
  assert_not_taken(ROOM, METES_E_PREFIX, 0x100000003, 8, 0);
  metes_put64(output, 24, 4);
  memcpy(data, output + 24, 8);
  memcpy(before, scratch, sizeof before);
  assert_taken(8, data, 8);
}

/* BUF-13: nothing is left of either, whatever a guest made of them; nothing else changes. */
static void cleared(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(scratch, 0xFF, BOTH);
  memset(before, 0, BOTH);
  before[0] = before[INPUT] = 8;
  assert_int_equal(metes_buffers_clear(&guest, &err), METES_OK);
  assert_untouched(&err);
  assert_memory_equal(scratch, before, sizeof before);
  assert_not_taken(ROOM, METES_E_STACK_EMPTY, 0, 0, 0);
}

static void assert_all_refused(uint64_t requested, uint64_t limit, uint32_t index)
{
  struct metes_error err = UNTOUCHED;
  uint8_t data[8];

  fill(data, 8);
  assert_not_pushed(data, 8, METES_E_BUFFER, requested, limit, index);
  assert_not_taken(ROOM, METES_E_BUFFER, requested, limit, index);
  assert_int_equal(metes_buffers_clear(&guest, &err), METES_E_BUFFER);
  assert_error(&err, requested, limit, index);
  assert_memory_equal(scratch, before, sizeof before);
}

/* BUF-10: buffers that hold no pointer, or that leave scratch, by one byte or by far. */
static void layouts_that_are_not_sound(void **state)
{
  struct metes_layout *const l = &guest.layout;

  (void)state;
  l->input_data_size = 7;
  assert_all_refused(8, 7, 1);
  l->output_data_size = 0;
  assert_all_refused(8, 7, 1);
  l->input_data_size = INPUT;
  assert_all_refused(8, 0, 1);
  l->output_data_size = 7;
  assert_all_refused(8, 7, 1);
  l->output_data_size = SCRATCH - INPUT + 1;
  assert_all_refused(SCRATCH + 1, SCRATCH, 2);
  l->output_data_size = UINT64_MAX;
  assert_all_refused(UINT64_MAX, SCRATCH, 2);
  l->output_data_size = 8;
  l->input_data_size = SCRATCH + 1;
  assert_all_refused(SCRATCH + 9, SCRATCH, 2);
  l->input_data_size = UINT64_MAX;
  assert_all_refused(UINT64_MAX, SCRATCH, 2);
  l->input_data_size = 8;
  l->scratch_size = 15;
  assert_all_refused(16, 15, 2);
  l->scratch_size = 0;
  assert_all_refused(16, 0, 2);
}

/* BUF-10: the smallest that will do: two buffers that are always empty. */
static void the_smallest_buffers(void **state)
{
  struct metes_error err = UNTOUCHED;
  uint8_t data[8];

  (void)state;
  guest.layout.input_data_size = guest.layout.output_data_size = 8;
  guest.layout.scratch_size = 16;
  memset(scratch, 0xFF, 16);
  memset(before, 0, 16);
  before[0] = before[8] = 8;
  assert_int_equal(metes_buffers_clear(&guest, &err), METES_OK);
  assert_memory_equal(scratch, before, sizeof before);
  fill(data, 8);
  assert_not_pushed(data, 8, METES_E_STACK_FULL, 16, 0, 0);
  assert_not_taken(ROOM, METES_E_STACK_EMPTY, 0, 0, 0);
}

/* BUF-10: they lie where SCR-1 says, and are empty as SCR-4 has it. */
static void as_scratch_has_them(void **state)
{
  const struct metes_scratch_areas a = metes_scratch_areas(&guest.layout);
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_true(a.input.start == 0 && a.input.end == INPUT && a.output.start == INPUT && a.output.end == BOTH);
  memset(scratch, 0, sizeof scratch);
  assert_int_equal(metes_scratch_init(&guest.layout, 1, scratch, SCRATCH, &err), METES_OK);
  memcpy(before, scratch, sizeof before);
  assert_int_equal(metes_buffers_clear(&guest, &err), METES_OK);
  assert_memory_equal(scratch, before, sizeof before);
}

int test_exchange(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(pushed_onto_input, fresh),
      cmocka_unit_test_setup(hostile_input, fresh),
      cmocka_unit_test_setup(taken_from_output, fresh),
      cmocka_unit_test_setup(an_element_with_padding, fresh),
      cmocka_unit_test_setup(hostile_output, fresh),
      cmocka_unit_test_setup(cleared, fresh),
      cmocka_unit_test_setup(layouts_that_are_not_sound, fresh),
      cmocka_unit_test_setup(the_smallest_buffers, fresh),
      cmocka_unit_test_setup(as_scratch_has_them, fresh),
  };

  return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
