/* SPDX-License-Identifier: Apache-2.0
 * selfcheck: the processor is as promised, and the PEB's words fit each other. */
#include "selfcheck.h"

static uint64_t read_efer(void)
{
  uint32_t low, high;

  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000080));
  return (uint64_t)high << 32 | low;
}

static unsigned physical_bits(void)
{
  uint32_t a = 0x80000008, b, c = 0, d;

  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return a & 0xff;
}

static void use_sse(void *sum)
{
  __asm__ volatile("movq %1, %%xmm0\n\tpaddq %%xmm0, %%xmm0\n\tmovq %%xmm0, %0"
                   : "=r"(*(uint64_t *)sum)
                   : "r"(21ull)
                   : "xmm0");
}

void check_machine(const struct metes_guest *g)
{
  uint64_t cr0, cr3, cr4, sum = 0;
  const uint64_t efer = read_efer();
  struct metes_fault fault;

  __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
  __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
  __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
  check((cr0 & 0x80010001) == 0x80010001, "cr0: protection, paging and write protection are on");
  check((efer & 0xc00) == 0xc00, "efer: long mode and no-execute are on");
  check((cr4 & 0x20) != 0, "cr4: 64-bit page-table entries");
  check(cr3 == g->tables_gpa, "cr3: 0x%lx, as scratch says", cr3);
  check(metes_try(use_sse, &sum, &fault) && sum == 42, "SSE works");
  check(physical_bits() >= 36, "cpuid: %u physical address bits", physical_bits());
  check(g->page_size == PAGE, "rdx: the page size is %lu", g->page_size);
}

static bool adds_up(uint64_t start, uint64_t size)
{
  return start % PAGE == 0 && start + size - 1 >= start;
}

void check_peb(const struct metes_guest *g)
{
  const struct metes_peb *p = g->peb;
  extern const char kit_image[];

  check((uint64_t)p % PAGE == 0 && p->heap_gva > (uint64_t)p, "PEB: at 0x%lx", (uint64_t)p);
  check((uint64_t)kit_image % PAGE == 0 && kit_image < (const char *)p,
        "code: at 0x%lx, below the PEB", (uint64_t)kit_image);
  check(adds_up(p->heap_gva, p->heap_size) && p->heap_size > 0, "heap: at 0x%lx, %lu bytes",
        p->heap_gva, p->heap_size);
  check(p->init_data_gva == page_up(p->heap_gva + p->heap_size),
        "init data: right behind the heap, %lu bytes", p->init_data_size);
  check(adds_up(p->input_gva, p->input_size) && p->input_size >= 0x2000,
        "input: at 0x%lx, %lu bytes", p->input_gva, p->input_size);
  check(p->output_gva == p->input_gva + p->input_size && p->output_size >= 0x2000,
        "output: right behind input, %lu bytes", p->output_size);
  check(p->input_gva >= memory_end(p) || p->output_gva + p->output_size <= (uint64_t)kit_image,
        "input and output: apart from the snapshot");
}
