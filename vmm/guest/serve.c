/* SPDX-License-Identifier: Apache-2.0
 * Serving the host's calls: the function that is named, run on a stack that is empty each time. */
#include "kit.h"

#include "core/message.h"

_Noreturn void metes_serve(const struct metes_function *functions, size_t n)
{
  struct kit *const kit = kit_state();

  kit->functions = functions;
  kit->n_functions = n;
  kit_take_messages();
  if (kit->answer == NULL)
    kit->answer = metes_take(kit->guest.peb->output_size);
  if (kit->answer == NULL)
    metes_abort(METES_ABORT_PLAIN, "kit: no pages of scratch are left for answers");
  kit_ready();
}

static bool is(const char *name, const char *other, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (name[i] != other[i])
      return false;
  return name[n] == 0;
}

static const struct metes_function *find(const struct kit *kit, const struct kit_message *m)
{
  for (size_t i = 0; i < kit->n_functions; i++)
    if (is(kit->functions[i].name, m->name, m->name_length))
      return &kit->functions[i];
  return NULL;
}

static void put(void *to, char c)
{
  struct metes_answer *const a = to;

  if (c != 0 && a->size < a->room)
    a->at[a->size++] = (uint8_t)c;
}

uint32_t metes_say(struct metes_answer *answer, uint32_t code, const char *format, ...)
{
  __builtin_va_list values;

  __builtin_va_start(values, format);
  kit_format(put, answer, format, values);
  __builtin_va_end(values);
  return code;
}

static uint32_t run(const struct kit *kit, const struct kit_message *m, struct metes_answer *a)
{
  const struct metes_function *const f = find(kit, m);
  uint32_t code;

  if (f == NULL)
    return metes_say(a, METES_ERROR_NO_FUNCTION, "the guest has no function of this name");
  code = f->call(m->payload, m->n, a);
  if (a->size <= a->room)
    return code;
  const size_t n = a->size;

  a->size = 0;
  return metes_say(a, METES_ERROR_TOO_LONG, "the answer has %lu bytes, and there is room for %lu", n,
                   a->room);
}

/* The call lies on the input buffer while it is served: what the host answers in between lies above it. */
void kit_answer(void)
{
  struct kit *const kit = kit_state();
  const size_t beside = 16 + METES_MESSAGE_HEADER; /* a stack pointer, a link, and the header */
  struct metes_answer a = {.at = kit->answer, .room = kit->guest.peb->output_size - beside};
  struct kit_message call, reply;
  struct metes_element e;

  if (!kit_top(&e, &call) || call.kind != METES_MESSAGE_CALL)
    metes_abort(METES_ABORT_PLAIN, "kit: entered without a call");
  reply.code = run(kit, &call, &a);
  reply = (struct kit_message){.kind = reply.code == 0 ? METES_MESSAGE_RESULT : METES_MESSAGE_ERROR,
                               .code = reply.code, .payload = a.at, .n = a.size};
  kit_pop(e);
  if (!kit_push(&reply))
    metes_abort(METES_ABORT_PLAIN, "kit: the output buffer takes no answer");
}
