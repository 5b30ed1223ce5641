/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target json: the second reader of a request, which is strict. */
#include <string.h>

#include "core/metes.h"
#include "fuzz/json/json.h"

const char *const keys[KEYS] = {"input_data_size", "output_data_size", "heap_size", "scratch_size",
                                "code_size", "init_data_size", "init_data_permissions", "pt_size"};
const uint64_t usual[KEYS] = {0x4000, 0x4000, 131072, 0x48000, 0, 0, METES_READ, 0};

static void blanks(struct strict *s)
{
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
    s->at++;
}

static bool next(struct strict *s, const char *word)
{
  const size_t n = strlen(word);

  blanks(s);
  if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
    return false;
  s->at += n;
  return true;
}

static bool number(struct strict *s, uint64_t *value)
{
  const char *const from = s->at;
  unsigned __int128 v = 0;

  for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && v <= UINT64_MAX; s->at++)
    v = v * 10 + (unsigned)(*s->at - '0');
  *value = (uint64_t)v;
  s->beyond |= v > UINT64_MAX;
  return s->at > from && v <= UINT64_MAX && (*from != '0' || s->at == from + 1);
}

static bool pair(struct strict *s)
{
  char quoted[32];

  blanks(s);
  for (unsigned i = 0; i < KEYS; i++) {
    snprintf(quoted, sizeof quoted, "\"%s\"", keys[i]);
    if (!next(s, quoted))
      continue;
    if ((s->seen & 1u << i) != 0 || !next(s, ":"))
      return false;
    s->seen |= 1u << i;
    s->value[i] = usual[i];
    blanks(s);
    return i >= 6 && next(s, "null") ? true : number(s, &s->value[i]);
  }
  return false;
}

bool strictly(const char *from, size_t n, struct strict *s)
{
  *s = (struct strict){.at = from, .end = from + n};
  memcpy(s->value, usual, sizeof usual);
  if (!next(s, "{"))
    return false;
  if (!next(s, "}")) {
    do
      if (!pair(s))
        return false;
    while (next(s, ","));
    if (!next(s, "}"))
      return false;
  }
  return s->at == s->end; /* json-c takes no blanks behind it, as RFC 8259 does: so does nobody here */
}
