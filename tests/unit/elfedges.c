/* SPDX-License-Identifier: Apache-2.0
 * ELF images that are just good enough: what lies on the edge of a rule is parsed, and loads. */
#include "elf.h"

static struct metes_image parsed(void)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  assert_int_equal(parse(&image, &err), METES_OK);
  assert_untouched(&err);
  return image;
}

static void refused(enum metes_status status, uint64_t requested, uint64_t limit)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  assert_int_equal(parse(&image, &err), status);
  assert_error(&err, requested, limit, 0);
}

static void loads(const struct metes_image *image)
{
  struct metes_error err = UNTOUCHED;

  memset(memory, 0xEE, sizeof memory);
  assert_int_equal(metes_elf_load(image, file, FILE_SIZE, memory, sizeof memory, &err), METES_OK);
  assert_untouched(&err);
}

/* ELF-1, ELF-6: a file that is all header; a table as long as may be, of headers that load nothing. */
static void short_file_long_table(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  assert_int_equal(metes_elf_parse(file, 64, GVA, 0, &image, &err), METES_E_ELF_HEADERS);
  assert_error(&err, 32, CODE_AT, 0);
  memset(file + DATA_AT + 56, 0, 62 * 56);
  put(56, 2, 64);
  assert_int_equal(parsed().n, 2);
  put(56, 2, 1);
  assert_int_equal(parsed().n, 1);
}

/* PT_NULL: whatever else stands in the header, it loads nothing and holds no entry. */
static void null_headers(void **state)
{
  (void)state;
  put(DATA_AT + P_TYPE, 4, 0);
  assert_int_equal(parsed().n, 1);
  assert_int_equal(parsed().span, 0x2000);
  put(CODE_AT + P_TYPE, 4, 0);
  refused(METES_E_ELF_ENTRY, 24, 0x1010);
}

/* ELF-15, ELF-18: the first and last byte of the code; where in the file it lies does not matter. */
static void entries(void **state)
{
  (void)state;
  put(24, 8, 0x1000);
  assert_int_equal(parsed().entry, 0);
  put(24, 8, 0x27FF);
  assert_int_equal(parsed().entry, 0x17FF);
  put(CODE_AT + P_MEMSZ, 8, 0x400);
  put(CODE_AT + P_FILESZ, 8, 0x400);
  put(24, 8, 0x1400);
  refused(METES_E_ELF_ENTRY, 24, 0x1400);
}

/* ELF-10, ELF-11, ELF-14: no byte of the file, at its end; as much memory as may be; flags of the system. */
static void segments(void **state)
{
  struct metes_image image;

  (void)state;
  put_header(DATA_AT, 6, FILE_SIZE, 0x3000, 0, 0x1000);
  image = parsed();
  loads(&image);
  assert_int_equal(memory[0x2000], 0);
  put(DATA_AT + P_MEMSZ, 8, METES_MAX_REGION_SIZE - 0x2000);
  assert_int_equal(parsed().span, METES_MAX_REGION_SIZE);
  put(CODE_AT + P_FLAGS, 4, 8 + 5);
  assert_int_equal(parsed().segments[0].flags, METES_READ | METES_EXECUTE);
}

/* ELF-16: segments that end where a page, the next segment or the image ends. */
static void whole_pages(void **state)
{
  (void)state;
  for (uint64_t vaddr = 0x3000; vaddr <= 0x6000; vaddr += 0x1000) {
    put_header(CODE_AT, 5, 0x1000, 0x1000, 0x1800, 0x2000);
    put_header(DATA_AT, 6, 0x800, vaddr, 0x100, 0x1000);
    const struct metes_image image = parsed();

    assert_int_equal(image.span, vaddr);
    loads(&image);
    assert_memory_equal(memory + vaddr - 0x1000, file + 0x800, 0x100);
  }
}

/* ELF-16: no two segments in one page, made by hand: the last byte of one, the first byte of the next. */
static void shared_pages(void **state)
{
  static const uint64_t ends_begins[][2] = {{0x10, 0xFFF}, {0x1001, 0x1800}, {0x1001, 0x1FFF}};

  (void)state;
  for (int i = 0; i < 3; i++) {
    struct metes_image image = {.n = 2, .span = 0x3000, .segments = {{0, 0, 0, ends_begins[i][0], 5}}};
    struct metes_error err = UNTOUCHED;

    image.segments[1] = (struct metes_segment){ends_begins[i][1], 0, 0, 1, 6};
    assert_int_equal(metes_elf_load(&image, file, FILE_SIZE, memory, sizeof memory, &err), METES_E_ELF_IMAGE);
    assert_error(&err, 0, 0, 1);
  }
}

/* ELF-8, ELF-20: sixteen load; what lies between them, and before the first, is zero. */
static void sixteen_load(void **state)
{
  struct metes_image image;

  (void)state;
  put(16, 2, 3);
  put(56, 2, 16);
  put(24, 8, 0xF00);
  for (uint64_t i = 0; i < 16; i++)
    put_header(CODE_AT + 56 * i, 5, 0x1000 + i, 0x1000 * i + 0xF00, 1, 1);
  image = parsed();
  assert_int_equal(image.n, 16);
  loads(&image);
  for (uint64_t i = 0; i < 0x10000; i++)
    assert_int_equal(memory[i], i % 0x1000 == 0xF00 ? file[0x1000 + i / 0x1000] : 0);
}

int test_elfedges(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(short_file_long_table, good), cmocka_unit_test_setup(null_headers, good),
      cmocka_unit_test_setup(entries, good),               cmocka_unit_test_setup(segments, good),
      cmocka_unit_test_setup(whole_pages, good),           cmocka_unit_test_setup(sixteen_load, good),
      cmocka_unit_test_setup(shared_pages, good),
  };

  return cmocka_run_group_tests_name("elfedges", tests, NULL, NULL);
}
