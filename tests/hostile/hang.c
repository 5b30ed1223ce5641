/* SPDX-License-Identifier: Apache-2.0
 * A guest that, called, never comes to an end by itself: the first byte says in which way. */
#include "gates.h"

static const struct metes_guest *guest;

/* Exceptions that come back to where they were: the gate's handler does nothing but return. */
extern const char return_at_once[], return_at_once_with_code[];
__asm__(".text\n"
        "return_at_once_with_code: addq $8, %rsp\n"
        "return_at_once: iretq\n");

static void catch_all(void)
{
  for (unsigned i = 0; i < KIT_VECTORS; i++) {
    const bool code = i == 8 || (i >= 10 && i <= 14) || i == 17 || i == 21;

    set_gate(i, code ? return_at_once_with_code : return_at_once, 0);
  }
  load_gates();
}

/* One instruction, or a few, for ever. */
#define AGAIN(name, text, ...)                                   \
  static void name(void)                                         \
  {                                                              \
    __asm__ volatile("1: " text "\n\tjmp 1b" : : __VA_ARGS__);   \
  }

/* The same, where each is an exception that returns to it. */
#define FAULTS(name, text, ...)                                  \
  static void name(void)                                         \
  {                                                              \
    catch_all();                                                 \
    __asm__ volatile("1: " text "\n\tjmp 1b" : : __VA_ARGS__);   \
  }

static uint64_t word[2] __attribute__((aligned(64)));
static uint8_t line[128] __attribute__((aligned(64)));
static uint64_t many;

static void cli_jmp(void)
{
  __asm__ volatile("cli\n1: jmp 1b");
}

AGAIN(pause_loop, "pause", "r"(0))
AGAIN(clock, "rdtsc", "r"(0))
AGAIN(who, "xorl %%eax, %%eax\n\tcpuid", "r"(0) : "rax", "rbx", "rcx", "rdx")
AGAIN(reload_tables, "mov %%cr3, %%rax\n\tmov %%rax, %%cr3", "r"(0) : "rax")
AGAIN(forget_pages, "invlpg (%0)", "r"(word))
AGAIN(write_back, "wbinvd", "r"(0))
AGAIN(copy_much, "mov %0, %%rdi\n\tmov %%rdi, %%rsi\n\tmov $128, %%ecx\n\tcld\n\trep movsb", "r"(line)
      : "rdi", "rsi", "rcx", "memory")
AGAIN(locked, "lock xaddq %%rax, (%0)", "r"(word) : "rax")
AGAIN(split_lock, "lock incl 62(%0)", "r"(line))
AGAIN(square_roots, "sqrtpd %%xmm0, %%xmm0\n\tdivpd %%xmm1, %%xmm0", "r"(0) : "xmm0", "xmm1")
AGAIN(debug_registers, "mov %%rax, %%dr0\n\tmov %%dr7, %%rax", "r"(0) : "rax")
AGAIN(hypercalls, "vmmcall", "r"(0) : "rax")
AGAIN(task_priority, "mov %%cr8, %%rax\n\tmov %%rax, %%cr8", "r"(0) : "rax")
FAULTS(undefined, "ud2", "r"(0))
FAULTS(page_faults, "movb $0, 0", "r"(0))
FAULTS(protection, "mov %0, %%rax\n\tmovb $0, (%%rax)", "r"(0x800000000000ull) : "rax")
FAULTS(breakpoints, "int3", "r"(0))
FAULTS(single_steps, "pushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n2: nop\n\tjmp 2b", "r"(0))
FAULTS(model_registers, "mov $0x12345678, %%ecx\n\trdmsr", "r"(0) : "rax", "rcx", "rdx")
FAULTS(division, "xorl %%ecx, %%ecx\n\tdivl %%ecx", "r"(0) : "rax", "rcx", "rdx")

/* Its own page tables, written again and again. */
static void remap(void)
{
  const uint64_t at = guest->peb->heap_gva;
  volatile uint64_t *entry = metes_page_entry(at);

  for (;;) {
    *entry ^= 0x1000;
    __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
    many += *(volatile uint8_t *)at;
  }
}

static void (*const volatile kinds[])(void) = {
  cli_jmp,     pause_loop,      clock,      who,           reload_tables, forget_pages,
  write_back,  copy_much,       locked,     split_lock,    square_roots,  debug_registers,
  hypercalls,  task_priority,   undefined,  page_faults,   protection,    breakpoints,
  single_steps, model_registers, division,  remap,
};

/* Prints the sum of the bytes, which shows that it is well and how far it came, and hangs. */
static uint32_t hang(const uint8_t *bytes, size_t n, struct metes_answer *answer)
{
  uint8_t total = 0;

  for (size_t i = 0; i < n; i++)
    total += bytes[i];
  __asm__ volatile("outb %0, %w1" : : "a"(total), "Nd"(METES_PORT_PRINT));
  if (n > 0 && bytes[0] < sizeof kinds / sizeof *kinds)
    kinds[bytes[0]]();
  answer->size = 0;
  return 0;
}

static const struct metes_function functions[] = {{"hang", hang}};

int main(const struct metes_guest *g)
{
  guest = g;
  metes_serve(functions, sizeof functions / sizeof *functions);
}
