/* SPDX-License-Identifier: Apache-2.0
 * The host calls a function of the guest; and when it may. */
#include "calls.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "guest_report.h"
#include "sandbox_parts.h"

static void closed(struct metes_sandbox *s)
{
  s->calls.ready = false;
  s->calls.status = METES_EXIT_REFUSED;
}

void metes_calls_not_yet(struct metes_sandbox *s, const char *why)
{
  const size_t n = strnlen(why, sizeof s->calls.why - 1);

  memcpy(s->calls.why, why, n);
  s->calls.why[n] = '\0';
  closed(s);
}

void metes_calls_close(struct metes_sandbox *s, const char *format, ...)
{
  va_list list;

  va_start(list, format);
  vsnprintf(s->calls.why, sizeof s->calls.why, format, list);
  va_end(list);
  closed(s);
}

/* It waits, perhaps, but nobody can know where. */
static void close_unknown(struct metes_sandbox *s, int error)
{
  metes_calls_close(s, "its registers are not known: KVM_GET_REGS, KVM_GET_SREGS: %s", strerror(error));
  s->calls.status = METES_EXIT_SYSTEM;
}

int metes_calls_may_enter(const struct metes_sandbox *s, struct metes_failure *f)
{
  if (!s->calls.serving)
    return 0;
  return metes_fail(f, METES_EXIT_REFUSED,
                    "the guest waits for a function of the host, which can neither run nor call it");
}

/* Is this an entry into its code, on a stack that stands? (SNAP-10, SNAP-11) */
static void look_at(struct metes_sandbox *s, uint64_t entry, uint64_t stack)
{
  const struct metes_snapshot state = {.profile = s->guest->profile, .config = s->guest->config,
                                       .entry = entry, .stack = stack};
  struct metes_layout l;
  struct metes_error err;
  const enum metes_status status = metes_snapshot_check(&state, &l, &err);

  s->calls.ready = status == METES_OK;
  s->calls.entry = entry;
  s->calls.stack = stack;
  if (status == METES_E_SNAPSHOT_STACK)
    metes_calls_close(s, "it halted with 0x%" PRIx64 " in rsp, which is no stack", stack);
  else if (status != METES_OK)
    metes_calls_close(s, "it halted with 0x%" PRIx64 " in rax, which is no function of its code", entry);
}

void metes_calls_look(struct metes_sandbox *s, const struct metes_stop *stop)
{
  const bool waits = stop->outcome == METES_OUTCOME_WELL && s->vm.run->exit_reason == KVM_EXIT_HLT;

  if (waits && !stop->has_registers)
    close_unknown(s, stop->registers_error);
  else if (waits)
    look_at(s, stop->regs.rax, stop->regs.rsp);
  else if (stop->outcome == METES_OUTCOME_WELL)
    metes_calls_close(s, "it ended (port 108) and does not wait (HLT)");
  else
    metes_calls_close(s, "its last run ended with outcome '%s'", metes_outcome_name(stop->outcome));
}

static int push_call(struct metes_sandbox *s, const char *name, const void *argument, size_t n,
                     struct metes_stop *stop, struct metes_failure *f)
{
  const struct metes_words w = {.kind = METES_MESSAGE_CALL, .name = name, .name_length = strlen(name),
                                .payload = argument, .n = n};
  struct metes_error err;
  enum metes_status status;

  if (metes_calls_name(name, f) != 0)
    return f->status;
  status = metes_calls_push(s, &w, &err);
  if (status == METES_E_BUFFER)
    return metes_fail(f, METES_EXIT_REFUSED,
                      "a call of '%s' with %zu bytes: an input buffer of %" PRIu64 " has room for %" PRIu64
                      " (--input-data-size)", name, n, s->guest->layout.input_data_size,
                      metes_calls_room(s) - w.name_length);
  if (status == METES_E_STACK || status == METES_E_STACK_FULL)
    metes_calls_blame(stop, "the guest's input buffer takes no call", status, &err);
  else if (status != METES_OK)
    return metes_fail_core(f, "the call", status, &err, NULL);
  return 0;
}

int metes_sandbox_input(struct metes_sandbox *s, const void *bytes, size_t n,
                        struct metes_failure *f)
{
  struct metes_stop stop = {.outcome = METES_OUTCOME_WELL};
  const int status = push_call(s, METES_INPUT_NAME, bytes, n, &stop, f);

  if (status == 0 && stop.outcome != METES_OUTCOME_WELL)
    return metes_fail(f, METES_EXIT_REFUSED, "%s", stop.what);
  return status;
}

/* The error that answers a call, for who called. */
static void tell_error(const struct metes_sandbox *s, const char *name, const struct metes_message *m,
                       struct metes_stop *stop)
{
  stop->outcome = METES_OUTCOME_FAILED;
  stop->answered = true;
  stop->verdict = m->code;
  stop->message_used = m->payload_length < sizeof stop->message ? m->payload_length : sizeof stop->message;
  memcpy(stop->message, s->calls.taken + m->payload, stop->message_used);
  snprintf(stop->what, sizeof stop->what,
           m->code >= METES_ERROR_OURS ? "the guest answered '%s' with error 0x%" PRIx32
                                       : "the guest answered '%s' with error %" PRIu32, name, m->code);
}

static void tell_result(const struct metes_sandbox *s, const struct metes_message *m,
                        struct metes_answer *answer, struct metes_stop *stop)
{
  answer->size = m->payload_length;
  if (answer->size > answer->room)
    metes_calls_bad(stop, "the guest's answer has %zu bytes, and who called has room for %zu", answer->size,
                    answer->room);
  else
    memcpy(answer->at, s->calls.taken + m->payload, answer->size);
}

/* The guest came to rest, WELL: did it answer? */
static void conclude(struct metes_sandbox *s, const char *name, struct metes_answer *answer,
                     struct metes_stop *stop)
{
  struct metes_message m;

  if (s->vm.run->exit_reason != KVM_EXIT_HLT)
    metes_calls_bad(stop, "the guest was called and ended (port 108) without an answer");
  else if (!metes_calls_take(s, "the guest was called and left no answer", &m, stop))
    return;
  else if (m.kind == METES_MESSAGE_CALL)
    metes_calls_bad(stop, "the guest was called and left a message of kind %u, which is no answer", m.kind);
  else if (!metes_calls_silent(s))
    metes_calls_bad(stop, "the guest was called and left more than one answer");
  else if (m.kind == METES_MESSAGE_ERROR)
    tell_error(s, name, &m, stop);
  else
    tell_result(s, &m, answer, stop);
}

static int run(struct metes_sandbox *s, const char *name, struct metes_answer *answer,
               const struct metes_budget *b, struct metes_stop *stop, struct metes_failure *f)
{
  int status;

  metes_vm_jump(&s->vm, s->calls.entry, s->calls.stack);
  s->calls.calling = true;
  status = metes_sandbox_enter(s, b, stop, f);
  s->calls.calling = false;
  if (status == 0 && stop->outcome == METES_OUTCOME_WELL)
    conclude(s, name, answer, stop);
  return status;
}

int metes_sandbox_call(struct metes_sandbox *s, const char *name, const void *argument, size_t n,
                       struct metes_answer *answer, const struct metes_budget *b,
                       struct metes_stop *stop, struct metes_failure *f)
{
  int status = metes_calls_may_enter(s, f);

  *stop = (struct metes_stop){.outcome = METES_OUTCOME_WELL};
  answer->size = 0;
  if (status != 0)
    return status;
  if (!s->calls.ready)
    return metes_fail(f, s->calls.status, "the guest cannot be called: %s", s->calls.why);
  if ((status = push_call(s, name, argument, n, stop, f)) != 0)
    return status;
  if (stop->outcome == METES_OUTCOME_WELL)
    status = run(s, name, answer, b, stop, f);
  if (status == 0 && (stop->outcome == METES_OUTCOME_WELL || stop->answered))
    return 0;
  if (status == 0 && !stop->has_registers)
    metes_vm_registers(&s->vm, stop);
  metes_calls_clear(s);
  metes_calls_close(s, "its last call ended badly: %s",
                    status != 0               ? f->text
                    : stop->what[0] != '\0' ? stop->what
                                              : metes_outcome_name(stop->outcome));
  return status;
}
