/* SPDX-License-Identifier: Apache-2.0
 * A guest that does at each halt what it is told (commands.h), and can tell whether it was put back. */
#include "guest.h"

#include "commands.h"
#include "core/scratch.h"
#include "kit.h"

#define PAGE 4096ull
#define PAGES 64u /* of scratch, for COMMAND_DIRTY */
#define KERNEL_GS_BASE 0xc0000102u

static uint64_t data[1024] = {0xdadadada}; /* in its own pages of the image, copied on write */
static volatile uint64_t *pages;
static uint64_t stars;

static void write_msr(uint32_t msr, uint64_t value)
{
  __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint64_t read_msr(uint32_t msr)
{
  uint32_t low, high;

  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return (uint64_t)high << 32 | low;
}

static void scribble(const struct metes_peb *peb)
{
  for (uint64_t at = 0; at < peb->heap_size; at += PAGE / 2)
    ((volatile uint64_t *)(peb->heap_gva + at))[0]++;
  for (unsigned i = 0; i < 1024; i++)
    ((volatile uint64_t *)data)[i] += 7;
}

/* 0, or the first thing that is not as main left it. */
static int look(const struct metes_peb *peb)
{
  uint64_t xmm, dr0;

  __asm__ volatile("movq %%xmm7, %0" : "=r"(xmm));
  __asm__ volatile("movq %%dr0, %0" : "=r"(dr0));
  for (unsigned i = 0; i < 1024; i++)
    if (((volatile uint64_t *)data)[i] != (i == 0 ? 0xdadadada : 5 * i))
      return 1;
  for (uint64_t at = 0; at < peb->heap_size; at += PAGE / 2)
    if (((volatile uint64_t *)(peb->heap_gva + at))[0] != (at % PAGE == 0 && at < 8 * PAGE ? at + 3 : 0))
      return 2;
  for (unsigned i = 0; i < PAGES; i++)
    if (pages[i * PAGE / 8] != i)
      return 3;
  if (xmm != 0x7777)
    return 4;
  if (dr0 != 0x1234)
    return 5;
  if (read_msr(KERNEL_GS_BASE) != 0x5000)
    return 6;
  return read_msr(0xc0000082) == stars ? 0 : 7;
}

/* AVX where there is any: its upper halves are state of their own. */
static void wide_registers(void)
{
  uint32_t a = 1, b, c = 0, d;
  uint64_t cr4;

  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  if ((c & 1u << 28) == 0)
    return;
  __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
  __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 0x40000));
  __asm__ volatile("xsetbv" : : "c"(0), "a"(7), "d"(0));
  __asm__ volatile("vpcmpeqd %%ymm7, %%ymm7, %%ymm7\n\tvpcmpeqd %%ymm15, %%ymm15, %%ymm15" : : : "memory");
}

static void registers(void)
{
  static const uint32_t numbers[] = {0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
                                     0xc0000100, KERNEL_GS_BASE};
  uint64_t cr4;

  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
    write_msr(numbers[i], 0x1110 + i);
  write_msr(0x277, 0x0606060606060606);
  write_msr(0xc0000080, read_msr(0xc0000080) | 1); /* SYSCALL */
  __asm__ volatile("swapgs");
  __asm__ volatile("movq %0, %%dr0\n\tmovq %0, %%dr1\n\tmovq %0, %%dr2\n\tmovq %0, %%dr3" : : "r"(0x4444ull));
  __asm__ volatile("movq %0, %%dr7\n\tmovq %1, %%dr6" : : "r"(0x455ull), "r"(0xffff0ff1ull));
  __asm__ volatile("mov %0, %%cr2\n\tmov %1, %%cr8" : : "r"(0x9999ull), "r"(5ull));
  __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
  __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 0x80));
  __asm__ volatile("fninit\n\tfldpi\n\tfldpi\n\tpcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm7, %%xmm7" : : : "memory");
  __asm__ volatile("ldmxcsr %0" : : "m"((uint32_t){0x1fc0}));
  __asm__ volatile("movl $16, %%eax\n\tmovl %%eax, %%fs\n\tmovl %%eax, %%gs" : : : "rax");
  wide_registers();
  __asm__ volatile("sti\n\thlt" : : "a"(1ull), "d"(2ull), "S"(3ull), "D"(4ull) : "r8", "memory"); /* in sti's shadow */
}

static _Noreturn void shut_down(void)
{
  const struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) none = {0, 0};

  __asm__ volatile("lidt %0\n\tud2" : : "m"(none));
  __builtin_unreachable();
}

/* The page's entry says writable, and the slot says no. */
static void write_read_only(const struct metes_guest *g)
{
  *metes_page_entry((uint64_t)g->peb) |= 2;
  __asm__ volatile("invlpg (%0)" : : "r"(g->peb) : "memory");
  *(volatile uint64_t *)g->peb = 1;
}

/* Two pages of the heap that were not copied yet, so two accesses of one instruction. */
static void write_two(const struct metes_guest *g)
{
  const uint64_t at = g->peb->heap_gva + 12 * PAGE - 4;

  *metes_page_entry(at) |= 2;
  __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
  *metes_page_entry(at + 4) |= 2;
  __asm__ volatile("invlpg (%0)" : : "r"(at + 4) : "memory");
  *(volatile uint64_t *)at = 1;
}

static void bad_msr(void *unused)
{
  (void)unused;
  write_msr(0xc0000103, 1); /* TSC_AUX */
}

static int obey(const struct metes_guest *g, uint64_t command, uint64_t argument)
{
  struct metes_fault fault;

  switch (command) {
  case COMMAND_DIRTY:
    for (uint64_t i = 0; i < argument; i++)
      pages[i * PAGE / 8] = 99;
    return -1;
  case COMMAND_SCRIBBLE: scribble(g->peb); return -1;
  case COMMAND_LOOK: return look(g->peb);
  case COMMAND_REGISTERS: registers(); return -1;
  case COMMAND_SHUTDOWN: shut_down();
  case COMMAND_PORT: __asm__ volatile("outb %%al, %%dx" : : "a"(1), "d"(0x77)); return -1;
  case COMMAND_STRING:
    __asm__ volatile("rep outsb" : "+c"(argument) : "S"(g->scratch_gva), "d"(METES_PORT_PRINT) : "memory");
    return -1;
  case COMMAND_READ_ONLY: write_read_only(g); return -1;
  case COMMAND_STRADDLE: write_two(g); return -1;
  case COMMAND_FOREVER: __asm__ volatile("cli\n1: jmp 1b"); return -1;
  case COMMAND_MSR: return metes_try(bad_msr, NULL, &fault) ? 1 : 0;
  case COMMAND_GENERATION: return (int)*kit_word(g->scratch_top, METES_SCRATCH_GENERATION_BELOW);
  default: return -1;
  }
}

static void make(const struct metes_guest *g)
{
  volatile uint64_t *const first = metes_take_page();

  for (unsigned i = 1; i < PAGES; i++)
    (void)metes_take_page(); /* they lie side by side: nothing is copied on write meanwhile */
  pages = first;
  for (unsigned i = 0; i < PAGES; i++)
    pages[i * PAGE / 8] = i;
  for (unsigned i = 1; i < 1024; i++)
    data[i] = 5 * i;
  for (uint64_t at = 0; at < 8 * PAGE; at += PAGE)
    *(volatile uint64_t *)(g->peb->heap_gva + at) = at + 3;
  __asm__ volatile("movq %0, %%xmm7" : : "r"(0x7777ull));
  __asm__ volatile("movq %0, %%dr0" : : "r"(0x1234ull));
  write_msr(KERNEL_GS_BASE, 0x5000);
  stars = (uint64_t)data;
  write_msr(0xc0000082, stars);
}

int main(const struct metes_guest *g)
{
  uint64_t command, argument, echo = 0;

  make(g);
  for (int verdict = -1;;) {
    __asm__ volatile("hlt" : "=b"(command), "=c"(argument) : "a"(main), "0"(echo), "1"(0) : "memory");
    echo = command == COMMAND_ECHO ? argument : 0;
    verdict = obey(g, command, argument);
    if (verdict >= 0)
      metes_halt(verdict);
  }
}
