/* SPDX-License-Identifier: Apache-2.0
 * One trial: a profile and a configuration that like edges, made from choices. */
#ifndef METES_TRIAL_H
#define METES_TRIAL_H

#include <inttypes.h>
#include <stdio.h>

#include "model.h"
#include "source.h"

struct trial {
  struct metes_profile p;
  struct metes_config c;
};

/* Up to three reserved ranges near the places where windows begin and end; seldom too many, or inverted. */
static inline void trial_reserved(struct source *s, struct metes_profile *p)
{
  const uint64_t near[6] = {p->snapshot_gpa, 0xFEE00000, p->last_gpa, p->last_gpa / 2,
                            p->last_gpa - METES_DEFAULT_SCRATCH_SIZE, p->snapshot_gpa + 0x30000};

  p->n_reserved = pick(s, 4) ? 0 : pick(s, 4);
  for (uint32_t i = 0; i < METES_MAX_RESERVED; i++)
    p->reserved[i] = (struct metes_range){0x1000 * i, 0x1000};
  for (uint32_t i = 0; i < p->n_reserved; i++) {
    p->reserved[i].start = pick_size(s, near, 6);
    p->reserved[i].end = pick(s, 8) ? p->reserved[i].start + 4096 * (1 + pick(s, 4)) : pick_size(s, near, 6);
  }
  if (pick(s, 250) == 0)
    p->n_reserved = 7 + pick(s, 3);
}

/* A profile that ships, often with one or two numbers changed. */
static inline void trial_profile(struct source *s, struct metes_profile *p)
{
  static const uint64_t near[] = {
      0,          0x1000,        0x10000,           0xFFFFF,          0xFFFFFFFF,         0xFEDFFFFF,
      0xFFFFFFFFF, 0x3FFFFF000,  0x3FFFFFFF000,     0xFFFFFFFFFFFFF,  0x7FFFFFFFFFFF,     0x500140000000,
      0x50043FFFFFFF, 0x7FFC00000000, 0xFFFF800000000000, 0xFFFF8003FFFFEFFF, 0xFFFFFFFFFFFFEFFF, UINT64_MAX,
  };
  const uint32_t n = sizeof near / sizeof *near;
  uint64_t *fields[] = {&p->snapshot_gpa, &p->snapshot_gva, &p->last_gpa, &p->last_gva, &p->max_size};
  struct metes_error err;

  metes_profile_builtin((enum metes_profile_id)pick(s, 3), p, &err);
  if (pick(s, 3) == 0)
    for (uint32_t changes = 1 + pick(s, 2); changes > 0; changes--) {
      const uint32_t which = pick(s, 5);
      const uint64_t v = pick_size(s, near, n);

      *fields[which] = pick(s, 4) == 0 ? v : which == 2 || which == 3 ? v | 4095 : v & ~4095ULL;
    }
  trial_reserved(s, p);
}

/* What is left of `all` after `part`, or `all` where nothing is. */
static inline uint64_t rest(wide all, wide part)
{
  return model_sat(part < all ? all - part : all);
}

/* Most sizes are tame, so that most trials pass the first checks. */
static inline uint64_t tame_or(struct source *s, const uint64_t *near, uint32_t n)
{
  return pick(s, 4) ? source_bytes(s, 2) : pick_size(s, near, n);
}

static inline void trial_scratch(struct source *s, const struct metes_profile *p, struct metes_config *c)
{
  const uint64_t buffers[4] = {0x2000, 0x4000, p->max_size, p->last_gpa / 2};

  c->input_data_size = tame_or(s, buffers, 4);
  c->output_data_size = tame_or(s, buffers, 4);

  const wide in = c->input_data_size < 0x2000 ? 0x2000 : c->input_data_size;
  const wide out = c->output_data_size < 0x2000 ? 0x2000 : c->output_data_size;
  const uint64_t least = model_sat(model_up(in + out, 4096) + 0xC000);
  const uint64_t near[6] = {METES_DEFAULT_SCRATCH_SIZE, p->max_size, least, least, p->last_gpa, p->last_gva};

  c->scratch_size = pick(s, 6) ? model_sat((wide)(least / 4096 + pick(s, 64)) * 4096) : pick_size(s, near, 6);
}

static inline void trial_config(struct source *s, const struct metes_profile *p, struct metes_config *c)
{
  const wide room_gpa = (wide)p->last_gpa + 1 - p->snapshot_gpa, room_gva = (wide)p->last_gva + 1 - p->snapshot_gva;
  wide at[5];

  metes_config_default(c);
  if (pick(s, 8))
    trial_scratch(s, p, c);

  const uint64_t gpa = rest(room_gpa, c->scratch_size), gva = rest(room_gva, c->scratch_size);
  const uint64_t all[4] = {p->max_size, gpa, gva, p->max_size / 2};

  c->code_size = tame_or(s, all, 4);
  const uint64_t heap[4] = {rest(p->max_size, c->code_size), rest(gpa, c->code_size), rest(gva, c->code_size), 0};
  c->heap_size = tame_or(s, heap, 4);
  model_areas(p, c, at);
  const uint64_t init[5] = {rest(p->max_size, at[3]), rest(gpa, at[3]), rest(gva, at[3]), 0, 4096};
  c->init_data_size = tame_or(s, init, 5);
  model_areas(p, c, at);
  const uint64_t pt[5] = {rest(c->scratch_size, METES_SCRATCH_OVERHEAD + (wide)c->input_data_size + c->output_data_size),
                          rest(gpa, at[4]), rest(gva, at[4]), 0, c->scratch_size};
  c->pt_size = pick(s, 3) ? 4096 * pick(s, 16) : pick_size(s, pt, 5);
  c->options = pick(s, 40) ? pick(s, 4) : (uint32_t)pick_size(s, pt, 5);
  c->init_data_permissions = pick(s, 40) ? pick(s, 8) : (uint32_t)pick_size(s, pt, 5);
}

static inline void trial_make(struct source *s, struct trial *t)
{
  memset(t, 0, sizeof *t);
  trial_profile(s, &t->p);
  trial_config(s, &t->p, &t->c);
}

/* The same trial by another alignment, mostly one that there is; most numbers then follow it. */
static inline void trial_align(struct source *s, struct trial *t)
{
  static const uint64_t near[] = {4096, 0x4000, 0x200000, 0x2000, 0x8000, 0x100000, 0x400000, 0, UINT64_MAX};
  const uint64_t a = pick(s, 16) ? near[1 + pick(s, 2)] : pick_size(s, near, 9), unit = a ? a : 1;
  uint64_t *const up[] = {&t->p.snapshot_gpa, &t->p.snapshot_gva, &t->c.scratch_size, &t->c.pt_size};
  uint64_t *const down[] = {&t->p.last_gpa, &t->p.last_gva, &t->p.max_size};

  t->p.alignment = a;
  if (pick(s, 4))
    t->c.scratch_size = model_sat((wide)t->c.scratch_size + (wide)unit * (2 + pick(s, 4)));
  for (uint32_t i = 0; i < 4; i++)
    if (pick(s, 16))
      *up[i] = model_sat(model_up(*up[i], unit));
  for (uint32_t i = 0; i < 3; i++)
    if (pick(s, 16))
      *down[i] = i == 2 ? *down[i] / unit * unit : (*down[i] + 1) / unit * unit - 1;
  if (pick(s, 4) == 0) /* areas that end on a boundary, or a byte beside it */
    t->c.code_size = model_sat(model_up(t->c.code_size, unit) + pick(s, 3)) - 1;
}

/* The trial as a person can read and repeat it. */
static inline void trial_print(FILE *f, const struct trial *t)
{
  fprintf(f, "# profile snapshot_gpa=0x%" PRIx64 " snapshot_gva=0x%" PRIx64 " last_gpa=0x%" PRIx64
             " last_gva=0x%" PRIx64 " max_size=0x%" PRIx64 " alignment=0x%" PRIx64 "\n",
          t->p.snapshot_gpa, t->p.snapshot_gva, t->p.last_gpa, t->p.last_gva, t->p.max_size, t->p.alignment);
  for (uint32_t i = 0; i < t->p.n_reserved && i < METES_MAX_RESERVED; i++)
    fprintf(f, "# reserved [0x%" PRIx64 ", 0x%" PRIx64 ")\n", t->p.reserved[i].start, t->p.reserved[i].end);
  fprintf(f, "# config code=0x%" PRIx64 " heap=0x%" PRIx64 " init=0x%" PRIx64 " input=0x%" PRIx64
             " output=0x%" PRIx64 " scratch=0x%" PRIx64 " pt=0x%" PRIx64 " permissions=%u options=%u\n",
          t->c.code_size, t->c.heap_size, t->c.init_data_size, t->c.input_data_size, t->c.output_data_size,
          t->c.scratch_size, t->c.pt_size, t->c.init_data_permissions, t->c.options);
}

#endif
