/* SPDX-License-Identifier: Apache-2.0
 * Core and the second model on plans of memory slots. */
#include "agree.h"
#include "model_plan.h"

enum { MOST = 6 };

/* Guest-physical ranges of KVM's own, and what this host can address. */
static void make_limits(struct source *s, struct metes_limits *m, const uint64_t *near, uint32_t n)
{
  static const uint64_t ends[] = {1ULL << 36, 1ULL << 40, 1ULL << 52, 1ULL << 47, UINT64_MAX};
  static const uint32_t budgets[] = {0, 1, 2, 3, 4, 5, 6, 509, 32764, 32764, UINT32_MAX};

  m->gpa_end = pick(s, 6) ? ends[1 + pick(s, 2)] : pick(s, 2) ? ends[pick(s, 5)] : pick_size(s, near, n);
  m->host_end = pick(s, 6) ? ends[3] : pick(s, 2) ? ends[pick(s, 5)] : pick_size(s, near, n);
  m->max_slots = pick(s, 4) ? 32764 : budgets[pick(s, 11)];
  m->n_reserved = pick(s, 3) ? 0 : pick(s, 3) ? pick(s, 3) : 7 + pick(s, 3);
  for (uint32_t i = 0; i < METES_MAX_RESERVED; i++)
    m->reserved[i] = (struct metes_range){0, UINT64_MAX}; /* those beyond n_reserved must not be read */
  for (uint32_t i = 0; i < m->n_reserved && i < METES_MAX_RESERVED; i++) {
    m->reserved[i].start = pick_size(s, near, n);
    m->reserved[i].end = pick(s, 8) ? m->reserved[i].start + 4096 : pick_size(s, near, n);
  }
}

/* PLAN-13: is this plan one that KVM takes? I1 to I7 in so many words, each slot against each. */
static int sound(const struct metes_memslot *s, uint32_t n, const struct metes_limits *m)
{
  for (uint32_t i = 0; i < n; i++) {
    if (s[i].size == 0 || (s[i].gpa | s[i].size | s[i].host) & 4095)
      return 0;
    if ((wide)s[i].gpa + s[i].size > m->gpa_end || (wide)s[i].host + s[i].size > m->host_end)
      return 0;
    if (s[i].size / 4096 > 0x7FFFFFFF || s[i].slot >= m->max_slots || s[i].flags > 3)
      return 0;
    for (uint32_t k = 0; k < m->n_reserved && k < METES_MAX_RESERVED; k++)
      if ((wide)s[i].gpa + s[i].size > m->reserved[k].start && s[i].gpa < m->reserved[k].end)
        return 0;
    for (uint32_t j = 0; j < n; j++)
      if (i != j && (s[i].slot == s[j].slot || model_meet(s[i].gpa, s[i].size, s[j].gpa, s[j].size)))
        return 0;
  }
  return n <= m->max_slots && m->n_reserved <= METES_MAX_RESERVED;
}

/* Compares an answer; an accepted plan leaves the error as it was. */
static const char *compare(enum metes_status got, const struct metes_error *err, const struct model_answer *want)
{
  static const struct metes_error untouched = {7, 7, 7};

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  if (got != want->status)
    return "status of the plan";
  return same_error(err, got == METES_OK ? &untouched : &want->err) ? NULL : "error of the plan";
}

/* PLAN-12, PLAN-13. */
static const char *agree_add(struct source *s, struct metes_memslot *plan, uint32_t n, const struct metes_limits *m)
{
  const uint64_t near[4] = {plan[0].gpa, plan[0].gpa + plan[0].size, plan[n - 1].gpa, plan[n - 1].gpa + plan[n - 1].size};
  struct metes_memslot want[MOST], before[MOST];
  struct metes_error err = {7, 7, 7};
  struct metes_extra x;

  x.start = pick_size(s, near, 4);
  x.end = pick(s, 4) ? x.start + 4096 * pick(s, 16) : pick_size(s, near, 4);
  x.host_size = pick(s, 8) ? x.end - x.start : pick_size(s, near, 4);
  x.host = pick(s, 4) ? 0x7F0000000000 : pick_size(s, near, 4);
  x.slot = pick(s, 4) ? n : pick(s, 4);
  x.flags = pick(s, 8) ? pick(s, 4) : (uint32_t)source_bytes(s, 4);
  if (pick(s, 16) == 0) /* the plan that is added to may be unsound itself */
    plan[pick(s, n)].gpa += 4096 * pick(s, 4) + pick(s, 2);
  memcpy(want, plan, sizeof want);
  memcpy(before, plan, sizeof before);

  const struct model_answer a = model_add(want, n, &x, m);
  const enum metes_status got = metes_plan_add(plan, n, &x, m, &err);
  const char *why = compare(got, &err, &a);

  if (why)
    return why;
  if (memcmp(plan, got == METES_OK ? want : before, sizeof want) != 0)
    return "an extra region is in the plan, or the plan is as it was";
  return got != METES_OK || sound(plan, n + 1, m) ? NULL : "a plan with an extra region is sound";
}

/* A sound layout, or seldom one that is not: the plan is asked for any. */
static struct metes_layout layout_or_worse(const struct metes_layout *sound, struct source *s)
{
  struct metes_layout l = *sound;
  const uint64_t near[4] = {l.snapshot_gpa, l.memory_end_gpa, l.snapshot_size, l.scratch_gpa};
  uint64_t *const fields[4] = {&l.snapshot_gpa, &l.snapshot_size, &l.scratch_gpa, &l.scratch_size};

  if (pick(s, 8) == 0)
    *fields[pick(s, 4)] = pick(s, 2) ? near[pick(s, 4)] : pick_size(s, near, 4);
  return l;
}

/* PLAN-13 to PLAN-16: of what was laid out, on a host that can back it or cannot. */
const char *agree_plan(const struct metes_layout *laid_out, struct source *s)
{
  const struct metes_layout layout = layout_or_worse(laid_out, s), *l = &layout;
  const uint64_t near[4] = {l->scratch_gpa, l->scratch_gpa + l->scratch_size, l->snapshot_size, l->memory_end_gpa};
  const uint64_t snapshot = pick(s, 8) ? 0x7E0000000000 : pick_size(s, near, 4);
  const uint64_t scratch = pick(s, 8) ? 0x7A0000000000 : pick_size(s, near, 4);
  struct metes_memslot want[MOST] = {
      {0, METES_SLOT_READONLY, l->snapshot_gpa, l->snapshot_size, snapshot},
      {1, 0, l->scratch_gpa, l->scratch_size, scratch},
  };
  struct metes_memslot plan[MOST] = {{0}}, nothing[MOST] = {{0}};
  struct metes_error err = {7, 7, 7};
  struct metes_limits m;

  make_limits(s, &m, near, 4);
  const struct model_answer a = model_plan(want, 2, &m);
  const enum metes_status got = metes_plan_layout(l, snapshot, scratch, &m, plan, &err);
  const char *why = compare(got, &err, &a);

  if (why || got != METES_OK)
    return why ? why : memcmp(plan, nothing, sizeof plan) ? "a refused plan is left alone" : NULL;
  if (memcmp(plan, want, sizeof plan) != 0 || !sound(plan, 2, &m))
    return "the plan of a layout";
  for (uint32_t n = 2; n < MOST && !why; n++) {
    why = agree_add(s, plan, n, &m);
    if (plan[n].size == 0) /* refused: the next would take this place */
      break;
  }
  return why;
}

/* Slots that lie about one another, mostly one behind the other; any number may be odd. */
static void make_slots(struct source *s, struct metes_memslot *plan, uint32_t n, const uint64_t *near, uint32_t count)
{
  uint64_t gpa = 4096 * (uint64_t)pick(s, 16), host = 0x7F0000000000;

  for (uint32_t i = 0; i < n; i++) {
    plan[i] = (struct metes_memslot){i, pick(s, 4), gpa, 4096 * (1 + (uint64_t)pick(s, 8)), host};
    gpa += plan[i].size + 4096 * (uint64_t)pick(s, 3);
    host += 0x100000;
  }
  for (uint32_t changes = n ? pick(s, 3) : 0; changes > 0; changes--) {
    struct metes_memslot *x = &plan[pick(s, n)];
    const uint64_t v = pick_size(s, near, count);

    switch (pick(s, 6)) {
    case 0: x->slot = pick(s, 4) ? pick(s, MOST) : (uint32_t)v; break;
    case 1: x->flags = (uint32_t)v; break;
    case 2: x->size = v; break;
    case 3: x->host = v; break;
    default: x->gpa = v; break;
    }
  }
}

const char *agree_any_plan(struct source *s)
{
  const uint64_t near[] = {0x1000,      0x4000,      0x10000,       0x7FFFFFFF000, 0x80000000000,
                           1ULL << 36, 1ULL << 40, 0x7F0000000000, 1ULL << 47,    UINT64_MAX};
  const uint32_t count = sizeof near / sizeof *near, n = pick(s, MOST + 1);
  struct metes_memslot plan[MOST];
  struct metes_error err = {7, 7, 7};
  struct metes_limits m;

  make_limits(s, &m, near, count);
  make_slots(s, plan, n, near, count);
  const struct model_answer a = model_plan(plan, n, &m);
  const enum metes_status got = metes_plan_check(plan, n, &m, &err);
  const char *why = compare(got, &err, &a);

  if (!why && (got == METES_OK) != sound(plan, n, &m))
    why = "a plan is accepted just when KVM's rules hold";
  return why;
}

const char *agree(struct source *s, struct trial *t)
{
  enum metes_status status;
  struct metes_layout l;
  const char *why;

  trial_make(s, t);
  why = agree_layout(t, &l, &status);
  if (!why && status == METES_OK) {
    why = agree_regions(&l, s);
    why = why ? why : agree_peb(&l, s);
    why = why ? why : agree_places(&l, s);
    why = why ? why : agree_plan(&l, s);
  }
  why = why ? why : agree_any_plan(s);
  why = why || pick(s, 16) ? why : agree_page_tables(s);
  why = why || pick(s, 4) ? why : agree_buffers(s);
  why = why || pick(s, 4) ? why : agree_files(s);
  why = why || pick(s, 4) ? why : agree_slots(s);
  why = why || pick(s, 8) ? why : agree_snapshots(t, s);
  why = why || pick(s, 16) ? why : agree_walks(s);
  why = why || pick(s, 16) ? why : agree_large_pages(s);
  why = why || pick(s, 4) == 0 ? why : agree_alignment(s, t);
  why = why || pick(s, 16) ? why : agree_door(s);
  why = why || status != METES_OK || pick(s, 4) ? why : agree_mappings(&l, s);
  why = why || pick(s, 4) ? why : agree_messages(s);
  why = why || pick(s, 64) ? why : agree_checksums(s);
  why = why || pick(s, 4) ? why : agree_exchange(s);
  return why || status != METES_OK || pick(s, 4) ? why : agree_file_places(&l, s);
}
