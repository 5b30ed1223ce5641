/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target json: a text is changed token by token, so that most of what is made is JSON, with known keys. */
#include <string.h>

#include "fuzz/json/json.h"
#include "fuzz/kit/target.h"

enum { PLAN_KEYS = 10 };
static const char *const plan_keys[PLAN_KEYS] = {"slots", "limits", "reserved", "slot", "gpa", "size", "flags", "host",
                                                 "start", "end"};
static const char *const limit_keys[4] = {"phys_bits", "gpa_end", "host_end", "max_slots"};

static int is_word(uint8_t c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '+';
}

/* How long the token is that begins here: a string, a number or name, one other character. */
static size_t token(const uint8_t *m, size_t at, size_t size)
{
  size_t n = 1;

  if (m[at] == '"') {
    while (at + n < size && m[at + n] != '"')
      n += m[at + n] == '\\' ? 2 : 1;
    n++;
  } else if (is_word(m[at])) {
    while (at + n < size && is_word(m[at + n]))
      n++;
  }
  return n < size - at ? n : size - at;
}

/* Where the token begins that holds the byte at `in`. */
static size_t token_of(const uint8_t *m, size_t in, size_t size)
{
  size_t at = 1;

  while (at + token(m, at, size) <= in)
    at += token(m, at, size);
  return at;
}

static uint8_t behind(const uint8_t *m, size_t at, size_t size)
{
  while (at < size && (m[at] == ' ' || m[at] == '\n' || m[at] == '\t'))
    at++;
  return at < size ? m[at] : 0;
}

/* `old` bytes become this text; 0: there is no room. */
static size_t replace(uint8_t *m, size_t size, size_t room, size_t at, size_t old, const char *with)
{
  const size_t n = strlen(with);

  if (size - old + n > room)
    return 0;
  memmove(m + at + n, m + at + old, size - at - old);
  memcpy(m + at, with, n);
  return size - old + n;
}

/* A number; in a plan it may be text. */
static void number(struct source *chance, int plan, char *to, size_t n)
{
  static const uint64_t near[] = {0, 1, 4096, 0x4000, 0x48000, 131072, 1ULL << 36, 1ULL << 52, UINT64_MAX};
  const unsigned long long v = pick_size(chance, near, 9);

  switch (plan ? pick(chance, 4) : pick(chance, 16)) {
  case 1: snprintf(to, n, plan ? "\"%#llx\"" : "%llu0", v); break;
  case 2: snprintf(to, n, plan ? "\"%lluK\"" : "null", v % 65536); break;
  default: snprintf(to, n, "%llu", v); break;
  }
}

static const char *key(struct source *chance, int plan)
{
  if (!plan)
    return keys[pick(chance, KEYS)];
  return pick(chance, 3) ? plan_keys[pick(chance, PLAN_KEYS)] : limit_keys[pick(chance, 4)];
}

/* What may stand first in an object or a list: one member more. */
static void member(struct source *chance, int plan, const uint8_t *m, size_t at, char *to, size_t n)
{
  char a[32], b[32];

  number(chance, plan, a, sizeof a);
  number(chance, plan, b, sizeof b);
  if (m[at] == '{')
    snprintf(to, n, "{\"%s\":%s", key(chance, plan), a);
  else if (at > 9 && memcmp(m + at - 4, "ts\":", 4) == 0) /* slots, and not reserved */
    snprintf(to, n, "[{\"slot\":%u,\"gpa\":%s,\"size\":%s}", pick(chance, 4), a, b);
  else
    snprintf(to, n, "[{\"start\":%s,\"end\":%s}", a, b);
}

/* A key becomes another key, a value another value; an object or a list gets one member more. */
static size_t change(struct source *chance, uint8_t *m, size_t size, size_t room, size_t at)
{
  const size_t n = token(m, at, size);
  const int plan = m[0] % 4 == 1;
  char to[128];

  if (m[at] == '{' || m[at] == '[') {
    member(chance, plan, m, at, to, sizeof to - 1);
    if (behind(m, at + 1, size) != m[at] + 2)
      strcat(to, ",");
  } else if (m[at] == '"' && behind(m, at + n, size) == ':') {
    snprintf(to, sizeof to, "\"%s\"", key(chance, plan));
  } else if (m[at] == '"' || is_word(m[at])) {
    number(chance, plan, to, sizeof to);
  } else {
    return replace(m, size, room, at, 0, pick(chance, 2) ? " " : "\n");
  }
  return replace(m, size, room, at, n, to);
}

/* The member whose comma this is, and which holds no other, is taken out. */
static size_t remove_member(uint8_t *m, size_t size, size_t room, size_t at)
{
  size_t end = at + 1;

  while (end < size && m[end] != ',' && m[end] != '}' && m[end] != ']')
    end += token(m, end, size);
  return end < size ? replace(m, size, room, at, end - at, "") : 0;
}

/* Seldom a byte, and always where it is to be no JSON: the mutator's own changes do that. */
size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  if (size < 2 || data[0] % 4 == 2 || pick(chance, 8) == 0)
    return 0;
  for (int tries = 0; tries < 8; tries++) {
    const size_t at = token_of(data, 1 + source_bytes(chance, 2) % (size - 1), size);
    const size_t n = data[at] == ',' ? remove_member(data, size, room, at) : change(chance, data, size, room, at);

    if (n > 0)
      return n;
  }
  return 0;
}
