/* SPDX-License-Identifier: Apache-2.0
 * The report of a guest's end. */
#include "guest_report.h"

#include <inttypes.h>

#include "crash.h"
#include "exit.h"
#include "ports.h"

#define PAGE_FAULT 14u

struct row {
  const char *name;
  int exit;
};

static const struct row outcomes[] = {
  [METES_OUTCOME_WELL] = {"well", METES_EXIT_OK},
  [METES_OUTCOME_FAILED] = {"failed", METES_EXIT_GUEST_FAILED},
  [METES_OUTCOME_ABORTED] = {"aborted", METES_EXIT_GUEST_FAILED},
  [METES_OUTCOME_DEADLINE] = {"deadline", METES_EXIT_DEADLINE},
  [METES_OUTCOME_BUDGET] = {"budget", METES_EXIT_BUDGET},
  [METES_OUTCOME_SHUTDOWN] = {"shutdown", METES_EXIT_SHUTDOWN},
  [METES_OUTCOME_FAULT] = {"fault", METES_EXIT_SHUTDOWN},
  [METES_OUTCOME_UNSUPPORTED] = {"unsupported", METES_EXIT_SHUTDOWN},
  [METES_OUTCOME_REFUSED] = {"refused_by_kvm", METES_EXIT_SHUTDOWN},
  [METES_OUTCOME_BAD_MESSAGE] = {"bad_message", METES_EXIT_SHUTDOWN},
  [METES_OUTCOME_CANCELLED] = {"cancelled", METES_EXIT_DEADLINE},
  [METES_OUTCOME_TRAP] = {"trap", METES_EXIT_INTERNAL},
};

int metes_outcome_exit(enum metes_outcome o)
{
  return outcomes[o].exit;
}

const char *metes_outcome_name(enum metes_outcome o)
{
  return outcomes[o].name;
}

bool metes_stop_has_address(const struct metes_stop *s)
{
  return (s->told && s->vector == PAGE_FAULT) ||
         (s->outcome == METES_OUTCOME_SHUTDOWN && metes_stop_survived(s));
}

static void sentence(FILE *to, const struct metes_stop *s,
                     const struct metes_guest_memory *g)
{
  char place[128];

  switch (s->outcome) {
  case METES_OUTCOME_WELL: break;
  case METES_OUTCOME_FAILED:
    if (s->answered) {
      fprintf(to, "%s: ", s->what);
      metes_put_safely(to, s->message, s->message_used);
    } else {
      fprintf(to, "the guest halted with verdict %" PRIu32, s->verdict);
    }
    break;
  case METES_OUTCOME_ABORTED:
    fprintf(to, "the guest aborted with code %u: ", s->code);
    metes_put_safely(to, s->message, s->message_used);
    break;
  case METES_OUTCOME_DEADLINE: fputs("the guest ran out of time (--deadline)", to); break;
  case METES_OUTCOME_SHUTDOWN: fputs("the guest shut down (triple fault)", to); break;
  case METES_OUTCOME_FAULT:
    metes_words_of_gpa(g, s->gpa, place, sizeof place);
    fprintf(to, "the guest %s %" PRIu32 " bytes at guest-physical 0x%" PRIx64 ", %s",
            s->write ? "wrote" : "read", s->length, s->gpa, place);
    break;
  case METES_OUTCOME_BUDGET:
  case METES_OUTCOME_UNSUPPORTED:
  case METES_OUTCOME_REFUSED:
  case METES_OUTCOME_BAD_MESSAGE: fputs(s->what, to); break;
  case METES_OUTCOME_CANCELLED: fputs("the guest was cancelled", to); break;
  case METES_OUTCOME_TRAP: fputs("the guest stands for its debugger", to); break;
  }
}

/* A verdict says all that there is to say. */
bool metes_stop_tells(const struct metes_stop *s)
{
  return s->outcome >= METES_OUTCOME_ABORTED;
}

void metes_report(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  if (s->outcome == METES_OUTCOME_WELL)
    return;
  fputs("metes: ", to);
  sentence(to, s, g);
  putc('\n', to);
  if (metes_stop_tells(s))
    metes_report_processor(to, s, g);
}
