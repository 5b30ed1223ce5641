/* SPDX-License-Identifier: Apache-2.0
 * The parts of the guest that checks from inside whether all is where it was promised. */
#ifndef METES_SELFCHECK_H
#define METES_SELFCHECK_H

#include "guest.h"

#define PAGE 4096ull

/* Permissions, as METES_READ and so on (core/layout.h). */
#define RW (METES_READ | METES_WRITE)
#define RX (METES_READ | METES_EXECUTE)

/* One line, `ok name` or `FAIL name`. Returns `good`. */
__attribute__((format(printf, 2, 3))) bool check(bool good, const char *format, ...);

/* What the first bytes of init data may say: what the guest is to find. */
struct expected {
  char magic[8];        /* "METESCHK" */
  uint64_t checksum;    /* FNV-1a of all that follows it */
  uint32_t options;     /* METES_OPT_… */
  uint32_t permissions; /* of init data */
  uint8_t code[8];      /* begins with RET */
};

/* Init data as the test wrote it, or null where it has no such head. */
const struct expected *expected(const struct metes_guest *g);

static inline uint64_t page_up(uint64_t x)
{
  return (x + PAGE - 1) / PAGE * PAGE;
}

/* The first address behind the snapshot's memory. */
static inline uint64_t memory_end(const struct metes_peb *peb)
{
  return page_up(peb->init_data_gva + peb->init_data_size);
}

/* Attempts, each true where no exception came. */
bool can_read(uint64_t gva, struct metes_fault *fault);
bool can_write(uint64_t gva, struct metes_fault *fault);
bool can_execute(uint64_t gva, struct metes_fault *fault); /* what lies there must return */

void check_machine(const struct metes_guest *g);  /* registers, CPUID, the processor's modes */
void check_peb(const struct metes_guest *g);      /* the PEB's words among themselves */
void check_scratch(const struct metes_guest *g);  /* bookkeeping, buffers */
void check_regions(const struct metes_guest *g);  /* each region's permissions, tried out */
void check_outside(const struct metes_guest *g);  /* the null guard and beyond the windows */
void check_tables(const struct metes_guest *g);   /* every entry of the page tables */
void check_contents(const struct metes_guest *g); /* init data is what was given */

#endif
