/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on what of a guest is mapped: bounds in bytes, from the addresses of the layout. */
#include "agree.h"

struct piece {
  wide gva, gpa, bytes;
  uint32_t asked;
};

/* MAP-1: segment k, then PEB, heap, init data, by their first byte and how many. */
static struct piece model_piece(const struct metes_layout *l, const struct metes_image *g, uint32_t k)
{
  const uint32_t rw = METES_READ | METES_WRITE, file_mappings = l->options & 1, executable_heap = l->options >> 1 & 1;
  const wide code = l->snapshot_gpa, to_gva = (wide)l->peb_gva - l->peb_gpa; /* modulo 2^128 */

  if (k < g->n)
    return (struct piece){g->segments[k].offset + code + to_gva, g->segments[k].offset + code, g->segments[k].mem_size,
                          g->segments[k].flags & 7};
  if (k == g->n)
    return (struct piece){l->peb_gva, l->peb_gpa, l->heap_gpa - l->peb_gpa, file_mappings ? rw : METES_READ};
  if (k == g->n + 1)
    return (struct piece){l->heap_gva, l->heap_gpa, l->init_data_gpa - l->heap_gpa, executable_heap ? 7 : rw};
  return (struct piece){l->init_data_gva, l->init_data_gpa, l->memory_end_gpa - l->init_data_gpa,
                        l->init_data_permissions};
}

/* MAP-2, MAP-3: the whole pages about it; written pages are copied first. */
static struct metes_mapping model_mapping(const struct metes_layout *l, const struct metes_image *g, uint32_t k)
{
  const struct piece p = model_piece(l, g, k);
  const wide first = p.gpa / 4096, end = model_up(p.gpa + p.bytes, 4096) / 4096;
  uint32_t flags = METES_READ;

  if (k == g->n + 3)
    return (struct metes_mapping){l->scratch_gva, l->scratch_gpa, l->scratch_size / 4096, METES_READ | METES_WRITE};
  flags |= p.asked & METES_EXECUTE;
  flags |= p.asked & METES_WRITE ? METES_COPY_ON_WRITE : 0;
  return (struct metes_mapping){(uint64_t)(p.gva / 4096 * 4096), (uint64_t)(first * 4096),
                                p.asked == 0 ? 0 : (uint64_t)(end - first), flags};
}

/* MAP-7: the PEB of a layout with file mappings. */
static int own_peb(const struct metes_layout *l)
{
  const struct metes_mapping own = metes_peb_mapping(l, 0), rest = metes_peb_mapping(l, 1);

  return own.pages == (l->pt_size > 0) && own.flags == (METES_READ | METES_WRITE) && own.gva == l->peb_gva &&
         own.gpa == l->scratch_gpa + l->pt_scratch_offset + l->pt_size - 4096 &&
         rest.gva == l->snapshot_gva + l->peb_offset + 4096 && rest.gpa == l->snapshot_gpa + l->peb_offset + 4096 &&
         rest.pages == (l->heap_gva - l->peb_gva) / 4096 - 1 && rest.flags == (METES_READ | METES_COPY_ON_WRITE);
}

/* Segments that rise, no two in one page, all within the code region. */
static struct metes_image make_image(const struct metes_layout *l, struct source *s)
{
  struct metes_image g = {.span = l->peb_offset};
  wide at = 0;

  for (uint32_t most = pick(s, 4) ? pick(s, 5) : METES_MAX_SEGMENTS; g.n < most; g.n++) {
    at = model_up(at + 4096 * (wide)pick(s, 3), 4096) + (pick(s, 2) ? pick(s, 256) * 16 : 0);
    const uint64_t size = 1 + (pick(s, 4) ? source_bytes(s, 2) : source_bytes(s, 8) >> pick(s, 64)) / 2;

    if (at + size > l->peb_offset)
      break;
    g.segments[g.n] = (struct metes_segment){(uint64_t)at, 0, 0, size, (uint32_t)source_bytes(s, 4)};
    at += size;
  }
  return g;
}

static int meet(const struct metes_mapping *a, const struct metes_mapping *b)
{
  return model_meet(a->gva, 4096 * (wide)a->pages, b->gva, 4096 * (wide)b->pages) ||
         model_meet(a->gpa, 4096 * (wide)a->pages, b->gpa, 4096 * (wide)b->pages);
}

/* MAP-1 to MAP-7, of a sound layout; and of an image that is anybody's, whatever it says is said of some k. */
const char *agree_mappings(const struct metes_layout *l, struct source *s)
{
  struct metes_image g = make_image(l, s);
  struct metes_mapping m[METES_MAX_SEGMENTS + 4];
  const uint32_t n = metes_mapping_count(&g);

  if (n != g.n + 4)
    return "how many mappings there are";
  if (!own_peb(l))
    return "the page of the PEB that is the guest's own";
  g.entry = source_bytes(s, 8) % (l->peb_offset ? l->peb_offset : 1);
  if (metes_image_entry(l, &g) != l->snapshot_gva + (wide)g.entry)
    return "where an image begins";
  for (uint32_t k = 0; k < n; k++) {
    const struct metes_mapping want = model_mapping(l, &g, k);

    m[k] = metes_mapping_of(l, &g, k);
    if (m[k].gva != want.gva || m[k].gpa != want.gpa || m[k].pages != want.pages || m[k].flags != want.flags)
      return "what of a guest is mapped, and how";
    for (uint32_t i = 0; i < k; i++)
      if (meet(&m[i], &m[k]))
        return "no two mappings meet";
  }
  g.n = pick(s, 2) ? METES_MAX_SEGMENTS + 1 + pick(s, 2) : (uint32_t)source_bytes(s, 4);
  const uint32_t some = pick(s, 24);
  const struct metes_mapping odd = metes_mapping_of(l, &g, some);

  if (g.n > METES_MAX_SEGMENTS && (metes_mapping_count(&g) != 4 || (some > 2 && odd.gpa != l->scratch_gpa)))
    return "an image of too many segments has none";
  return NULL;
}
