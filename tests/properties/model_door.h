/* SPDX-License-Identifier: Apache-2.0
 * The second model of a guest's memory, in 128-bit numbers: places as a list of bounds, and a walker by the
 * processor's manual, a byte at a time. */
#ifndef METES_MODEL_DOOR_H
#define METES_MODEL_DOOR_H

#include "model.h"

#define ADDRESS 0x000FFFFFFFFFF000ULL /* bits 51 to 12 of an entry, and of cr3 */

/* GPA-3 to GPA-6: what lies where, in the order of the places; nothing is between the windows. */
static inline struct metes_span model_gpa(const struct metes_layout *l, uint64_t gpa, uint64_t len)
{
  const wide low = l->snapshot_gpa, high = l->scratch_gpa, low_end = low + l->snapshot_size;
  const wide ends[11] = {low,  l->peb_gpa,                l->heap_gpa, l->init_data_gpa, l->memory_end_gpa, low_end,
                         high, high + l->input_data_size, l->pt_gpa,   l->free_gpa,      high + l->scratch_size};
  const uint32_t peb = l->options & METES_OPT_FILE_MAPPINGS ? 3 : 1;
  const uint32_t heap = l->options & METES_OPT_EXECUTABLE_HEAP ? 7 : 3;
  const uint32_t flags[10] = {7, peb, heap, l->init_data_permissions, 1, 0, 3, 3, 3, 3};

  for (int i = 0; i < 10; i++)
    if (i != 5 && gpa >= ends[i] && gpa < ends[i + 1] && gpa + (wide)len <= ends[i + 1])
      return (struct metes_span){METES_OK, (enum metes_place)(i < 5 ? 2 + i : 1 + i), flags[i],
                                 (uint64_t)(gpa - (i < 5 ? low : high))};
  return (struct metes_span){METES_E_UNMAPPED, METES_PLACE_NONE, 0, 0};
}

/* The byte at an address that is in a window. */
static inline uint8_t model_byte(const struct metes_memory *m, wide gpa)
{
  const struct metes_layout *l = &m->layout;

  if (gpa >= l->scratch_gpa)
    return m->scratch[gpa - l->scratch_gpa];
  return m->snapshot[gpa - l->snapshot_gpa];
}

/* GVA-1, GVA-2: entry i of the table at this address: 0 where it is not all in scratch. */
static inline int model_entry(const struct metes_memory *m, wide table, uint64_t i, uint64_t *e)
{
  const struct metes_layout *l = &m->layout;

  if (table < l->scratch_gpa || table + 4096 > l->scratch_gpa + (wide)l->scratch_size)
    return 0;
  *e = 0;
  for (uint32_t k = 8; k-- > 0;)
    *e = *e << 8 | model_byte(m, table + 8 * i + k);
  return 1;
}

/* GVA-3, GVA-4. */
static inline struct metes_walk model_walk(const struct metes_memory *m, uint64_t cr3, uint64_t gva)
{
  uint64_t e, table = cr3 & ADDRESS, any = 0, all = UINT64_MAX;
  int shift = 48, large = 0;

  if (gva >> 47 != 0 && gva >> 47 != 0x1FFFF)
    return (struct metes_walk){METES_E_MAP_GVA, 0, 0, 0};
  do {
    shift -= 9;
    if (!model_entry(m, table, gva >> shift & 511, &e))
      return (struct metes_walk){METES_E_WALK_LINK, 0, 0, 0};
    if (!(e & 1))
      return (struct metes_walk){METES_E_UNMAPPED, 0, 0, 0};
    large = shift > 12 && e & 0x80;
    if (large && (shift != 21 || e & 0x1FE000))
      return (struct metes_walk){shift == 21 ? METES_E_WALK_RESERVED : METES_E_WALK_LARGE, 0, 0, 0};
    table = e & ADDRESS;
    any |= e;
    all &= e;
  } while (shift > 12 && !large);
  const uint64_t within = ((uint64_t)1 << shift) - 1;
  const uint32_t flags = (uint32_t)(1 | (all & 2) | (any >> 63 ? 0 : 4) | (e >> 9 & 1) << 3);

  return (struct metes_walk){METES_OK, flags, (e & ADDRESS & ~within) | (gva & within), e};
}

/* GVA-5. */
static inline struct metes_span model_gva(const struct metes_memory *m, uint64_t cr3, uint64_t gva, uint64_t len)
{
  const struct metes_walk w = model_walk(m, cr3, gva);
  struct metes_span s = {w.status, METES_PLACE_NONE, 0, 0};

  if (w.status == METES_OK && (gva & 4095) + (wide)len > 4096)
    s.status = METES_E_UNMAPPED;
  if (s.status != METES_OK)
    return s;
  s = model_gpa(&m->layout, w.gpa, len);
  s.flags = s.status == METES_OK ? w.flags : 0;
  return s;
}

#endif
