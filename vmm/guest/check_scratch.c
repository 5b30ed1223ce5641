/* SPDX-License-Identifier: Apache-2.0
 * selfcheck: input, output and the bookkeeping at the end of scratch. */
#include "selfcheck.h"

#include "core/buffer.h"
#include "core/scratch.h"
#include "kit.h"

static void fill(void *word)
{
  volatile uint64_t *const w = *(volatile uint64_t **)word;
  const uint64_t old = *w;

  *w = ~old;
  if (*w != ~old)
    __asm__ volatile("ud2");
  *w = old;
}

/* Each half page of [gva, gva + size), and its last word, takes what is written. */
static bool all_writable(uint64_t gva, uint64_t size)
{
  struct metes_fault fault;

  for (uint64_t done = 0; done + 8 <= size; done += PAGE / 2) {
    uint64_t word = gva + done;
    if (!metes_try(fill, &word, &fault))
      return false;
  }
  uint64_t last = gva + size - 8;
  return metes_try(fill, &last, &fault);
}

/* The host pops and pushes with these very functions. */
static bool pushed_and_popped(uint8_t *buffer, uint64_t size)
{
  const uint8_t data[12] = {8, 0, 0, 0, 'e', 'l', 'e', 'm', 'e', 'n', 't', '!'};
  struct metes_error err;
  struct metes_element e;

  if (metes_buffer_push(buffer, size, data, sizeof data, &err) != METES_OK ||
      metes_buffer_peek(buffer, size, &e, &err) != METES_OK || e.length != sizeof data)
    return false;
  for (uint64_t i = 0; i < sizeof data; i++)
    if (buffer[e.start + i] != data[i])
      return false;
  return metes_buffer_pop(buffer, size, e, &err) == METES_OK &&
         metes_buffer_peek(buffer, size, &e, &err) == METES_E_STACK_EMPTY;
}

/* SCR-4, BUF-8, BUF-9. */
static void check_buffer(const char *name, uint64_t gva, uint64_t size)
{
  uint64_t sp = 0;

  for (unsigned i = 8; i > 0; i--) /* it need not be aligned */
    sp = sp << 8 | ((const uint8_t *)gva)[i - 1];
  check(sp == 8, "%s: empty, its stack pointer is %lu", name, sp);
  check(all_writable(gva, size), "%s: can be written to its last byte", name);
  check(pushed_and_popped((uint8_t *)gva, size), "%s: what is pushed is found, and popped", name);
}

/* SCR-2, SCR-6, LAY-13, LAY-14: the words at the end, and rsp as the guest found it. */
void check_scratch(const struct metes_guest *g)
{
  const uint64_t top = g->scratch_top, buffers = g->peb->input_size + g->peb->output_size;
  const uint64_t free_gpa = *kit_word(top, METES_SCRATCH_FREE_BELOW);
  const uint64_t size = *kit_word(top, METES_SCRATCH_SIZE_BELOW);

  check(g->scratch_gva == g->peb->input_gva, "scratch: begins with the input buffer");
  check(size % PAGE == 0 && size >= page_up(buffers) + 12 * PAGE, "scratch: %lu bytes", size);
  check(g->entry_rsp + 8 == top + 1 - METES_EXCEPTION_STACK_BELOW,
        "rsp: 8 below the top of the exception stack");
  check(free_gpa % PAGE == 0 && free_gpa > g->tables_gpa &&
          free_gpa - g->tables_gpa < size - page_up(buffers),
        "scratch: the first free page lies behind the page tables, before the end");
  check(*kit_word(top, METES_SCRATCH_GENERATION_BELOW) == 0, "scratch: generation 0");
  check_buffer("input", g->peb->input_gva, g->peb->input_size);
  check_buffer("output", g->peb->output_gva, g->peb->output_size);
}
