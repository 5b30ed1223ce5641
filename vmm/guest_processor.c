/* SPDX-License-Identifier: Apache-2.0
 * The part of a report that is for who debugs the guest: places, code, registers, backtrace. */
#include <inttypes.h>

#include "crash.h"
#include "guest_report.h"

/* In both address spaces, where it leads to the second. */
static void place_line(FILE *to, const struct metes_guest_memory *g, uint64_t cr3, const char *what,
                       uint64_t gva)
{
  const struct metes_walk w = metes_walk_at(g, cr3, gva);
  char place[128];

  metes_words_of_gva(g, cr3, gva, place, sizeof place);
  fprintf(to, "metes:   %s 0x%" PRIx64 ", %s", what, gva, place);
  if (w.status == METES_OK) {
    metes_words_of_gpa(g, w.gpa, place, sizeof place);
    fprintf(to, "; guest-physical 0x%" PRIx64 ", %s", w.gpa, place);
  }
  putc('\n', to);
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

static void registers(FILE *to, const struct metes_stop *s)
{
  static const char format[] = "metes:   %s %016" PRIx64 "  %s %016" PRIx64 "  %s %016" PRIx64
                               "  %s %016" PRIx64 "\n";
  const struct kvm_regs *r = &s->regs;

  fprintf(to, format, "rax", (uint64_t)r->rax, "rbx", (uint64_t)r->rbx, "rcx", (uint64_t)r->rcx,
          "rdx", (uint64_t)r->rdx);
  fprintf(to, format, "rsi", (uint64_t)r->rsi, "rdi", (uint64_t)r->rdi, "rbp", (uint64_t)r->rbp,
          "rsp", (uint64_t)r->rsp);
  fprintf(to, format, "r8 ", (uint64_t)r->r8, "r9 ", (uint64_t)r->r9, "r10", (uint64_t)r->r10,
          "r11", (uint64_t)r->r11);
  fprintf(to, format, "r12", (uint64_t)r->r12, "r13", (uint64_t)r->r13, "r14", (uint64_t)r->r14,
          "r15", (uint64_t)r->r15);
  fprintf(to, format, "flg", (uint64_t)r->rflags, "cr0", (uint64_t)s->sregs.cr0, "cr3",
          (uint64_t)s->sregs.cr3, "cr4", (uint64_t)s->sregs.cr4);
}

static void backtrace(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  uint64_t rips[METES_FRAMES];
  const unsigned n = metes_backtrace(g, s, rips);
  char place[128];

  for (unsigned i = 0; i < n; i++) {
    metes_words_of_gva(g, s->sregs.cr3, rips[i], place, sizeof place);
    fprintf(to, "metes:   #%u 0x%" PRIx64 ", %s\n", i, rips[i], place);
  }
}

/* Where the address of an access, known as guest-physical, is seen from. */
static void seen(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  uint64_t page;

  if (s->outcome == METES_OUTCOME_FAULT && metes_seen_at(g, metes_stop_cr3(g, s), s->gpa, &page))
    place_line(to, g, metes_stop_cr3(g, s), "seen at page", page);
}

void metes_report_processor(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  seen(to, s, g);
  if (!metes_stop_survived(s)) {
    fputs("metes:   its registers did not survive: this processor is reset by a triple fault\n", to);
    return;
  }
  if (metes_stop_has_address(s))
    place_line(to, g, s->sregs.cr3, "cr2", s->sregs.cr2);
  place_line(to, g, s->sregs.cr3, "rip", s->regs.rip);
  code_line(to, g, s->sregs.cr3, s->regs.rip);
  place_line(to, g, s->sregs.cr3, "rsp", s->regs.rsp);
  registers(to, s);
  backtrace(to, s, g);
}
