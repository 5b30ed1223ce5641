/* SPDX-License-Identifier: Apache-2.0
 * A guest that runs whatever bytes it is called with, in ring 0: it needs an executable heap. */
#include "vmm/guest/guest.h"

#define ROOM 4096u

static uint8_t *heap;

/* The bytes, then a way back for those that come so far. */
static uint32_t run(const uint8_t *code, size_t n, struct metes_answer *answer)
{
  const size_t length = n < ROOM - 1 ? n : ROOM - 1;
  uint8_t *start = heap;

  for (size_t i = 0; i < length; i++)
    heap[i] = code[i];
  heap[length] = 0xc3;
  __asm__ volatile("call *%0"
                   : "+a"(start)
                   :
                   : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                     "memory", "cc");
  answer->size = 0;
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
  heap = (uint8_t *)guest->peb->heap_gva;
  heap[0] = 0; /* its page becomes a copy in scratch now, once */
  metes_serve(functions, sizeof functions / sizeof *functions);
}
