/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel: what it counts, how it fails, and from one test to the next. */
#include "fake_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct fake fake;

void fake_wrong(const char *format, ...)
{
  va_list list;

  if (fake.wrong[0] != '\0')
    return;
  va_start(list, format);
  vsnprintf(fake.wrong, sizeof fake.wrong, format, list);
  va_end(list);
}

static void note(const char *call, const struct fake_row *row, int error)
{
  if (fake.n_events < FAKE_EVENTS)
    fake.events[fake.n_events++] = (struct fake_event){call, row, error};
}

/* Whether this fault strikes the call that is made now. */
static bool strikes(struct fake_fault *f, const char *call)
{
  const struct fake_row *row;
  int error;

  if (f->at == fake.calls) {
    f->call = call;
    return true;
  }
  if (!f->sticky || f->call == NULL || strcmp(f->call, call) != 0)
    return false;
  row = fake_failure(call, f->pick % fake_n_failures(call), &error);
  return row->effect != FAKE_RESTARTS || f->times < FAKE_BURST;
}

/* Beyond what is left to all: where a guest is saved, and with a debugger. */
static bool more_allowed(const char *call)
{
  static const char *const of_debugger[] = {"read from the debugger", "poll", "KVM_GET_REGS", "KVM_GET_SREGS", "KVM_SET_REGS", "KVM_SET_GUEST_DEBUG"};

  for (unsigned i = 0; fake.debugger != NULL && i < sizeof of_debugger / sizeof *of_debugger; i++)
    if (strncmp(call, of_debugger[i], strlen(of_debugger[i])) == 0)
      return true;
  return fake.saving && strstr(call, "to keep") != NULL;
}

/* What vmm/confine.h leaves. */
static bool allowed(const char *call)
{
  return strncmp(call, "write", 5) == 0 || strncmp(call, "KVM_RUN", 7) == 0 || strstr(call, "at a stop") != NULL ||
         more_allowed(call);
}

bool fake_fails(const char *call)
{
  if (fake.confined && !allowed(call))
    fake_wrong("%s, which the filter kills for", call);
  fake.calls++;
  for (unsigned i = 0; i < 2; i++) {
    struct fake_fault *const f = &fake.faults[i];
    const struct fake_row *row;
    unsigned ways;
    int error;

    if (!strikes(f, call))
      continue;
    ways = fake_n_failures(call);
    if (ways == 0) {
      fake_wrong("errnos.c does not know how %s may fail", call);
      return false;
    }
    f->times++;
    row = fake_failure(call, f->pick % ways, &error);
    note(call, row, error);
    errno = error;
    return true;
  }
  note(call, NULL, 0);
  return false;
}

/* From one test to the next. */

void fake_begin(void)
{
  for (unsigned i = 0; i < FAKE_FILES; i++)
    fake.files[i].path[0] = '\0';
  fake.faults[0] = fake.faults[1] = (struct fake_fault){0};
  fake.run = NULL;
  fake.mine = NULL;
  fake.strange = false;
  fake.vcpu_size = 3 * 4096;
  fake.calls = fake.runs = fake.n_events = 0;
  fake.n_output = fake.n_messages = 0;
  fake.wrong[0] = '\0';
  fake.confined = fake.exits = fake.from_file = fake.saving = fake.child = false;
  fake.child_status = 0;
  fake.debugger = NULL;
  fake_kvm_begin();
}

void fake_end(void)
{
  fake_descriptors_end(false);
  fake_timers_end(false);
  fake_memory_end(false);
  fake.messages[fake.n_messages] = '\0';
}
