/* SPDX-License-Identifier: Apache-2.0
 * Writing bytes that may be anything as JSON: as text where they are UTF-8, else as digits. */
#include "json_write.h"

/* The code point at the front of at[0 .. n - 1] and how many bytes it takes: 0 where it is no UTF-8
 * (also overlong, a surrogate, or beyond the last one). */
static unsigned decode(const uint8_t *at, size_t n, uint32_t *point)
{
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned length = at[0] < 0x80 ? 1 : at[0] / 32 == 6 ? 2 : at[0] / 16 == 14 ? 3 : at[0] / 8 == 30 ? 4 : 0;

  if (length == 0 || length > n)
    return 0;
  *point = length == 1 ? at[0] : at[0] % (1u << (7 - length));
  for (unsigned i = 1; i < length; i++) {
    if (at[i] / 64 != 2)
      return 0;
    *point = *point * 64 + at[i] % 64;
  }
  return *point < least[length] || *point / 0x800 == 0xd800 / 0x800 || *point > 0x10ffff ? 0 : length;
}

bool metes_json_is_text(const uint8_t *bytes, size_t n)
{
  uint32_t point;

  for (unsigned length; n > 0; bytes += length, n -= length)
    if ((length = decode(bytes, n, &point)) == 0)
      return false;
  return true;
}

static void put_unit(const struct metes_json *j, uint32_t unit)
{
  fprintf(j->to, "\\u%04x", (unsigned)unit);
}

/* Printable ASCII as it is, anything else escaped: what is shown may come from anywhere. */
static void put_point(const struct metes_json *j, uint32_t point)
{
  if (point >= 0x10000) {
    put_unit(j, 0xd800 + (point - 0x10000) / 0x400);
    put_unit(j, 0xdc00 + point % 0x400);
  } else if (point < 0x20 || point >= 0x7f) {
    put_unit(j, point);
  } else {
    if (point == '"' || point == '\\')
      putc('\\', j->to);
    putc((int)point, j->to);
  }
}

void metes_json_utf8(struct metes_json *j, const char *key, const uint8_t *bytes, size_t n)
{
  uint32_t point;

  metes_json_key(j, key);
  putc('"', j->to);
  for (unsigned length; n > 0 && (length = decode(bytes, n, &point)) > 0; bytes += length, n -= length)
    put_point(j, point);
  putc('"', j->to);
}

void metes_json_hex(struct metes_json *j, const char *key, const uint8_t *bytes, size_t n)
{
  metes_json_key(j, key);
  putc('"', j->to);
  for (size_t i = 0; i < n; i++)
    fprintf(j->to, "%02x", bytes[i]);
  putc('"', j->to);
}
