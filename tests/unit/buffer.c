/* SPDX-License-Identifier: Apache-2.0
 * Input and output buffers: pushed, peeked at, popped; and what a hostile guest leaves in them. */
#include "unit.h"

#include "core/buffer.h"

enum { SIZE = 0x100 };
static uint8_t memory[SIZE], before[SIZE];

static void empty(void)
{
  memset(memory, 0, sizeof memory);
  metes_put64(memory, 0, 8);
}

/* `payload` bytes behind a prefix, and padding up to len. */
static void fill(uint8_t *data, uint64_t len, uint32_t payload)
{
  for (uint64_t i = 4; i < len; i++)
    data[i] = (uint8_t)(0xA0 + i);
  for (int i = 0; i < 4; i++)
    data[i] = (uint8_t)(payload >> 8 * i);
}

static enum metes_status push(uint64_t size, const uint8_t *data, uint64_t len, struct metes_error *err)
{
  *err = (struct metes_error)UNTOUCHED;
  memcpy(before, memory, sizeof memory);
  return metes_buffer_push(memory, size, data, len, err);
}

static void assert_not_pushed(uint64_t size, const uint8_t *data, uint64_t len, enum metes_status status,
                              uint64_t requested, uint64_t limit)
{
  struct metes_error err;

  assert_int_equal(push(size, data, len, &err), status);
  assert_error(&err, requested, limit, 0);
  assert_memory_equal(memory, before, sizeof memory);
}

static void assert_no_top(enum metes_status status, uint64_t requested, uint64_t limit)
{
  struct metes_element e = {1, 2, 3};
  struct metes_error err = UNTOUCHED;

  memcpy(before, memory, sizeof memory);
  assert_int_equal(metes_buffer_peek(memory, SIZE, &e, &err), status);
  assert_error(&err, requested, limit, 0);
  assert_true(e.start == 1 && e.length == 2 && e.end == 3);
  assert_memory_equal(memory, before, sizeof memory);
}

static void assert_top(uint64_t start, uint64_t length, uint64_t end)
{
  struct metes_error err = UNTOUCHED;
  struct metes_element e;

  assert_int_equal(metes_buffer_peek(memory, SIZE, &e, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(e.start, start);
  assert_int_equal(e.length, length);
  assert_int_equal(e.end, end);
}

static void pop(uint64_t start, uint64_t end)
{
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_buffer_pop(memory, SIZE, (struct metes_element){start, 0, end}, &err), METES_OK);
  assert_untouched(&err);
}

/* BUF-1, BUF-5, BUF-8, BUF-9: what is pushed is found, the last first; what is popped is zero. */
static void pushed_and_popped(void **state)
{
  uint8_t one[12], two[9];
  struct metes_error err;

  (void)state;
  fill(one, 12, 8);
  fill(two, 9, 3);
  empty();
  assert_int_equal(push(SIZE, one, 12, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(push(SIZE, two, 9, &err), METES_OK);
  assert_int_equal(metes_get64(memory, 0), 8 + 20 + 17);
  assert_top(28, 7, 45);
  assert_memory_equal(memory + 28, two, 9);
  pop(28, 45);
  assert_top(8, 12, 28);
  assert_memory_equal(memory + 8, one, 12);
  pop(8, 28);
  assert_no_top(METES_E_STACK_EMPTY, 0, 0);
  for (int i = 8; i < SIZE; i++)
    assert_int_equal(memory[i], 0);
}

/* BUF-3: to the last byte, and not one more. */
static void full(void **state)
{
  static uint8_t data[SIZE];
  struct metes_error err;

  (void)state;
  fill(data, SIZE, 0);
  empty();
  assert_not_pushed(SIZE, data, SIZE - 15, METES_E_STACK_FULL, SIZE - 7, SIZE - 8);
  assert_not_pushed(SIZE, data, UINT64_MAX, METES_E_STACK_FULL, UINT64_MAX, SIZE - 8);
  assert_not_pushed(SIZE, data, UINT64_MAX - 7, METES_E_STACK_FULL, UINT64_MAX, SIZE - 8);
  assert_not_pushed(SIZE, data, UINT64_MAX - 9, METES_E_STACK_FULL, UINT64_MAX - 1, SIZE - 8);
  assert_int_equal(push(SIZE, data, SIZE - 16, &err), METES_OK);
  assert_int_equal(metes_get64(memory, 0), SIZE);
  assert_not_pushed(SIZE, data, 8, METES_E_STACK_FULL, 16, 0);
  assert_top(8, 4, SIZE);
}

/* BUF-4 (D12): what could never be popped is not pushed. */
static void d12_never_popped(void **state)
{
  uint8_t data[16];
  struct metes_error err;

  (void)state;
  empty();
  fill(data, 16, 4);
  for (uint64_t len = 0; len < 8; len++)
    assert_not_pushed(SIZE, data, len, METES_E_ELEMENT, len, 8);
  fill(data, 16, 13);
  assert_not_pushed(SIZE, data, 16, METES_E_ELEMENT, 16, 17);
  fill(data, 16, UINT32_MAX);
  assert_not_pushed(SIZE, data, 16, METES_E_ELEMENT, 16, 0x100000003);
  fill(data, 16, 12);
  assert_int_equal(push(SIZE, data, 16, &err), METES_OK);
}

/* BUF-2: a stack pointer that leads out of the buffer. */
static void stack_pointers(void **state)
{
  static const uint64_t bad[] = {0, 7, SIZE + 1, UINT64_MAX};
  uint8_t data[8];

  (void)state;
  fill(data, 8, 0);
  empty();
  for (int i = 0; i < 4; i++) {
    metes_put64(memory, 0, bad[i]);
    assert_not_pushed(SIZE, data, 8, METES_E_STACK, bad[i], SIZE);
    assert_no_top(METES_E_STACK, bad[i], SIZE);
  }
  metes_put64(memory, 0, 15); /* no room for a link, and not empty */
  assert_no_top(METES_E_STACK, 15, SIZE);
  assert_not_pushed(7, data, 8, METES_E_BUFFER, 8, 7);
}

/* BUF-6, BUF-7: a link or a prefix that leads out of the element. */
static void links_and_prefixes(void **state)
{
  static const uint64_t bad[] = {0, 7, 25, 40, UINT64_MAX};

  (void)state;
  empty();
  metes_put64(memory, 0, 40);
  for (int i = 0; i < 5; i++) {
    metes_put64(memory, 32, bad[i]);
    assert_no_top(METES_E_LINK, bad[i], 24);
  }
  metes_put64(memory, 32, 24); /* the shortest element: 8 bytes */
  metes_put64(memory, 24, 5);
  assert_no_top(METES_E_PREFIX, 9, 8);
  metes_put64(memory, 24, UINT32_MAX);
  assert_no_top(METES_E_PREFIX, 0x100000003, 8);
  metes_put64(memory, 24, 4);
  assert_top(24, 8, 40);
  struct metes_error err = UNTOUCHED;
  struct metes_element e = {1, 2, 3};

  assert_int_equal(metes_buffer_peek(memory, 7, &e, &err), METES_E_BUFFER);
  assert_error(&err, 8, 7, 0);
}

/* BUF-9: a pop takes any element: one that does not lie in the buffer is refused. */
static void popped_elements(void **state)
{
  static const struct metes_element bad[] = {{7, 0, 16}, {16, 0, 15}, {16, 0, SIZE + 1}, {UINT64_MAX, 0, 0}};

  (void)state;
  memset(memory, 0x5A, sizeof memory);
  memcpy(before, memory, sizeof memory);
  for (int i = 0; i < 4; i++) {
    struct metes_error err = UNTOUCHED;

    assert_int_equal(metes_buffer_pop(memory, SIZE, bad[i], &err), METES_E_LINK);
    assert_error(&err, bad[i].start, bad[i].end, 0);
    assert_memory_equal(memory, before, sizeof memory);
  }
  pop(SIZE, SIZE);
  assert_int_equal(metes_get64(memory, 0), SIZE);
  assert_memory_equal(memory + 8, before + 8, SIZE - 8);
}

int test_buffer(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pushed_and_popped), cmocka_unit_test(full),
      cmocka_unit_test(d12_never_popped),      cmocka_unit_test(stack_pointers),
      cmocka_unit_test(links_and_prefixes), cmocka_unit_test(popped_elements),
  };

  return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
