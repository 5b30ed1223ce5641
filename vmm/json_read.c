/* SPDX-License-Identifier: Apache-2.0
 * Reading JSON piece by piece (RFC 8259), strictly and exactly. */
#include <string.h>

#include "json_read.h"

void metes_json_start(struct metes_json_reader *r, const char *text, size_t length)
{
  *r = (struct metes_json_reader){text, length, 0, NULL};
}

bool metes_json_wrong(struct metes_json_reader *r, const char *problem)
{
  if (r->problem == NULL)
    r->problem = problem;
  return false;
}

static char here(const struct metes_json_reader *r)
{
  return r->at < r->length ? r->text[r->at] : '\0';
}

char metes_json_peek(struct metes_json_reader *r)
{
  while (r->at < r->length && strchr(" \t\r\n", r->text[r->at]) != NULL && r->text[r->at] != '\0')
    r->at++;
  return here(r);
}

static bool expect(struct metes_json_reader *r, char wanted, const char *problem)
{
  if (r->problem != NULL)
    return false;
  if (metes_json_peek(r) != wanted)
    return metes_json_wrong(r, problem);
  r->at++;
  return true;
}

bool metes_json_enter(struct metes_json_reader *r, char opening)
{
  return expect(r, opening, opening == '{' ? "expected an object" : "expected an array");
}

bool metes_json_more(struct metes_json_reader *r, char closing, bool *first)
{
  const bool was_first = *first;

  *first = false;
  if (r->problem != NULL)
    return false;
  if (metes_json_peek(r) == closing) {
    r->at++;
    return false;
  }
  return was_first || expect(r, ',', closing == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
}

/* Four hexadecimal digits, or -1. */
static int hex4(const struct metes_json_reader *r)
{
  static const char digits[] = "0123456789abcdef";
  int v = 0;

  for (size_t i = 0; i < 4; i++) {
    const char c = r->at + i < r->length ? r->text[r->at + i] : '\0';
    const char *d = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c);

    if (d == NULL)
      return -1;
    v = v * 16 + (int)(d - digits);
  }
  return v;
}

/* One character of a string after its backslash. What is not ASCII comes out as
 * '?': no key and no number is written with it. 0 is a problem. */
static char escaped(struct metes_json_reader *r)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char c = here(r);
  const char *name = c == '\0' ? NULL : strchr(names, c);
  int code;

  r->at++;
  if (name != NULL)
    return values[name - names];
  code = c == 'u' ? hex4(r) : -1;
  if (code < 0)
    return '\0';
  r->at += 4;
  return code > 0 && code < 0x80 ? (char)code : '?';
}

/* The next character of a string, or 0 after a problem. */
static char character(struct metes_json_reader *r)
{
  char c = here(r);

  if (r->at >= r->length)
    metes_json_wrong(r, "a string without an end");
  else if ((unsigned char)c < 0x20)
    metes_json_wrong(r, "a control character in a string");
  if (r->problem != NULL)
    return '\0';
  r->at++;
  if (c == '\\' && (c = escaped(r)) == '\0')
    metes_json_wrong(r, "a wrong escape in a string");
  return (unsigned char)c < 0x80 ? c : '?';
}

bool metes_json_string(struct metes_json_reader *r, char *text, size_t n)
{
  size_t used = 0;

  text[0] = '\0';
  if (!expect(r, '"', "expected a string"))
    return false;
  while (here(r) != '"') {
    const char c = character(r);

    if (r->problem != NULL) {
      text[0] = '\0';
      return false;
    }
    if (used < n)
      text[used] = c;
    used++;
  }
  r->at++;
  if (used >= n)
    memcpy(text + n - 4, "...", 4);
  else
    text[used] = '\0';
  return true;
}

bool metes_json_key(struct metes_json_reader *r, char *key, size_t n)
{
  if (r->problem == NULL && metes_json_peek(r) != '"')
    return metes_json_wrong(r, "expected a key");
  return metes_json_string(r, key, n) && expect(r, ':', "expected ':'");
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

bool metes_json_number(struct metes_json_reader *r, uint64_t *value)
{
  uint64_t v = 0;
  const char first = r->problem == NULL ? metes_json_peek(r) : '\0';
  const size_t start = r->at;

  if (first == '-')
    return metes_json_wrong(r, "a negative number");
  if (!is_digit(first))
    return metes_json_wrong(r, "expected a number");
  for (; is_digit(here(r)); r->at++) {
    const uint64_t d = (uint64_t)(here(r) - '0');

    if (v > (UINT64_MAX - d) / 10)
      return metes_json_wrong(r, "a number above 2^64 - 1");
    v = v * 10 + d;
  }
  if (first == '0' && r->at > start + 1)
    return metes_json_wrong(r, "a number with leading zeros");
  if (here(r) == '.' || here(r) == 'e' || here(r) == 'E')
    return metes_json_wrong(r, "a number with a fraction or an exponent");
  *value = v;
  return true;
}

bool metes_json_null(struct metes_json_reader *r)
{
  if (r->problem != NULL)
    return false;
  if (metes_json_peek(r) != 'n' || r->length - r->at < 4 || memcmp(r->text + r->at, "null", 4) != 0)
    return metes_json_wrong(r, "expected null");
  r->at += 4;
  return true;
}

bool metes_json_end(struct metes_json_reader *r)
{
  if (r->problem != NULL)
    return false;
  metes_json_peek(r);
  return r->at == r->length || metes_json_wrong(r, "something after the end of the object");
}
