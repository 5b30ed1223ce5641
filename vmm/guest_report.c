/* SPDX-License-Identifier: Apache-2.0
 * The report of a guest's end. */
#include "guest_report.h"

#include <inttypes.h>

#include "exit.h"
#include "guest/abi.h"
#include "ports.h"

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
};

int metes_outcome_exit(enum metes_outcome o)
{
  return outcomes[o].exit;
}

const char *metes_outcome_name(enum metes_outcome o)
{
  return outcomes[o].name;
}

/* A triple fault resets an AMD processor: paging is off and nothing is left to tell. */
bool metes_stop_survived(const struct metes_stop *s)
{
  return s->has_registers && (s->sregs.cr0 >> 31 & 1) == 1;
}

/* The end of an exception that the guest told about, with registers as abi.h says. */
static bool told_fault(const struct metes_stop *s)
{
  return s->outcome == METES_OUTCOME_ABORTED && s->code == METES_ABORT_FAULT && metes_stop_survived(s);
}

bool metes_stop_has_address(const struct metes_stop *s)
{
  return (told_fault(s) && s->regs.rcx == 14) ||
         (s->outcome == METES_OUTCOME_SHUTDOWN && metes_stop_survived(s));
}

uint64_t metes_stop_rip(const struct metes_stop *s)
{
  return told_fault(s) ? s->regs.rsi : s->regs.rip;
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
  }
}

static void place_line(FILE *to, const struct metes_guest_memory *g, uint64_t cr3, const char *what,
                       uint64_t gva)
{
  char place[128];

  metes_words_of_gva(g, cr3, gva, place, sizeof place);
  fprintf(to, "metes:   %s 0x%" PRIx64 ", %s\n", what, gva, place);
}

/* The instruction that it stopped at, and what follows: fewer bytes where its pages end. */
static void code_line(FILE *to, const struct metes_guest_memory *g, uint64_t cr3, uint64_t rip)
{
  uint8_t code[16];
  const size_t n = metes_code_at(g, cr3, rip, code, sizeof code);

  if (n == 0)
    return;
  fputs("metes:   code at rip:", to);
  for (size_t i = 0; i < n; i++)
    fprintf(to, " %02x", code[i]);
  putc('\n', to);
}

static void registers(FILE *to, const struct kvm_regs *r)
{
  static const char format[] = "metes:   %s %016" PRIx64 "  %s %016" PRIx64 "  %s %016" PRIx64
                               "  %s %016" PRIx64 "\n";

  fprintf(to, format, "rax", (uint64_t)r->rax, "rbx", (uint64_t)r->rbx, "rcx", (uint64_t)r->rcx,
          "rdx", (uint64_t)r->rdx);
  fprintf(to, format, "rsi", (uint64_t)r->rsi, "rdi", (uint64_t)r->rdi, "rbp", (uint64_t)r->rbp,
          "rsp", (uint64_t)r->rsp);
  fprintf(to, format, "r8 ", (uint64_t)r->r8, "r9 ", (uint64_t)r->r9, "r10", (uint64_t)r->r10,
          "r11", (uint64_t)r->r11);
  fprintf(to, format, "r12", (uint64_t)r->r12, "r13", (uint64_t)r->r13, "r14", (uint64_t)r->r14,
          "r15", (uint64_t)r->r15);
}

/* What a verdict or a plain abort says for itself needs no registers. */
bool metes_stop_tells(const struct metes_stop *s)
{
  return s->outcome > METES_OUTCOME_ABORTED || told_fault(s);
}

void metes_report(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  if (s->outcome == METES_OUTCOME_WELL)
    return;
  fputs("metes: ", to);
  sentence(to, s, g);
  putc('\n', to);
  if (!metes_stop_tells(s))
    return;
  if (!metes_stop_survived(s)) {
    fputs("metes:   its registers did not survive: this processor is reset by a triple fault\n", to);
    return;
  }
  if (metes_stop_has_address(s))
    place_line(to, g, s->sregs.cr3, "cr2", s->sregs.cr2);
  place_line(to, g, s->sregs.cr3, "rip", metes_stop_rip(s));
  code_line(to, g, s->sregs.cr3, metes_stop_rip(s));
  place_line(to, g, s->sregs.cr3, "rsp", s->regs.rsp);
  registers(to, &s->regs);
}
