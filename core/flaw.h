/* SPDX-License-Identifier: Apache-2.0
 * What is wrong with a profile (PRO-12, PRO-1 to PRO-8), in line: every layout asks it.
 * Internal to core. */
#ifndef METES_FLAW_H
#define METES_FLAW_H

#include "align.h"
#include "profile.h"

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> EndsAligned(last, alignment);
  @*/
static inline int metes_ends_aligned(uint64_t last, uint64_t alignment)
{
  return last < UINT64_MAX && metes_aligned(last + 1, alignment);
}

/* PRO-6, given PRO-2, PRO-4 and PRO-5. */
/*@ requires \valid_read(p) && ProfileEnds(p) && ProfileOrder(p) && ProfileMax(p);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> ProfileCanonical(p);
  @*/
static inline int metes_ends_canonical(const struct metes_profile *p)
{
  const uint64_t low_end = 0x800000000000, high_start = 0xFFFF800000000000;

  if (p->last_gva < low_end || p->snapshot_gva >= high_start)
    return 1;
  return p->snapshot_gva <= low_end && 2 * p->max_size <= low_end - p->snapshot_gva &&
         p->last_gva >= high_start && p->max_size <= p->last_gva - high_start + 1;
}

/*@ requires \valid_read(r + (0 .. n - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> RangesFull(r, n);
  @*/
static inline int metes_ranges_full(const struct metes_range *r, uint32_t n)
{
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant RangesFull(r, i);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++)
    if (r[i].start >= r[i].end)
      return 0;
  return 1;
}

/* As metes_profile_flaw. */
/*@ requires \valid_read(p);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures sound: \result == 0 <==> ProfileSound(p);
  @ ensures bound: \result <= 8 || \result == 12;
  @ ensures pro_12: \result == 12 <==> !ProfileAlignment(p);
  @ ensures pro_1: \result == 1 <==> ProfileAlignment(p) && !ProfileBases(p);
  @ ensures pro_2: \result == 2 <==> ProfileAlignment(p) && ProfileBases(p) && !ProfileEnds(p);
  @ ensures pro_3: \result == 3 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   !ProfileGpaWidth(p);
  @ ensures pro_4: \result == 4 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   ProfileGpaWidth(p) && !ProfileOrder(p);
  @ ensures pro_5: \result == 5 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   ProfileGpaWidth(p) && ProfileOrder(p) && !ProfileMax(p);
  @ ensures pro_6: \result == 6 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   ProfileGpaWidth(p) && ProfileOrder(p) && ProfileMax(p) && !ProfileCanonical(p);
  @ ensures pro_7: \result == 7 <==> ProfileNumbers(p) && p->n_reserved > METES_MAX_RESERVED;
  @*/
static inline uint32_t metes_flaw(const struct metes_profile *p)
{
  const uint64_t a = p->alignment;

  if (a != METES_PAGE_SIZE && a != METES_ALIGN_16K && a != METES_ALIGN_2M)
    return 12;
  if (p->snapshot_gpa < METES_PAGE_SIZE || !metes_aligned(p->snapshot_gpa, a) ||
      p->snapshot_gva < METES_PAGE_SIZE || !metes_aligned(p->snapshot_gva, a))
    return 1;
  if (!metes_ends_aligned(p->last_gpa, a) || !metes_ends_aligned(p->last_gva, a))
    return 2;
  if (p->last_gpa >= 0x10000000000000)
    return 3;
  if (p->snapshot_gpa > p->last_gpa || p->snapshot_gva > p->last_gva)
    return 4;
  if (p->max_size == 0 || p->max_size > METES_MAX_REGION_SIZE || !metes_aligned(p->max_size, a))
    return 5;
  if (!metes_ends_canonical(p))
    return 6;
  if (p->n_reserved > METES_MAX_RESERVED)
    return 7;
  return metes_ranges_full(p->reserved, p->n_reserved) ? 0 : 8;
}

#endif
