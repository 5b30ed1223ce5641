/* SPDX-License-Identifier: Apache-2.0
 * The regions of a snapshot, and resolving an address in them. */
#include "region.h"

/*@ predicate SameRegion(struct metes_region a, struct metes_region b) =
  @   a.start == b.start && a.end == b.end && a.flags == b.flags && a.type == b.type;

  @ lemma regions_aligned_to{L}:
  @   \forall struct metes_layout l, struct metes_region *r, integer n, a;
  @   RegionList(l, r, n, 4) && GpasAligned(l, a) ==> RegionsAlignedTo(r, n, a);
  @*/

/* Appends [start, end) as region `type` where it is not empty; returns the new count. */
/*@ requires \valid(r + (0 .. METES_MAX_REGIONS - 1));
  @ requires type <= 3 && RegionList(l, r, n, type);
  @ requires start == RegionStart(l, type) && end == RegionEnd(l, type);
  @ requires flags == RegionFlags(l, type);
  @ terminates \true;
  @ exits \false;
  @ assigns r[n];
  @ ensures RegionList(l, r, \result, type + 1);
  @*/
static inline uint32_t append(struct metes_layout l, struct metes_region *r, uint32_t n,
                              uint64_t start, uint64_t end, uint32_t flags, uint32_t type)
{
  (void)l; /* the contract speaks of it */
  if (start >= end) {
    //@ assert all: RegionsAll(l, r, n, type + 1);
    return n;
  }
  r[n].start = start;
  r[n].end = end;
  r[n].flags = flags;
  r[n].type = type;
  //@ assert kept: \forall integer i; 0 <= i < n ==> SameRegion(r[i], \at(r[i], Pre));
  //@ assert new: RegionIs(l, r[n]);
  //@ assert of: RegionsOf(l, r, n + 1);
  //@ assert rise: RegionsRise(r, n + 1);
  //@ assert listed: \forall integer t; 0 <= t < type && RegionListed{Pre}(r, n, t) ==> RegionListed(r, n + 1, t);
  //@ assert last: RegionListed(r, n + 1, type);
  //@ assert all: RegionsAll(l, r, n + 1, type + 1);
  return n + 1;
}

uint32_t metes_regions(const struct metes_layout *l, struct metes_region *r)
{
  const struct metes_layout v = *l;
  const uint32_t rw = METES_READ + METES_WRITE, rwx = METES_READ + METES_WRITE + METES_EXECUTE;
  const uint32_t peb = v.options % 2 == 1 ? rw : METES_READ;
  const uint32_t heap = v.options / 2 % 2 == 1 ? rwx : rw;
  uint32_t n = 0;

  n = append(v, r, n, v.snapshot_gpa, v.peb_gpa, rwx, METES_REGION_CODE);
  n = append(v, r, n, v.peb_gpa, v.heap_gpa, peb, METES_REGION_PEB);
  n = append(v, r, n, v.heap_gpa, v.init_data_gpa, heap, METES_REGION_HEAP);
  n = append(v, r, n, v.init_data_gpa, v.memory_end_gpa, v.init_data_permissions,
             METES_REGION_INIT_DATA);
  //@ assert list: RegionList(v, r, n, 4);
  //@ assert bounds: LayoutSound(v) ==> BoundsRise(v) && BoundsAligned(v);
  //@ assert cover: \forall integer x; v.snapshot_gpa <= x < v.memory_end_gpa ==> Covered(r, n, x);
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
