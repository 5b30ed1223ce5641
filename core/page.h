/* SPDX-License-Identifier: Apache-2.0
 * Page arithmetic that cannot wrap: sums and roundings that saturate. */
#ifndef METES_PAGE_H
#define METES_PAGE_H

#include <stdint.h>
#include "../spec/page.acsl"

/* Bytes in a page: the x86-64 base page, and KVM's unit on it. (LAY-1) */
#define METES_PAGE_SIZE 4096ULL

/* The other alignments that a profile may have: a larger page, as of arm64 hosts, and
 * the large page of x86-64. (PRO-12) */
#define METES_ALIGN_16K 0x4000ULL
#define METES_ALIGN_2M 0x200000ULL

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

/* Whether x is a multiple of `alignment`: 4096, 16384 or 0x200000 (what lies between is
 * taken for the next of them, more for the last). (LAY-41) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> Aligned(x, alignment);
  @*/
static inline int metes_aligned(uint64_t x, uint64_t alignment)
{
  if (alignment <= METES_PAGE_SIZE)
    return x % METES_PAGE_SIZE == 0;
  if (alignment <= METES_ALIGN_16K)
    return x % METES_ALIGN_16K == 0;
  return x % METES_ALIGN_2M == 0;
}

/* The least multiple of `alignment` (as in metes_aligned) that is not below x, or 2^64 - 1
 * where that is 2^64. (LAY-4, LAY-41) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Sat(AlignUp(x, alignment));
  @*/
static inline uint64_t metes_align_up(uint64_t x, uint64_t alignment)
{
  if (alignment <= METES_PAGE_SIZE)
    return metes_page_up(x);
  if (alignment <= METES_ALIGN_16K)
    return x <= UINT64_MAX - 0x3FFF ? (x + 0x3FFF) / METES_ALIGN_16K * METES_ALIGN_16K : UINT64_MAX;
  return x <= UINT64_MAX - 0x1FFFFF ? (x + 0x1FFFFF) / METES_ALIGN_2M * METES_ALIGN_2M : UINT64_MAX;
}

#endif
