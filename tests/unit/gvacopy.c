/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory by virtual address: what is copied, and what never is. */
#include "gva.h"

static void assert_read(uint64_t gva, uint64_t len, enum metes_status status, uint64_t done)
{
  struct metes_error err = UNTOUCHED;
  uint64_t n = 9;

  memset(bytes, 0xC3, sizeof bytes);
  assert_int_equal(metes_gva_read(&guest, cr3, gva, bytes, len, &n, &err), status);
  assert_int_equal(n, done);
  if (status == METES_OK)
    assert_untouched(&err);
  else
    assert_error(&err, gva + done, len - done, 0);
  for (uint64_t i = done; i < sizeof bytes; i++)
    assert_int_equal(bytes[i], 0xC3);
}

/* GVA-6: across pages that lie backwards and in both windows; short where the next page leads nowhere. */
static void read_by_gva(void **state)
{
  (void)state;
  put(T1, 2, gpa_of(DATA - 4 + 2) | P);
  put(T1, 3, 0x23000 | P);
  put(T1, 4, gpa_of(DATA + 1) | P);
  assert_read(GVA, 0x4000, METES_OK, 0x4000);
  assert_memory_equal(bytes, scratch + DATA * 0x1000, 0x1000);
  assert_memory_equal(bytes + 0x1000, scratch + (DATA - 2) * 0x1000, 0x1000);
  assert_memory_equal(bytes + 0x2000, snapshot + 0x22000, 0x1000);
  assert_memory_equal(bytes + 0x3000, scratch + (DATA + 1) * 0x1000, 0x1000);
  assert_read(GVA + 0x2FFF, 2, METES_OK, 2);
  assert_int_equal(bytes[0], snapshot[0x22FFF]);
  assert_int_equal(bytes[1], scratch[(DATA + 1) * 0x1000]);
  assert_read(GVA + 0x3FF8, 8, METES_OK, 8);
  assert_read(GVA + 0x3FF8, 9, METES_E_UNMAPPED, 8);
  assert_memory_equal(bytes, scratch + (DATA + 1) * 0x1000 + 0xFF8, 8);
  assert_read(GVA, 0x4001, METES_E_UNMAPPED, 0x4000);
  assert_read(GVA - 1, 2, METES_E_UNMAPPED, 0);
  put(T1, 3, 0x25000 | P); /* a page of no place */
  assert_read(GVA + 0xFFF, 0x2002, METES_E_UNMAPPED, 0x1001);
  put(T2, 1, 0x400000 | P | METES_ENTRY_LARGE | 0x2000);
  assert_read(GVA, 1, METES_E_WALK_RESERVED, 0);
}

/* GVA-6: nothing is read of what wraps; what ends with the space does not. No bytes are always read. */
static void what_wraps(void **state)
{
  (void)state;
  assert_read(GVA, 1 - GVA, METES_E_MAP_GVA, 0);
  assert_read(GVA, 0 - GVA, METES_E_UNMAPPED, 0x1000);
  assert_read(UINT64_MAX, 1, METES_E_UNMAPPED, 0);
  assert_read(UINT64_MAX, 2, METES_E_MAP_GVA, 0);
  assert_read(UINT64_MAX, UINT64_MAX, METES_E_MAP_GVA, 0);
  assert_read(2, UINT64_MAX, METES_E_MAP_GVA, 0);
  assert_read(1, UINT64_MAX, METES_E_UNMAPPED, 0);
  assert_read(0x7FFFFFFFFFFF, 2, METES_E_UNMAPPED, 0);
  assert_read(0x800000000000, 1, METES_E_MAP_GVA, 0);
  assert_read(0x800000000000, 0, METES_OK, 0);
  assert_read(UINT64_MAX, 0, METES_OK, 0);
  cr3 = 0;
  assert_read(GVA, 0, METES_OK, 0);
  assert_read(GVA, 5, METES_E_WALK_LINK, 0);
  fresh(NULL);
  put(ROOT, 255, gpa_of(ROOT) | P);
  put(ROOT, 511, gpa_of(ROOT) | P); /* the last page of the lower half, then the hole */
  assert_read(0x7FFFFFFFFFFE, 4, METES_E_MAP_GVA, 2);
}

static void assert_written(uint64_t gva, uint64_t len, uint64_t at)
{
  struct metes_error err = UNTOUCHED;

  memcpy(before, scratch, sizeof before);
  memcpy(before + at, bytes, len);
  assert_int_equal(metes_gva_write(&guest, cr3, gva, bytes, len, &err), METES_OK);
  assert_untouched(&err);
  assert_memory_equal(scratch, before, sizeof before);
}

static void assert_unwritten(uint64_t gva, uint64_t len, enum metes_status status)
{
  struct metes_error err = UNTOUCHED;

  memcpy(before, scratch, sizeof before);
  assert_int_equal(metes_gva_write(&guest, cr3, gva, bytes, len, &err), status);
  assert_error(&err, gva, len, 0);
  assert_memory_equal(scratch, before, sizeof before);
}

/* GVA-7: up to a page's end and no further; the snapshot never; what is not writable for the guest is for the host. */
static void written_by_gva(void **state)
{
  (void)state;
  put(T1, 2, gpa_of(DATA + 1) | PW);
  assert_written(GVA, 0x1000, DATA * 0x1000);
  assert_written(GVA + 0xFF8, 8, DATA * 0x1000 + 0xFF8);
  assert_written(GVA + 0xFFF, 0, DATA * 0x1000 + 0xFFF);
  assert_unwritten(GVA + 0xFF8, 9, METES_E_UNMAPPED);
  assert_unwritten(GVA, 0x1001, METES_E_UNMAPPED);
  assert_unwritten(GVA, UINT64_MAX, METES_E_UNMAPPED);
  put(T1, 1, gpa_of(DATA) | P | METES_ENTRY_COPY_ON_WRITE);
  assert_written(GVA, 16, DATA * 0x1000);
  put(T1, 1, 0x3000 | PW);
  assert_unwritten(GVA, 16, METES_E_READ_ONLY);
  assert_unwritten(GVA, 0, METES_E_READ_ONLY);
  put(T1, 1, 0x25000 | PW);
  assert_unwritten(GVA, 16, METES_E_UNMAPPED);
  put(T2, 1, TOP / 0x200000 * 0x200000 | P | METES_ENTRY_LARGE);
  assert_written((GVA & ~0x1FFFFFULL) + gpa_of(50) % 0x200000 + 4, 7, 50 * 0x1000 + 4);
}

/* GVA-7: what is written may be the table itself: the next walk sees it. */
static void a_write_into_the_tables(void **state)
{
  uint64_t e = gpa_of(DATA + 3) | P;

  (void)state;
  put(T1, 2, gpa_of(T1) | PW);
  for (int i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(e >> 8 * i);
  assert_written(GVA + 0x1000 + 8, 8, T1 * 0x1000 + 8);
  assert_leads(GVA, gpa_of(DATA + 3), METES_READ | METES_EXECUTE);
  memset(bytes, 0, 8);
  assert_written(GVA + 0x1000 + 8 * 2, 8, T1 * 0x1000 + 8 * 2);
  assert_int_equal(walk(GVA + 0x1000).status, METES_E_UNMAPPED);
}

/* GVA-6: the last page of the space, to its last byte. */
static void the_last_page(void **state)
{
  (void)state;
  put(ROOT, 511, gpa_of(T3) | P);
  put(T3, 511, gpa_of(T2) | P);
  put(T2, 511, gpa_of(T1) | P);
  put(T1, 511, gpa_of(DATA + 2) | P);
  assert_read(0xFFFFFFFFFFFFF000, 0x1000, METES_OK, 0x1000);
  assert_memory_equal(bytes, scratch + (DATA + 2) * 0x1000, 0x1000);
  assert_read(UINT64_MAX, 1, METES_OK, 1);
  assert_int_equal(bytes[0], scratch[(DATA + 2) * 0x1000 + 0xFFF]);
  assert_read(0xFFFFFFFFFFFFF000, 0x1001, METES_E_MAP_GVA, 0);
}

int test_gvacopy(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(read_by_gva, fresh),
      cmocka_unit_test_setup(what_wraps, fresh),
      cmocka_unit_test_setup(the_last_page, fresh),
      cmocka_unit_test_setup(written_by_gva, fresh),
      cmocka_unit_test_setup(a_write_into_the_tables, fresh),
  };

  return cmocka_run_group_tests_name("gvacopy", tests, NULL, NULL);
}
