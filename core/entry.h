/* SPDX-License-Identifier: Apache-2.0
 * What both walks read out of page-table entries that anyone may have written. Internal to core. */
#ifndef METES_ENTRY_H
#define METES_ENTRY_H

#include "pagetable.h"

/* The frame of an entry: bits 12 to 51. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Frame(e);
  @*/
static inline uint64_t metes_frame(uint64_t e)
{
  return e / METES_PAGE_SIZE % 0x10000000000ULL;
}

/* An entry of an upper level: does it link no table, but lead to a large page? */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> e % 2 == 1 && e / 128 % 2 == 1;
  @*/
static inline int metes_is_large(uint64_t e)
{
  return e % 2 == 1 && e / METES_ENTRY_LARGE % 2 == 1;
}

/* PT-18: a large page, an entry of level 2, with a bit of 13 to 20. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> LargeReserved(e);
  @*/
static inline int metes_is_reserved(uint64_t e)
{
  return e / 0x2000 % 256 != 0;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> Canonical(gva);
  @*/
static inline int metes_is_canonical(uint64_t gva)
{
  return gva < 0x800000000000ULL || gva >= 0xFFFF800000000000ULL;
}

/* What entries of four levels, the last one present, allow together. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == AllowedBy(e4, e3, e2, e);
  @*/
static inline uint32_t metes_allowed(uint64_t e4, uint64_t e3, uint64_t e2, uint64_t e)
{
  const uint64_t nx = METES_ENTRY_NO_EXECUTE;
  uint32_t flags = METES_READ;

  if (e4 / 2 % 2 == 1 && e3 / 2 % 2 == 1 && e2 / 2 % 2 == 1 && e / 2 % 2 == 1)
    flags += METES_WRITE;
  if (e4 < nx && e3 < nx && e2 < nx && e < nx)
    flags += METES_EXECUTE;
  if (e / METES_ENTRY_COPY_ON_WRITE % 2 == 1)
    flags += METES_COPY_ON_WRITE;
  return flags;
}

/* A walk that leads nowhere. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && \result.gpa == 0 && \result.flags == 0 &&
  @   \result.entry == 0;
  @*/
static inline struct metes_walk metes_lost(enum metes_status status)
{
  struct metes_walk w;

  w.status = status;
  w.flags = 0;
  w.gpa = 0;
  w.entry = 0;
  return w;
}

#endif
