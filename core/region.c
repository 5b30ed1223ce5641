/* SPDX-License-Identifier: Apache-2.0
 * The regions of a snapshot, and resolving an address in them. */
#include "region.h"

/* Appends [start, end) as region `type` where it is not empty; returns the new count. */
/*@ requires \valid(r + (0 .. METES_MAX_REGIONS - 1));
  @ requires n <= type <= 3;
  @ terminates \true;
  @ exits \false;
  @ assigns r[n];
  @ ensures empty: start >= end ==> \result == n && r[n] == \old(r[n]);
  @ ensures added: start < end ==> \result == n + 1 && r[n].start == start && r[n].end == end &&
  @   r[n].flags == flags && r[n].type == type;
  @*/
static inline uint32_t append(struct metes_region *r, uint32_t n, uint64_t start, uint64_t end,
                              uint32_t flags, uint32_t type)
{
  if (start >= end)
    return n;
  r[n].start = start;
  r[n].end = end;
  r[n].flags = flags;
  r[n].type = type;
  return n + 1;
}

uint32_t metes_regions(const struct metes_layout *l, struct metes_region *r)
{
  const uint32_t rw = METES_READ + METES_WRITE, rwx = METES_READ + METES_WRITE + METES_EXECUTE;
  const uint32_t peb = l->options % 2 == 1 ? rw : METES_READ;
  const uint32_t heap = l->options / 2 % 2 == 1 ? rwx : rw;
  uint32_t n = 0;

  n = append(r, n, l->snapshot_gpa, l->peb_gpa, rwx, METES_REGION_CODE);
  n = append(r, n, l->peb_gpa, l->heap_gpa, peb, METES_REGION_PEB);
  n = append(r, n, l->heap_gpa, l->init_data_gpa, heap, METES_REGION_HEAP);
  n = append(r, n, l->init_data_gpa, l->memory_end_gpa, l->init_data_permissions,
             METES_REGION_INIT_DATA);
  return n;
}

enum metes_status metes_regions_resolve(const struct metes_region *r, uint32_t n, uint64_t gpa,
                                        uint64_t len, uint32_t *index, struct metes_error *err)
{
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant \forall integer k; 0 <= k < i ==> !Holds(r[k], gpa, len);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++)
    if (r[i].start <= gpa && gpa < r[i].end && len <= r[i].end - gpa) {
      *index = i;
      return METES_OK;
    }
  return metes_refuse(err, METES_E_UNMAPPED, gpa, len, 0);
}
