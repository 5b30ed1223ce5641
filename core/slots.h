/* SPDX-License-Identifier: Apache-2.0
 * One slot of a plan: what it must be by itself and to its neighbours. Internal to core. */
#ifndef METES_SLOTS_H
#define METES_SLOTS_H

#include "memslot.h"
#include "verdict.h"

/* PLAN-2 to PLAN-9. */
/*@ requires \valid_read(m) && m->n_reserved <= METES_MAX_RESERVED;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_SLOT_NUMBER <= \result.status <= METES_E_SLOT_RESERVED;
  @ ensures ok: \result.status == METES_OK <==> SlotSound(s, m);
  @ ensures wrong: \result.status != METES_OK ==> SlotWrong(\result.status, s, m);
  @ ensures numbers: SlotNumbers(\result.status, \result.requested, \result.limit, s, m);
  @ ensures reserved: \result.status == METES_E_SLOT_RESERVED ==>
  @   RangeMet(\result.requested, \result.limit, &m->reserved[0], m->n_reserved, s.gpa, s.size);
  @ ensures place: \result.index == 0;
  @ ensures none: \result.status == METES_OK ==> \result.limit == 0;
  @*/
struct metes_verdict metes_check_slot(struct metes_memslot s, const struct metes_limits *m);

/* PLAN-2 to PLAN-11 for the slot x, which comes behind the n sound ones of s. */
/*@ requires \valid_read(s + (0 .. n - 1));
  @ requires \valid_read(m) && m->n_reserved <= METES_MAX_RESERVED && AllSound{Pre,Pre}(s, n, m);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_SLOT_NUMBER <= \result.status <= METES_E_SLOT_OVERLAP;
  @ ensures ok: \result.status == METES_OK <==> SlotSound(x, m) && ApartFrom(s, n, x);
  @ ensures wrong: \result.status != METES_OK ==> SlotWrong(\result.status, x, m) ||
  @   (SlotSound(x, m) && TwinWrong(\result.status, \result.limit, s, n, x));
  @ ensures numbers: SlotNumbers(\result.status, \result.requested, \result.limit, x, m);
  @ ensures reserved: \result.status == METES_E_SLOT_RESERVED ==>
  @   RangeMet(\result.requested, \result.limit, &m->reserved[0], m->n_reserved, x.gpa, x.size);
  @*/
struct metes_verdict metes_check_next(const struct metes_memslot *s, uint32_t n,
                                      struct metes_memslot x, const struct metes_limits *m);

/* PLAN-17, PLAN-1 to PLAN-11: the first thing that is wrong with a plan. */
/*@ requires \valid_read(s + (0 .. n - 1));
  @ requires \valid_read(m);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_LIMITS <= \result.status <= METES_E_SLOT_OVERLAP;
  @ ensures ok: \result.status == METES_OK <==> PlanSound{Pre,Pre}(s, n, m);
  @ ensures plan_17: \result.status == METES_E_LIMITS <==> !LimitsSound(*m);
  @ ensures plan_1: \result.status == METES_E_SLOT_BUDGET <==>
  @   LimitsSound(*m) && n > m->max_slots;
  @ ensures where: \result.status > METES_E_SLOT_BUDGET ==>
  @   \result.index < n && PlanWrong(\result.status, \result.limit, s, \result.index, m);
  @ ensures numbers: \result.status > METES_E_SLOT_BUDGET ==>
  @   SlotNumbers(\result.status, \result.requested, \result.limit, s[\result.index], m);
  @ ensures reserved: \result.status == METES_E_SLOT_RESERVED ==>
  @   RangeMet(\result.requested, \result.limit, &m->reserved[0], m->n_reserved, s[\result.index].gpa,
  @            s[\result.index].size);
  @ ensures limits: \result.status == METES_E_LIMITS ==> Gives(\result, m->n_reserved, 8);
  @ ensures budget: \result.status == METES_E_SLOT_BUDGET ==> Gives(\result, n, m->max_slots);
  @*/
struct metes_verdict metes_check_plan(const struct metes_memslot *s, uint32_t n,
                                      const struct metes_limits *m);

#endif
