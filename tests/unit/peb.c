/* SPDX-License-Identifier: Apache-2.0
 * The PEB's bytes as literals, and what is written into the snapshot's memory. */
#include "unit.h"

enum { ROOM = 0x30000 };
static uint8_t memory[ROOM];

/* Nothing but [lo, hi) of the memory differs from the byte it was filled with. */
static void assert_only(uint64_t lo, uint64_t hi)
{
  for (uint64_t i = 0; i < ROOM; i++)
    if (i < lo || i >= hi)
      assert_int_equal(memory[i], 0xEE);
}

/* PEB-1 to PEB-5, PEB-9, LE-1: the bytes, and no other is written. */
static void bytes_of_the_default(void **state)
{
  static const uint8_t want[64] = {
      0, 0x40, 0, 0, 0, 0, 0, 0, /* */ 0, 0x70, 0xFB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
      0, 0x40, 0, 0, 0, 0, 0, 0, /* */ 0, 0xB0, 0xFB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
      0, 0, 0, 0, 0, 0, 0, 0,    /* */ 0, 0x30, 0x02, 0, 0, 0, 0, 0,
      0, 0, 2, 0, 0, 0, 0, 0,    /* */ 0, 0x30, 0, 0, 0, 0, 0, 0,
  };
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0xEE, ROOM);
  assert_int_equal(metes_peb_write(&l, memory, ROOM, &err), METES_OK);
  assert_memory_equal(memory + 0x1000, want, 64);
  assert_only(0x1000, 0x1040);
  assert_untouched(&err);
}

/* PEB-9, LAY-4: by a byte, and where the sum does not fit 64 bits. */
static void peb_that_does_not_fit(void **state)
{
  struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0xEE, ROOM);
  assert_int_equal(metes_peb_write(&l, memory, 0x103F, &err), METES_E_BUFFER);
  assert_error(&err, 0x1040, 0x103F, 0);
  assert_int_equal(metes_peb_write(&l, memory, 0xFFF, &err), METES_E_BUFFER);
  assert_error(&err, 0x1040, 0xFFF, 0);
  l.options = METES_OPT_FILE_MAPPINGS;
  assert_int_equal(metes_peb_write(&l, memory, 0x104F, &err), METES_E_BUFFER);
  assert_error(&err, 0x1050, 0x104F, 0);
  l.peb_offset = UINT64_MAX - 8; /* no sound layout: the sum must not wrap */
  assert_int_equal(metes_peb_write(&l, memory, ROOM, &err), METES_E_BUFFER);
  assert_error(&err, UINT64_MAX, ROOM, 0);
  assert_only(0, 0);
}

static struct metes_layout with_init_data(uint64_t size)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  c.init_data_size = size;
  return layout_of(&p, &c);
}

/* MEM-3. */
static void init_data(void **state)
{
  const struct metes_layout l = with_init_data(5);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0xEE, ROOM);
  assert_int_equal(metes_init_data_write(&l, memory, 0x22005, (const uint8_t *)"metes", 5, &err), METES_OK);
  assert_memory_equal(memory + 0x22000, "metes", 5);
  assert_only(0x22000, 0x22005);
  assert_untouched(&err);
}

/* MEM-3: nothing is written. */
static void init_data_that_does_not_fit(void **state)
{
  struct metes_layout l = with_init_data(5);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0xEE, ROOM);
  assert_int_equal(metes_init_data_write(&l, memory, 0x22004, (const uint8_t *)"metes", 5, &err), METES_E_BUFFER);
  assert_error(&err, 0x22005, 0x22004, 0);
  assert_int_equal(metes_init_data_write(&l, memory, 0x21FFF, (const uint8_t *)"metes", 5, &err), METES_E_BUFFER);
  assert_error(&err, 0x22005, 0x21FFF, 0);
  l.init_data_offset = UINT64_MAX - 1;
  assert_int_equal(metes_init_data_write(&l, memory, ROOM, (const uint8_t *)"metes", 5, &err), METES_E_BUFFER);
  assert_error(&err, UINT64_MAX, ROOM, 0);
  assert_only(0, 0);
}

/* MEM-2, MEM-3: none was announced, and none is given. */
static void no_init_data(void **state)
{
  const struct metes_layout l = with_init_data(0);
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(memory, 0xEE, ROOM);
  assert_int_equal(metes_init_data_write(&l, memory, 0x22000, memory, 0, &err), METES_OK);
  assert_only(0, 0);
}

/* LE-1, LE-2: the bytes are said, whatever the host; a word that was written is read as itself. */
static void words_of_bytes(void **state)
{
  static const uint8_t want[10] = {0xEE, 0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0x81, 0xEE};
  uint8_t m[10];

  (void)state;
  memset(m, 0xEE, sizeof m);
  metes_put64(m, 1, 0x8123456789ABCDEF);
  assert_memory_equal(m, want, sizeof m);
  assert_int_equal(metes_get16(m, 1), 0xCDEF);
  assert_int_equal(metes_get32(m, 1), 0x89ABCDEF);
  assert_int_equal(metes_get64(m, 1), 0x8123456789ABCDEF);
  memset(m, 0xEE, sizeof m);
  metes_put_word(m, 1, 0x8123456789ABCDEF);
  assert_memory_equal(m, want, sizeof m);
}

int test_peb(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_of_the_default), cmocka_unit_test(peb_that_does_not_fit),
      cmocka_unit_test(init_data),            cmocka_unit_test(init_data_that_does_not_fit),
      cmocka_unit_test(no_init_data),         cmocka_unit_test(words_of_bytes),
  };

  return cmocka_run_group_tests_name("peb", tests, NULL, NULL);
}
