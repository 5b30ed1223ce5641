/* SPDX-License-Identifier: Apache-2.0
 * What lies at an address: for maps and for the reports of guest faults. */
#ifndef METES_PLACE_H
#define METES_PLACE_H

#include "layout.h"

/* Where an address belongs. Snapshot first, then scratch, in the order in which they lie. */
enum metes_place {
  METES_PLACE_NONE = 0,   /* in no window of the guest */
  METES_PLACE_NULL_GUARD, /* below the snapshot */
  METES_PLACE_CODE,
  METES_PLACE_PEB,
  METES_PLACE_HEAP,
  METES_PLACE_INIT_DATA,
  METES_PLACE_SNAPSHOT_PT, /* the page tables that the host built, behind the snapshot's memory */
  METES_PLACE_INPUT,
  METES_PLACE_OUTPUT,      /* with the slack up to the page tables */
  METES_PLACE_SCRATCH_PT,  /* the page tables that the guest runs on */
  METES_PLACE_FREE,        /* the rest of scratch, bookkeeping and exception stack at its end */
};

#include "../spec/place.acsl"

/* The place of a guest-physical address. Total; exact for a sound layout (PLACE-1). */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures place_1: LayoutSound(*l) ==> PlaceIs(*l, l->snapshot_gpa, l->scratch_gpa, gpa, \result);
  @ ensures inside: PlaceInWindow(*l, l->snapshot_gpa, l->scratch_gpa, gpa, \result);
  @ ensures known: METES_PLACE_NONE <= \result <= METES_PLACE_FREE;
  @*/
enum metes_place metes_place_of_gpa(const struct metes_layout *l, uint64_t gpa);

/* The place of a guest-virtual address. Total; exact for a sound layout (PLACE-2). */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures place_2: LayoutSound(*l) ==> PlaceIs(*l, l->snapshot_gva, l->scratch_gva, gva, \result);
  @ ensures known: METES_PLACE_NONE <= \result <= METES_PLACE_FREE;
  @*/
enum metes_place metes_place_of_gva(const struct metes_layout *l, uint64_t gva);

#endif
