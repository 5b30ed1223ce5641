/* SPDX-License-Identifier: Apache-2.0
 * Packets of gdb's remote protocol. */
#include "gdb_packet.h"

#include <string.h>

/* The value of a hexadecimal digit, or 16. */
static uint8_t digit(char c)
{
  if (c >= '0' && c <= '9')
    return (uint8_t)(c - '0');
  if (c >= 'a' && c <= 'f')
    return (uint8_t)(c - 'a' + 10);
  return c >= 'A' && c <= 'F' ? (uint8_t)(c - 'A' + 10) : 16;
}

static enum metes_gdb_event outside(struct metes_gdb_reader *r, uint8_t byte)
{
  switch (byte) {
  case '$':
    r->state = METES_GDB_INSIDE;
    r->sum = r->told = 0;
    r->used = 0;
    r->wrong = false;
    return METES_GDB_NOTHING;
  case '-': return METES_GDB_AGAIN;
  case 3: return METES_GDB_BREAK;
  default: return METES_GDB_NOTHING; /* an acknowledgement, or noise */
  }
}

static void inside(struct metes_gdb_reader *r, uint8_t byte)
{
  if (byte == '#') {
    r->state = METES_GDB_FIRST;
    return;
  }
  r->sum = (uint8_t)(r->sum + byte);
  if (r->used < METES_GDB_MOST)
    r->text[r->used] = (char)byte;
  if (r->used <= METES_GDB_MOST)
    r->used++;
}

static void sum_digit(struct metes_gdb_reader *r, uint8_t byte)
{
  const uint8_t value = digit((char)byte);

  r->wrong = r->wrong || value == 16;
  r->told = (uint8_t)(r->told << 4 | (value & 15));
}

static enum metes_gdb_event whole(struct metes_gdb_reader *r)
{
  r->state = METES_GDB_OUTSIDE;
  if (r->wrong || r->told != r->sum)
    return METES_GDB_BROKEN;
  if (r->used > METES_GDB_MOST)
    return METES_GDB_LONG;
  r->text[r->used] = '\0';
  return METES_GDB_PACKET;
}

enum metes_gdb_event metes_gdb_take(struct metes_gdb_reader *r, uint8_t byte)
{
  switch (r->state) {
  case METES_GDB_OUTSIDE: return outside(r, byte);
  case METES_GDB_INSIDE: inside(r, byte); return METES_GDB_NOTHING;
  case METES_GDB_FIRST:
    sum_digit(r, byte);
    r->state = METES_GDB_SECOND;
    return METES_GDB_NOTHING;
  case METES_GDB_SECOND: sum_digit(r, byte); break;
  }
  return whole(r);
}

static void put(struct metes_gdb_reply *r, char c)
{
  if (r->used < 1 + METES_GDB_MOST)
    r->text[r->used++] = c;
}

void metes_gdb_begin(struct metes_gdb_reply *r)
{
  r->used = 0;
  put(r, '$');
}

void metes_gdb_put(struct metes_gdb_reply *r, const char *text)
{
  for (; *text != '\0'; text++)
    put(r, *text);
}

static const char digits[] = "0123456789abcdef";

void metes_gdb_put_hex(struct metes_gdb_reply *r, const void *bytes, size_t n)
{
  const uint8_t *const b = bytes;

  for (size_t i = 0; i < n; i++) {
    put(r, digits[b[i] >> 4]);
    put(r, digits[b[i] & 15]);
  }
}

void metes_gdb_put_number(struct metes_gdb_reply *r, uint64_t n)
{
  int shift = 60;

  while (shift > 0 && n >> shift == 0)
    shift -= 4;
  for (; shift >= 0; shift -= 4)
    put(r, digits[n >> shift & 15]);
}

void metes_gdb_put_binary(struct metes_gdb_reply *r, const void *bytes, size_t n)
{
  const char *const b = bytes;

  for (size_t i = 0; i < n; i++) {
    const bool special = strchr("#$}*", b[i]) != NULL && b[i] != '\0';

    if (special)
      put(r, '}');
    put(r, special ? (char)(b[i] ^ 0x20) : b[i]);
  }
}

void metes_gdb_end(struct metes_gdb_reply *r)
{
  uint8_t sum = 0;

  for (size_t i = 1; i < r->used; i++)
    sum = (uint8_t)(sum + (uint8_t)r->text[i]);
  r->text[r->used++] = '#';
  r->text[r->used++] = digits[sum >> 4];
  r->text[r->used++] = digits[sum & 15];
}

bool metes_gdb_word(const char **at, const char *word)
{
  const size_t n = strlen(word);

  if (strncmp(*at, word, n) != 0)
    return false;
  *at += n;
  return true;
}

bool metes_gdb_number(const char **at, uint64_t *n)
{
  const char *c = *at;
  uint64_t value = 0;

  while (digit(*c) < 16 && c - *at < 16)
    value = value << 4 | digit(*c++);
  if (c == *at || digit(*c) < 16)
    return false;
  *at = c;
  *n = value;
  return true;
}

bool metes_gdb_bytes(const char **at, uint8_t *bytes, size_t n)
{
  const char *const c = *at;

  for (size_t i = 0; i < 2 * n; i += 2) {
    if (digit(c[i]) == 16 || digit(c[i + 1]) == 16)
      return false;
    bytes[i / 2] = (uint8_t)(digit(c[i]) << 4 | digit(c[i + 1]));
  }
  *at = c + 2 * n;
  return true;
}
