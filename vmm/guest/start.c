/* SPDX-License-Identifier: Apache-2.0
 * From the first instruction to main: the kit's page, the stack, relocations, exceptions. */
#include "kit.h"

#include "core/scratch.h"

#define PAGE 4096ull

struct rela {
  uint64_t offset;
  uint64_t info;
  uint64_t addend;
};

/* guest.ld */
extern const char kit_image[];
extern const struct rela kit_relocations[], kit_relocations_end[];

/* What the guest is told: the PEB, its registers and the words at the end of scratch. */
static struct metes_guest look_around(const struct metes_peb *peb, uint64_t rsp)
{
  const uint64_t buffers = peb->input_size + peb->output_size;
  struct metes_guest g = {.peb = peb, .entry_rsp = rsp};

  g.scratch_top = rsp | (PAGE - 1); /* the exception stack is in the last page */
  g.scratch_gva = g.scratch_top + 1 - *kit_word(g.scratch_top, METES_SCRATCH_SIZE_BELOW);
  g.tables_gpa = *kit_word(g.scratch_top, METES_SCRATCH_PT_BELOW);
  g.tables_gva = g.scratch_gva + (buffers + PAGE - 1) / PAGE * PAGE;
  return g;
}

static void set_gates(struct kit *kit)
{
  for (unsigned i = 0; i < KIT_VECTORS; i++) {
    const uint64_t entry = (uint64_t)kit_vectors + 16 * i;

    kit->idt[i] = (struct kit_gate){.low = (uint16_t)entry,
                                    .selector = 8,
                                    .ist = 1,
                                    .type = 0x8e, /* present interrupt gate */
                                    .middle = (uint16_t)(entry >> 16),
                                    .high = (uint32_t)(entry >> 32)};
  }
}

static void set_segments(struct kit *kit)
{
  const uint64_t tss = (uint64_t)&kit->tss, limit = sizeof kit->tss - 1;

  kit->gdt[1] = 0x00af9b000000ffff; /* 64-bit code */
  kit->gdt[2] = 0x00cf93000000ffff; /* data */
  kit->gdt[3] = limit | (tss & 0xffffff) << 16 | 0x89ull << 40 | (tss >> 24 & 0xff) << 56;
  kit->gdt[4] = tss >> 32;
  kit->tss.io_map = sizeof kit->tss;
  kit->tss.ist[0] = kit->guest.entry_rsp + 8;
}

static void load_tables(struct kit *kit)
{
  const struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) gdtr = {sizeof kit->gdt - 1, (uint64_t)kit->gdt},
                            idtr = {sizeof kit->idt - 1, (uint64_t)kit->idt};

  __asm__ volatile("lgdt %0\n\t"
                   "pushq $8\n\t"
                   "leaq 1f(%%rip), %%rax\n\t"
                   "pushq %%rax\n\t"
                   "lretq\n"
                   "1: movl $16, %%eax\n\t"
                   "movl %%eax, %%ds\n\t"
                   "movl %%eax, %%es\n\t"
                   "movl %%eax, %%ss\n\t"
                   "movl $24, %%eax\n\t"
                   "ltr %%ax\n\t"
                   "lidt %1"
                   :
                   : "m"(gdtr), "m"(idtr)
                   : "rax", "memory");
}

/* Runs on the exception stack, where no exception may come yet: it touches scratch only.
 * Takes the first free pages, for the tables, a hole that catches an overflow, and the
 * stack, of which the top is returned. */
uint64_t kit_boot(const struct metes_peb *peb, uint64_t seed, uint64_t page_size,
                  uint64_t log_level, uint64_t rsp)
{
  struct metes_guest g = look_around(peb, rsp);
  volatile uint64_t *const free_gpa = kit_word(g.scratch_top, METES_SCRATCH_FREE_BELOW);
  struct kit *const kit = (struct kit *)(g.tables_gva + (*free_gpa - g.tables_gpa));
  const uint64_t stack_top = (uint64_t)kit + (2 + KIT_STACK_PAGES) * PAGE;

  *free_gpa += (2 + KIT_STACK_PAGES) * PAGE;
  g.seed = seed;
  g.page_size = page_size;
  g.log_level = log_level;
  kit->guest = g;
  set_gates(kit);
  set_segments(kit);
  load_tables(kit);
  *metes_page_entry((uint64_t)kit + PAGE) = 0;
  __asm__ volatile("invlpg (%0)" : : "r"((uint64_t)kit + PAGE) : "memory");
  return stack_top;
}

/* An image is linked for address 0 and lies elsewhere: adds where to each pointer in it. */
static void relocate(void)
{
  for (const struct rela *r = kit_relocations; r != kit_relocations_end; r++) {
    if ((uint32_t)r->info != 8) /* R_X86_64_RELATIVE */
      metes_abort(METES_ABORT_PLAIN, "kit: a relocation that is not relative");
    *(uint64_t *)(kit_image + r->offset) = (uint64_t)kit_image + r->addend;
  }
}

_Noreturn void kit_main(void)
{
  relocate();
  metes_halt(main(&kit_state()->guest));
}
