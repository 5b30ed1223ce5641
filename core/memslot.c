/* SPDX-License-Identifier: Apache-2.0
 * Plans of KVM memory slots: checked, made from a layout, added to, taken from. */
#include "slots.h"

enum metes_status metes_plan_check(const struct metes_memslot *s, uint32_t n,
                                   const struct metes_limits *m, struct metes_error *err)
{
  const struct metes_verdict f = metes_check_plan(s, n, m);

  return f.status == METES_OK ? METES_OK : metes_refuse_as(err, f);
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.slot == slot && \result.flags == flags && \result.gpa == gpa &&
  @   \result.size == size && \result.host == host;
  @*/
static inline struct metes_memslot memslot(uint32_t slot, uint32_t flags, uint64_t gpa,
                                           uint64_t size, uint64_t host)
{
  struct metes_memslot s;

  s.slot = slot;
  s.flags = flags;
  s.gpa = gpa;
  s.size = size;
  s.host = host;
  return s;
}

/*@ requires \valid(s);
  @ terminates \true;
  @ exits \false;
  @ assigns *s;
  @ ensures SameSlot(*s, x);
  @*/
static inline void put_slot(struct metes_memslot *s, struct metes_memslot x)
{
  *s = x;
}

/*@ requires \valid(s + (0 .. 1));
  @ terminates \true;
  @ exits \false;
  @ assigns s[0 .. 1];
  @ ensures SameSlot(s[0], a) && SameSlot(s[1], b);
  @*/
static inline void put_two(struct metes_memslot *s, struct metes_memslot a, struct metes_memslot b)
{
  s[0] = a;
  s[1] = b;
}

/* PLAN-17, PLAN-1 to PLAN-11 for a plan of the two slots a and b. */
/*@ requires \valid_read(m);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==>
  @   LimitsSound(*m) && m->max_slots >= 2 && SlotSound(a, m) && SlotSound(b, m) &&
  @   (a.gpa + a.size <= b.gpa || b.gpa + b.size <= a.gpa);
  @ ensures limits: !LimitsSound(*m) ==> Says(\result, METES_E_LIMITS, m->n_reserved, 8);
  @ ensures budget: LimitsSound(*m) && m->max_slots < 2 ==>
  @   Says(\result, METES_E_SLOT_BUDGET, 2, m->max_slots);
  @ ensures first: LimitsSound(*m) && m->max_slots >= 2 && !SlotSound(a, m) ==>
  @   SlotWrong(\result.status, a, m) && \result.index == 0 &&
  @   SlotNumbers(\result.status, \result.requested, \result.limit, a, m);
  @ ensures second: LimitsSound(*m) && m->max_slots >= 2 && SlotSound(a, m) && !SlotSound(b, m) ==>
  @   SlotWrong(\result.status, b, m) && \result.index == 1 &&
  @   SlotNumbers(\result.status, \result.requested, \result.limit, b, m);
  @ ensures both: LimitsSound(*m) && m->max_slots >= 2 && SlotSound(a, m) && SlotSound(b, m) &&
  @   a.gpa + a.size > b.gpa && b.gpa + b.size > a.gpa ==>
  @   \result.status == METES_E_SLOT_OVERLAP && GivesAt(\result, b.gpa, 0, 1);
  @*/
static inline struct metes_verdict check_two(struct metes_memslot a, struct metes_memslot b,
                                             const struct metes_limits *m)
{
  if (m->n_reserved > METES_MAX_RESERVED)
    return metes_verdict_of(METES_E_LIMITS, m->n_reserved, METES_MAX_RESERVED, 0);
  if (m->max_slots < 2)
    return metes_verdict_of(METES_E_SLOT_BUDGET, 2, m->max_slots, 0);
  struct metes_verdict f = metes_check_slot(a, m);
  if (f.status != METES_OK)
    return f;
  f = metes_check_slot(b, m);
  f.index = 1;
  if (f.status == METES_OK && a.gpa + a.size > b.gpa && b.gpa + b.size > a.gpa) {
    f.status = METES_E_SLOT_OVERLAP;
    f.requested = b.gpa;
  }
  return f;
}

enum metes_status metes_plan_layout(const struct metes_layout *l, uint64_t snapshot,
                                    uint64_t scratch, const struct metes_limits *m,
                                    struct metes_memslot *s, struct metes_error *err)
{
  const struct metes_layout v = *l;
  const struct metes_memslot a = memslot(METES_SLOT_SNAPSHOT, METES_SLOT_READONLY, v.snapshot_gpa,
                                         v.snapshot_size, snapshot);
  const struct metes_memslot b =
      memslot(METES_SLOT_SCRATCH, 0, v.scratch_gpa, v.scratch_size, scratch);
  const struct metes_verdict f = check_two(a, b, m);

  //@ assert backs: LayoutSound(v) && Backed(v, snapshot, scratch, *m) && LayoutClear(v, &m->reserved[0], m->n_reserved) ==> SlotSound(a, m) && SlotSound(b, m) && SlotsApart(a, b);
  if (f.status != METES_OK)
    return metes_refuse_as(err, f);
  put_two(s, a, b);
  //@ assert quiet: *err == \at(*err, Pre);
  //@ assert kept: \at(SlotSound(\at(s[0], Here), m), Pre) && \at(SlotSound(\at(s[1], Here), m), Pre);
  //@ assert apart: ApartFrom(s, 0, s[0]) && ApartFrom(s, 1, s[1]);
  return METES_OK;
}

/* PLAN-12 for the slot `new` that x asks for, and PLAN-2 to PLAN-11 behind a sound plan. */
/*@ requires \valid_read(s + (0 .. n - 1)) && n < UINT32_MAX;
  @ requires \valid_read(m) && m->n_reserved <= METES_MAX_RESERVED;
  @ requires PlanSound{Pre,Pre}(s, n, m) && ExtraSlot(new, x);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> ExtraWhole(x) && n < m->max_slots &&
  @   SlotSound(new, m) && ApartFrom(s, n, new);
  @ ensures empty: x.start >= x.end ==> \result.status == METES_E_SLOT_EMPTY &&
  @   \result.requested == x.start && \result.limit == x.end;
  @ ensures lengths: x.start < x.end && !ExtraWhole(x) ==>
  @   \result.status == METES_E_SLOT_LENGTHS && \result.requested == x.end - x.start &&
  @   \result.limit == x.host_size;
  @ ensures budget: ExtraWhole(x) && n >= m->max_slots ==>
  @   \result.status == METES_E_SLOT_BUDGET && GivesAt(\result, n + 1, m->max_slots, n);
  @ ensures wrong: ExtraWhole(x) && n < m->max_slots && \result.status != METES_OK ==>
  @   SlotWrong(\result.status, new, m) ||
  @   (SlotSound(new, m) && TwinWrong(\result.status, \result.limit, s, n, new));
  @ ensures numbers: ExtraWhole(x) && n < m->max_slots ==>
  @   SlotNumbers(\result.status, \result.requested, \result.limit, new, m);
  @ ensures place: \result.index == n;
  @*/
static inline struct metes_verdict check_extra(const struct metes_memslot *s, uint32_t n,
                                               struct metes_extra x, struct metes_memslot new,
                                               const struct metes_limits *m)
{
  struct metes_verdict f = {METES_E_SLOT_EMPTY, x.start, x.end, n};

  if (x.start >= x.end)
    return f;
  f.status = METES_E_SLOT_LENGTHS;
  f.requested = x.end - x.start;
  f.limit = x.host_size;
  if (f.requested != f.limit)
    return f;
  f.status = METES_E_SLOT_BUDGET;
  f.requested = (uint64_t)n + 1;
  f.limit = m->max_slots;
  if (f.requested > f.limit)
    return f;
  f = metes_check_next(s, n, new, m);
  f.index = n;
  return f;
}

/* x becomes the last slot, behind n. */
/*@ requires \valid(s + (0 .. n));
  @ terminates \true;
  @ exits \false;
  @ assigns s[n];
  @ ensures last: SameSlot(s[n], x);
  @ ensures still: SameSlots{Pre,Post}(s, n);
  @ ensures apart: AllApart{Pre}(s, n) ==> AllApart(s, n);
  @*/
static inline void put_last(struct metes_memslot *s, uint32_t n, struct metes_memslot x)
{
  put_slot(s + n, x);
}

enum metes_status metes_plan_add(struct metes_memslot *s, uint32_t n, const struct metes_extra *x,
                                 const struct metes_limits *m, struct metes_error *err)
{
  const struct metes_extra v = *x;
  const struct metes_memslot new = memslot(v.slot, v.flags, v.start, v.host_size, v.host);
  struct metes_verdict f = metes_check_plan(s, n, m);

  if (f.status != METES_OK)
    return metes_refuse_as(err, f);
  f = check_extra(s, n, v, new, m);
  //@ assert fits: ExtraWhole(v) && SlotFits(v, m) ==> SlotSound(new, m);
  //@ assert free: ExtraWhole(v) && FreeFor(s, n, v) ==> ApartFrom(s, n, new);
  if (f.status != METES_OK)
    return metes_refuse_as(err, f);
  put_last(s, n, new);
  //@ assert still: SameSlots{Pre,Here}(s, n);
  //@ assert sound: AllSound{Here,Pre}(s, n, m) && \at(SlotSound(\at(s[\at(n, Pre)], Here), m), Pre);
  //@ assert old: AllApart(s, n);
  //@ assert last: ApartFrom(s, n, s[n]);
  //@ assert quiet: *err == \at(*err, Pre);
  return METES_OK;
}

/* The place of the first slot with this number, or n. */
/*@ requires \valid_read(s + (0 .. n - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= n;
  @ ensures here: \result < n ==> s[\result].slot == slot;
  @ ensures none: \result == n <==> NumberFree(s, n, slot);
  @*/
static inline uint32_t place_of(const struct metes_memslot *s, uint32_t n, uint32_t slot)
{
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant NumberFree(s, i, slot);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++)
    if (s[i].slot == slot)
      return i;
  return n;
}

/* PLAN-18, PLAN-19; index: the place of the slot that can go. */
/*@ requires \valid_read(s + (0 .. n - 1)) && \valid_read(m);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==>
  @   PlanSound{Pre,Pre}(s, n, m) && slot >= 2 && !NumberFree(s, n, slot);
  @ ensures place: \result.status == METES_OK ==>
  @   \result.index < n && s[\result.index].slot == slot;
  @ ensures plan_18: \result.status == METES_E_SLOT_KEPT <==>
  @   PlanSound{Pre,Pre}(s, n, m) && slot < 2;
  @ ensures plan_19: \result.status == METES_E_SLOT_UNKNOWN <==>
  @   PlanSound{Pre,Pre}(s, n, m) && slot >= 2 && NumberFree(s, n, slot);
  @ ensures err_18: \result.status == METES_E_SLOT_KEPT ==> Gives(\result, slot, 2);
  @ ensures err_19: \result.status == METES_E_SLOT_UNKNOWN ==> Gives(\result, slot, n);
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_LIMITS <= \result.status <= METES_E_SLOT_OVERLAP ||
  @   METES_E_SLOT_KEPT <= \result.status <= METES_E_SLOT_UNKNOWN;
  @*/
static inline struct metes_verdict check_removal(const struct metes_memslot *s, uint32_t n,
                                                 uint32_t slot, const struct metes_limits *m)
{
  const struct metes_verdict f = metes_check_plan(s, n, m);

  if (f.status != METES_OK)
    return f;
  if (slot <= METES_SLOT_SCRATCH)
    return metes_verdict_of(METES_E_SLOT_KEPT, slot, METES_SLOT_SCRATCH + 1, 0);
  const uint32_t p = place_of(s, n, slot);
  if (p == n)
    return metes_verdict_of(METES_E_SLOT_UNKNOWN, slot, n, 0);
  return metes_verdict_of(METES_OK, 0, 0, p);
}

/* The last slot takes the place of slot p. */
/*@ requires \valid(s + (0 .. n - 1)) && p < n;
  @ terminates \true;
  @ exits \false;
  @ assigns s[p];
  @ ensures out: TakenOut{Pre,Post}(s, n, p);
  @ ensures apart: AllApart{Pre}(s, n) ==> AllApart(s, n - 1);
  @ ensures again: AllApart{Pre}(s, n) ==> NumberFree(s, n - 1, \old(s[p].slot));
  @*/
static inline void take_out(struct metes_memslot *s, uint32_t n, uint32_t p)
{
  //@ assert alone: AllApart(s, n) ==> \forall integer i; 0 <= i < n && i != p ==> SlotsApart(s[i], s[p]);
  put_slot(s + p, s[n - 1]);
  //@ assert out: TakenOut{Pre,Here}(s, n, p);
}

enum metes_status metes_plan_remove(struct metes_memslot *s, uint32_t n, uint32_t slot,
                                    const struct metes_limits *m, struct metes_error *err)
{
  const struct metes_verdict f = check_removal(s, n, slot, m);

  if (f.status != METES_OK)
    return metes_refuse_as(err, f);
  take_out(s, n, f.index);
  //@ assert sound: AllSound{Here,Pre}(s, n - 1, m);
  //@ assert quiet: *err == \at(*err, Pre);
  return METES_OK;
}

uint32_t metes_plan_free_slot(const struct metes_memslot *s, uint32_t n, uint32_t max_slots)
{
  /*@ loop invariant 2 <= k && (k <= max_slots || max_slots < 2);
    @ loop invariant least: \forall integer j; 2 <= j < k ==> !NumberFree(s, n, j);
    @ loop assigns k;
    @ loop variant max_slots - k;
    @*/
  for (uint32_t k = METES_SLOT_SCRATCH + 1; k < max_slots; k++)
    if (place_of(s, n, k) == n)
      return k;
  return max_slots;
}
