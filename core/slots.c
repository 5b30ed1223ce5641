/* SPDX-License-Identifier: Apache-2.0
 * One slot of a plan: PLAN-2 to PLAN-11 as functions without effects. */
#include "range.h"
#include "slots.h"

/* PLAN-2 to PLAN-6: what a slot must be by itself. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_SLOT_NUMBER <= \result.status <= METES_E_SLOT_PAGES;
  @ ensures ok: \result.status == METES_OK <==> ShapeSound(s, max_slots);
  @ ensures wrong: \result.status != METES_OK ==> ShapeWrong(\result.status, s, max_slots);
  @ ensures numbers: ShapeNumbers(\result.status, \result.requested, \result.limit, s, max_slots);
  @ ensures place: \result.index == 0;
  @*/
static inline struct metes_verdict check_shape(struct metes_memslot s, uint32_t max_slots)
{
  const uint32_t flags = METES_SLOT_LOG_DIRTY_PAGES + METES_SLOT_READONLY;

  if (s.slot >= max_slots)
    return metes_verdict_of(METES_E_SLOT_NUMBER, s.slot, max_slots, 0);
  if (s.flags > flags)
    return metes_verdict_of(METES_E_SLOT_FLAGS, s.flags, flags, 0);
  if (s.size == 0)
    return metes_verdict_of(METES_E_SLOT_EMPTY, s.gpa, s.gpa, 0);
  if (s.gpa % METES_PAGE_SIZE != 0)
    return metes_verdict_of(METES_E_SLOT_UNALIGNED, s.gpa, METES_PAGE_SIZE, 0);
  if (s.size % METES_PAGE_SIZE != 0)
    return metes_verdict_of(METES_E_SLOT_UNALIGNED, s.size, METES_PAGE_SIZE, 0);
  if (s.host % METES_PAGE_SIZE != 0)
    return metes_verdict_of(METES_E_SLOT_UNALIGNED, s.host, METES_PAGE_SIZE, 0);
  if (s.size > METES_MAX_SLOT_SIZE)
    return metes_verdict_of(METES_E_SLOT_PAGES, s.size, METES_MAX_SLOT_SIZE, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* Bytes from `start` to `end`, none where it lies above. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == (start <= end ? end - start : 0);
  @*/
static inline uint64_t room(uint64_t start, uint64_t end)
{
  return start <= end ? end - start : 0;
}

/* PLAN-9: the first reserved range that [gpa, gpa + size) meets. */
/*@ requires \valid_read(r + (0 .. n - 1)) && gpa + size <= UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_SLOT_RESERVED;
  @ ensures ok: \result.status == METES_OK <==> ClearOf(r, n, gpa, size);
  @ ensures reserved: \result.status == METES_E_SLOT_RESERVED ==>
  @   RangeMet(\result.requested, \result.limit, r, n, gpa, size);
  @ ensures none: \result.status == METES_OK ==> \result.limit == 0;
  @ ensures place: \result.index == 0;
  @*/
static inline struct metes_verdict check_clear(const struct metes_range *r, uint32_t n,
                                               uint64_t gpa, uint64_t size)
{
  const uint32_t i = metes_first_met(r, n, gpa, size);

  if (i < n)
    return metes_verdict_of(METES_E_SLOT_RESERVED, r[i].start, r[i].end, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

struct metes_verdict metes_check_slot(struct metes_memslot s, const struct metes_limits *m)
{
  const struct metes_verdict shape = check_shape(s, m->max_slots);
  const uint64_t above_gpa = room(s.gpa, m->gpa_end), above_host = room(s.host, m->host_end);

  if (shape.status != METES_OK)
    return shape;
  if (s.size > above_gpa)
    return metes_verdict_of(METES_E_SLOT_GPA, s.size, above_gpa, 0);
  if (s.size > above_host)
    return metes_verdict_of(METES_E_SLOT_HOST, s.size, above_host, 0);
  return check_clear(m->reserved, m->n_reserved, s.gpa, s.size);
}

/* PLAN-10, PLAN-11: slot x against the n before it. */
/*@ requires \valid_read(s + (0 .. n - 1)) && x.gpa + x.size <= UINT64_MAX;
  @ requires \forall integer i; 0 <= i < n ==> s[i].gpa + s[i].size <= UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_SLOT_TWICE ||
  @   \result.status == METES_E_SLOT_OVERLAP;
  @ ensures ok: \result.status == METES_OK <==> ApartFrom(s, n, x);
  @ ensures wrong: \result.status != METES_OK ==>
  @   TwinWrong(\result.status, \result.limit, s, n, x);
  @ ensures twice: \result.status == METES_E_SLOT_TWICE ==> \result.requested == x.slot;
  @ ensures overlap: \result.status == METES_E_SLOT_OVERLAP ==> \result.requested == x.gpa;
  @*/
static inline struct metes_verdict check_apart(const struct metes_memslot *s, uint32_t n,
                                               struct metes_memslot x)
{
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant ApartFrom(s, i, x);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++) {
    if (s[i].slot == x.slot)
      return metes_verdict_of(METES_E_SLOT_TWICE, x.slot, i, 0);
    if (s[i].gpa + s[i].size > x.gpa && x.gpa + x.size > s[i].gpa)
      return metes_verdict_of(METES_E_SLOT_OVERLAP, x.gpa, i, 0);
  }
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

struct metes_verdict metes_check_next(const struct metes_memslot *s, uint32_t n,
                                      struct metes_memslot x, const struct metes_limits *m)
{
  const struct metes_verdict alone = metes_check_slot(x, m);

  if (alone.status != METES_OK)
    return alone;
  return check_apart(s, n, x);
}

struct metes_verdict metes_check_plan(const struct metes_memslot *s, uint32_t n,
                                      const struct metes_limits *m)
{
  if (m->n_reserved > METES_MAX_RESERVED)
    return metes_verdict_of(METES_E_LIMITS, m->n_reserved, METES_MAX_RESERVED, 0);
  if (n > m->max_slots)
    return metes_verdict_of(METES_E_SLOT_BUDGET, n, m->max_slots, 0);
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant sound: AllSound{Here,Here}(s, i, m);
    @ loop invariant apart: AllApart(s, i);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++) {
    struct metes_verdict f = metes_check_next(s, i, s[i], m);

    if (f.status != METES_OK) {
      //@ assert broken: !SlotSound(s[i], m) || !ApartFrom(s, i, s[i]);
      //@ assert unsound: !AllSound{Here,Here}(s, n, m) || !AllApart(s, n);
      f.index = i;
      return f;
    }
  }
  return metes_verdict_of(METES_OK, 0, 0, 0);
}
