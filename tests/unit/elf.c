/* SPDX-License-Identifier: Apache-2.0
 * ELF images: a small good one, then each rule broken by one field, with the offset that is pointed at. */
#include "elf.h"

/* One field changed: refused with the field's offset and its value, and the image untouched. */
static void assert_bad(size_t at, size_t bytes, uint64_t value, enum metes_status status, uint64_t requested, uint32_t index)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image, before;

  good(NULL);
  put(at, bytes, value);
  memset(&image, 0x5A, sizeof image);
  before = image;
  assert_int_equal(parse(&image, &err), status);
  assert_int_equal(err.requested, requested);
  assert_int_equal(err.index, index);
  if (requested == at && status != METES_E_ELF_MAGIC)
    assert_int_equal(err.limit, value);
  assert_memory_equal(&image, &before, sizeof image);
}

/* ELF-16 to ELF-20: what it becomes, and every byte that is loaded. */
static void a_good_image(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  assert_int_equal(parse(&image, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(image.n, 2);
  assert_int_equal(image.entry, 0x10);
  assert_int_equal(image.span, 0x4000);
  assert_int_equal(image.segments[0].flags, METES_READ | METES_EXECUTE);
  assert_int_equal(image.segments[1].flags, METES_READ | METES_WRITE);
  assert_int_equal(image.segments[1].offset, 0x2000);

  memset(memory, 0xEE, sizeof memory);
  assert_int_equal(metes_elf_load(&image, file, FILE_SIZE, memory, 0x4000, &err), METES_OK);
  assert_memory_equal(memory, file + 0x1000, 0x1800);
  assert_memory_equal(memory + 0x2000, file + 0x2800, 0x100);
  for (size_t i = 0x1800; i < 0x4000; i++)
    if (i < 0x2000 || i >= 0x2100)
      assert_int_equal(memory[i], 0);
  assert_int_equal(memory[0x4000], 0xEE);
}

/* ELF-17, ELF-18: linked at 0. */
static void a_relocatable_image(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  put(16, 2, 3); /* ET_DYN: linked at 0 */
  assert_int_equal(parse(&image, &err), METES_OK);
  assert_int_equal(image.segments[0].offset, 0x1000);
  assert_int_equal(image.entry, 0x1010);
  assert_int_equal(image.span, 0x5000);
}

/* ELF-1 to ELF-6, ELF-19: one field changed; the image is as it was. */
static void file_headers(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  assert_int_equal(metes_elf_parse(file, 63, GVA, 0, &image, &err), METES_E_ELF_SHORT);
  assert_error(&err, 63, 64, 0);
  for (size_t at = 0; at < 4; at++)
    assert_bad(at, 1, 'f', METES_E_ELF_MAGIC, 0, 0);
  assert_bad(0, 1, 0x80, METES_E_ELF_MAGIC, 0, 0);
  assert_int_equal(parse(&image, &err), METES_E_ELF_MAGIC);
  assert_error(&err, 0, 0x464C4580, 0);
  assert_bad(4, 1, 1, METES_E_ELF_CLASS, 4, 0);
  assert_bad(4, 1, 3, METES_E_ELF_CLASS, 4, 0);
  assert_bad(5, 1, 3, METES_E_ELF_CLASS, 5, 0);
  assert_bad(6, 1, 0, METES_E_ELF_CLASS, 6, 0);
  assert_bad(6, 1, 2, METES_E_ELF_CLASS, 6, 0);
  assert_bad(16, 2, 1, METES_E_ELF_TYPE, 16, 0);
  assert_bad(16, 2, 4, METES_E_ELF_TYPE, 16, 0);
  assert_bad(18, 2, 183, METES_E_ELF_MACHINE, 18, 0);
  assert_bad(18, 2, 0x100 + 62, METES_E_ELF_MACHINE, 18, 0);
  assert_bad(54, 2, 55, METES_E_ELF_HEADERS, 54, 0);
  assert_bad(54, 2, 57, METES_E_ELF_HEADERS, 54, 0);
  assert_bad(56, 2, 0, METES_E_ELF_HEADERS, 56, 0);
  assert_bad(56, 2, 65, METES_E_ELF_HEADERS, 56, 0);
  assert_bad(32, 8, FILE_SIZE - 111, METES_E_ELF_HEADERS, 32, 0);
  assert_bad(32, 8, UINT64_MAX, METES_E_ELF_HEADERS, 32, 0);
  good(NULL);
  put(32, 8, FILE_SIZE - 112); /* a table that ends with the file is none that does not fit; this one loads nothing */
  assert_int_equal(parse(&image, &err), METES_E_ELF_ENTRY);
}

/* ELF-7, ELF-9 to ELF-15, ELF-19. */
static void program_headers(void **state)
{
  (void)state;
  assert_bad(DATA_AT + P_TYPE, 4, 3, METES_E_ELF_INTERP, DATA_AT + P_TYPE, 1);
  assert_bad(DATA_AT + P_MEMSZ, 8, 0, METES_E_ELF_EMPTY, DATA_AT + P_MEMSZ, 1);
  assert_bad(DATA_AT + P_FILESZ, 8, 0x1002, METES_E_ELF_FILE_SIZE, DATA_AT + P_FILESZ, 1);
  assert_bad(DATA_AT + P_OFFSET, 8, FILE_SIZE - 0xFF, METES_E_ELF_FILE_RANGE, DATA_AT + P_OFFSET, 1);
  assert_bad(DATA_AT + P_OFFSET, 8, UINT64_MAX, METES_E_ELF_FILE_RANGE, DATA_AT + P_OFFSET, 1);
  assert_bad(CODE_AT + P_VADDR, 8, 0xFFF, METES_E_ELF_ADDRESS, CODE_AT + P_VADDR, 0);
  assert_bad(DATA_AT + P_VADDR, 8, GVA + METES_MAX_REGION_SIZE + 1, METES_E_ELF_ADDRESS, DATA_AT + P_VADDR, 1);
  assert_bad(DATA_AT + P_VADDR, 8, UINT64_MAX - 0xFFF, METES_E_ELF_ADDRESS, DATA_AT + P_VADDR, 1);
  assert_bad(DATA_AT + P_MEMSZ, 8, METES_MAX_REGION_SIZE - 0x1FFF, METES_E_ELF_ADDRESS, DATA_AT + P_VADDR, 1);
  assert_bad(DATA_AT + P_VADDR, 8, 0x2FFF, METES_E_ELF_OVERLAP, DATA_AT + P_VADDR, 1);
  assert_bad(DATA_AT + P_VADDR, 8, 0x1000, METES_E_ELF_OVERLAP, DATA_AT + P_VADDR, 1);
  assert_bad(DATA_AT + P_FLAGS, 4, 2, METES_E_ELF_FLAGS, DATA_AT + P_FLAGS, 1);
  assert_bad(DATA_AT + P_FLAGS, 4, 7, METES_E_ELF_FLAGS, DATA_AT + P_FLAGS, 1);
  assert_bad(DATA_AT + P_FLAGS, 4, 8 + 7, METES_E_ELF_FLAGS, DATA_AT + P_FLAGS, 1);
  assert_bad(24, 8, 0x2800, METES_E_ELF_ENTRY, 24, 0);
  assert_bad(24, 8, 0x3000, METES_E_ELF_ENTRY, 24, 0);
  assert_bad(24, 8, 0xFFF, METES_E_ELF_ENTRY, 24, 0);
}

/* D14: writable and executable at once only where it was asked for. */
static void writable_code_if_asked(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  put(CODE_AT + P_FLAGS, 4, 7);
  assert_int_equal(parse(&image, &err), METES_E_ELF_FLAGS);
  assert_int_equal(metes_elf_parse(file, FILE_SIZE, GVA, METES_ELF_WRITABLE_CODE, &image, &err), METES_OK);
  assert_int_equal(image.segments[0].flags, 7);
  assert_int_equal(metes_elf_parse(file, FILE_SIZE, GVA, 2 + METES_ELF_WRITABLE_CODE, &image, &err), METES_OK);
  assert_int_equal(metes_elf_parse(file, FILE_SIZE, GVA, 2, &image, &err), METES_E_ELF_FLAGS);
}

static void headers_that_load_nothing(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  put(DATA_AT + P_TYPE, 4, 0x6474E551); /* GNU_STACK */
  assert_int_equal(parse(&image, &err), METES_OK);
  assert_int_equal(image.n, 1);
  put_header(CODE_AT, 5, 0x1000, 0x2000, 0x800, 0x800); /* the entry lies in the image, below its code */
  assert_int_equal(parse(&image, &err), METES_E_ELF_ENTRY);
  put(CODE_AT + P_TYPE, 4, 0);
  assert_int_equal(parse(&image, &err), METES_E_ELF_ENTRY);
}

/* ELF-8, ELF-16: sixteen, and not seventeen. */
static void too_many_segments(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  put(56, 2, 17);
  for (size_t i = 0; i < 17; i++)
    put_header(CODE_AT + 56 * i, 5, 0x1000, 0x1000 * (1 + i), 1, 1);
  assert_int_equal(parse(&image, &err), METES_E_ELF_SEGMENTS);
  assert_error(&err, CODE_AT + 56 * 16, 1, 16);
  put(56, 2, 16);
  put(24, 8, 0x10000);
  assert_int_equal(parse(&image, &err), METES_OK);
  assert_int_equal(image.n, 16);
  assert_int_equal(image.entry, 0xF000);
}

/* Segment i of a good image changed: it does not load, and that segment is named. */
static void assert_no_load(const struct metes_image *good_one, uint32_t i, struct metes_segment segment)
{
  struct metes_image bad = *good_one;
  struct metes_error err = UNTOUCHED;

  bad.segments[i] = segment;
  assert_int_equal(metes_elf_load(&bad, file, FILE_SIZE, memory, 0x4000, &err), METES_E_ELF_IMAGE);
  assert_error(&err, 0, 0, i);
}

/* ELF-16, ELF-20: an image that a caller made up, or of another file. */
static void images_that_do_not_load(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image image;

  (void)state;
  memset(memory, 0xEE, sizeof memory);
  assert_int_equal(parse(&image, &err), METES_OK);
  assert_int_equal(metes_elf_load(&image, file, FILE_SIZE, memory, 0x3FFF, &err), METES_E_BUFFER);
  assert_error(&err, 0x4000, 0x3FFF, 0);
  assert_int_equal(metes_elf_load(&image, file, 0x28FF, memory, 0x4000, &err), METES_E_ELF_IMAGE);
  assert_int_equal(err.index, 1);
  /* offset, file offset, file size, memory size */
  assert_no_load(&image, 0, (struct metes_segment){UINT64_MAX - 0xFFF, 0, 0, 1, 5});
  assert_no_load(&image, 0, (struct metes_segment){0x4000, 0, 0, 1, 5});
  assert_no_load(&image, 0, (struct metes_segment){0, 0, 0, 0, 5});
  assert_no_load(&image, 0, (struct metes_segment){0, 0, 2, 1, 5});
  assert_no_load(&image, 0, (struct metes_segment){0, FILE_SIZE + 1, 0, 1, 5});
  assert_no_load(&image, 0, (struct metes_segment){0, FILE_SIZE, 1, 1, 5});
  assert_no_load(&image, 1, (struct metes_segment){0x1800, 0, 0, 1, 5}); /* in the page of the first */
  image.n = 17;
  assert_int_equal(metes_elf_load(&image, file, FILE_SIZE, memory, 0x4000, &err), METES_E_ELF_IMAGE);
  assert_error(&err, 17, 16, 16);
  for (size_t i = 0; i < sizeof memory; i++)
    assert_int_equal(memory[i], 0xEE);
}

int test_elf(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(a_good_image, good),           cmocka_unit_test_setup(a_relocatable_image, good),
      cmocka_unit_test_setup(file_headers, good),           cmocka_unit_test_setup(program_headers, good),
      cmocka_unit_test_setup(writable_code_if_asked, good), cmocka_unit_test_setup(headers_that_load_nothing, good),
      cmocka_unit_test_setup(too_many_segments, good),      cmocka_unit_test_setup(images_that_do_not_load, good),
  };

  return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
