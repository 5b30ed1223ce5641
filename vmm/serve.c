/* SPDX-License-Identifier: Apache-2.0
 * A guest calls a function of the host: found by its name, run, answered. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sandbox_parts.h"

static const struct metes_host_entry *find(const struct metes_calls *c, const char *name, size_t n)
{
  for (unsigned i = 0; i < c->n_functions; i++)
    if (strlen(c->functions[i].name) == n && memcmp(c->functions[i].name, name, n) == 0)
      return &c->functions[i];
  return NULL;
}

int metes_calls_name(const char *name, struct metes_failure *f)
{
  const size_t n = strnlen(name, METES_NAME_MOST + 1);

  if (n < 1 || n > METES_NAME_MOST)
    return metes_fail(f, METES_EXIT_REFUSED, "a function's name has 1 to %u characters", METES_NAME_MOST);
  for (size_t i = 0; i < n; i++)
    if (name[i] < 0x21 || name[i] > 0x7e)
      return metes_fail(f, METES_EXIT_REFUSED,
                        "a function's name has characters of 0x21 to 0x7e alone: its byte %zu is 0x%02x", i,
                        (unsigned char)name[i]);
  return 0;
}

int metes_sandbox_register(struct metes_sandbox *s, const char *name,
                           metes_host_function *function, void *mine, struct metes_failure *f)
{
  struct metes_calls *const c = &s->calls;
  struct metes_host_entry *const e = &c->functions[c->n_functions];

  if (metes_calls_name(name, f) != 0)
    return f->status;
  if (find(c, name, strlen(name)) != NULL)
    return metes_fail(f, METES_EXIT_REFUSED, "there is a function '%s' already", name);
  if (c->n_functions == METES_FUNCTIONS_MOST)
    return metes_fail(f, METES_EXIT_REFUSED, "'%s' would be function %u, and %u is the most", name,
                      METES_FUNCTIONS_MOST + 1, METES_FUNCTIONS_MOST);
  *e = (struct metes_host_entry){.function = function, .mine = mine};
  memcpy(e->name, name, strlen(name)); /* what follows is 0 */
  c->n_functions++;
  return 0;
}

/* A text for the guest, in place of an answer; cut where it must be. Returns the code. */
__attribute__((format(printf, 3, 4))) static uint32_t say(struct metes_answer *a, uint32_t code,
                                                          const char *format, ...)
{
  va_list list;
  int n;

  va_start(list, format);
  n = vsnprintf((char *)a->at, a->room, format, list);
  va_end(list);
  a->size = (size_t)n < a->room ? (size_t)n : a->room - 1;
  return code;
}

/* Runs what was called. Returns the code of the error that is the answer, or 0. */
static uint32_t run(struct metes_calls *c, const struct metes_message *m, struct metes_answer *a)
{
  const char *const name = (const char *)c->taken + m->name;
  const struct metes_host_entry *const e = find(c, name, m->name_length);
  uint32_t code;

  if (e == NULL)
    return say(a, METES_ERROR_NO_FUNCTION, "the host has no function '%.*s'", (int)m->name_length, name);
  c->serving = true;
  code = e->function(e->mine, c->taken + m->payload, m->payload_length, a);
  c->serving = false;
  if (a->size > a->room)
    return say(a, METES_ERROR_TOO_LONG, "the answer of '%s' has %zu bytes, and the guest has room for %zu",
               e->name, a->size, a->room);
  return code;
}

static enum metes_status push(struct metes_sandbox *s, uint32_t code, const struct metes_answer *a,
                              struct metes_error *err)
{
  const struct metes_words w = {.kind = code == 0 ? METES_MESSAGE_RESULT : METES_MESSAGE_ERROR,
                                .code = code, .payload = a->at, .n = a->size};

  return metes_calls_push(s, &w, err);
}

bool metes_calls_serve(struct metes_sandbox *s, struct metes_stop *stop)
{
  struct metes_answer a = {.at = s->calls.answer, .room = metes_calls_room(s)};
  struct metes_message m;
  struct metes_error err;
  enum metes_status status;

  if (!metes_calls_take(s, "the guest called the host (port 101)", &m, stop))
    return true;
  if (m.kind != METES_MESSAGE_CALL) {
    metes_calls_bad(stop, "the guest called the host (port 101) with a message of kind %u, and a call is of kind %u",
                    m.kind, METES_MESSAGE_CALL);
    return true;
  }
  status = push(s, run(&s->calls, &m, &a), &a, &err);
  if (status == METES_E_STACK_FULL) /* what it has not popped is in the way */
    status = push(s, say(&a, METES_ERROR_TOO_LONG, "the answer has %zu bytes, and more than there is room for",
                         a.size), &a, &err);
  if (status != METES_OK)
    metes_calls_blame(stop, "the guest's input buffer takes no answer", status, &err);
  return status != METES_OK;
}
