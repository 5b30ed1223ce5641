/* SPDX-License-Identifier: Apache-2.0
 * Page tables made by hand in a guest's scratch: for gva.c and gvacopy.c. */
#ifndef METES_UNIT_GVA_H
#define METES_UNIT_GVA_H

#include "unit.h"

enum { SNAPSHOT = 0x24000, SCRATCH = 0x48000, LAST = SCRATCH / 0x1000 - 1 };
enum { ROOT = 8, T3 = 20, T2 = LAST, T1 = 30, DATA = 40 }; /* pages of scratch */
#define TOP 0xFFFFB8000ULL                                  /* where scratch begins */
#define GVA 0x8040201000ULL                                 /* entry 1 of each table */
#define P METES_ENTRY_PRESENT
#define PW (P | METES_ENTRY_WRITABLE)
#define NX METES_ENTRY_NO_EXECUTE
static uint8_t snapshot[SNAPSHOT], scratch[SCRATCH], before[SCRATCH], bytes[0x5000];
static struct metes_memory guest;
static uint64_t cr3;

static inline uint64_t gpa_of(uint64_t page)
{
  return TOP + 0x1000 * page;
}

static inline void put(uint64_t page, uint64_t i, uint64_t e)
{
  metes_put64(scratch, 0x1000 * page + 8 * i, e);
}

/* One page is mapped, at GVA to DATA: its second table lies in the last page of scratch. */
static inline int fresh(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.pt_size = 0x2000;
  guest = (struct metes_memory){layout_of(&p, &c), snapshot, scratch};
  assert_int_equal(guest.layout.snapshot_size, SNAPSHOT);
  for (uint32_t i = 0; i < SNAPSHOT; i++)
    snapshot[i] = (uint8_t)(i * 7 + i / 251);
  memset(scratch, 0, sizeof scratch);
  for (uint32_t i = 0; i < 0x8000; i++)
    scratch[i + DATA * 0x1000] = (uint8_t)(i * 11 + i / 241);
  memset(bytes, 0xC3, sizeof bytes);
  cr3 = gpa_of(ROOT);
  put(ROOT, 1, gpa_of(T3) | PW);
  put(T3, 1, gpa_of(T2) | PW);
  put(T2, 1, gpa_of(T1) | PW);
  put(T1, 1, gpa_of(DATA) | PW);
  return 0;
}

static inline struct metes_walk walk(uint64_t gva)
{
  return metes_gva_walk(&guest, cr3, gva);
}

static inline void assert_leads(uint64_t gva, uint64_t gpa, uint32_t flags)
{
  const struct metes_walk w = walk(gva);

  assert_int_equal(w.status, METES_OK);
  assert_int_equal(w.gpa, gpa);
  assert_int_equal(w.flags, flags);
}

#endif
