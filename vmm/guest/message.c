/* SPDX-License-Identifier: Apache-2.0
 * Messages to and from the host, and calls of its functions. What the host says is believed. */
#include "kit.h"

#include "core/message.h"

static const struct metes_peb *peb(void)
{
  return kit_state()->guest.peb;
}

bool kit_top(struct metes_element *e, struct kit_message *m)
{
  uint8_t *const input = (uint8_t *)peb()->input_gva;
  struct metes_message found;
  struct metes_error err;
  const enum metes_status status = metes_buffer_peek(input, peb()->input_size, e, &err);

  if (status == METES_E_STACK_EMPTY)
    return false;
  if (status != METES_OK || metes_message_parse(input + e->start, e->length, &found, &err) != METES_OK)
    metes_abort(METES_ABORT_PLAIN, "kit: what the host left is no message");
  *m = (struct kit_message){.kind = found.kind,
                            .code = found.code,
                            .name = (const char *)input + e->start + found.name,
                            .name_length = found.name_length,
                            .payload = input + e->start + found.payload,
                            .n = found.payload_length};
  return true;
}

void kit_pop(struct metes_element e)
{
  struct metes_error err;

  if (metes_buffer_pop((uint8_t *)peb()->input_gva, peb()->input_size, e, &err) != METES_OK)
    metes_abort(METES_ABORT_PLAIN, "kit: what was found cannot be popped");
}

void kit_take_messages(void)
{
  struct kit *const kit = kit_state();

  if (kit->message == NULL)
    kit->message = metes_take(peb()->output_size);
  if (kit->message == NULL)
    metes_abort(METES_ABORT_PLAIN, "kit: no pages of scratch are left for messages");
}

bool kit_push(const struct kit_message *m)
{
  uint8_t *const message = kit_state()->message;
  struct metes_error err;
  uint64_t size;

  return metes_message_put(message, peb()->output_size, m->kind, m->code, (const uint8_t *)m->name,
                           m->name_length, m->payload, m->n, &size, &err) == METES_OK &&
         metes_buffer_push((uint8_t *)peb()->output_gva, peb()->output_size, message, size, &err) == METES_OK;
}

static uint32_t copy_answer(const struct kit_message *m, struct metes_answer *answer)
{
  answer->size = m->n;
  if (m->n > answer->room)
    return METES_ERROR_TOO_LONG;
  for (size_t i = 0; i < m->n; i++)
    answer->at[i] = m->payload[i];
  return m->kind == METES_MESSAGE_ERROR ? m->code : 0;
}

uint32_t metes_call_host(const char *name, const void *argument, size_t n, struct metes_answer *answer)
{
  const struct kit_message call = {.kind = METES_MESSAGE_CALL, .name = name,
                                   .name_length = kit_length(name), .payload = argument, .n = n};
  struct kit_message reply;
  struct metes_element e;
  uint32_t code;

  kit_take_messages();
  if (!kit_push(&call))
    return METES_ERROR_TOO_LONG;
  __asm__ volatile("outb %0, %1" : : "a"((uint8_t)0), "d"((uint16_t)METES_PORT_CALL) : "memory");
  if (!kit_top(&e, &reply) || reply.kind == METES_MESSAGE_CALL)
    metes_abort(METES_ABORT_PLAIN, "kit: the host did not answer");
  code = copy_answer(&reply, answer);
  kit_pop(e);
  return code;
}

const uint8_t *metes_input(size_t *n)
{
  struct metes_answer to = {.room = 0};
  struct kit_message m;
  struct metes_element e;

  *n = 0;
  if (!kit_top(&e, &m))
    return NULL;
  to.at = metes_take(m.n + 1); /* a page, be it for no byte */
  if (to.at == NULL)
    metes_abort(METES_ABORT_PLAIN, "kit: no pages of scratch are left for the input");
  to.room = m.n;
  (void)copy_answer(&m, &to);
  kit_pop(e);
  *n = to.size;
  return to.at;
}
