/* SPDX-License-Identifier: Apache-2.0
 * Exceptions: resolved, caught by metes_try, or the end of the guest with a report. */
#include "kit.h"

#define PAGE_FAULT 14u
#define DOUBLE_FAULT 8u
#define PRESENT 1u
#define CODE_WRITE 2u

static uint64_t read_cr2(void)
{
  uint64_t value;

  __asm__ volatile("mov %%cr2, %0" : "=r"(value));
  return value;
}

static const char *kind(const struct metes_fault_frame *f)
{
  if (f->vector != PAGE_FAULT)
    return "exception";
  if (f->code & 16)
    return "page fault, fetching from";
  return f->code & CODE_WRITE ? "page fault, writing to" : "page fault, reading from";
}

/* Text into a fixed place; what is beyond its end is dropped. */
struct note {
  char text[120];
  unsigned used;
};

static void put(void *to, char c)
{
  struct note *n = to;

  if (n->used < sizeof n->text - 1)
    n->text[n->used++] = c;
}

__attribute__((format(printf, 2, 3))) static void note(struct note *n, const char *format, ...)
{
  __builtin_va_list values;

  __builtin_va_start(values, format);
  kit_format(put, n, format, values);
  __builtin_va_end(values);
  n->text[n->used] = 0;
}

/* Says what happened and leaves registers as abi.h promises. */
static _Noreturn void give_up(const struct metes_fault_frame *f)
{
  struct note n = {.used = 0};

  if (f->vector == PAGE_FAULT)
    note(&n, "%s 0x%lx, error code 0x%lx, by 0x%lx", kind(f), read_cr2(), f->code, f->rip);
  else
    note(&n, "exception %lu, error code 0x%lx, at 0x%lx", f->vector, f->code, f->rip);
  kit_abort_text((const char[]){(char)METES_ABORT_FAULT, 0});
  kit_abort_text(n.text);
  for (;;)
    __asm__ volatile("outb %%al, %%dx"
                     :
                     : "a"(METES_ABORT_END), "d"(METES_PORT_ABORT), "S"(f), "c"(METES_FAULT_TOLD));
}

void kit_exception(struct metes_fault_frame *f)
{
  struct kit *const kit = kit_state();
  const bool page_fault = f->vector == PAGE_FAULT;

  if (page_fault && (f->code & CODE_WRITE) && kit_copy_on_write(read_cr2()))
    return;
  if (page_fault && (f->code & PRESENT) == 0 && kit_map_file(read_cr2()))
    return;
  if (kit->try_rsp == 0 || f->vector == DOUBLE_FAULT)
    give_up(f);
  kit->fault = (struct metes_fault){f->vector, f->code, page_fault ? read_cr2() : 0, f->rip};
  f->rip = (uint64_t)kit_try_failed;
  f->rsp = kit->try_rsp;
}

bool metes_try(void (*f)(void *), void *argument, struct metes_fault *fault)
{
  struct kit *const kit = kit_state();
  const bool well = kit_try(f, argument, &kit->try_rsp);

  kit->try_rsp = 0;
  if (!well)
    *fault = kit->fault;
  return well;
}
