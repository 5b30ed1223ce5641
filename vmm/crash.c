/* SPDX-License-Identifier: Apache-2.0
 * Reading what a failed guest left: nothing of it is trusted, every word comes through core. */
#include "crash.h"

#include <signal.h>

#include "core/page.h"
#include "files.h"
#include "guest/abi.h"

static bool copied(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, void *to, uint64_t n)
{
  const struct metes_memory door = metes_guest_door(g);
  struct metes_error err;
  uint64_t done;

  return metes_gva_read(&door, cr3, gva, to, n, &done, &err) == METES_OK;
}

void metes_crash_found(const struct metes_guest_memory *g, struct metes_stop *s)
{
  struct metes_fault_frame f;

  if (s->outcome != METES_OUTCOME_ABORTED || s->code != METES_ABORT_FAULT || !metes_stop_survived(s) ||
      s->regs.rcx != METES_FAULT_TOLD || !copied(g, s->sregs.cr3, s->regs.rsi, &f, sizeof f))
    return;
  s->told = true;
  s->vector = f.vector;
  s->regs = (struct kvm_regs){
    .rax = f.rax, .rbx = f.rbx, .rcx = f.rcx, .rdx = f.rdx, .rsi = f.rsi, .rdi = f.rdi,
    .rsp = f.rsp, .rbp = f.rbp, .r8 = f.r8, .r9 = f.r9, .r10 = f.r10, .r11 = f.r11,
    .r12 = f.r12, .r13 = f.r13, .r14 = f.r14, .r15 = f.r15, .rip = f.rip, .rflags = f.rflags,
  };
}

bool metes_stop_survived(const struct metes_stop *s)
{
  return s->has_registers && (s->sregs.cr0 >> 31 & 1) == 1;
}

uint64_t metes_stop_cr3(const struct metes_guest_memory *g, const struct metes_stop *s)
{
  return metes_stop_survived(s) ? s->sregs.cr3 : g->entry.cr3;
}

/* What rbp points at: the caller's rbp, then the address to return to. */
struct frame {
  uint64_t rbp;
  uint64_t rip;
};

unsigned metes_backtrace(const struct metes_guest_memory *g, const struct metes_stop *s,
                         uint64_t rips[METES_FRAMES])
{
  uint64_t rbp = s->regs.rbp;
  struct frame f;
  unsigned n = 0;

  if (!metes_stop_survived(s))
    return 0;
  rips[n++] = s->regs.rip;
  while (n < METES_FRAMES && copied(g, s->sregs.cr3, rbp, &f, sizeof f) && f.rip != 0) {
    rips[n++] = f.rip;
    if (f.rbp < metes_sat_add(rbp, sizeof f))
      break;
    rbp = f.rbp;
  }
  return n;
}

static int signal_of_vector(uint64_t vector)
{
  switch (vector) {
  case 0: case 16: case 19: return SIGFPE;
  case 1: case 3: return SIGTRAP;
  case 6: return SIGILL;
  default: return SIGSEGV;
  }
}

int metes_stop_signal(const struct metes_stop *s)
{
  static const int signals[] = {
    [METES_OUTCOME_FAILED] = SIGABRT,       [METES_OUTCOME_ABORTED] = SIGABRT,
    [METES_OUTCOME_DEADLINE] = SIGALRM,     [METES_OUTCOME_BUDGET] = SIGXCPU,
    [METES_OUTCOME_SHUTDOWN] = SIGSEGV,     [METES_OUTCOME_FAULT] = SIGSEGV,
    [METES_OUTCOME_UNSUPPORTED] = SIGILL,   [METES_OUTCOME_REFUSED] = SIGILL,
    [METES_OUTCOME_BAD_MESSAGE] = SIGABRT,  [METES_OUTCOME_CANCELLED] = SIGTERM,
    [METES_OUTCOME_TRAP] = SIGTRAP,
  };

  return s->told ? signal_of_vector(s->vector) : signals[s->outcome];
}

static uint32_t n_files(const struct metes_guest_memory *g)
{
  return g->files != NULL ? g->files->n : 0;
}

uint64_t metes_window_pages(const struct metes_guest_memory *g)
{
  uint64_t n = (g->layout.snapshot_size + g->layout.scratch_size) / METES_PAGE_SIZE;

  for (uint32_t i = 0; i < n_files(g); i++)
    n += g->files->all[i].entry.size / METES_PAGE_SIZE;
  return n;
}

uint64_t metes_window_page(const struct metes_guest_memory *g, uint64_t k)
{
  const struct metes_layout *l = &g->layout;
  uint64_t pages = l->snapshot_size / METES_PAGE_SIZE, start = l->snapshot_gva;

  for (uint32_t i = 0; k >= pages && i <= n_files(g); i++) {
    const struct metes_file *const x = i < n_files(g) ? &g->files->all[i] : NULL;

    k -= pages;
    start = x != NULL ? x->place.gva : l->scratch_gva;
    pages = (x != NULL ? x->entry.size : l->scratch_size) / METES_PAGE_SIZE;
  }
  return metes_sat_add(start, k * METES_PAGE_SIZE);
}

bool metes_seen_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gpa, uint64_t *page)
{
  const struct metes_memory door = metes_guest_door(g);
  const uint64_t pages = metes_window_pages(g);

  for (uint64_t k = 0; k < pages; k++) {
    const struct metes_walk w = metes_gva_walk(&door, cr3, metes_window_page(g, k));

    if (w.status == METES_OK && w.gpa <= gpa && gpa < metes_sat_add(w.gpa, METES_PAGE_SIZE)) {
      *page = metes_window_page(g, k);
      return true;
    }
  }
  return false;
}
