/* SPDX-License-Identifier: Apache-2.0
 * The table of file mappings: bytes as literals, every refusal with its numbers, hostile bytes. */
#include "unit.h"

enum { ROOM = 0x2000, PEB = 0x1000, TABLE = PEB + 80, END = PEB + 2640 };
static uint8_t memory[ROOM], before[ROOM];

static struct metes_layout with_table(void)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  c.options = METES_OPT_FILE_MAPPINGS;
  return layout_of(&p, &c);
}

static struct metes_file_mapping mapping(uint64_t gva, uint64_t size, const char *label)
{
  struct metes_file_mapping f = {.gva = gva, .size = size};

  memset(f.label, 'x', sizeof f.label);
  memcpy(f.label, label, strlen(label) + 1);
  return f;
}

/* A fresh PEB in memory full of 0xEE; its layout. */
static struct metes_layout fresh(void)
{
  const struct metes_layout l = with_table();
  struct metes_error err = UNTOUCHED;

  memset(memory, 0xEE, ROOM);
  assert_int_equal(metes_peb_write(&l, memory, ROOM, &err), METES_OK);
  return l;
}

static void assert_count(const struct metes_layout *l, uint32_t want)
{
  struct metes_error err = UNTOUCHED;
  uint32_t n = 0x77;

  assert_int_equal(metes_file_mapping_count(l, memory, ROOM, &n, &err), METES_OK);
  assert_int_equal(n, want);
  assert_untouched(&err);
}

static void add(const struct metes_layout *l, uint64_t gva, const char *label)
{
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_file_mapping_add(l, memory, ROOM, mapping(gva, 0x1000, label), &err), METES_OK);
  assert_untouched(&err);
}

static void assert_at(const struct metes_layout *l, uint32_t place, uint64_t gva, const char *label)
{
  struct metes_error err = UNTOUCHED;
  struct metes_file_mapping f;

  assert_int_equal(metes_file_mapping_get(l, memory, ROOM, place, &f, &err), METES_OK);
  assert_int_equal(f.gva, gva);
  assert_int_equal(f.size, 0x1000);
  assert_string_equal((const char *)f.label, label);
  assert_untouched(&err);
}

/* FM-1, FM-10: little-endian, zeroes behind the NUL, nothing beside it. */
static void bytes_of_an_entry(void **state)
{
  static const uint8_t want[24] = {0, 0x50, 4, 3, 2, 1, 0, 0, /* */ 0, 0x30, 0, 0, 0, 0, 0, 0, 'd', 'a', 't', 'a'};
  const struct metes_layout l = fresh();
  struct metes_error err = UNTOUCHED;

  (void)state;
  memcpy(before, memory, ROOM);
  assert_int_equal(metes_file_mapping_add(&l, memory, END, mapping(0x10203045000, 0x3000, "data"), &err), METES_OK);
  assert_untouched(&err);
  memcpy(before + TABLE, want, sizeof want);
  memset(before + TABLE + sizeof want, 0, 80 - sizeof want);
  before[PEB + 64] = 1;
  assert_memory_equal(memory, before, ROOM);
  assert_count(&l, 1);
}

/* FM-5, FM-11: as many as the table takes, and each of them read again. */
static void all_that_fit(void **state)
{
  const struct metes_layout l = fresh();
  struct metes_error err = UNTOUCHED;
  char label[] = "file ?";

  (void)state;
  for (uint32_t i = 0; i < 32; i++) {
    label[5] = (char)('A' + i);
    add(&l, 0x1000 * (i + 1), label);
  }
  memcpy(before, memory, ROOM);
  assert_int_equal(metes_file_mapping_add(&l, memory, ROOM, mapping(0, 1, ""), &err), METES_E_MAPPING_FULL);
  assert_error(&err, 33, 32, 0);
  assert_memory_equal(memory, before, ROOM);
  for (uint32_t i = 0; i < 32; i++) {
    label[5] = (char)('A' + i);
    assert_at(&l, i, 0x1000 * (i + 1), label);
  }
  for (uint64_t i = END; i < ROOM; i++)
    assert_int_equal(memory[i], 0xEE);
}

/* FM-12: the last takes the place; the number of mappings is right at every step. */
static void removing(void **state)
{
  const struct metes_layout l = fresh();
  struct metes_error err = UNTOUCHED;

  (void)state;
  add(&l, 0x1000, "one");
  add(&l, 0x2000, "two");
  add(&l, 0x3000, "three");
  memcpy(before, memory, ROOM);
  assert_int_equal(metes_file_mapping_remove(&l, memory, ROOM, 3, &err), METES_E_MAPPING_PLACE);
  assert_error(&err, 3, 3, 0);
  assert_memory_equal(memory, before, ROOM);
  err = UNTOUCHED;
  assert_int_equal(metes_file_mapping_remove(&l, memory, ROOM, 0, &err), METES_OK);
  assert_untouched(&err);
  memcpy(before + TABLE, before + TABLE + 160, 80);
  before[PEB + 64] = 2;
  assert_memory_equal(memory, before, ROOM);
  assert_at(&l, 0, 0x3000, "three");
  assert_at(&l, 1, 0x2000, "two");
  assert_int_equal(metes_file_mapping_remove(&l, memory, ROOM, 1, &err), METES_OK);
  assert_int_equal(metes_file_mapping_remove(&l, memory, ROOM, 0, &err), METES_OK);
  assert_count(&l, 0);
  assert_int_equal(metes_file_mapping_remove(&l, memory, ROOM, 0, &err), METES_E_MAPPING_PLACE);
  assert_error(&err, 0, 0, 0);
  add(&l, 0x4000, "four");
  assert_at(&l, 0, 0x4000, "four");
}

/* FM-12: all 80 bytes move, also those that only the guest writes. */
static void removing_what_the_guest_wrote(void **state)
{
  const struct metes_layout l = fresh();
  struct metes_error err = UNTOUCHED;

  (void)state;
  add(&l, 0x1000, "one");
  add(&l, 0x2000, "two");
  memset(memory + TABLE + 80, 0xA5, 80);
  assert_int_equal(metes_file_mapping_remove(&l, memory, ROOM, 0, &err), METES_OK);
  for (int i = 0; i < 80; i++)
    assert_int_equal(memory[TABLE + i], 0xA5);
}

/* All four functions refuse a table for the same reason, with nothing written. */
static void assert_no_table(const struct metes_layout *l, uint64_t len, enum metes_status status, uint64_t requested,
                            uint64_t limit)
{
  struct metes_error err[4] = {UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED};
  struct metes_file_mapping f = mapping(0x1000, 0x1000, "f"), same = f;
  uint32_t n = 0x77;

  memcpy(before, memory, ROOM);
  assert_int_equal(metes_file_mapping_count(l, memory, len, &n, &err[0]), status);
  assert_int_equal(metes_file_mapping_get(l, memory, len, 0, &f, &err[1]), status);
  assert_int_equal(metes_file_mapping_add(l, memory, len, f, &err[2]), status);
  assert_int_equal(metes_file_mapping_remove(l, memory, len, 0, &err[3]), status);
  for (int i = 0; i < 4; i++)
    assert_error(&err[i], requested, limit, 0);
  assert_int_equal(n, 0x77);
  assert_memory_equal(&f, &same, sizeof f);
  assert_memory_equal(memory, before, ROOM);
}

static void no_table(void **state)
{
  struct metes_layout l = fresh();

  (void)state;
  assert_no_table(&l, END - 1, METES_E_BUFFER, END, END - 1);
  assert_no_table(&l, PEB - 1, METES_E_BUFFER, END, PEB - 1);
  assert_no_table(&l, 0, METES_E_BUFFER, END, 0);
  l.peb_offset = UINT64_MAX - 2639; /* no sound layout: the sum must not wrap */
  assert_no_table(&l, ROOM, METES_E_BUFFER, UINT64_MAX, ROOM);
  l.peb_offset = PEB;
  l.options = METES_OPT_EXECUTABLE_HEAP;
  assert_no_table(&l, ROOM, METES_E_NO_TABLE, METES_OPT_EXECUTABLE_HEAP, METES_OPT_FILE_MAPPINGS);
}

/* FM-4: the guest wrote the count. */
static void hostile_counts(void **state)
{
  const struct metes_layout l = fresh();
  struct metes_error err = UNTOUCHED;
  struct metes_file_mapping f;

  (void)state;
  memory[PEB + 64] = 33;
  assert_no_table(&l, ROOM, METES_E_MAPPING_COUNT, 33, 32);
  memory[PEB + 64] = 0;
  memory[PEB + 71] = 0x80; /* cut to 32 bits it would be 0 */
  assert_no_table(&l, ROOM, METES_E_MAPPING_COUNT, 1ULL << 63, 32);
  memset(memory + PEB + 64, 0xFF, 8);
  assert_no_table(&l, ROOM, METES_E_MAPPING_COUNT, UINT64_MAX, 32);
  memset(memory + PEB + 64, 0, 8);
  memory[PEB + 64] = 32; /* entries of 0xEE that nobody added */
  assert_int_equal(metes_file_mapping_get(&l, memory, ROOM, 31, &f, &err), METES_E_MAPPING_LABEL);
  assert_error(&err, 64, 63, 31);
  assert_int_equal(metes_file_mapping_get(&l, memory, ROOM, 32, &f, &err), METES_E_MAPPING_PLACE);
  assert_error(&err, 32, 32, 0);
  assert_int_equal(metes_file_mapping_get(&l, memory, ROOM, UINT32_MAX, &f, &err), METES_E_MAPPING_PLACE);
  assert_error(&err, UINT32_MAX, 32, 0);
}

/* The same mapping is refused on adding, and where the guest left it in the table. */
static void assert_bad(struct metes_file_mapping f, enum metes_status status, uint64_t requested, uint64_t limit)
{
  const struct metes_layout l = fresh();
  struct metes_error err = UNTOUCHED;
  struct metes_file_mapping got = f, same = f;

  add(&l, 0x1000, "first");
  memcpy(before, memory, ROOM);
  assert_int_equal(metes_file_mapping_add(&l, memory, ROOM, f, &err), status);
  assert_error(&err, requested, limit, 1);
  assert_memory_equal(memory, before, ROOM);
  metes_put64(memory, TABLE + 80, f.gva);
  metes_put64(memory, TABLE + 88, f.size);
  memcpy(memory + TABLE + 96, f.label, sizeof f.label);
  memory[PEB + 64] = 2;
  err = UNTOUCHED;
  assert_int_equal(metes_file_mapping_get(&l, memory, ROOM, 1, &got, &err), status);
  assert_error(&err, requested, limit, 1);
  assert_memory_equal(&got, &same, sizeof got);
  assert_at(&l, 0, 0x1000, "first");
}

/* FM-7 to FM-9, and FM-11: of what is added, and of what is found. */
static void bad_file_mappings(void **state)
{
  struct metes_file_mapping no_end = mapping(1, 0, "");

  (void)state;
  assert_bad(mapping(1, 0, ""), METES_E_MAPPING_LABEL, 0, 63);
  memset(no_end.label, 'x', 64);
  assert_bad(no_end, METES_E_MAPPING_LABEL, 64, 63);
  assert_bad(mapping(1, 0, "f"), METES_E_MAPPING_PAGES, 0, 4096);
  assert_bad(mapping(1, 0x1001, "f"), METES_E_MAPPING_PAGES, 0x1001, 4096);
  assert_bad(mapping(0xFFF, 0x1000, "f"), METES_E_MAPPING_PAGES, 0xFFF, 4096);
  assert_bad(mapping(0xFFFFFFFFFFFFE000, 0x2000, "f"), METES_E_MAPPING_END, 0x2000, 0x1FFF); /* the sum is 2^64 */
  assert_bad(mapping(0x2000, 0xFFFFFFFFFFFFF000, "f"), METES_E_MAPPING_END, 0xFFFFFFFFFFFFF000, 0xFFFFFFFFFFFFDFFF);
}

/* 63 characters and addresses up to the last page but one. */
static void edges(void **state)
{
  static const char longest[] = "a234567890123456789012345678901234567890123456789012345678901bc";
  const struct metes_layout l = fresh();

  (void)state;
  assert_int_equal(strlen(longest), 63);
  add(&l, 0xFFFFFFFFFFFFE000, longest);
  assert_at(&l, 0, 0xFFFFFFFFFFFFE000, longest);
  add(&l, 0, "z");
  assert_at(&l, 1, 0, "z");
}

int test_filemap(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_of_an_entry), cmocka_unit_test(all_that_fit), cmocka_unit_test(removing),
      cmocka_unit_test(removing_what_the_guest_wrote),
      cmocka_unit_test(no_table),          cmocka_unit_test(hostile_counts), cmocka_unit_test(bad_file_mappings),
      cmocka_unit_test(edges),
  };

  return cmocka_run_group_tests_name("filemap", tests, NULL, NULL);
}
