/* SPDX-License-Identifier: Apache-2.0
 * Reads JSON as the vectors have it: objects, arrays, strings without escapes, whole numbers, null. */
#include "json-c/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value, and in an object or an array the next one beside it. */
struct json_object {
  enum { OBJECT, ARRAY, STRING, NUMBER, NOTHING } kind;
  char *name; /* its key in an object */
  struct json_object *first, *next;
  char *text;
  uint64_t number;
};

static _Noreturn void give_up(const char *what, const char *at)
{
  fprintf(stderr, "json: %s at \"%.20s\"\n", what, at);
  exit(70);
}

static void expect(const char **at, char c)
{
  if (**at != c)
    give_up("not what is expected", *at);
  ++*at;
}

static char *string(const char **at)
{
  expect(at, '"');
  const size_t n = strcspn(*at, "\"\\");

  if ((*at)[n] != '"')
    give_up("an escape, or no end", *at);
  char *text = calloc(n + 1, 1);

  if (text == NULL)
    give_up("no memory", *at);
  memcpy(text, *at, n);
  *at += n + 1;
  return text;
}

static struct json_object *value(const char **at);

/* What stands between the brackets, in order. */
static struct json_object *list(const char **at, char open, char close)
{
  struct json_object *first = NULL, **end = &first;

  expect(at, open);
  while (**at != close) {
    char *name = NULL;

    if (first != NULL)
      expect(at, ',');
    if (close == '}') {
      name = string(at);
      expect(at, ':');
    }
    *end = value(at);
    (*end)->name = name;
    end = &(*end)->next;
  }
  ++*at;
  return first;
}

static void scalar(const char **at, struct json_object *o)
{
  char *end;

  if (strncmp(*at, "null", 4) == 0) {
    o->kind = NOTHING;
    *at += 4;
    return;
  }
  o->kind = NUMBER;
  o->number = strtoull(*at, &end, 10);
  if (end == *at || **at == '-' || strchr(".eE", *end) != NULL)
    give_up("no whole number", *at);
  *at = end;
}

static struct json_object *value(const char **at)
{
  struct json_object *o = calloc(1, sizeof *o);

  if (o == NULL)
    give_up("no memory", *at);
  if (**at == '{' || **at == '[') {
    o->kind = **at == '{' ? OBJECT : ARRAY;
    o->first = list(at, **at, **at == '{' ? '}' : ']');
  } else if (**at == '"') {
    o->kind = STRING;
    o->text = string(at);
  } else
    scalar(at, o);
  return o;
}

struct json_object *json_tokener_parse(const char *text)
{
  struct json_object *o = value(&text);

  if (*text != '\n' && *text != '\0')
    give_up("more than one value", text);
  return o;
}

void json_object_put(struct json_object *o)
{
  for (struct json_object *next; o != NULL; o = next) {
    next = o->next;
    json_object_put(o->first);
    free(o->name);
    free(o->text);
    free(o);
  }
}

int json_object_object_get_ex(struct json_object *o, const char *name, struct json_object **found)
{
  *found = NULL;
  if (o == NULL || o->kind != OBJECT)
    return 0;
  for (struct json_object *x = o->first; x != NULL; x = x->next)
    if (strcmp(x->name, name) == 0) {
      *found = x->kind == NOTHING ? NULL : x;
      return 1;
    }
  return 0;
}

struct json_object *json_object_object_get(struct json_object *o, const char *name)
{
  struct json_object *x;

  json_object_object_get_ex(o, name, &x);
  return x;
}

size_t json_object_array_length(struct json_object *o)
{
  size_t n = 0;

  for (struct json_object *x = o->first; x != NULL; x = x->next)
    n++;
  return n;
}

struct json_object *json_object_array_get_idx(struct json_object *o, size_t i)
{
  struct json_object *x = o->first;

  while (i-- > 0)
    x = x->next;
  return x;
}

uint64_t json_object_get_uint64(struct json_object *o)
{
  return o != NULL && o->kind == NUMBER ? o->number : 0;
}

const char *json_object_get_string(struct json_object *o)
{
  return o->text;
}
