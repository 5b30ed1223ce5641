/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target json: any bytes, written as text and as digits, read again: the same. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/json/json.h"
#include "vmm/json_read.h"
#include "vmm/json_write.h"

static const char *read_member(struct json_object *o, const char *key)
{
  struct json_object *value;

  return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : "";
}

/* By json-c alone: Metes's own reader refuses a backslash before u0000, whether it stands for itself or not. */
static struct json_object *parse(void)
{
  struct json_tokener *const t = json_tokener_new();
  struct json_object *o;

  if (t == NULL)
    exit(71);
  json_tokener_set_flags(t, JSON_TOKENER_STRICT);
  o = json_tokener_parse_ex(t, text, (int)n_text);
  json_tokener_free(t);
  return o;
}

/* json-c 0.16 puts the two halves of U+1DE00 together, takes what it gets for half of a pair again, since bits 11 to 15
 * are those of one, and reads U+FFFD. What this target found is left out: text with such a point. */
static bool half_again(const uint8_t *bytes, size_t n)
{
  for (size_t i = 0; i + 2 < n; i++)
    if (bytes[i] >= 0xf0 && bytes[i + 1] % 16 == 13 && bytes[i + 2] % 64 >= 32)
      return true;
  return false;
}

/* Bytes that are no UTF-8 come as digits alone. */
const char *as_bytes(const uint8_t *bytes, size_t n)
{
  struct metes_json j = {.to = writing()};
  const bool is_text = metes_json_is_text(bytes, n) && memchr(bytes, '\0', n) == NULL && !half_again(bytes, n);
  const char *wrong = NULL, *digits;
  struct json_object *o;

  metes_json_open(&j, NULL, '{');
  if (is_text)
    metes_json_utf8(&j, "text", bytes, n);
  metes_json_hex(&j, "digits", bytes, n);
  metes_json_close(&j, '}');
  fclose(j.to);
  o = parse();
  if (o == NULL)
    wrong = "bytes were written as what is no JSON";
  else if (is_text && (strlen(read_member(o, "text")) != n || memcmp(read_member(o, "text"), bytes, n) != 0))
    wrong = "a text is read as another";
  digits = o == NULL ? "" : read_member(o, "digits");
  for (size_t i = 0; i < n && wrong == NULL; i++) {
    const char two[3] = {digits[2 * i], digits[2 * i] ? digits[2 * i + 1] : '\0', '\0'};

    if (strtoul(two, NULL, 16) != bytes[i])
      wrong = "digits are read as others";
  }
  json_object_put(o);
  free(text);
  return wrong;
}
