/* SPDX-License-Identifier: Apache-2.0
 * Reserved ranges of guest-physical space: which one a window meets. Internal to core. */
#ifndef METES_RANGE_H
#define METES_RANGE_H

#include "layout.h"

/* The place of the first range that [gpa, gpa + size) meets, or n. (LAY-33, PLAN-9) */
/*@ requires \valid_read(r + (0 .. n - 1));
  @ requires gpa + size <= UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= n;
  @ ensures clear: \result == n <==> ClearOf(r, n, gpa, size);
  @ ensures met: \result < n ==> r[\result].start < gpa + size && gpa < r[\result].end;
  @*/
static inline uint32_t metes_first_met(const struct metes_range *r, uint32_t n, uint64_t gpa,
                                       uint64_t size)
{
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant ClearOf(r, i, gpa, size);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++)
    if (gpa + size > r[i].start && r[i].end > gpa)
      return i;
  return n;
}

#endif
