/* SPDX-License-Identifier: Apache-2.0
 * Plans of KVM memory slots: of a layout, with extra regions, and anybody else's. */
#ifndef METES_MEMSLOT_H
#define METES_MEMSLOT_H

#include "layout.h"

/* Flags of a slot, with KVM's values (KVM_MEM_* in linux/kvm.h). (PLAN-3) */
#define METES_SLOT_LOG_DIRTY_PAGES 1u
#define METES_SLOT_READONLY 2u

/* Most bytes of one slot: 2^31 - 1 pages (KVM_MEM_MAX_NR_PAGES). (PLAN-6) */
#define METES_MAX_SLOT_SIZE 0x7FFFFFFF000ULL

/* Slot numbers of the two slots that every VM has. Extra regions begin at 2. (PLAN-14) */
#define METES_SLOT_SNAPSHOT 0u
#define METES_SLOT_SCRATCH 1u

/* One slot, as KVM_SET_USER_MEMORY_REGION wants it. Bytes. */
struct metes_memslot {
  uint32_t slot;
  uint32_t flags;
  uint64_t gpa;
  uint64_t size;
  uint64_t host; /* host-virtual address of its first byte */
};

/* What the host allows. The caller asks KVM and the CPU. */
struct metes_limits {
  uint64_t gpa_end;    /* first GPA that the MMU cannot address: 1 << physical bits (K13) */
  uint64_t host_end;   /* first host address beyond user space (K3) */
  uint32_t max_slots;  /* KVM_CAP_NR_MEMSLOTS (K5) */
  uint32_t n_reserved; /* ranges in use below, at most METES_MAX_RESERVED (PLAN-17) */
  struct metes_range reserved[METES_MAX_RESERVED]; /* GPAs of KVM's own slots and such (K16) */
};

/* Guest-physical [start, end) that the caller wants backed by [host, host + host_size). */
struct metes_extra {
  uint64_t start;
  uint64_t end;
  uint64_t host;
  uint64_t host_size;
  uint32_t slot;
  uint32_t flags;
};

#include "../spec/memslots.acsl"

/* Is this plan sound? (PLAN-13: what KVM demands, K1 to K13, K16)
 * Any plan, any order. Returns METES_OK, or the first thing that is wrong, with
 * *err: the limits (PLAN-17), the number of slots (PLAN-1); then slots are looked at
 * one after the other, each first by itself (PLAN-2 to PLAN-9), then against those
 * before it (PLAN-10, PLAN-11). Time: quadratic in n. */
/*@ requires \valid_read(s + (0 .. n - 1)) && \valid_read(m) && \valid(err);
  @ requires \separated(s + (0 .. n - 1), err) && \separated(m, err);
  @ terminates \true;
  @ exits \false;
  @ assigns *err;
  @ ensures plan_13: \result == METES_OK <==> PlanSound{Pre,Pre}(s, n, m);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures plan_17: \result == METES_E_LIMITS <==> !\old(LimitsSound(*m));
  @ ensures plan_1: \result == METES_E_SLOT_BUDGET <==>
  @   \old(LimitsSound(*m) && n > m->max_slots);
  @ ensures where: \result > METES_E_SLOT_BUDGET ==> err->index < n &&
  @   \at(PlanWrong(\at(\result, Post), \at(err->limit, Post), s, \at(err->index, Post), m), Pre);
  @ ensures numbers: \result > METES_E_SLOT_BUDGET ==>
  @   \at(SlotNumbers(\at(\result, Post), \at(err->requested, Post), \at(err->limit, Post),
  @     s[\at(err->index, Post)], m), Pre);
  @ ensures reserved: \result == METES_E_SLOT_RESERVED ==>
  @   \at(RangeMet(\at(err->requested, Post), \at(err->limit, Post), &m->reserved[0], m->n_reserved,
  @     s[\at(err->index, Post)].gpa, s[\at(err->index, Post)].size), Pre);
  @ ensures limits: \result == METES_E_LIMITS ==> ErrorIs(err, \old(m->n_reserved), 8, 0);
  @ ensures budget: \result == METES_E_SLOT_BUDGET ==> ErrorIs(err, n, \old(m->max_slots), 0);
  @ ensures known: \result == METES_OK ||
  @   METES_E_LIMITS <= \result <= METES_E_SLOT_OVERLAP;
  @*/
enum metes_status metes_plan_check(const struct metes_memslot *s, uint32_t n,
                                   const struct metes_limits *m, struct metes_error *err);

/* The plan of a layout: slot 0 the snapshot, read-only; slot 1 scratch, writable. (PLAN-14)
 * `snapshot` and `scratch` are the host-virtual addresses of snapshot_size and
 * scratch_size bytes of the caller's memory. Total; returns METES_OK if and only
 * if the plan is sound, and s[0], s[1] are then it; otherwise the reason as from
 * metes_plan_check, with s untouched. For a sound layout that the host can back
 * (PLAN-15) it always succeeds. */
/*@ requires \valid_read(l) && \valid_read(m) && \valid(s + (0 .. 1)) && \valid(err);
  @ requires \separated(l, s + (0 .. 1)) && \separated(m, s + (0 .. 1)) && \separated(l, err) &&
  @   \separated(m, err) && \separated(s + (0 .. 1), err);
  @ terminates \true;
  @ exits \false;
  @ assigns s[0 .. 1], *err;
  @ ensures plan_13: \result == METES_OK ==> PlanSound{Post,Pre}(s, 2, m);
  @ ensures plan_14: \result == METES_OK ==>
  @   SnapshotSlot(s[0], \old(*l), snapshot) && ScratchSlot(s[1], \old(*l), scratch);
  @ ensures plan_16: \old(LayoutSound(*l) && Backed(*l, snapshot, scratch, *m) &&
  @   LayoutClear(*l, &m->reserved[0], m->n_reserved)) ==> \result == METES_OK;
  @ ensures plan_17: \old(!LimitsSound(*m)) ==>
  @   \result == METES_E_LIMITS && ErrorIs(err, \old(m->n_reserved), 8, 0);
  @ ensures plan_1: \old(LimitsSound(*m) && m->max_slots < 2) ==>
  @   \result == METES_E_SLOT_BUDGET && ErrorIs(err, 2, \old(m->max_slots), 0);
  @ ensures first: \forall struct metes_memslot a; SnapshotSlot(a, \old(*l), snapshot) &&
  @   \old(LimitsSound(*m) && m->max_slots >= 2 && !SlotSound(a, m)) ==> err->index == 0 &&
  @   \at(SlotWrong(\at(\result, Post), a, m) && SlotNumbers(\at(\result, Post),
  @     \at(err->requested, Post), \at(err->limit, Post), a, m), Pre);
  @ ensures second: \forall struct metes_memslot a, b; SnapshotSlot(a, \old(*l), snapshot) &&
  @   ScratchSlot(b, \old(*l), scratch) && \old(LimitsSound(*m) && m->max_slots >= 2 &&
  @   SlotSound(a, m) && !SlotSound(b, m)) ==> err->index == 1 &&
  @   \at(SlotWrong(\at(\result, Post), b, m) && SlotNumbers(\at(\result, Post),
  @     \at(err->requested, Post), \at(err->limit, Post), b, m), Pre);
  @ ensures overlap: \result == METES_E_SLOT_OVERLAP ==>
  @   ErrorIs(err, \old(l->scratch_gpa), 0, 1);
  @ ensures unchanged: \result != METES_OK ==> SameSlot(s[0], \old(s[0])) &&
  @   SameSlot(s[1], \old(s[1]));
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @*/
enum metes_status metes_plan_layout(const struct metes_layout *l, uint64_t snapshot,
                                    uint64_t scratch, const struct metes_limits *m,
                                    struct metes_memslot *s, struct metes_error *err);

/* Adds an extra region to a sound plan s[0 .. n), into s[n]. Transactional: on any
 * refusal s is untouched. (PLAN-12)
 * Returns METES_OK, and s[0 .. n] is then a sound plan; what metes_plan_check says
 * of s[0 .. n) where that is none; METES_E_SLOT_EMPTY (start, end) for an empty or
 * inverted range; METES_E_SLOT_LENGTHS where host and guest length differ;
 * METES_E_SLOT_BUDGET where no slot is left; or what metes_plan_check would say of
 * the new slot, with index n. Time: quadratic in n. */
/*@ requires \valid(s + (0 .. n)) && \valid_read(x) && \valid_read(m) && \valid(err);
  @ requires n < UINT32_MAX;
  @ requires \separated(s + (0 .. n), x) && \separated(s + (0 .. n), m) &&
  @   \separated(s + (0 .. n), err) && \separated(x, err) && \separated(m, err);
  @ terminates \true;
  @ exits \false;
  @ assigns s[n], *err;
  @ ensures plan_12: \result == METES_OK ==> \old(ExtraWhole(*x)) && ExtraSlot(s[n], \old(*x));
  @ ensures plan_13: \result == METES_OK ==> PlanSound{Post,Pre}(s, n + 1, m);
  @ ensures only: \result == METES_OK ==> PlanSound{Pre,Pre}(s, n, m);
  @ ensures empty: \old(PlanSound{Pre,Pre}(s, n, m) && x->start >= x->end) ==>
  @   \result == METES_E_SLOT_EMPTY && ErrorIs(err, \old(x->start), \old(x->end), n);
  @ ensures lengths: \old(PlanSound{Pre,Pre}(s, n, m) && x->start < x->end && !ExtraWhole(*x)) ==>
  @   \result == METES_E_SLOT_LENGTHS &&
  @   ErrorIs(err, \old(x->end - x->start), \old(x->host_size), n);
  @ ensures plan_1: \old(PlanSound{Pre,Pre}(s, n, m) && ExtraWhole(*x) && n >= m->max_slots) ==>
  @   \result == METES_E_SLOT_BUDGET && ErrorIs(err, n + 1, \old(m->max_slots), n);
  @ ensures unchanged: \result != METES_OK ==> SameSlot(s[n], \old(s[n]));
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures all: \old(PlanSound{Pre,Pre}(s, n, m) && ExtraWhole(*x) && n < m->max_slots &&
  @   SlotFits(*x, m) && FreeFor(s, n, *x)) ==> \result == METES_OK;
  @*/
enum metes_status metes_plan_add(struct metes_memslot *s, uint32_t n, const struct metes_extra *x,
                                 const struct metes_limits *m, struct metes_error *err);

/* Takes the slot with number `slot` out of a sound plan s[0 .. n): the last slot takes its
 * place. s[0 .. n - 1) is then a sound plan of the other slots, and metes_plan_add may use the
 * number again; what is left in s[n - 1] means nothing. On any refusal s is untouched. (PLAN-20)
 * Returns METES_OK; what metes_plan_check says of s[0 .. n) where that is none;
 * METES_E_SLOT_KEPT for the snapshot and scratch (PLAN-18); METES_E_SLOT_UNKNOWN where no slot
 * has that number (PLAN-19). Time: quadratic in n. */
/*@ requires \valid(s + (0 .. n - 1)) && \valid_read(m) && \valid(err);
  @ requires \separated(s + (0 .. n - 1), m) && \separated(s + (0 .. n - 1), err) &&
  @   \separated(m, err);
  @ terminates \true;
  @ exits \false;
  @ assigns s[0 .. n - 1], *err;
  @ ensures ok: \result == METES_OK <==>
  @   \old(PlanSound{Pre,Pre}(s, n, m) && slot >= 2 && !NumberFree(s, n, slot));
  @ ensures plan_20: \result == METES_OK ==>
  @   \exists integer p; \old(s[p].slot) == slot && TakenOut{Pre,Post}(s, n, p);
  @ ensures plan_13: \result == METES_OK ==> PlanSound{Post,Pre}(s, n - 1, m);
  @ ensures again: \result == METES_OK ==> NumberFree(s, n - 1, slot);
  @ ensures plan_18: \result == METES_E_SLOT_KEPT <==>
  @   \old(PlanSound{Pre,Pre}(s, n, m) && slot < 2);
  @ ensures plan_19: \result == METES_E_SLOT_UNKNOWN <==>
  @   \old(PlanSound{Pre,Pre}(s, n, m) && slot >= 2 && NumberFree(s, n, slot));
  @ ensures err_18: \result == METES_E_SLOT_KEPT ==> ErrorIs(err, slot, 2, 0);
  @ ensures err_19: \result == METES_E_SLOT_UNKNOWN ==> ErrorIs(err, slot, n, 0);
  @ ensures known: \result == METES_OK || METES_E_LIMITS <= \result <= METES_E_SLOT_OVERLAP ||
  @   METES_E_SLOT_KEPT <= \result <= METES_E_SLOT_UNKNOWN;
  @ ensures unchanged: \result != METES_OK ==> SameSlots{Pre,Post}(s, n);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @*/
enum metes_status metes_plan_remove(struct metes_memslot *s, uint32_t n, uint32_t slot,
                                    const struct metes_limits *m, struct metes_error *err);

/* The least number from 2 on, below max_slots, that no slot of s[0 .. n) has; max_slots where
 * there is none, which no plan takes (PLAN-2). Any plan will do. (PLAN-21)
 * Time: quadratic in n. */
/*@ requires \valid_read(s + (0 .. n - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= max_slots;
  @ ensures plan_21: \result < max_slots ==> \result >= 2 && NumberFree(s, n, \result);
  @ ensures least: \forall integer k; 2 <= k < \result ==> !NumberFree(s, n, k);
  @*/
uint32_t metes_plan_free_slot(const struct metes_memslot *s, uint32_t n, uint32_t max_slots);

#endif
