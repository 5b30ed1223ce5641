/* SPDX-License-Identifier: Apache-2.0
 * Messages to and from a guest's buffers. What lies there is copied once, and looked at only then. */
#include <stdarg.h>
#include <stdio.h>

#include "sandbox_parts.h"

/* Of a buffer, beside one message: its stack pointer and a link (BUF-1). */
#define BESIDE 16u

static const struct metes_layout *layout_of(const struct metes_sandbox *s)
{
  return &s->guest->layout;
}

uint64_t metes_calls_room_for(const struct metes_layout *l)
{
  return 2 * l->input_data_size + l->output_data_size;
}

void metes_calls_place(struct metes_calls *c, const struct metes_layout *l, uint8_t *from, uint8_t *end)
{
  c->message = from;
  c->taken = end - l->output_data_size;
  c->answer = c->taken - l->input_data_size;
}

uint64_t metes_calls_room(const struct metes_sandbox *s)
{
  return layout_of(s)->input_data_size - BESIDE - METES_MESSAGE_HEADER;
}

/* For a restore: what is pushed lies below the stack pointer that is then there; what is popped, anywhere. */
static void pushed(struct metes_sandbox *s, const struct metes_memory *door)
{
  struct metes_error err;
  uint8_t word[8];

  if (metes_gpa_read(door, door->layout.scratch_gpa, word, sizeof word, &err) == METES_OK)
    metes_sandbox_wrote(s, 0, metes_get64(word, 0));
}

static void popped(struct metes_sandbox *s)
{
  const struct metes_range output = metes_scratch_areas(layout_of(s)).output;

  metes_sandbox_wrote(s, output.start, output.end - output.start);
}

enum metes_status metes_calls_push(struct metes_sandbox *s, const struct metes_words *w,
                                   struct metes_error *err)
{
  const struct metes_memory door = metes_guest_door(s->guest);
  uint64_t size;
  enum metes_status status =
    metes_message_put(s->calls.message, layout_of(s)->input_data_size - BESIDE, w->kind, w->code,
                      (const uint8_t *)w->name, w->name_length, w->payload, w->n, &size, err);

  if (status == METES_OK)
    status = metes_input_push(&door, s->calls.message, size, err);
  if (status == METES_OK)
    pushed(s, &door);
  return status;
}

bool metes_calls_take(struct metes_sandbox *s, const char *what, struct metes_message *m,
                      struct metes_stop *stop)
{
  const struct metes_memory door = metes_guest_door(s->guest);
  struct metes_error err;
  uint64_t n;
  enum metes_status status =
    metes_output_take(&door, s->calls.taken, layout_of(s)->output_data_size, &n, &err);

  popped(s);
  if (status == METES_OK)
    status = metes_message_parse(s->calls.taken, n, m, &err);
  if (status != METES_OK)
    metes_calls_blame(stop, what, status, &err);
  return status == METES_OK;
}

/* Nothing may be left when all is said. With no room for it, an element that is there is refused. */
bool metes_calls_silent(struct metes_sandbox *s)
{
  const struct metes_memory door = metes_guest_door(s->guest);
  struct metes_error err;
  uint64_t n;

  return metes_output_take(&door, s->calls.taken, 0, &n, &err) == METES_E_STACK_EMPTY;
}

void metes_calls_clear(struct metes_sandbox *s)
{
  const struct metes_memory door = metes_guest_door(s->guest);
  struct metes_error err;

  (void)metes_buffers_clear(&door, &err); /* it refuses no sound layout */
  metes_sandbox_wrote(s, 0, layout_of(s)->input_data_size);
  popped(s);
}

void metes_calls_bad(struct metes_stop *stop, const char *format, ...)
{
  va_list list;

  va_start(list, format);
  vsnprintf(stop->what, sizeof stop->what, format, list);
  va_end(list);
  stop->outcome = METES_OUTCOME_BAD_MESSAGE;
}

void metes_calls_blame(struct metes_stop *stop, const char *what, enum metes_status status,
                       const struct metes_error *err)
{
  char text[160];

  metes_describe(status, err, NULL, text, sizeof text);
  metes_calls_bad(stop, "%s: %s (%s)", what, text, metes_error_clause(status));
}
