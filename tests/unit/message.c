/* SPDX-License-Identifier: Apache-2.0
 * Messages: written, read, and what a hostile side may send. */
#include "unit.h"

enum { SIZE = 128 };
static uint8_t m[SIZE], before[SIZE];
static const uint8_t payload[] = "the payload";

#define WORD(v) (uint8_t)(v), 0, 0, 0

static enum metes_status put(uint64_t len, uint32_t kind, uint32_t code, const char *name, uint64_t *size,
                             struct metes_error *err)
{
  *err = UNTOUCHED;
  memcpy(before, m, sizeof m);
  return metes_message_put(m, len, kind, code, (const uint8_t *)name, strlen(name), payload, sizeof payload, size, err);
}

static void assert_not_put(uint64_t len, uint32_t kind, uint32_t code, const char *name, enum metes_status status,
                           uint64_t requested, uint64_t limit)
{
  struct metes_error err;
  uint64_t size = 7;

  assert_int_equal(put(len, kind, code, name, &size, &err), status);
  assert_error(&err, requested, limit, 0);
  assert_int_equal(size, 7);
  assert_memory_equal(m, before, sizeof m);
}

static void assert_not_parsed(uint64_t len, enum metes_status status, uint64_t requested, uint64_t limit)
{
  const struct metes_message untouched = {1, 2, 3, 4, 5, 6};
  struct metes_message x = untouched;
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_message_parse(m, len, &x, &err), status);
  assert_error(&err, requested, limit, 0);
  assert_memory_equal(&x, &untouched, sizeof x);
}

static void assert_parsed(uint64_t len, uint32_t kind, uint32_t code, const char *name)
{
  struct metes_error err = UNTOUCHED;
  struct metes_message x;

  assert_int_equal(metes_message_parse(m, len, &x, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(x.kind, kind);
  assert_int_equal(x.code, code);
  assert_int_equal(x.name, METES_MESSAGE_HEADER);
  assert_int_equal(x.name_length, strlen(name));
  assert_memory_equal(m + x.name, name, strlen(name));
  assert_int_equal(x.payload, METES_MESSAGE_HEADER + strlen(name));
  assert_int_equal(x.payload + x.payload_length, len);
}

/* A whole call with the name "f" and no payload. */
static void call(void)
{
  const uint8_t bytes[] = {WORD(13), WORD(METES_MESSAGE_CALL), WORD(0), WORD(1), 'f'};

  memset(m, 0, sizeof m);
  memcpy(m, bytes, sizeof bytes);
  assert_parsed(17, METES_MESSAGE_CALL, 0, "f");
}

/* MSG-1: byte by byte. */
static void bytes_of_a_message(void **state)
{
  static const uint8_t want[] = {WORD(27), WORD(1), WORD(0), WORD(3), 'a', 'd', 'd',
                                 't', 'h', 'e', ' ', 'p', 'a', 'y', 'l', 'o', 'a', 'd', 0};
  struct metes_error err;
  uint64_t size;

  (void)state;
  memset(m, 0x5A, sizeof m);
  assert_int_equal(put(SIZE, METES_MESSAGE_CALL, 0, "add", &size, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(size, sizeof want);
  assert_memory_equal(m, want, sizeof want);
  assert_memory_equal(m + size, before + size, SIZE - size);
  assert_int_equal(put(SIZE, METES_MESSAGE_ERROR, 0x12345678, "", &size, &err), METES_OK);
  assert_int_equal(metes_get32(m, 8), 0x12345678);
  assert_int_equal(put(SIZE, METES_MESSAGE_ERROR, 0x01000000, "", &size, &err), METES_OK);
  assert_int_equal(metes_get32(m, 8), 0x01000000);
}

/* MSG-6: a name may be of 64 bytes, but not longer than what is there. */
static void name_behind_the_end(void **state)
{
  const uint8_t bytes[] = {WORD(16 + 63 - 4), WORD(METES_MESSAGE_CALL), WORD(0), WORD(64)};

  (void)state;
  memset(m, 'x', sizeof m);
  memcpy(m, bytes, sizeof bytes);
  assert_not_parsed(16 + 63, METES_E_MESSAGE_NAME, 12, 64);
}

/* MSG-8, MSG-9: what is put is parsed, of each kind, through a buffer too. */
static void put_and_parsed(void **state)
{
  static const struct { uint32_t kind, code; const char *name; } sent[] = {
      {METES_MESSAGE_CALL, 0, "add"}, {METES_MESSAGE_CALL, 0, "!"}, {METES_MESSAGE_CALL, 0, "~a.b:c/d"},
      {METES_MESSAGE_CALL, 0, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
      {METES_MESSAGE_RESULT, 0, ""}, {METES_MESSAGE_ERROR, 1, ""}, {METES_MESSAGE_ERROR, UINT32_MAX, ""},
  };
  static uint8_t buffer[256];
  struct metes_element e;
  struct metes_error err;
  uint64_t size;

  (void)state;
  for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
    const uint64_t all = 16 + strlen(sent[i].name) + sizeof payload;

    assert_int_equal(put(all, sent[i].kind, sent[i].code, sent[i].name, &size, &err), METES_OK);
    assert_int_equal(size, all);
    assert_parsed(size, sent[i].kind, sent[i].code, sent[i].name);
    assert_memory_equal(m + size - sizeof payload, payload, sizeof payload);
    metes_put64(buffer, 0, 8);
    assert_int_equal(metes_buffer_push(buffer, sizeof buffer, m, size, &err), METES_OK);
    assert_int_equal(metes_buffer_peek(buffer, sizeof buffer, &e, &err), METES_OK);
    assert_int_equal(e.length, size);
    assert_memory_equal(buffer + e.start, m, size);
  }
  assert_int_equal(metes_message_put(m, 16, METES_MESSAGE_RESULT, 0, NULL, 0, NULL, 0, &size, &err), METES_OK);
  assert_parsed(16, METES_MESSAGE_RESULT, 0, "");
}

/* MSG-2, MSG-3: it ends where it says. */
static void lengths(void **state)
{
  (void)state;
  call();
  for (uint64_t len = 0; len < 16; len++)
    assert_not_parsed(len, METES_E_MESSAGE_SHORT, len, 16);
  assert_not_parsed(16, METES_E_MESSAGE_LENGTH, 17, 16);
  assert_not_parsed(18, METES_E_MESSAGE_LENGTH, 17, 18);
  memset(m, 0xFF, 4);
  assert_not_parsed(SIZE, METES_E_MESSAGE_LENGTH, 0x100000003, SIZE);
}

/* MSG-4, MSG-5, MSG-6: numbers that do not go together. */
static void numbers(void **state)
{
  static const struct { uint8_t at, v; enum metes_status status; uint64_t limit; } bad[] = {
      {4, 0, METES_E_MESSAGE_KIND, 0}, {4, 4, METES_E_MESSAGE_KIND, 4}, {7, 1, METES_E_MESSAGE_KIND, 0x1000001},
      {8, 1, METES_E_MESSAGE_CODE, 1}, {11, 1, METES_E_MESSAGE_CODE, 0x1000000}, {4, 3, METES_E_MESSAGE_CODE, 0},
      {4, 2, METES_E_MESSAGE_NAME, 1}, {12, 0, METES_E_MESSAGE_NAME, 0}, {12, 2, METES_E_MESSAGE_NAME, 2},
      {15, 0xFF, METES_E_MESSAGE_NAME, 0xFF000001},
  };

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    call();
    m[bad[i].at] = bad[i].v;
    assert_not_parsed(17, bad[i].status, bad[i].status == METES_E_MESSAGE_KIND   ? 4
                                         : bad[i].status == METES_E_MESSAGE_CODE ? 8
                                                                                 : 12, bad[i].limit);
  }
  call();
  m[0] = 12 + 65;
  m[12] = 65;
  memset(m + 16, 'a', 65);
  assert_not_parsed(81, METES_E_MESSAGE_NAME, 12, 65);
  m[12] = 64;
  assert_int_equal(metes_message_parse(m, 81, &(struct metes_message){0}, &UNTOUCHED), METES_OK);
}

/* MSG-7: each byte, at each place, of a name. */
static void bytes_of_a_name(void **state)
{
  (void)state;
  call();
  for (unsigned b = 0; b < 256; b++) {
    m[16] = (uint8_t)b;
    if (b >= 0x21 && b <= 0x7E)
      assert_parsed(17, METES_MESSAGE_CALL, 0, (char[]){(char)b, 0});
    else
      assert_not_parsed(17, METES_E_MESSAGE_NAME, 16, b);
  }
  m[0] = 14, m[12] = 2, m[16] = 'a', m[17] = ' ';
  assert_not_parsed(18, METES_E_MESSAGE_NAME, 17, ' ');
}

/* MSG-3 to MSG-8: what would not be whole is not written. */
static void not_put(void **state)
{
  static char longest[66];
  struct metes_error err = UNTOUCHED;
  uint64_t size = 7;

  (void)state;
  memset(longest, 'a', 65);
  memset(m, 0x5A, sizeof m);
  assert_not_put(30, METES_MESSAGE_CALL, 0, "add", METES_E_BUFFER, 31, 30);
  assert_not_put(18, METES_MESSAGE_CALL, 0, "add", METES_E_BUFFER, 31, 18);
  assert_not_put(15, METES_MESSAGE_CALL, 0, "", METES_E_BUFFER, 28, 15);
  assert_not_put(SIZE, 0, 0, "add", METES_E_MESSAGE_KIND, 4, 0);
  assert_not_put(SIZE, 4, 0, "add", METES_E_MESSAGE_KIND, 4, 4);
  assert_not_put(SIZE, METES_MESSAGE_CALL, 2, "add", METES_E_MESSAGE_CODE, 8, 2);
  assert_not_put(SIZE, METES_MESSAGE_ERROR, 0, "", METES_E_MESSAGE_CODE, 8, 0);
  assert_not_put(SIZE, METES_MESSAGE_CALL, 0, "", METES_E_MESSAGE_NAME, 12, 0);
  assert_not_put(SIZE, METES_MESSAGE_CALL, 0, longest, METES_E_MESSAGE_NAME, 12, 65);
  assert_not_put(SIZE, METES_MESSAGE_RESULT, 0, "a", METES_E_MESSAGE_NAME, 12, 1);
  assert_not_put(SIZE, METES_MESSAGE_CALL, 0, "a d", METES_E_MESSAGE_NAME, 17, ' ');
  /* nothing is looked at: there is no such memory */
  assert_int_equal(metes_message_put(m, UINT64_MAX, 2, 0, NULL, 0, NULL, 0xFFFFFFF4, &size, &err),
                   METES_E_MESSAGE_LENGTH);
  assert_error(&err, 0x100000004, 0x100000003, 0);
  assert_int_equal(metes_message_put(m, UINT64_MAX, 2, 0, NULL, 0, NULL, UINT64_MAX, &size, &err), METES_E_BUFFER);
  assert_error(&err, UINT64_MAX, UINT64_MAX, 0);
}

int test_message(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_of_a_message), cmocka_unit_test(name_behind_the_end),
      cmocka_unit_test(put_and_parsed),     cmocka_unit_test(lengths),
      cmocka_unit_test(numbers), cmocka_unit_test(bytes_of_a_name), cmocka_unit_test(not_put),
  };

  return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
