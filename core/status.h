/* SPDX-License-Identifier: Apache-2.0
 * What every function of core answers: a status, and an error that says how much was too much. */
#ifndef METES_STATUS_H
#define METES_STATUS_H

#include <stdint.h>

/* Each status names one clause of the specification (spec/). Within one function
 * the checks are made in the order of this list and the first that fails is the
 * answer. `requested`, `limit` and `index` are the fields of struct metes_error. */
enum metes_status {
  METES_OK = 0,

  /* metes_layout_compute: LAY-20 to LAY-33 */
  METES_E_PROFILE,             /* LAY-20  index: the PRO clause that is broken */
  METES_E_OPTIONS,             /* LAY-21  requested: the options; limit: all known ones */
  METES_E_PERMISSIONS,         /* LAY-22  requested: the bits; limit: 7 */
  METES_E_SCRATCH_TOO_BIG,     /* LAY-23  requested: scratch size; limit: largest region */
  METES_E_SCRATCH_TOO_SMALL,   /* LAY-24  requested: scratch size; limit: least that will do */
  METES_E_MEMORY_TOO_BIG,      /* LAY-25  requested: memory size; limit: largest region */
  METES_E_SCRATCH_UNALIGNED,   /* LAY-26  requested: scratch size; limit: page size */
  METES_E_OVERLAP_GPA,         /* LAY-27  requested: snapshot + scratch; limit: room for both */
  METES_E_OVERLAP_GVA,         /* LAY-28  the same in guest-virtual space */
  METES_E_PT_TOO_BIG,          /* LAY-29  requested: scratch size; limit: least that will do */
  METES_E_PT_UNALIGNED,        /* LAY-30  requested: page-table size; limit: page size */
  METES_E_PT_OVERLAP_GPA,      /* LAY-31  as LAY-27, page tables included */
  METES_E_PT_OVERLAP_GVA,      /* LAY-32  as LAY-28, page tables included */
  METES_E_RESERVED,            /* LAY-33  requested: start, limit: end of the reserved range;
                                *         index: its place in the profile's list */

  /* writers into the snapshot: PEB-9, MEM-2, MEM-3 */
  METES_E_BUFFER,              /* requested: bytes needed; limit: bytes there */
  METES_E_LENGTH,              /* requested: bytes given; limit: bytes announced */

  /* metes_plan_check and metes_plan_add: PLAN-1 to PLAN-11; index: the slot's place in the plan */
  METES_E_SLOT_BUDGET,         /* PLAN-1  requested: number of slots; limit: budget */
  METES_E_SLOT_NUMBER,         /* PLAN-2  requested: slot number; limit: budget */
  METES_E_SLOT_FLAGS,          /* PLAN-3  requested: flags; limit: all known ones */
  METES_E_SLOT_EMPTY,          /* PLAN-4  requested: start; limit: end */
  METES_E_SLOT_UNALIGNED,      /* PLAN-5  requested: the value; limit: page size */
  METES_E_SLOT_PAGES,          /* PLAN-6  requested: size; limit: largest size */
  METES_E_SLOT_GPA,            /* PLAN-7  requested: size; limit: room above its gpa */
  METES_E_SLOT_HOST,           /* PLAN-8  requested: size; limit: room above its host address */
  METES_E_SLOT_RESERVED,       /* PLAN-9  requested: start, limit: end of the reserved range */
  METES_E_SLOT_TWICE,          /* PLAN-10 requested: slot number; limit: place of its twin */
  METES_E_SLOT_OVERLAP,        /* PLAN-11 requested: gpa; limit: place of the slot it meets */
  METES_E_SLOT_LENGTHS,        /* PLAN-12 requested: guest length; limit: host length */

  /* metes_regions_resolve: GPA-1 */
  METES_E_UNMAPPED,            /* requested: gpa; limit: length */
};

/* Why something was refused. Written only when the answer is not METES_OK, and
 * then wholly; untouched otherwise. Numbers are exact; a mathematical value of
 * 2^64 or more is given as 2^64 - 1 (LAY-4). */
struct metes_error {
  uint64_t requested;
  uint64_t limit;
  uint32_t index;
};

/*@ predicate ErrorIs{L}(struct metes_error *e, integer requested, integer limit, integer index) =
  @   e->requested == requested && e->limit == limit && e->index == index;
  @*/

/* Fills *e and hands `s` back, so that a refusal is one line.
 * No error of its own; implements no clause: it only carries. */
/*@ requires \valid(e);
  @ terminates \true;
  @ exits \false;
  @ assigns *e;
  @ ensures ErrorIs(e, requested, limit, index);
  @ ensures \result == s;
  @*/
static inline enum metes_status metes_refuse(struct metes_error *e, enum metes_status s,
                                             uint64_t requested, uint64_t limit, uint32_t index)
{
  e->requested = requested;
  e->limit = limit;
  e->index = index;
  return s;
}

#endif
