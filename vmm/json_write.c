/* SPDX-License-Identifier: Apache-2.0
 * Writing JSON, in one line. */
#include <string.h>

#include "json_write.h"

static void put(struct metes_json *j, const char *text)
{
  fwrite_unlocked(text, 1, strlen(text), j->to);
}

/* A string in quotes. Anything but printable ASCII is escaped: what is shown may come from anywhere. */
static void put_quoted(struct metes_json *j, const char *text)
{
  static const char hex[] = "0123456789abcdef";

  putc_unlocked('"', j->to);
  for (const char *at = text; *at != '\0'; at++) {
    const unsigned char c = (unsigned char)*at;

    if (c < 0x20 || c >= 0x7F) {
      put(j, "\\u00");
      putc_unlocked(hex[c / 16], j->to);
      putc_unlocked(hex[c % 16], j->to);
      continue;
    }
    if (c == '"' || c == '\\')
      putc_unlocked('\\', j->to);
    putc_unlocked(c, j->to);
  }
  putc_unlocked('"', j->to);
}

void metes_json_key(struct metes_json *j, const char *key)
{
  if (j->comma)
    putc_unlocked(',', j->to);
  j->comma = true;
  if (key == NULL)
    return;
  putc_unlocked('"', j->to);
  put(j, key);
  fwrite_unlocked("\":", 1, 2, j->to);
}

void metes_json_open(struct metes_json *j, const char *key, char opening)
{
  metes_json_key(j, key);
  putc_unlocked(opening, j->to);
  j->comma = false;
}

void metes_json_close(struct metes_json *j, char closing)
{
  putc_unlocked(closing, j->to);
  j->comma = true;
}

void metes_json_u64(struct metes_json *j, const char *key, uint64_t value)
{
  char digits[20];
  size_t n = sizeof digits;

  do {
    digits[--n] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  metes_json_key(j, key);
  fwrite_unlocked(digits + n, 1, sizeof digits - n, j->to);
}

void metes_json_text(struct metes_json *j, const char *key, const char *value)
{
  metes_json_key(j, key);
  put_quoted(j, value);
}

void metes_json_bool(struct metes_json *j, const char *key, bool value)
{
  metes_json_key(j, key);
  put(j, value ? "true" : "false");
}

void metes_json_none(struct metes_json *j, const char *key)
{
  metes_json_key(j, key);
  put(j, "null");
}

void metes_json_line(struct metes_json *j)
{
  putc_unlocked('\n', j->to);
  j->comma = false;
}
