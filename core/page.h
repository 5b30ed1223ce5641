/* SPDX-License-Identifier: Apache-2.0
 * Page arithmetic that cannot wrap: sums and roundings that saturate. */
#ifndef METES_PAGE_H
#define METES_PAGE_H

#include <stdint.h>
#include "../spec/page.acsl"

/* Bytes in a page: the x86-64 base page, and KVM's unit on it. (LAY-1) */
#define METES_PAGE_SIZE 4096ULL

/* a + b, or 2^64 - 1 where the sum does not fit. (LAY-4) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Sat(a + b);
  @*/
static inline uint64_t metes_sat_add(uint64_t a, uint64_t b)
{
  return b <= UINT64_MAX - a ? a + b : UINT64_MAX;
}

/* The least page multiple that is not below x, or 2^64 - 1 where that is 2^64. (LAY-2, LAY-4) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Sat(PageUp(x));
  @*/
static inline uint64_t metes_page_up(uint64_t x)
{
  return x <= UINT64_MAX - 4095 ? (x + 4095) / METES_PAGE_SIZE * METES_PAGE_SIZE : UINT64_MAX;
}

#endif
