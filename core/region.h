/* SPDX-License-Identifier: Apache-2.0
 * The regions of a snapshot: what lies where, with which permissions. */
#ifndef METES_REGION_H
#define METES_REGION_H

#include "layout.h"

/* The kinds of region, in the order in which they lie. */
enum metes_region_type {
  METES_REGION_CODE = 0,
  METES_REGION_PEB = 1,
  METES_REGION_HEAP = 2,
  METES_REGION_INIT_DATA = 3,
};

#define METES_MAX_REGIONS 4u

/* Guest-physical [start, end), page multiples for a sound layout. */
struct metes_region {
  uint64_t start;
  uint64_t end;
  uint32_t flags; /* METES_READ | … */
  uint32_t type;  /* enum metes_region_type */
};

#include "../spec/regions.acsl"

/* Lists the regions of *l in r[0 ..] and returns how many there are, 0 to 4.
 * Total: from any layout just those areas whose start is below their end (REG-1
 * to REG-4). Of a sound layout they tile [snapshot_gpa, memory_end_gpa) exactly
 * (REG-5) in whole pages, or multiples of its profile's alignment (REG-6, LAY-41).
 * r[\result ..] is unspecified. No errors. */
/*@ requires \valid_read(l) && \valid(r + (0 .. METES_MAX_REGIONS - 1));
  @ requires \separated(l, r + (0 .. METES_MAX_REGIONS - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns r[0 .. METES_MAX_REGIONS - 1];
  @ ensures count: \result <= METES_MAX_REGIONS;
  @ ensures reg_1: RegionsOf(\old(*l), r, \result);
  @ ensures reg_3: RegionsRise(r, \result);
  @ ensures reg_4: RegionsAll(\old(*l), r, \result, 4);
  @ ensures reg_5: \old(LayoutSound(*l)) ==>
  @   RegionsTile(r, \result, \old(l->snapshot_gpa), \old(l->memory_end_gpa));
  @ ensures reg_6: \old(LayoutSound(*l)) ==> RegionsAligned(r, \result);
  @ ensures reg_6_aligned: \forall integer a; LayoutAligned(\old(*l), a) ==>
  @   RegionsAlignedTo(r, \result, a);
  @*/
uint32_t metes_regions(const struct metes_layout *l, struct metes_region *r);

/* Finds the region that holds all of [gpa, gpa + len). (GPA-1, GPA-2)
 * Total: the regions may be any, in any order, overlapping or inverted; the
 * first that holds the range is the answer. A range of no bytes is held where
 * its address is.
 * Returns METES_OK with *index = the region's place in r; or METES_E_UNMAPPED
 * (requested: gpa, limit: len), also for a range that straddles an end, with
 * *index untouched. */
/*@ requires \valid_read(r + (0 .. n - 1)) && \valid(index) && \valid(err);
  @ requires \separated(r + (0 .. n - 1), index) && \separated(r + (0 .. n - 1), err) &&
  @   \separated(index, err);
  @ terminates \true;
  @ exits \false;
  @ assigns *index, *err;
  @ ensures known: \result == METES_OK || \result == METES_E_UNMAPPED;
  @ ensures gpa_1: \result == METES_OK <==>
  @   \old(\exists integer i; 0 <= i < n && Holds(r[i], gpa, len));
  @ ensures gpa_2: \result == METES_OK ==> *index < n && \old(Holds(r[\at(*index, Post)], gpa, len));
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures missed: \result != METES_OK ==> *index == \old(*index) && ErrorIs(err, gpa, len, 0);
  @*/
enum metes_status metes_regions_resolve(const struct metes_region *r, uint32_t n, uint64_t gpa,
                                        uint64_t len, uint32_t *index, struct metes_error *err);

#endif
