/* SPDX-License-Identifier: Apache-2.0
 * What lies at an address. */
#include "place.h"

/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == SnapshotPlace(*l, o);
  @*/
static enum metes_place in_snapshot(const struct metes_layout *l, uint64_t o)
{
  if (o < l->peb_offset)
    return METES_PLACE_CODE;
  if (o < l->heap_offset)
    return METES_PLACE_PEB;
  if (o < l->init_data_offset)
    return METES_PLACE_HEAP;
  return o < l->memory_size ? METES_PLACE_INIT_DATA : METES_PLACE_SNAPSHOT_PT;
}

/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == ScratchPlace(*l, o);
  @*/
static enum metes_place in_scratch(const struct metes_layout *l, uint64_t o)
{
  if (o < l->input_data_size)
    return METES_PLACE_INPUT;
  if (o < l->pt_scratch_offset)
    return METES_PLACE_OUTPUT;
  return o - l->pt_scratch_offset < l->pt_size ? METES_PLACE_SCRATCH_PT : METES_PLACE_FREE;
}

/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures place: snapshot + l->snapshot_size <= scratch && scratch + l->scratch_size <= UINT64_MAX
  @   ==> PlaceIs(*l, snapshot, scratch, x, \result);
  @ ensures inside: PlaceInWindow(*l, snapshot, scratch, x, \result);
  @ ensures known: METES_PLACE_NONE <= \result <= METES_PLACE_FREE;
  @*/
static enum metes_place place_of(const struct metes_layout *l, uint64_t snapshot, uint64_t scratch,
                                 uint64_t x)
{
  if (x < snapshot)
    return METES_PLACE_NULL_GUARD;
  if (x - snapshot < l->snapshot_size)
    return in_snapshot(l, x - snapshot);
  if (x >= scratch && x - scratch < l->scratch_size)
    return in_scratch(l, x - scratch);
  return METES_PLACE_NONE;
}

enum metes_place metes_place_of_gpa(const struct metes_layout *l, uint64_t gpa)
{
  return place_of(l, l->snapshot_gpa, l->scratch_gpa, gpa);
}

enum metes_place metes_place_of_gva(const struct metes_layout *l, uint64_t gva)
{
  return place_of(l, l->snapshot_gva, l->scratch_gva, gva);
}
