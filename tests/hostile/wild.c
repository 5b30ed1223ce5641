/* SPDX-License-Identifier: Apache-2.0
 * A guest that runs whatever bytes it is called with, in ring 0: it needs an executable heap. */
#include "gates.h"
#include "wild.h"

#define WORD sizeof(uint64_t)
#define RETS 0xc3c3c3c3c3c3c3c3ull

/* Where code of the way WILD_HALTS runs into an exception. */
extern const char give_up[];
__asm__(".text\n"
        "give_up: movl $3, %eax\n\t"
        "movl $108, %edx\n\t"
        "outl %eax, %dx\n\t"
        "jmp give_up\n");

static uint64_t *heap;

static void enter(void *start)
{
  __asm__ volatile("call *%0\n\tcld"
                   : "+a"(start)
                   :
                   : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                     "memory", "cc");
}

static void enter_to_halt(void)
{
  struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) kits;

  __asm__ volatile("sidt %0" : "=m"(kits));
  load_gates();
  enter(heap);
  __asm__ volatile("lidt %0" : : "m"(kits));
}

/* The bytes, then ways back for those that come so far. In whole words: each write beside code costs much where
 * the processor is emulated. */
static void place(const uint8_t *code, size_t n)
{
  size_t i = 0;

  for (; i < n / WORD; i++)
    __builtin_memcpy(&heap[i], code + i * WORD, WORD);
  heap[i] = RETS;
  __builtin_memcpy(&heap[i], code + i * WORD, n % WORD);
  heap[i + 1] = RETS;
}

static uint32_t run(const uint8_t *code, size_t n, struct metes_answer *answer)
{
  struct metes_fault fault = {0};

  place(code + 1, n - 1);
  answer->size = 0;
  if (code[0] == WILD_TOLD)
    enter(heap);
  else if (code[0] == WILD_HALTS)
    enter_to_halt();
  else if (!metes_try(enter, heap, &fault))
    return 1 + (uint32_t)fault.vector;
  return 0;
}

/* The sum of the bytes: what a guest that is well answers. */
static uint32_t sum(const uint8_t *bytes, size_t n, struct metes_answer *answer)
{
  uint8_t total = 0;

  for (size_t i = 0; i < n; i++)
    total += bytes[i];
  answer->at[0] = total;
  answer->size = 1;
  return 0;
}

static const struct metes_function functions[] = {{"run", run}, {"sum", sum}};

int main(const struct metes_guest *guest)
{
  heap = (uint64_t *)guest->peb->heap_gva;
  for (size_t i = 0; i < guest->page_size / WORD; i++)
    heap[i] = RETS; /* its page becomes a copy in scratch now, once; the kit's handler is needed for that */
  for (unsigned i = 0; i < KIT_VECTORS; i++)
    set_gate(i, give_up, 1);
  metes_serve(functions, sizeof functions / sizeof *functions);
}
