/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on where files are mapped: every place that could be the lowest one is tried. */
#include "agree.h"
#include "model_plan.h"

enum { SLOTS = 6, CANDIDATES = SLOTS + METES_MAX_RESERVED + 1 };

static wide model_least(wide a, wide b)
{
  return a < b ? a : b;
}

/* FM-13: how far from the snapshot's start a mapping may end. */
static wide model_reach(const struct metes_layout *l, const struct metes_limits *m)
{
  const wide half = (wide)1 << 47, top = l->snapshot_gva < half ? model_least(half, l->scratch_gva) : l->scratch_gva;
  const wide end = model_least(l->scratch_gpa, m->gpa_end);

  return model_least(top - l->snapshot_gva, end > l->snapshot_gpa ? end - l->snapshot_gpa : 0);
}

/* FM-14: is [at, at + size) free? */
static int model_free(const struct metes_memslot *s, uint32_t n, const struct metes_limits *m, wide at, wide size)
{
  for (uint32_t i = 0; i < n; i++)
    if (model_meet(s[i].gpa, s[i].size, at, size))
      return 0;
  for (uint32_t i = 0; i < m->n_reserved; i++)
    if (m->reserved[i].start < at + size && m->reserved[i].end > at)
      return 0;
  return 1;
}

/* FM-16: the lowest place begins where the gap does, or behind something. */
static struct model_answer model_file_place(const struct metes_layout *l, const struct metes_memslot *s, uint32_t n,
                                            const struct metes_limits *m, uint64_t size, struct metes_mapping *x)
{
  const struct model_answer a = model_plan(s, n, m);
  const wide start = (wide)l->snapshot_gpa + l->snapshot_size, end = l->snapshot_gpa + model_reach(l, m);
  wide best = end;

  if (a.status != METES_OK)
    return a;
  if (size == 0 || size & 4095)
    return model_no(METES_E_MAPPING_PAGES, size, 4096, 0);
  for (uint32_t i = 0; i < n + m->n_reserved + 1; i++) {
    const wide at = i < n ? (wide)s[i].gpa + s[i].size
                          : i < n + m->n_reserved ? model_up(m->reserved[i - n].end, 4096) : start;

    if (at >= start && at < best && at + 4096 + size <= end && model_free(s, n, m, at, (wide)size + 4096))
      best = at;
  }
  if (best == end)
    return model_no(METES_E_MAPPING_ROOM, size, end > start ? end - start : 0, 0);
  *x = (struct metes_mapping){(uint64_t)(best - l->snapshot_gpa + l->snapshot_gva + 4096), (uint64_t)best + 4096,
                              size / 4096, METES_READ | METES_COPY_ON_WRITE};
  return a;
}

/* The two slots of the layout, and some more near the start of the gap. */
static uint32_t make_plan(const struct metes_layout *l, struct source *s, struct metes_memslot *plan)
{
  const uint32_t n = 2 + pick(s, SLOTS - 1);
  uint64_t at = l->snapshot_gpa + l->snapshot_size;

  plan[0] = (struct metes_memslot){0, METES_SLOT_READONLY, l->snapshot_gpa, l->snapshot_size, 0x7E0000000000};
  plan[1] = (struct metes_memslot){1, 0, l->scratch_gpa, l->scratch_size, 0x7A0000000000};
  for (uint32_t i = 2; i < n; i++) {
    at += 4096 * (uint64_t)pick(s, 6);
    plan[i] = (struct metes_memslot){i, METES_SLOT_READONLY, at, 4096 * (1 + (uint64_t)pick(s, 4)), 0x7F0000000000};
    at += plan[i].size;
  }
  if (n > 3 && pick(s, 2)) {
    const struct metes_memslot other = plan[2];

    plan[2] = plan[n - 1];
    plan[n - 1] = other;
  }
  if (n > 2 && pick(s, 4) == 0) { /* scratch may lie beyond what the MMU can address */
    plan[1] = plan[n - 1];
    return n - 1;
  }
  return n;
}

static struct metes_limits make_limits(const struct metes_layout *l, struct source *s)
{
  struct metes_limits m = {.gpa_end = 1ULL << 52, .host_end = 1ULL << 47, .max_slots = 509};
  const uint64_t start = l->snapshot_gpa + l->snapshot_size;

  if (pick(s, 4) == 0)
    m.gpa_end = start + 4096 * (uint64_t)pick(s, 64);
  for (m.n_reserved = pick(s, 4); m.n_reserved > 0 && m.n_reserved < 4; m.n_reserved += 8)
    for (uint32_t i = 0; i < m.n_reserved; i++) {
      m.reserved[i].start = start + 1024 * (uint64_t)pick(s, 64);
      m.reserved[i].end = pick(s, 16) ? m.reserved[i].start + 1024 * (uint64_t)pick(s, 16) : source_bytes(s, 8);
    }
  if (m.n_reserved >= 8)
    m.n_reserved -= 8;
  return m;
}

/* FM-15: what was found is an extra region that the plan takes, and is clear of both windows. */
static const char *of_use(const struct metes_layout *l, struct metes_memslot *plan, uint32_t n,
                          const struct metes_limits *m, const struct metes_mapping *x)
{
  const uint64_t size = x->pages * 4096;
  const struct metes_extra e = {x->gpa, x->gpa + size, 0x710000000000, size, 100, METES_SLOT_READONLY};
  const int high = x->gva >> 47 == 0x1FFFF, canonical = (x->gva >> 47 == 0 || high) && (x->gva + size - 1) >> 47 == x->gva >> 47;
  struct metes_error err = {7, 7, 7};

  if (!canonical || x->gva < l->snapshot_gva + l->snapshot_size || x->gva + size > l->scratch_gva)
    return "a file is mapped clear of both windows";
  return size > METES_MAX_SLOT_SIZE || metes_plan_add(plan, n, &e, m, &err) == METES_OK ? NULL
                                                                                        : "the plan takes what was found";
}

const char *agree_file_places(const struct metes_layout *l, struct source *s)
{
  const struct metes_limits m = make_limits(l, s);
  struct metes_memslot plan[SLOTS + 1];
  const uint32_t n = make_plan(l, s, plan);
  const wide gap = model_reach(l, &m) - l->snapshot_size;
  const uint64_t sizes[] = {4096, 4096 * (1 + (uint64_t)pick(s, 8)), (uint64_t)gap, (uint64_t)gap - 4096, (uint64_t)gap - 8192,
                            source_bytes(s, 8), source_bytes(s, 8) / 4096 * 4096, 0};
  const uint64_t size = sizes[pick(s, 16) ? pick(s, 5) : pick(s, 8)];
  struct metes_mapping x = {1, 2, 3, 4}, want = x;
  struct metes_error err = {7, 7, 7};
  const struct model_answer a = model_file_place(l, plan, n, &m, size, &want);
  const enum metes_status got = metes_file_place(l, plan, n, &m, size, &x, &err);
  const char *why = same_answer(got, &err, &a, "the place of a file: status or error");

  if (why || x.gva != want.gva || x.gpa != want.gpa || x.pages != want.pages || x.flags != want.flags)
    return why ? why : "the place of a file";
  return got == METES_OK ? of_use(l, plan, n, &m, &x) : NULL;
}
