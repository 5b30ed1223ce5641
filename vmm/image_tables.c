/* SPDX-License-Identifier: Apache-2.0
 * The page tables of a guest: each region, each segment of the image, with its own permissions. */
#include <stdlib.h>

#include "image.h"

/* The builder's tables and the notes that it keeps beside them. */
struct builder {
  struct metes_pt pt;
  struct metes_table *tables;
  uint8_t *level;
  uint32_t *parent;
};

static struct metes_table *tables_of(const struct metes_guest_memory *g)
{
  return (struct metes_table *)(void *)(g->snapshot + g->layout.memory_size); /* a page multiple */
}

/* x86 has no page that can be written or executed but not read. Writable pages of
 * the read-only snapshot are copied by the guest before the first write. */
static uint32_t flags_of(uint32_t permissions)
{
  return METES_READ | (permissions & METES_EXECUTE) |
         (permissions & METES_WRITE ? METES_COPY_ON_WRITE : 0);
}

static enum metes_status map(struct builder *b, struct metes_mapping m, struct metes_error *err)
{
  return metes_pt_map(&b->pt, b->tables, b->level, b->parent, m, err);
}

/* Pages of code outside of all segments stay unmapped. A segment lies in pages of its own. */
static enum metes_status map_segments(struct builder *b, const struct metes_guest_memory *g,
                                      struct metes_error *err)
{
  enum metes_status s = METES_OK;

  for (uint32_t i = 0; i < g->image.n && s == METES_OK; i++) {
    const struct metes_segment *one = &g->image.segments[i];
    const uint64_t start = one->offset / METES_PAGE_SIZE * METES_PAGE_SIZE;
    const uint64_t end = metes_page_up(one->offset + one->mem_size);

    s = map(b,
            (struct metes_mapping){.gva = g->layout.snapshot_gva + start,
                                   .gpa = g->layout.snapshot_gpa + start,
                                   .pages = (end - start) / METES_PAGE_SIZE,
                                   .flags = flags_of(one->flags)},
            err);
  }
  return s;
}

static uint64_t gva_of(const struct metes_layout *l, uint32_t type)
{
  if (type == METES_REGION_PEB)
    return l->peb_gva;
  return type == METES_REGION_HEAP ? l->heap_gva : l->init_data_gva;
}

static enum metes_status map_regions(struct builder *b, const struct metes_guest_memory *g,
                                     struct metes_error *err)
{
  struct metes_region regions[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(&g->layout, regions);
  enum metes_status s = METES_OK;

  for (uint32_t i = 0; i < n && s == METES_OK; i++) {
    const struct metes_region *r = &regions[i];

    if (r->type == METES_REGION_CODE || r->flags == 0) /* no permission: not mapped */
      continue;
    s = map(b,
            (struct metes_mapping){.gva = gva_of(&g->layout, r->type),
                                   .gpa = r->start,
                                   .pages = (r->end - r->start) / METES_PAGE_SIZE,
                                   .flags = flags_of(r->flags)},
            err);
  }
  return s;
}

static enum metes_status map_all(struct builder *b, const struct metes_guest_memory *g,
                                 struct metes_error *err)
{
  const struct metes_layout *l = &g->layout;
  const struct metes_mapping scratch = {.gva = l->scratch_gva,
                                        .gpa = l->scratch_gpa,
                                        .pages = l->scratch_size / METES_PAGE_SIZE,
                                        .flags = METES_READ | METES_WRITE};
  enum metes_status s = metes_pt_init(&b->pt, b->tables, b->level, b->parent,
                                      l->pt_size / METES_PAGE_SIZE, l->pt_gpa, err);

  if (s == METES_OK)
    s = map_segments(b, g, err);
  if (s == METES_OK)
    s = map_regions(b, g, err);
  return s == METES_OK ? map(b, scratch, err) : s;
}

int metes_guest_tables(struct metes_guest_memory *g, struct metes_failure *f)
{
  const uint64_t n = g->layout.pt_size / METES_PAGE_SIZE;
  struct builder b = {.tables = tables_of(g),
                      .level = calloc(n + 1, sizeof *b.level),
                      .parent = calloc(n + 1, sizeof *b.parent)};
  struct metes_error err;
  int status = 0;

  if (b.level == NULL || b.parent == NULL) {
    status = metes_fail_call(f, "malloc for %llu page tables", (unsigned long long)n);
  } else {
    const enum metes_status s = map_all(&b, g, &err);

    if (s != METES_OK)
      status = metes_fail_core(f, "page tables", s, &err, NULL);
  }
  free(b.level);
  free(b.parent);
  return status;
}

uint32_t metes_guest_permissions(const struct metes_guest_memory *g, uint64_t gva)
{
  const struct metes_layout *l = &g->layout;
  const struct metes_walk w =
    metes_pt_walk(tables_of(g), l->pt_size / METES_PAGE_SIZE, l->pt_gpa, gva);

  if (w.status != METES_OK)
    return 0;
  return (w.flags & (METES_READ | METES_WRITE | METES_EXECUTE)) |
         (w.flags & METES_COPY_ON_WRITE || w.entry & METES_ENTRY_COPY_ON_WRITE ? METES_WRITE : 0);
}
