/* SPDX-License-Identifier: Apache-2.0
 * The second model of what follows from a layout: regions, PEB, places, plans of memory slots. */
#ifndef METES_MODEL_PLAN_H
#define METES_MODEL_PLAN_H

#include "model.h"

/* REG-1 to REG-4. */
static inline uint32_t model_regions(const struct metes_layout *l, struct metes_region *r)
{
  const uint64_t ends[5] = {0, l->peb_offset, l->heap_offset, l->init_data_offset, l->memory_size};
  const uint32_t flags[4] = {
      METES_READ | METES_WRITE | METES_EXECUTE,
      METES_READ | (l->options & METES_OPT_FILE_MAPPINGS ? METES_WRITE : 0),
      METES_READ | METES_WRITE | (l->options & METES_OPT_EXECUTABLE_HEAP ? METES_EXECUTE : 0),
      l->init_data_permissions,
  };
  uint32_t n = 0;

  for (uint32_t t = 0; t < 4; t++)
    if (ends[t] != ends[t + 1])
      r[n++] = (struct metes_region){l->snapshot_gpa + ends[t], l->snapshot_gpa + ends[t + 1], flags[t], t};
  return n;
}

/* PEB-1 to PEB-7: the block's bytes; returns how many. */
static inline size_t model_peb(const struct metes_layout *l, uint8_t *m)
{
  const uint64_t words[10] = {
      l->input_data_size, l->scratch_gva,
      l->output_data_size, l->scratch_gva + l->input_data_size,
      l->init_data_size, l->snapshot_gva + l->init_data_offset,
      l->heap_size, l->snapshot_gva + l->heap_offset,
      0, l->snapshot_gva + l->peb_offset + 80,
  };
  const size_t n = l->options & METES_OPT_FILE_MAPPINGS ? 10 : 8;

  for (size_t i = 0; i < n * 8; i++)
    m[i] = (uint8_t)(words[i / 8] >> (i % 8 * 8));
  return n * 8;
}

/* PLACE-1 and PLACE-2: of a sound layout whose windows begin at `snapshot` and `scratch`. */
static inline enum metes_place model_place(const struct metes_layout *l, wide snapshot, wide scratch, wide x)
{
  const struct {
    wide start, end;
    enum metes_place place;
  } map[] = {
      {0, snapshot, METES_PLACE_NULL_GUARD},
      {snapshot, snapshot + l->peb_offset, METES_PLACE_CODE},
      {snapshot + l->peb_offset, snapshot + l->heap_offset, METES_PLACE_PEB},
      {snapshot + l->heap_offset, snapshot + l->init_data_offset, METES_PLACE_HEAP},
      {snapshot + l->init_data_offset, snapshot + l->memory_size, METES_PLACE_INIT_DATA},
      {snapshot + l->memory_size, snapshot + l->snapshot_size, METES_PLACE_SNAPSHOT_PT},
      {scratch, scratch + l->input_data_size, METES_PLACE_INPUT},
      {scratch + l->input_data_size, scratch + l->pt_scratch_offset, METES_PLACE_OUTPUT},
      {scratch + l->pt_scratch_offset, scratch + l->pt_scratch_offset + l->pt_size, METES_PLACE_SCRATCH_PT},
      {scratch + l->pt_scratch_offset + l->pt_size, scratch + l->scratch_size, METES_PLACE_FREE},
  };

  for (size_t i = 0; i < sizeof map / sizeof *map; i++)
    if (map[i].start <= x && x < map[i].end)
      return map[i].place;
  return METES_PLACE_NONE;
}

/* GPA-1, GPA-2: the region that holds all of [gpa, gpa + len), or n. */
static inline uint32_t model_resolve(const struct metes_region *r, uint32_t n, wide gpa, wide len)
{
  uint32_t i = 0;

  while (i < n && !(gpa >= r[i].start && gpa < r[i].end && gpa + len <= r[i].end))
    i++;
  return i;
}

static inline wide model_room(uint64_t end, uint64_t start)
{
  return start < end ? end - start : 0;
}

/* PLAN-2 to PLAN-9: slot i by itself. */
static inline struct model_answer model_slot(const struct metes_memslot *s, uint32_t i,
                                             const struct metes_limits *m)
{
  const uint64_t numbers[3] = {s->gpa, s->size, s->host};

  if (s->slot >= m->max_slots)
    return model_no(METES_E_SLOT_NUMBER, s->slot, m->max_slots, i);
  if (s->flags & ~(METES_SLOT_LOG_DIRTY_PAGES | METES_SLOT_READONLY))
    return model_no(METES_E_SLOT_FLAGS, s->flags, 3, i);
  if (s->size == 0)
    return model_no(METES_E_SLOT_EMPTY, s->gpa, s->gpa, i);
  for (int k = 0; k < 3; k++)
    if (numbers[k] & 4095)
      return model_no(METES_E_SLOT_UNALIGNED, numbers[k], 4096, i);
  if (s->size >> 12 > 0x7FFFFFFF)
    return model_no(METES_E_SLOT_PAGES, s->size, (wide)0x7FFFFFFF << 12, i);
  if ((wide)s->gpa + s->size > m->gpa_end)
    return model_no(METES_E_SLOT_GPA, s->size, model_room(m->gpa_end, s->gpa), i);
  if ((wide)s->host + s->size > m->host_end)
    return model_no(METES_E_SLOT_HOST, s->size, model_room(m->host_end, s->host), i);
  for (uint32_t k = 0; k < m->n_reserved; k++) {
    const wide start = m->reserved[k].start, end = m->reserved[k].end;

    if (start < (wide)s->gpa + s->size && s->gpa < end) /* ClearOf, also of empty and inverted ranges */
      return model_no(METES_E_SLOT_RESERVED, start, end, i);
  }
  return model_no(METES_OK, 0, 0, 0);
}

/* PLAN-10, PLAN-11: slot i against slot j before it. */
static inline struct model_answer model_pair(const struct metes_memslot *s, uint32_t i, uint32_t j)
{
  if (s[i].slot == s[j].slot)
    return model_no(METES_E_SLOT_TWICE, s[i].slot, j, i);
  if (model_meet(s[i].gpa, s[i].size, s[j].gpa, s[j].size))
    return model_no(METES_E_SLOT_OVERLAP, s[i].gpa, j, i);
  return model_no(METES_OK, 0, 0, 0);
}

/* PLAN-1 to PLAN-11, PLAN-17: what metes_plan_check answers. */
static inline struct model_answer model_plan(const struct metes_memslot *s, uint32_t n,
                                             const struct metes_limits *m)
{
  struct model_answer a = model_no(METES_OK, 0, 0, 0);

  if (m->n_reserved > 8)
    return model_no(METES_E_LIMITS, m->n_reserved, 8, 0);
  if (n > m->max_slots)
    return model_no(METES_E_SLOT_BUDGET, n, m->max_slots, 0);
  for (uint32_t i = 0; i < n && a.status == METES_OK; i++) {
    a = model_slot(&s[i], i, m);
    for (uint32_t j = 0; j < i && a.status == METES_OK; j++)
      a = model_pair(s, i, j);
  }
  return a;
}

/* PLAN-12: what metes_plan_add answers: the old plan first, then the range, then the new slot, which becomes s[n]. */
static inline struct model_answer model_add(struct metes_memslot *s, uint32_t n, const struct metes_extra *x,
                                            const struct metes_limits *m)
{
  const struct model_answer before = model_plan(s, n, m);

  if (before.status != METES_OK)
    return before;
  if (x->end <= x->start)
    return model_no(METES_E_SLOT_EMPTY, x->start, x->end, n);
  if (x->end - x->start != x->host_size)
    return model_no(METES_E_SLOT_LENGTHS, x->end - x->start, x->host_size, n);
  if (n + 1 > m->max_slots)
    return model_no(METES_E_SLOT_BUDGET, n + 1, m->max_slots, n);
  s[n] = (struct metes_memslot){x->slot, x->flags, x->start, x->host_size, x->host};
  return model_plan(s, n + 1, m);
}

#endif
