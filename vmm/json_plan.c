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

struct reader {
  struct metes_json_reader json;
  struct metes_plan *plan;
  uint32_t room;  /* slots that fit in plan->slots */
  char where[64]; /* the key that is being read */
};

/* The members of one object: which there are, and which came. */
struct members {
  const char *const *keys; /* a null ends them */
  unsigned seen;
  bool first;
};

/* Reads the next key; its number, or -1 at the end or after a problem. */
static int next_member(struct reader *r, struct members *m)
{
  char key[40];

  if (!metes_json_more(&r->json, '}', &m->first) || !metes_json_key(&r->json, key, sizeof key))
    return -1;
  snprintf(r->where, sizeof r->where, "%s", key);
  for (int i = 0; m->keys[i] != NULL; i++) {
    if (strcmp(m->keys[i], key) != 0)
      continue;
    if ((m->seen & 1u << i) != 0)
      metes_json_wrong(&r->json, "this key comes twice");
    m->seen |= 1u << i;
    return r->json.problem == NULL ? i : -1;
  }
  metes_json_wrong(&r->json, "there is no such key here");
  return -1;
}

static void need(struct reader *r, const struct members *m, unsigned wanted, const char *problem)
{
  if (r->json.problem == NULL && (m->seen & wanted) != wanted)
    metes_json_wrong(&r->json, problem);
}

/* A number, plain or as a string. */
static uint64_t number(struct reader *r)
{
  uint64_t v = 0;
  char text[40];

  if (r->json.problem != NULL)
    return 0;
  if (metes_json_peek(&r->json) != '"')
    metes_json_number(&r->json, &v);
  else if (metes_json_string(&r->json, text, sizeof text) && !metes_parse_size(text, &v))
    metes_json_wrong(&r->json, "this string is no number below 2^64");
  return v;
}

static uint32_t number32(struct reader *r)
{
  const uint64_t v = number(r);

  if (v > UINT32_MAX)
    metes_json_wrong(&r->json, "a number above 2^32 - 1");
  return (uint32_t)v;
}

static void read_range(struct reader *r)
{
  static const char *const keys[] = {"start", "end", NULL};
  struct members m = {keys, 0, true};
  struct metes_range range = {0, 0};
  int i;

  metes_json_enter(&r->json, '{');
  while ((i = next_member(r, &m)) >= 0)
    *(i == 0 ? &range.start : &range.end) = number(r);
  need(r, &m, 3, "a reserved range needs start and end");
  if (r->json.problem == NULL && range.start >= range.end)
    metes_json_wrong(&r->json, "a reserved range that is empty or inverted");
  if (r->plan->limits.n_reserved == METES_MAX_RESERVED)
    metes_json_wrong(&r->json, "more than 8 reserved ranges");
  if (r->json.problem == NULL)
    r->plan->limits.reserved[r->plan->limits.n_reserved++] = range;
}

static void read_phys_bits(struct reader *r)
{
  const uint64_t bits = number(r);

  if (r->json.problem == NULL && (bits < 1 || bits > 52))
    metes_json_wrong(&r->json, "physical addresses have 1 to 52 bits");
  else
    r->plan->limits.gpa_end = 1ULL << (bits & 63);
}

static void read_limits(struct reader *r)
{
  static const char *const keys[] = {"phys_bits", "gpa_end", "host_end", "max_slots", "reserved", NULL};
  struct members m = {keys, 0, true};
  struct metes_limits *limits = &r->plan->limits;
  int i;

  metes_json_enter(&r->json, '{');
  while ((i = next_member(r, &m)) >= 0) {
    bool first = true;

    if ((m.seen & 3) == 3)
      metes_json_wrong(&r->json, "either phys_bits or gpa_end says where guest-physical space ends");
    switch (i) {
    case 0: read_phys_bits(r); break;
    case 1: limits->gpa_end = number(r); break;
    case 2: limits->host_end = number(r); break;
    case 3: limits->max_slots = number32(r); break;
    default:
      metes_json_enter(&r->json, '[');
      while (metes_json_more(&r->json, ']', &first))
        read_range(r);
    }
  }
}

static void add_slot(struct reader *r, const struct metes_memslot *s)
{
  struct metes_plan *p = r->plan;

  if (p->n == r->room) {
    const uint32_t room = r->room == 0 ? 64 : 2 * r->room;
    struct metes_memslot *more = reallocarray(p->slots, room, sizeof *more);

    if (more == NULL) {
      metes_json_wrong(&r->json, "there is no memory for so many slots");
      return;
    }
    p->slots = more;
    r->room = room;
  }
  p->slots[p->n++] = *s;
}

static void read_slot(struct reader *r)
{
  static const char *const keys[] = {"slot", "gpa", "size", "flags", "host", NULL};
  struct members m = {keys, 0, true};
  struct metes_memslot s = {0};
  int i;

  metes_json_enter(&r->json, '{');
  while ((i = next_member(r, &m)) >= 0)
    switch (i) {
    case 0: s.slot = number32(r); break;
    case 1: s.gpa = number(r); break;
    case 2: s.size = number(r); break;
    case 3: s.flags = number32(r); break;
    default: s.host = number(r);
    }
  need(r, &m, 7, "a slot needs slot, gpa and size");
  if (r->json.problem == NULL)
    add_slot(r, &s);
}

bool metes_json_plan(const char *text, size_t length, struct metes_plan *p, char *detail, size_t n)
{
  static const char *const keys[] = {"slots", "limits", NULL};
  struct reader r = {.plan = p};
  struct members m = {keys, 0, true};
  int i;

  *p = (struct metes_plan){.limits = {DEFAULT_GPA_END, DEFAULT_HOST_END, DEFAULT_MAX_SLOTS, 0, {{0, 0}}}};
  metes_json_start(&r.json, text, length);
  metes_json_enter(&r.json, '{');
  while ((i = next_member(&r, &m)) >= 0) {
    bool first = true;

    if (i == 1) {
      read_limits(&r);
      continue;
    }
    metes_json_enter(&r.json, '[');
    while (metes_json_more(&r.json, ']', &first))
      read_slot(&r);
  }
  need(&r, &m, 1, "a plan needs slots");
  if (metes_json_end(&r.json))
    return true;
  snprintf(detail, n, "%s%s%s (byte %zu)", r.where, r.where[0] != '\0' ? ": " : "", r.json.problem,
           r.json.at);
  return false;
}
