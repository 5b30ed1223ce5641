/* SPDX-License-Identifier: Apache-2.0
 * For guests that take their exceptions by themselves: a table of their own, in the kit's place. */
#ifndef METES_TESTS_HOSTILE_GATES_H
#define METES_TESTS_HOSTILE_GATES_H

#include "vmm/guest/kit.h"

static struct kit_gate gates[KIT_VECTORS];

/* Exception i enters at `to`, on stack `ist` of the kit's TSS; 0: on the stack that is there. */
static inline void set_gate(unsigned i, const char *to, uint8_t ist)
{
  const uint64_t at = (uint64_t)to;

  gates[i] = (struct kit_gate){.low = (uint16_t)at, .selector = 8, .ist = ist, .type = 0x8e,
                               .middle = (uint16_t)(at >> 16), .high = (uint32_t)(at >> 32)};
}

static inline void load_gates(void)
{
  const struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) idtr = {sizeof gates - 1, (uint64_t)gates};

  __asm__ volatile("lidt %0" : : "m"(idtr));
}

#endif
