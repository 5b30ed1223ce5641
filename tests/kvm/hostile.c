/* SPDX-License-Identifier: Apache-2.0
 * A guest that does what its seed says: each way to end, and each way to misbehave. */
#include "vmm/guest/guest.h"

#define BIT(n) (1ull << (n))
#define WRITABLE BIT(1)
#define FRAME 0x000ffffffffff000ull

static void out8(uint16_t port, uint8_t value)
{
  __asm__ volatile("outb %0, %1" : : "a"(value), "d"(port));
}

static void out16(uint16_t port, uint16_t value)
{
  __asm__ volatile("outw %0, %1" : : "a"(value), "d"(port));
}

static void out32(uint16_t port, uint32_t value)
{
  __asm__ volatile("outl %0, %1" : : "a"(value), "d"(port));
}

/* Makes the page's entry lead to `gpa` and writable, as no kit would. */
static volatile uint8_t *remap(uint64_t gva, uint64_t gpa)
{
  uint64_t *entry = metes_page_entry(gva);

  *entry = (*entry & ~(FRAME | METES_PTE_COPY_ON_WRITE)) | gpa | WRITABLE;
  __asm__ volatile("invlpg (%0)" : : "r"(gva) : "memory");
  return (volatile uint8_t *)gva;
}

static void no_idt(void)
{
  const struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) none = {0, 0};

  __asm__ volatile("lidt %0" : : "m"(none));
}

static void halt_3(const struct metes_guest *g)
{
  (void)g;
  metes_halt(3);
}

static void halt_by_hlt(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("hlt");
}

static void halt_16(const struct metes_guest *g)
{
  (void)g;
  out16(METES_PORT_HALT, 0x102);
}

static void abort_7(const struct metes_guest *g)
{
  (void)g;
  metes_abort(7, "out of \033[31mideas\n");
}

/* Code 9 and "hey" as four bytes a piece, the first of them a count. */
static void abort_by_words(const struct metes_guest *g)
{
  (void)g;
  out32(METES_PORT_ABORT, 0x65680903);
  out16(METES_PORT_ABORT, 'y' << 8 | 1);
  out32(METES_PORT_ABORT, 0xff01);
}

static void print_by_words(const struct metes_guest *g)
{
  (void)g;
  out8(METES_PORT_PRINT, 'a');
  out16(METES_PORT_PRINT, 'b');
  out32(METES_PORT_PRINT, 'c');
  out32(METES_PORT_PRINT, 0x67666564);
  metes_printf(" %s %c %d %u %lx %08x %p %%\n", "text", '!', -5, 7u, 0xabcdef0123456789ul, 0x1234u,
               (void *)0x10);
  metes_log(METES_LOG_WARN, "mind the \001 gap");
  out8(METES_PORT_LOG, METES_LOG_TRACE);
  out8(METES_PORT_LOG, '~');
}

static void triple_fault(const struct metes_guest *g)
{
  (void)g;
  no_idt();
  __asm__ volatile("ud2");
}

static void loop(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("cli\n1: jmp 1b");
}

static void flood(const struct metes_guest *g)
{
  (void)g;
  for (;;)
    metes_print("more and more and more and more and more and more and more and more\n");
}

static void write_read_only_slot(const struct metes_guest *g)
{
  const uint64_t heap = g->peb->heap_gva;

  *remap(heap, *metes_page_entry(heap) & FRAME) = 1;
}

static void read_hole(const struct metes_guest *g)
{
  (void)*remap(g->peb->heap_gva, 0x800000000);
}

static void write_below(const struct metes_guest *g)
{
  *remap(g->peb->heap_gva, 0) = 1;
}

static void run_from_hole(const struct metes_guest *g)
{
  void (*const f)(void) = (void (*)(void))g->peb->heap_gva;

  *metes_page_entry(g->peb->heap_gva) &= ~BIT(63);
  remap(g->peb->heap_gva, 0x800000000);
  f();
}

static void jump_to_null(const struct metes_guest *g)
{
  void (*volatile f)(void) = (void (*)(void))0;

  (void)g;
  f();
}

static void write_peb(const struct metes_guest *g)
{
  *(volatile uint64_t *)g->peb = 1;
}

static void write_code(const struct metes_guest *g)
{
  (void)g;
  *(volatile uint8_t *)write_code = 0xc3;
}

static void overflow(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("1: push $0\n\tjmp 1b");
}

static void divide(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : : : "eax", "ecx", "edx");
}

static void call_host(const struct metes_guest *g)
{
  (void)g;
  out32(METES_PORT_CALL, 0);
}

static void unknown_port(const struct metes_guest *g)
{
  (void)g;
  out8(0x80, 1);
}

static void read_port(const struct metes_guest *g)
{
  uint8_t value;

  (void)g;
  __asm__ volatile("inb $0x60, %0" : "=a"(value));
}

/* Takes pages until there are none, then wants one more for a copy. */
static void exhaust(const struct metes_guest *g)
{
  while (metes_take_page() != NULL)
    continue;
  *(volatile uint8_t *)g->peb->heap_gva = 1;
}

/* Page tables that lead nowhere: the very next fetch ends it. */
static void lose_tables(const struct metes_guest *g)
{
  (void)g;
  __asm__ volatile("mov %0, %%cr3" : : "r"(0x700000000ull) : "memory");
}

static void (*const volatile acts[])(const struct metes_guest *) = {
  halt_3,       halt_by_hlt, halt_16,   abort_7,       abort_by_words,       print_by_words,
  triple_fault, loop,        flood,     read_hole,     write_read_only_slot, write_below,
  jump_to_null, write_peb,   overflow,  write_code,    run_from_hole,        divide,
  call_host,    read_port,   exhaust,   unknown_port,  lose_tables,
};

int main(const struct metes_guest *g)
{
  if (g->seed < sizeof acts / sizeof *acts)
    acts[g->seed](g);
  return 0;
}
