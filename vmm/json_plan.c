/* SPDX-License-Identifier: Apache-2.0
 * A plan of memory slots, with the limits of its host, read from JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json_plan.h"
#include "json_read.h"

/* What holds where the document does not say: x86-64 with a 47-bit user space and a current KVM. */
#define DEFAULT_GPA_END (1ULL << 52)
#define DEFAULT_HOST_END 0x7FFFFFFFF000ULL
#define DEFAULT_MAX_SLOTS 32764u

/* Where we are, and the first thing that was wrong. */
struct reader {
  struct metes_plan *plan;
  const char *list; /* null, or the array of the object that is being read */
  size_t index;     /* and its place there */
  size_t members;   /* of all objects so far */
  char *detail;     /* says the problem, if there is one */
  size_t n;
  bool failed;
};

/* Records a problem unless there is one already. `key` may be null: the object itself. */
static void wrong(struct reader *r, const char *key, const char *problem)
{
  char place[64] = "", shown[40] = "";

  if (r->failed)
    return;
  r->failed = true;
  if (r->list != NULL)
    snprintf(place, sizeof place, "%s[%zu]", r->list, r->index);
  if (key != NULL)
    metes_json_shown(key, shown, sizeof shown);
  snprintf(r->detail, r->n, "%s%s%s%s%s", place, place[0] != '\0' && key != NULL ? "." : "", shown,
           place[0] != '\0' || key != NULL ? ": " : "", problem);
}

/* An object, named `key` where it stands, has these keys (a null ends them) and no others. */
static void only(struct reader *r, struct json_object *o, const char *key, const char *const *keys)
{
  struct json_object_iter i;

  if (!json_object_is_type(o, json_type_object)) {
    wrong(r, key, "expected an object");
    return;
  }
  r->members += (size_t)json_object_object_length(o);
  json_object_object_foreachC(o, i) {
    const char *const *k = keys;

    while (*k != NULL && strcmp(*k, i.key) != 0)
      k++;
    if (*k == NULL)
      wrong(r, i.key, "there is no such key here");
  }
}

/* The number of this key, plain or as a string, if it is there and nothing was wrong. */
static bool number(struct reader *r, struct json_object *o, const char *key, uint64_t *value)
{
  struct json_object *member;
  const char *problem = NULL;

  if (r->failed || !json_object_object_get_ex(o, key, &member))
    return false;
  if (!json_object_is_type(member, json_type_string))
    problem = metes_json_number(member, value);
  else if (!metes_parse_size(json_object_get_string(member), value))
    problem = "this string is no number below 2^64";
  if (problem != NULL)
    wrong(r, key, problem);
  return problem == NULL;
}

static bool number32(struct reader *r, struct json_object *o, const char *key, uint32_t *value)
{
  uint64_t v;

  if (!number(r, o, key, &v))
    return false;
  if (v > UINT32_MAX)
    wrong(r, key, "a number above 2^32 - 1");
  *value = (uint32_t)v;
  return v <= UINT32_MAX;
}

/* How many elements the array of this key has; none where it is missing. */
static size_t array(struct reader *r, struct json_object *o, const char *key, struct json_object **a)
{
  if (r->failed || !json_object_object_get_ex(o, key, a))
    return 0;
  if (json_object_is_type(*a, json_type_array))
    return json_object_array_length(*a);
  wrong(r, key, "expected an array");
  return 0;
}

static void read_range(struct reader *r, struct json_object *o, struct metes_range *range)
{
  static const char *const keys[] = {"start", "end", NULL};

  bool whole;

  only(r, o, NULL, keys);
  whole = number(r, o, "start", &range->start);
  whole = number(r, o, "end", &range->end) && whole;
  if (!whole)
    wrong(r, NULL, "a reserved range needs start and end");
  else if (range->start >= range->end)
    wrong(r, NULL, "a reserved range that is empty or inverted");
}

static void read_reserved(struct reader *r, struct json_object *o)
{
  struct metes_limits *limits = &r->plan->limits;
  struct json_object *a;
  const size_t n = array(r, o, "reserved", &a);

  if (n > METES_MAX_RESERVED) {
    wrong(r, "reserved", "more than 8 reserved ranges");
    return;
  }
  r->list = "reserved";
  for (r->index = 0; r->index < n && !r->failed; r->index++)
    read_range(r, json_object_array_get_idx(a, r->index), &limits->reserved[limits->n_reserved++]);
  r->list = NULL;
}

static void read_limits(struct reader *r, struct json_object *o)
{
  static const char *const keys[] = {"phys_bits", "gpa_end", "host_end", "max_slots", "reserved", NULL};
  struct metes_limits *limits = &r->plan->limits;
  uint64_t bits;

  only(r, o, "limits", keys);
  number(r, o, "host_end", &limits->host_end);
  number32(r, o, "max_slots", &limits->max_slots);
  if (number(r, o, "phys_bits", &bits)) {
    if (json_object_object_get_ex(o, "gpa_end", NULL))
      wrong(r, "limits", "either phys_bits or gpa_end says where guest-physical space ends");
    else if (bits < 1 || bits > 52)
      wrong(r, "phys_bits", "physical addresses have 1 to 52 bits");
    else
      limits->gpa_end = 1ULL << bits;
  }
  number(r, o, "gpa_end", &limits->gpa_end);
  read_reserved(r, o);
}

static void read_slot(struct reader *r, struct json_object *o, struct metes_memslot *s)
{
  static const char *const keys[] = {"slot", "gpa", "size", "flags", "host", NULL};

  bool whole;

  only(r, o, NULL, keys);
  whole = number32(r, o, "slot", &s->slot);
  whole = number(r, o, "gpa", &s->gpa) && whole;
  whole = number(r, o, "size", &s->size) && whole;
  number32(r, o, "flags", &s->flags);
  number(r, o, "host", &s->host);
  if (!whole)
    wrong(r, NULL, "a slot needs slot, gpa and size");
}

static void read_slots(struct reader *r, struct json_object *o)
{
  struct metes_plan *p = r->plan;
  struct json_object *a;
  const size_t n = array(r, o, "slots", &a);

  if (n == 0)
    return;
  p->slots = calloc(n, sizeof *p->slots);
  if (p->slots == NULL) {
    wrong(r, "slots", "there is no memory for so many");
    return;
  }
  p->n = (uint32_t)n; /* a text has fewer bytes than that */
  r->list = "slots";
  for (r->index = 0; r->index < n && !r->failed; r->index++)
    read_slot(r, json_object_array_get_idx(a, r->index), &p->slots[r->index]);
  r->list = NULL;
}

bool metes_json_plan(const char *text, size_t length, struct metes_plan *p, char *detail, size_t n)
{
  static const char *const keys[] = {"slots", "limits", NULL};
  struct reader r = {.plan = p, .detail = detail, .n = n};
  struct json_object *o, *limits;

  *p = (struct metes_plan){.limits = {DEFAULT_GPA_END, DEFAULT_HOST_END, DEFAULT_MAX_SLOTS, 0, {{0, 0}}}};
  o = metes_json_parse(text, length, detail, n);
  if (o == NULL)
    return false;
  only(&r, o, NULL, keys);
  if (json_object_object_get_ex(o, "limits", &limits))
    read_limits(&r, limits);
  read_slots(&r, o);
  if (!json_object_object_get_ex(o, "slots", NULL))
    wrong(&r, NULL, "a plan needs slots");
  if (r.members != metes_json_members(text, length))
    wrong(&r, NULL, "a key comes twice");
  json_object_put(o);
  return !r.failed;
}
