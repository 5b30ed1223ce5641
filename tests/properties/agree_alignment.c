/* SPDX-License-Identifier: Apache-2.0
 * Core and the second model by other alignments than a page. */
#include "agree.h"

static int all_on(uint64_t alignment, const uint64_t *x, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    if (x[i] % alignment != 0)
      return 0;
  return 1;
}

/* LAY-41: every boundary. */
static int boundaries(const struct metes_layout *l, uint64_t alignment)
{
  const uint64_t x[] = {l->peb_offset,   l->heap_offset,   l->init_data_offset, l->memory_size, l->snapshot_size,
                        l->pt_scratch_offset, l->pt_size,  l->scratch_size,     l->snapshot_gpa, l->peb_gpa,
                        l->heap_gpa,     l->init_data_gpa, l->memory_end_gpa,   l->scratch_gpa, l->pt_gpa,
                        l->free_gpa,     l->snapshot_gva,  l->peb_gva,          l->heap_gva,    l->init_data_gva,
                        l->scratch_gva};

  return all_on(alignment, x, sizeof x / sizeof *x);
}

/* REG-6. */
static int regions_on(const struct metes_layout *l, uint64_t alignment)
{
  struct metes_region r[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(l, r);

  for (uint32_t i = 0; i < n; i++)
    if (!all_on(alignment, (const uint64_t[]){r[i].start, r[i].end}, 2))
      return 0;
  return n > 0;
}

/* PLAN-14: what a host with such pages asks of a slot. */
static int slots_on(const struct metes_layout *l, uint64_t alignment)
{
  const struct metes_limits m = {.gpa_end = 1ULL << 52, .host_end = UINT64_MAX, .max_slots = 2};
  struct metes_memslot plan[2];
  struct metes_error err;

  return metes_plan_layout(l, 1ULL << 45, 1ULL << 46, &m, plan, &err) == METES_OK &&
         all_on(alignment, (const uint64_t[]){plan[0].gpa, plan[0].size, plan[1].gpa, plan[1].size}, 4);
}

const char *agree_alignment(struct source *s, struct trial *t)
{
  enum metes_status status;
  struct metes_layout l;
  const char *why;

  trial_align(s, t);
  why = agree_layout(t, &l, &status);
  if (why || status != METES_OK)
    return why;
  if (!boundaries(&l, t->p.alignment))
    return "every boundary is a multiple of the alignment";
  if (!regions_on(&l, t->p.alignment))
    return "every region begins and ends on a multiple of the alignment";
  if (!slots_on(&l, t->p.alignment))
    return "both slots are multiples of the alignment";
  why = agree_peb(&l, s);
  return why ? why : agree_places(&l, s);
}
