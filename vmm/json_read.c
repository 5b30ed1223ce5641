/* SPDX-License-Identifier: Apache-2.0
 * Reading JSON with json-c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json_read.h"

/* Nothing of ours is nested deeper than an end of a reserved range: object, limits, array, object, number. */
#define MAX_DEPTH 8

/* Whether there may be a number beyond 64 bits: 2^64 has 20 digits. */
static bool has_long_number(const char *text, size_t length)
{
  size_t digits = 0;

  for (size_t i = 0; i < length && digits < 20; i++)
    digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
  return digits == 20;
}

/* Feeds the text to json-c. That saturates a number beyond 64 bits, and only errno tells, until the
 * next number: so where there may be one, it gets pieces, each up to a comma, with one number at most.
 * Returns what is wrong, or null; *at is where reading ended. */
static const char *feed(struct json_tokener *t, const char *text, size_t length, size_t *at,
                        struct json_object **o)
{
  const bool pieces = has_long_number(text, length);
  enum json_tokener_error e = json_tokener_continue;

  *at = 0;
  while (*at < length && e == json_tokener_continue) {
    const char *comma = pieces ? memchr(text + *at, ',', length - *at) : NULL;
    const size_t n = comma == NULL ? length - *at : (size_t)(comma + 1 - text) - *at;

    errno = 0;
    *o = json_tokener_parse_ex(t, text + *at, (int)n);
    e = json_tokener_get_error(t);
    *at += json_tokener_get_parse_end(t);
    if (pieces && errno == ERANGE)
      return "a number that does not fit 64 bits";
  }
  if (e == json_tokener_success)
    return *at == length ? NULL : "something after the end of the object";
  return json_tokener_error_desc(e == json_tokener_continue ? json_tokener_error_parse_eof : e);
}

/* What feed would not find wrong, though it is; *at as above. */
static const char *precheck(const char *text, size_t length, size_t *at)
{
  const char *nul = memmem(text, length, "\\u0000", 6);

  if (length > METES_MAX_JSON) {
    *at = METES_MAX_JSON;
    return "more than 8 MiB";
  }
  if (nul == NULL)
    return NULL;
  *at = (size_t)(nul - text);
  return "\\u0000 in a string"; /* json-c ends a key there */
}

struct json_object *metes_json_parse(const char *text, size_t length, char *detail, size_t n)
{
  size_t at = 0;
  const char *problem = precheck(text, length, &at);
  struct json_object *o = NULL;
  struct json_tokener *t = problem == NULL ? json_tokener_new_ex(MAX_DEPTH) : NULL;

  if (t != NULL) {
    json_tokener_set_flags(t, JSON_TOKENER_STRICT);
    problem = feed(t, text, length, &at, &o);
    json_tokener_free(t);
  } else if (problem == NULL) {
    problem = "there is no memory for it";
  }
  if (problem == NULL && !json_object_is_type(o, json_type_object))
    problem = "expected an object";
  if (problem == NULL)
    return o;
  json_object_put(o);
  snprintf(detail, n, "%s (byte %zu)", problem, at);
  return NULL;
}

const char *metes_json_number(struct json_object *o, uint64_t *value)
{
  if (json_object_is_type(o, json_type_double))
    return "a number with a fraction or an exponent";
  if (!json_object_is_type(o, json_type_int))
    return "expected a number";
  if (json_object_get_int64(o) < 0)
    return "a negative number";
  *value = json_object_get_uint64(o);
  return NULL;
}

size_t metes_json_members(const char *text, size_t length)
{
  const char *const end = text + length;
  size_t n = 0;

  while ((text = memchr(text, ':', (size_t)(end - text))) != NULL) {
    text++;
    n++;
  }
  return n;
}

void metes_json_shown(const char *key, char *shown, size_t n)
{
  const size_t length = strlen(key);
  size_t i;

  for (i = 0; i < length && i + 1 < n; i++)
    shown[i] = (char)(key[i] >= 0x20 && key[i] < 0x7F ? key[i] : '?');
  shown[i] = '\0';
  if (length >= n)
    memcpy(shown + n - 4, "...", 4);
}
