/* SPDX-License-Identifier: Apache-2.0
 * A guest that fails as its seed says: plainly, or with frame pointers and page tables that are made to mislead. */
#include "vmm/guest/guest.h"

#define PAGE 4096ull
#define FRAME 0x000ffffffffff000ull
#define CHAIN 40 /* more frames than a report has */

/* What rbp points at. */
struct frame {
  uint64_t rbp;
  uint64_t rip;
};

static struct frame frames[CHAIN];
volatile uint64_t crasher_mark = 0x6d61726b;

static _Noreturn void fail_with(uint64_t rbp)
{
  __asm__ volatile("mov %0, %%rbp\n\tud2" : : "r"(rbp));
  __builtin_unreachable();
}

/* Three calls deep, each with a frame of its own. */
__attribute__((noinline)) static void inner(volatile uint64_t *peb)
{
  uint64_t here[2] = {(uint64_t)peb, 0};

  __asm__ volatile("" : : "r"(here) : "memory");
  *peb = here[0];
  __asm__ volatile("" : : "r"(here) : "memory");
}

__attribute__((noinline)) static void middle(volatile uint64_t *peb)
{
  inner(peb);
  crasher_mark++;
}

static void plain(const struct metes_guest *g)
{
  crasher_mark = 0x5eed; /* a copy on write, which the core must show */
  middle((volatile uint64_t *)g->peb);
  crasher_mark++;
}

static void to_itself(const struct metes_guest *g)
{
  (void)g;
  frames[0] = (struct frame){(uint64_t)&frames[0], 0x1111};
  fail_with((uint64_t)&frames[0]);
}

static void in_a_ring(const struct metes_guest *g)
{
  (void)g;
  frames[0] = (struct frame){(uint64_t)&frames[1], 0x1111};
  frames[1] = (struct frame){(uint64_t)&frames[0], 0x2222};
  fail_with((uint64_t)&frames[0]);
}

static void overlapping(const struct metes_guest *g)
{
  (void)g;
  frames[0] = (struct frame){(uint64_t)&frames[0] + 8, 0x1111};
  fail_with((uint64_t)&frames[0]);
}

static void too_long(const struct metes_guest *g)
{
  (void)g;
  for (unsigned i = 0; i < CHAIN; i++)
    frames[i] = (struct frame){(uint64_t)&frames[i + 1 < CHAIN ? i + 1 : 0], 0x1000 + i};
  fail_with((uint64_t)&frames[0]);
}

static void to_a_hole(const struct metes_guest *g)
{
  (void)g;
  frames[0] = (struct frame){0x700000000000, 0x1111};
  fail_with((uint64_t)&frames[0]);
}

static void to_null(const struct metes_guest *g)
{
  (void)g;
  fail_with(0);
}

static void not_canonical(const struct metes_guest *g)
{
  (void)g;
  fail_with(0x8000000000000000);
}

static void at_the_end(const struct metes_guest *g)
{
  (void)g;
  fail_with(UINT64_MAX - 7);
}

/* The frame's second word is in a page that is not there. */
static void astride(const struct metes_guest *g)
{
  fail_with(g->scratch_top + 1 - 8);
}

/* Its frame lies in a page that leads out of all memory. */
static void led_away(const struct metes_guest *g)
{
  uint64_t *const entry = metes_page_entry(g->peb->heap_gva);

  *entry = (*entry & ~FRAME) | 0x800000000;
  fail_with(g->peb->heap_gva);
}

/* An abort that names a frame which is none. */
static void false_frame(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("outb %%al, %%dx" : : "a"(METES_ABORT_FAULT), "d"(METES_PORT_ABORT));
  __asm__ volatile("outb %%al, %%dx"
                   :
                   : "a"(METES_ABORT_END), "d"(METES_PORT_ABORT), "S"(UINT64_MAX - 40), "c"(METES_FAULT_TOLD));
}

/* Every other page of the heap is gone, every third leads elsewhere, with whatever bits. */
static void torn(const struct metes_guest *g)
{
  uint64_t noise = 88172645463325252;

  for (uint64_t i = 0; i < g->peb->heap_size / PAGE; i++) {
    uint64_t *const entry = metes_page_entry(g->peb->heap_gva + i * PAGE);

    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    *entry = i % 2 == 0 ? 0 : i % 3 == 0 ? noise | 1 : (*entry & FRAME) | 1 | (noise & 6) | (noise & 1) << 63;
  }
  fail_with((uint64_t)&frames[0]);
}

/* Tables that are their own pages: the root leads to itself. */
static void root_in_root(const struct metes_guest *g)
{
  uint64_t *const root = (uint64_t *)g->tables_gva;

  for (unsigned i = 2; i < 500; i++)
    root[i] = g->tables_gpa | 3;
  fail_with(0);
}

static void no_tables(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("mov %0, %%cr3" : : "r"(0x700000000ull) : "memory");
}

static void reset(const struct metes_guest *g)
{
  const struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) none = {0, 0};

  crasher_mark = 0x5eed;
  (void)g;
  __asm__ volatile("lidt %0\n\tud2" : : "m"(none));
}

static void access(const struct metes_guest *g)
{
  const uint64_t heap = g->peb->heap_gva;
  uint64_t *const entry = metes_page_entry(heap);

  *entry = (*entry & ~(FRAME | METES_PTE_COPY_ON_WRITE)) | 0x800000000 | 2;
  __asm__ volatile("invlpg (%0)" : : "r"(heap) : "memory");
  *(volatile uint32_t *)(heap + 8) = 1;
}

static void by_its_word(const struct metes_guest *g)
{
  (void)g;
  metes_abort(7, "enough");
}

static void loop(const struct metes_guest *g)
{
  (void)g;
  for (;;)
    crasher_mark++;
}

static void (*const volatile acts[])(const struct metes_guest *) = {
  plain,       to_itself,   in_a_ring, overlapping,  too_long,  to_a_hole, to_null, not_canonical, at_the_end,
  astride,     led_away,    false_frame, torn,       root_in_root, no_tables, reset, access,       by_its_word,
  loop,
};

int main(const struct metes_guest *g)
{
  if (g->seed < sizeof acts / sizeof *acts)
    acts[g->seed](g);
  return 0;
}
