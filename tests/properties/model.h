/* SPDX-License-Identifier: Apache-2.0
 * The second model of a layout, in 128-bit numbers. Written from the prose of the
 * clauses, not from core: it shares types and constants with it, and no arithmetic. */
#ifndef METES_MODEL_H
#define METES_MODEL_H

#include <string.h>

#include "core/metes.h"

/* Any sum of a few 64-bit numbers, exactly. */
typedef unsigned __int128 wide;

struct model_answer {
  enum metes_status status;
  struct metes_error err;  /* when refused */
  struct metes_layout l;   /* when accepted */
};

static inline wide model_up(wide x, uint64_t unit) /* LAY-2 */
{
  return x % unit == 0 ? x : x + (unit - x % unit);
}

static inline uint64_t model_sat(wide x) /* LAY-4 */
{
  return x >> 64 ? UINT64_MAX : (uint64_t)x;
}

/* LAY-1: [a, a + n) and [b, b + m) share a byte. */
static inline int model_meet(wide a, wide n, wide b, wide m)
{
  const wide lo = a > b ? a : b, hi = a + n < b + m ? a + n : b + m;

  return lo < hi;
}

/* PRO-12, then PRO-1 to PRO-9: the number of the first that p breaks, 0 for none. */
static inline uint32_t model_flaw(const struct metes_profile *p)
{
  const wide half = (wide)1 << 47, top = ((wide)1 << 64) - half; /* the two canonical halves */
  const wide end_gpa = (wide)p->last_gpa + 1, end_gva = (wide)p->last_gva + 1;
  const uint64_t inside = p->alignment - 1; /* the bits of an address that is no boundary */

  if (p->alignment != 1 << 12 && p->alignment != 1 << 14 && p->alignment != 1 << 21)
    return 12;
  if (p->snapshot_gpa == 0 || p->snapshot_gva == 0 || (p->snapshot_gpa | p->snapshot_gva) & inside)
    return 1;
  if ((end_gpa | end_gva) & inside || end_gpa >> 64 || end_gva >> 64)
    return 2;
  if (end_gpa > (wide)1 << 52)
    return 3;
  if (end_gpa <= p->snapshot_gpa || end_gva <= p->snapshot_gva)
    return 4;
  if (p->max_size == 0 || p->max_size & inside || p->max_size / 4096 > 0x7FFFFFFF / 2)
    return 5;
  if (end_gva > half && p->snapshot_gva < top)
    if (p->snapshot_gva + (wide)p->max_size * 2 > half || top + p->max_size > end_gva)
      return 6;
  if (p->n_reserved > 8)
    return 7;
  for (uint32_t i = 0; i < p->n_reserved; i++)
    if (!(p->reserved[i].end > p->reserved[i].start))
      return 8;
  return 0;
}

/* LAY-6 to LAY-11: where code, PEB, heap and init data begin, and where the last ends: at[0 .. 4]. */
static inline void model_areas(const struct metes_profile *p, const struct metes_config *c, wide *at)
{
  const wide peb = c->options & METES_OPT_FILE_MAPPINGS ? 80 + 32 * 80 : 64;
  const wide sizes[4] = {c->code_size, peb, c->heap_size ? c->heap_size : 128 * 1024, c->init_data_size};

  at[0] = 0;
  for (int i = 0; i < 4; i++)
    at[i + 1] = model_up(at[i] + sizes[i], p->alignment);
}

static inline struct model_answer model_no(enum metes_status s, wide requested, wide limit, uint32_t index)
{
  struct model_answer a = {.status = s};

  a.err.requested = model_sat(requested);
  a.err.limit = model_sat(limit);
  a.err.index = index;
  return a;
}

/* LAY-33: the first reserved range in the snapshot, or else the first in scratch. */
static inline struct model_answer model_reserved(const struct metes_profile *p, wide snapshot, wide scratch)
{
  const wide starts[2] = {p->snapshot_gpa, (wide)p->last_gpa + 1 - scratch}, sizes[2] = {snapshot, scratch};

  for (int w = 0; w < 2; w++)
    for (uint32_t i = 0; i < p->n_reserved; i++) {
      const wide start = p->reserved[i].start, end = p->reserved[i].end;

      if (model_meet(starts[w], sizes[w], start, end - start))
        return model_no(METES_E_RESERVED, start, end, i);
    }
  return model_no(METES_OK, 0, 0, 0);
}

/* LAY-12, LAY-13, LAY-15 to LAY-19, LAY-35. Called where nothing wraps: every value fits its field. */
static inline struct metes_layout model_addresses(const struct metes_profile *p, const struct metes_config *c,
                                                  const wide *at, wide input, wide output)
{
  const wide gpa = (wide)p->last_gpa + 1 - c->scratch_size, gva = (wide)p->last_gva + 1 - c->scratch_size;
  const wide pt = model_up(input + output, p->alignment);

  return (struct metes_layout){
      .code_size = c->code_size,
      .heap_size = c->heap_size ? c->heap_size : 0x20000,
      .init_data_size = c->init_data_size,
      .input_data_size = (uint64_t)input,
      .output_data_size = (uint64_t)output,
      .scratch_size = c->scratch_size,
      .pt_size = c->pt_size,
      .init_data_permissions = c->init_data_permissions,
      .options = c->options,
      .peb_offset = (uint64_t)at[1],
      .heap_offset = (uint64_t)at[2],
      .init_data_offset = (uint64_t)at[3],
      .memory_size = (uint64_t)at[4],
      .snapshot_size = (uint64_t)(at[4] + c->pt_size),
      .pt_scratch_offset = (uint64_t)pt,
      .snapshot_gpa = p->snapshot_gpa,
      .peb_gpa = (uint64_t)(p->snapshot_gpa + at[1]),
      .heap_gpa = (uint64_t)(p->snapshot_gpa + at[2]),
      .init_data_gpa = (uint64_t)(p->snapshot_gpa + at[3]),
      .memory_end_gpa = (uint64_t)(p->snapshot_gpa + at[4]),
      .scratch_gpa = (uint64_t)gpa,
      .pt_gpa = (uint64_t)(gpa + pt),
      .free_gpa = (uint64_t)(gpa + pt + c->pt_size),
      .snapshot_gva = p->snapshot_gva,
      .peb_gva = (uint64_t)(p->snapshot_gva + at[1]),
      .heap_gva = (uint64_t)(p->snapshot_gva + at[2]),
      .init_data_gva = (uint64_t)(p->snapshot_gva + at[3]),
      .scratch_gva = (uint64_t)gva,
      .output_gva = (uint64_t)(gva + input),
  };
}

/* LAY-5, LAY-14, LAY-20 to LAY-35: the first check that fails, or the layout. */
static inline struct model_answer model_layout(const struct metes_profile *p, const struct metes_config *c)
{
  const wide room_gpa = (wide)p->last_gpa + 1 - p->snapshot_gpa;
  const wide room_gva = (wide)p->last_gva + 1 - p->snapshot_gva;
  const wide input = c->input_data_size > 0x2000 ? c->input_data_size : 0x2000;
  const wide output = c->output_data_size > 0x2000 ? c->output_data_size : 0x2000;
  const wide scratch = c->scratch_size, pt = c->pt_size;
  const uint32_t flaw = model_flaw(p);
  struct model_answer a;
  wide at[5];

  if (flaw)
    return model_no(METES_E_PROFILE, 0, 0, flaw);
  const wide least = model_up(input + output, p->alignment) + 0xC000;

  model_areas(p, c, at);
  if (c->options >> 2)
    return model_no(METES_E_OPTIONS, c->options, 3, 0);
  if (c->init_data_permissions >> 3)
    return model_no(METES_E_PERMISSIONS, c->init_data_permissions, 7, 0);
  if (scratch > p->max_size)
    return model_no(METES_E_SCRATCH_TOO_BIG, scratch, p->max_size, 0);
  if (scratch < least)
    return model_no(METES_E_SCRATCH_TOO_SMALL, scratch, least, 0);
  if (at[4] > p->max_size)
    return model_no(METES_E_MEMORY_TOO_BIG, at[4], p->max_size, 0);
  if (scratch % p->alignment)
    return model_no(METES_E_SCRATCH_UNALIGNED, scratch, p->alignment, 0);
  for (wide extra = 0, round = 0; round < 2; round++, extra = pt) { /* without, then with page tables */
    if (round == 1 && scratch < least + pt)
      return model_no(METES_E_PT_TOO_BIG, scratch, least + pt, 0);
    if (round == 1 && pt % p->alignment)
      return model_no(METES_E_PT_UNALIGNED, pt, p->alignment, 0);
    if (at[4] + extra + scratch > room_gpa)
      return model_no(round ? METES_E_PT_OVERLAP_GPA : METES_E_OVERLAP_GPA, at[4] + extra + scratch, room_gpa, 0);
    if (at[4] + extra + scratch > room_gva)
      return model_no(round ? METES_E_PT_OVERLAP_GVA : METES_E_OVERLAP_GVA, at[4] + extra + scratch, room_gva, 0);
  }
  a = model_reserved(p, at[4] + pt, scratch);
  if (a.status == METES_OK)
    a.l = model_addresses(p, c, at, input, output);
  return a;
}

#endif
