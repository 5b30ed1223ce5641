/* SPDX-License-Identifier: Apache-2.0
 * selfcheck: attempts at an address, and the addresses where all of them must fail. */
#include "selfcheck.h"

static void read_byte(void *at)
{
  (void)*(volatile const uint8_t *)at;
}

static void write_byte(void *at)
{
  volatile uint8_t *const byte = at;

  *byte = *byte;
}

/* A write alone: where nothing can be read there is nothing to put back. */
static void zero_byte(void *at)
{
  *(volatile uint8_t *)at = 0;
}

static void run_it(void *at)
{
  __asm__ volatile("call *%0" : : "r"(at) : "memory");
}

bool can_read(uint64_t gva, struct metes_fault *fault)
{
  return metes_try(read_byte, (void *)gva, fault);
}

bool can_write(uint64_t gva, struct metes_fault *fault)
{
  return metes_try(write_byte, (void *)gva, fault);
}

bool can_execute(uint64_t gva, struct metes_fault *fault)
{
  return metes_try(run_it, (void *)gva, fault);
}

/* A page fault at this address, with this error code, and no page there. */
static bool faults(void (*attempt)(void *), uint64_t gva, uint64_t code)
{
  struct metes_fault f;

  return !metes_try(attempt, (void *)gva, &f) && f.vector == 14 && f.address == gva &&
         f.code == code;
}

static void check_unmapped(const char *name, uint64_t gva)
{
  check(faults(read_byte, gva, 0) && faults(zero_byte, gva, 2) && faults(run_it, gva, 16),
        "%s: 0x%lx is not mapped", name, gva);
}

/* PRO-1, PT-14: right beside each window nothing is mapped, nor in the null guard. */
void check_outside(const struct metes_guest *g)
{
  extern const char kit_image[];
  const uint64_t end = memory_end(g->peb);

  check_unmapped("null guard", 0);
  check_unmapped("null guard", PAGE - 1);
  check_unmapped("before the snapshot", (uint64_t)kit_image - 1);
  if (end != g->scratch_gva) { /* two windows may touch */
    check_unmapped("behind the snapshot", end);
    check_unmapped("before scratch", g->scratch_gva - 1);
  }
  if (g->scratch_top != UINT64_MAX)
    check_unmapped("behind scratch", g->scratch_top + 1);
}
