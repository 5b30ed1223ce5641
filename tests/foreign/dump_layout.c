/* SPDX-License-Identifier: Apache-2.0
 * Layouts, regions, plans, records: numbers. */
#include "dump.h"

uint64_t dump_counts[3];

enum { SIZES = 7, REST = 20 };
_Static_assert(offsetof(struct metes_layout, init_data_permissions) == 8 * SIZES, "sizes, then two numbers of 32 bits");
_Static_assert(sizeof(struct metes_layout) == 8 * (SIZES + 1 + REST), "and then all others");

static void slots(const struct metes_memslot *plan, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) {
    eat(PLAN, plan[i].slot);
    eat(PLAN, plan[i].flags);
    eat_words(PLAN, &plan[i], offsetof(struct metes_memslot, gpa), 3);
  }
}

/* The two slots, an extra region that may be any, and one less again. */
static void plan(struct source *s, const struct metes_layout *l)
{
  static const uint64_t near[] = {0x1000, 0x100000, 0xFEE00000, 0xFFFFB8000, 0x10000000};
  const struct metes_limits limits = {.gpa_end = 1ULL << 40, .host_end = 1ULL << 47, .max_slots = 509};
  struct metes_extra x = {.host = 0x7F0000000000, .slot = 2, .flags = METES_SLOT_READONLY};
  struct metes_error err = {0, 0, 0};
  struct metes_memslot plan[3];
  uint32_t n = 0;
  enum metes_status got = metes_plan_layout(l, 0x10000000, 0x600000000000, &limits, plan, &err);

  eat_answer(PLAN, got, &err);
  if (got != METES_OK)
    return;
  x.start = pick_size(s, near, 5) / 4096 * 4096;
  x.host_size = 4096ULL * pick(s, 16);
  x.end = x.start + x.host_size;
  got = metes_plan_add(plan, 2, &x, &limits, &err);
  eat_answer(PLAN, got, &err);
  n = got == METES_OK ? 3 : 2;
  slots(plan, n);
  got = metes_plan_remove(plan, n, pick(s, 4), &limits, &err);
  eat_answer(PLAN, got, &err);
  slots(plan, got == METES_OK ? n - 1 : n);
}

static void places(struct source *s, const struct metes_layout *l)
{
  const uint64_t near[] = {l->peb_gpa, l->heap_gpa, l->scratch_gpa, l->pt_gpa, l->peb_gva, l->output_gva};

  for (int i = 0; i < 8; i++) {
    const uint64_t at = pick_size(s, near, 6);
    const uint64_t length = pick(s, 64);
    const struct metes_span span = metes_gpa_resolve(l, at, length);

    eat(LAYOUT, metes_place_of_gpa(l, at));
    eat(LAYOUT, metes_place_of_gva(l, at));
    eat(LAYOUT, span.status);
    eat(LAYOUT, span.flags);
    eat(LAYOUT, span.offset);
  }
}

void dump_layout(struct source *s, const struct metes_profile *p, const struct metes_layout *l)
{
  struct metes_region r[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(l, r);

  dump_counts[0]++;
  eat_words(LAYOUT, l, 0, SIZES);
  eat(LAYOUT, l->init_data_permissions);
  eat(LAYOUT, l->options);
  eat_words(LAYOUT, l, offsetof(struct metes_layout, peb_offset), REST);
  eat(LAYOUT, metes_profile_flaw(p));
  for (uint32_t i = 0; i < n; i++) {
    eat_words(LAYOUT, &r[i], 0, 2);
    eat(LAYOUT, r[i].flags);
    eat(LAYOUT, r[i].type);
  }
  places(s, l);
  plan(s, l);
  dump_memory(s, l);
}

void dump_record(struct source *s, const struct metes_profile *p, const struct metes_config *c)
{
  struct metes_snapshot snapshot = {.profile = *p, .config = *c}, again;
  struct metes_error err = {0, 0, 0};
  uint8_t m[METES_SNAPSHOT_BYTES];
  struct metes_layout l;

  for (uint32_t i = p->n_reserved; i < METES_MAX_RESERVED; i++)
    snapshot.profile.reserved[i] = (struct metes_range){0, 0};
  snapshot.generation = source_bytes(s, 8);
  snapshot.entry = p->snapshot_gva + pick(s, 16);
  snapshot.stack = source_bytes(s, 4) & ~7ULL;
  eat_answer(RECORD, metes_snapshot_write(&snapshot, m, sizeof m, &err), &err);
  eat_bytes(RECORD, m, sizeof m);
  eat_answer(RECORD, metes_snapshot_check(&snapshot, &l, &err), &err);

  const uint32_t at = pick(s, 250);

  m[at] ^= (uint8_t)pick(s, 2);
  eat_answer(RECORD, metes_snapshot_read(m, sizeof m, &again, &err), &err);
}
