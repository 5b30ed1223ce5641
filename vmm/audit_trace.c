/* SPDX-License-Identifier: Apache-2.0
 * Traces of audits: lines of JSON, written and read. */
#include "audit_trace.h"

#include <string.h>

#include "json_read.h"
#include "json_write.h"

void metes_trace_limits(FILE *to, const struct metes_audit_limits *limits)
{
  struct metes_json j = {to, false};

  metes_json_open(&j, NULL, '{');
  metes_json_open(&j, "limits", '{');
  metes_json_u64(&j, "gpa_end", limits->slots.gpa_end);
  metes_json_u64(&j, "host_end", limits->slots.host_end);
  metes_json_u64(&j, "max_slots", limits->slots.max_slots);
  metes_json_u64(&j, "spaces", limits->spaces);
  metes_json_close(&j, '}');
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

static void put_slot(struct metes_json *j, const struct metes_change *c)
{
  metes_json_u64(j, "slot", c->slot.slot);
  metes_json_u64(j, "flags", c->slot.flags);
  metes_json_u64(j, "gpa", c->slot.gpa);
  metes_json_u64(j, "size", c->slot.size);
  metes_json_u64(j, "host", c->slot.host);
  metes_json_bool(j, "private", c->private);
  metes_json_u64(j, "answer", (uint64_t)c->answer);
}

void metes_trace_change(FILE *to, const struct metes_change *c)
{
  struct metes_json j = {to, false};

  metes_json_open(&j, NULL, '{');
  metes_json_u64(&j, "vm", c->vm);
  switch (c->kind) {
  case METES_CHANGE_VM:
    metes_json_u64(&j, "process", (uint64_t)c->process);
    metes_json_text(&j, "name", c->name);
    metes_json_bool(&j, "unseen", c->unseen);
    break;
  case METES_CHANGE_SLOT: put_slot(&j, c); break;
  case METES_CHANGE_OWN:
    metes_json_text(&j, "own", metes_own_kinds[c->own].word);
    metes_json_u64(&j, "gpa", c->gpa);
    metes_json_u64(&j, "answer", (uint64_t)c->answer);
    break;
  case METES_CHANGE_UNREAD:
    metes_json_bool(&j, "unread", true);
    metes_json_u64(&j, "answer", (uint64_t)c->answer);
    break;
  }
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

/* A line as it is read: all of its keys are asked for, and are there once. (No string has a colon.) */
struct line {
  struct json_object *o;
  int asked;
  const char *key, *problem; /* the first thing that is wrong */
};

static struct json_object *member(struct line *l, const char *key)
{
  struct json_object *o = NULL;

  l->asked++;
  if (l->problem == NULL && !json_object_object_get_ex(l->o, key, &o)) {
    l->key = key;
    l->problem = "missing";
  }
  return o;
}

static uint64_t number(struct line *l, const char *key, uint64_t most)
{
  struct json_object *o = member(l, key);
  uint64_t value = 0;

  if (o == NULL)
    return 0;
  l->problem = metes_json_number(o, &value);
  if (l->problem == NULL && value > most)
    l->problem = "too large";
  l->key = key;
  return l->problem == NULL ? value : 0;
}

static bool truth(struct line *l, const char *key)
{
  struct json_object *o = member(l, key);

  if (o != NULL && !json_object_is_type(o, json_type_boolean)) {
    l->key = key;
    l->problem = "expected true or false";
  }
  return o != NULL && json_object_get_boolean(o);
}

static const char *word(struct line *l, const char *key)
{
  struct json_object *o = member(l, key);

  if (o != NULL && !json_object_is_type(o, json_type_string)) {
    l->key = key;
    l->problem = "expected a string";
  }
  return l->problem == NULL ? json_object_get_string(o) : "";
}

static void read_name(struct line *l, struct metes_change *c)
{
  const char *name = word(l, "name");

  metes_json_shown(name, c->name, sizeof c->name);
  if (l->problem == NULL && strcmp(name, c->name) != 0) {
    l->key = "name";
    l->problem = "31 printable characters at most";
  }
}

static void read_slot(struct line *l, struct metes_change *c)
{
  c->slot.slot = (uint32_t)number(l, "slot", UINT32_MAX);
  c->slot.flags = (uint32_t)number(l, "flags", UINT32_MAX);
  c->slot.gpa = number(l, "gpa", UINT64_MAX);
  c->slot.size = number(l, "size", UINT64_MAX);
  c->slot.host = number(l, "host", UINT64_MAX);
  c->private = truth(l, "private");
  c->answer = (int)number(l, "answer", 4095);
}

static void read_own(struct line *l, struct metes_change *c)
{
  const char *name = word(l, "own");
  int own = 0;

  while (own < METES_N_OWN && strcmp(metes_own_kinds[own].word, name) != 0)
    own++;
  if (own == METES_N_OWN && l->problem == NULL) {
    l->key = "own";
    l->problem = "KVM keeps no such thing";
  }
  c->own = (enum metes_own)own;
  c->gpa = number(l, "gpa", UINT64_MAX);
  c->answer = (int)number(l, "answer", 4095);
}

static void read_change(struct line *l, struct metes_change *c)
{
  *c = (struct metes_change){.vm = (uint32_t)number(l, "vm", UINT32_MAX)};
  if (json_object_object_get_ex(l->o, "slot", NULL)) {
    c->kind = METES_CHANGE_SLOT;
    read_slot(l, c);
  } else if (json_object_object_get_ex(l->o, "own", NULL)) {
    c->kind = METES_CHANGE_OWN;
    read_own(l, c);
  } else if (json_object_object_get_ex(l->o, "unread", NULL)) {
    c->kind = METES_CHANGE_UNREAD;
    (void)truth(l, "unread");
    c->answer = (int)number(l, "answer", 4095);
  } else {
    c->kind = METES_CHANGE_VM;
    c->process = (int)number(l, "process", INT32_MAX);
    read_name(l, c);
    c->unseen = truth(l, "unseen");
  }
}

static void read_limits(struct line *l, struct metes_audit_limits *limits)
{
  struct line in = {.o = member(l, "limits")};

  if (in.o == NULL || !json_object_is_type(in.o, json_type_object)) {
    l->problem = "the first line says the limits";
    return;
  }
  *limits = (struct metes_audit_limits){.spaces = 1};
  limits->slots.gpa_end = number(&in, "gpa_end", UINT64_MAX);
  limits->slots.host_end = number(&in, "host_end", UINT64_MAX);
  limits->slots.max_slots = (uint32_t)number(&in, "max_slots", UINT32_MAX);
  limits->spaces = (uint32_t)number(&in, "spaces", UINT32_MAX);
  l->asked += in.asked;
  l->key = in.key;
  l->problem = in.problem;
}

/* One line, without its end. */
static bool read_line(const char *text, size_t length, bool first, struct metes_audit *a, char *detail, size_t n)
{
  struct line l = {.o = metes_json_parse(text, length, detail, n)};
  struct metes_change c;

  if (l.o == NULL)
    return false;
  if (first)
    read_limits(&l, &a->limits);
  else
    read_change(&l, &c);
  if (l.problem == NULL && metes_json_members(text, length) != (size_t)l.asked) {
    l.key = NULL;
    l.problem = "a key too many";
  }
  if (l.problem == NULL && !first && !metes_audit_change(a, &c)) {
    l.key = "vm";
    l.problem = "the VMs come in the order of their numbers, from 1";
  }
  if (l.problem != NULL)
    snprintf(detail, n, "%s%s%s", l.key == NULL ? "" : l.key, l.key == NULL ? "" : ": ", l.problem);
  json_object_put(l.o);
  return l.problem == NULL;
}

bool metes_trace_audit(const char *text, size_t length, struct metes_audit *a, char *detail, size_t n)
{
  const char *const end = text + length;
  size_t lines = 0;
  char problem[200];

  for (const char *next; text < end || lines == 0; text = next) {
    const char *stop = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;

    next = stop == NULL ? end : stop + 1;
    if (stop == NULL)
      snprintf(problem, sizeof problem, "it is cut");
    if (stop == NULL || !read_line(text, (size_t)(stop - text), lines == 0, a, problem, sizeof problem)) {
      snprintf(detail, n, "line %zu: %s", lines + 1, problem);
      return false;
    }
    lines++;
  }
  return true;
}
