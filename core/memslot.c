/* SPDX-License-Identifier: Apache-2.0
 * Plans of KVM memory slots: checked, made from a layout, added to. */
#include "slots.h"

enum metes_status metes_plan_check(const struct metes_memslot *s, uint32_t n,
                                   const struct metes_limits *m, struct metes_error *err)
{
  if (n > m->max_slots)
    return metes_refuse(err, METES_E_SLOT_BUDGET, n, m->max_slots, 0);
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant sound: AllSound(s, i, m);
    @ loop invariant apart: AllApart(s, i);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++) {
    const struct metes_finding f = metes_check_next(s, i, s[i], m);

    if (f.status != METES_OK) {
      //@ assert broken: !SlotSound(s[i], m) || !ApartFrom(s, i, s[i]);
      //@ assert unsound: !AllSound(s, n, m) || !AllApart(s, n);
      return metes_refuse(err, f.status, f.requested, f.limit, i);
    }
  }
  return METES_OK;
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

/* PLAN-1 to PLAN-11 for a plan of the two slots a and b. */
/*@ requires \valid_read(m) && m->n_reserved <= METES_MAX_RESERVED;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==>
  @   m->max_slots >= 2 && SlotSound(a, m) && SlotSound(b, m) &&
  @   (a.gpa + a.size <= b.gpa || b.gpa + b.size <= a.gpa);
  @*/
static inline struct metes_finding check_two(struct metes_memslot a, struct metes_memslot b,
                                             const struct metes_limits *m)
{
  struct metes_finding f = {METES_E_SLOT_BUDGET, 2, m->max_slots, 0};

  if (m->max_slots < 2)
    return f;
  f = metes_check_slot(a, m);
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
  const struct metes_finding f = check_two(a, b, m);

  //@ assert backs: LayoutSound(v) && Backed(v, snapshot, scratch, *m) && LayoutClear(v, &m->reserved[0], m->n_reserved) ==> SlotSound(a, m) && SlotSound(b, m) && SlotsApart(a, b);
  if (f.status != METES_OK)
    return metes_refuse(err, f.status, f.requested, f.limit, f.index);
  put_slot(s, a);
  put_slot(s + 1, b);
  //@ assert same: SameLimits{Pre,Here}(m);
  //@ assert put: SameSlot(s[0], a) && SameSlot(s[1], b);
  //@ assert kept: SlotSound(s[0], m) && SlotSound(s[1], m);
  //@ assert apart: ApartFrom(s, 0, s[0]) && ApartFrom(s, 1, s[1]);
  return METES_OK;
}

enum metes_status metes_plan_add(struct metes_memslot *s, uint32_t n, const struct metes_extra *x,
                                 const struct metes_limits *m, struct metes_error *err)
{
  const struct metes_memslot new = memslot(x->slot, x->flags, x->start, x->host_size, x->host);
  const enum metes_status before = metes_plan_check(s, n, m, err);
  struct metes_finding f;

  //@ assert same_slots: SameSlots{Pre,Here}(s, n);
  //@ assert same_limits: SameLimits{Pre,Here}(m);
  //@ assert fits: ExtraWhole(*x) && SlotFits(*x, m) ==> SlotSound(new, m);
  //@ assert free: ExtraWhole(*x) && FreeFor(s, n, *x) ==> ApartFrom(s, n, new);
  if (before != METES_OK)
    return before;
  //@ assert plan: PlanSound(s, n, m);
  if (x->start >= x->end)
    return metes_refuse(err, METES_E_SLOT_EMPTY, x->start, x->end, n);
  if (x->end - x->start != x->host_size)
    return metes_refuse(err, METES_E_SLOT_LENGTHS, x->end - x->start, x->host_size, n);
  if (n >= m->max_slots)
    return metes_refuse(err, METES_E_SLOT_BUDGET, (uint64_t)n + 1, m->max_slots, n);
  f = metes_check_next(s, n, new, m);
  if (f.status != METES_OK)
    return metes_refuse(err, f.status, f.requested, f.limit, n);
  //@ assert next: SlotSound(new, m) && ApartFrom(s, n, new);
  put_slot(s + n, new);
  //@ assert still_slots: SameSlots{Pre,Here}(s, n);
  //@ assert still_limits: SameLimits{Pre,Here}(m);
  //@ assert sound: AllSound(s, n, m) && SlotSound(s[n], m);
  //@ assert apart: AllApart(s, n) && ApartFrom(s, n, s[n]);
  return METES_OK;
}
