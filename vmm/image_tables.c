/* SPDX-License-Identifier: Apache-2.0
 * The page tables of a guest: each region, each segment of the image, with its own permissions. */
#include "image.h"
#include "host_pages.h"

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

static enum metes_status map_all(struct builder *b, const struct metes_guest_memory *g,
                                 struct metes_error *err)
{
  const struct metes_layout *l = &g->layout;
  const uint32_t n = metes_mapping_count(&g->image);
  enum metes_status s = metes_pt_init(&b->pt, b->tables, b->level, b->parent,
                                      l->pt_size / METES_PAGE_SIZE, l->pt_gpa, err);

  for (uint32_t k = 0; k < n && s == METES_OK; k++)
    s = metes_pt_map(&b->pt, b->tables, b->level, b->parent, metes_mapping_of(l, &g->image, k), err);
  return s;
}

/* Room for one note of `each` bytes about every table. */
static void *notes(uint64_t n, uint64_t each, uint64_t *size, struct metes_failure *f)
{
  *size = metes_align_up((n + 1) * each, METES_PAGE_SIZE);
  return metes_host_pages_make(*size, "notes on page tables", f);
}

int metes_guest_tables(struct metes_guest_memory *g, struct metes_failure *f)
{
  const uint64_t n = g->layout.pt_size / METES_PAGE_SIZE;
  uint64_t levels, parents;
  struct builder b = {.tables = tables_of(g),
                      .level = notes(n, sizeof *b.level, &levels, f),
                      .parent = notes(n, sizeof *b.parent, &parents, f)};
  const bool enough = b.level != NULL && b.parent != NULL;
  struct metes_error err;
  const enum metes_status s = enough ? map_all(&b, g, &err) : METES_OK;
  const int status = enough ? 0 : f->status;

  metes_host_pages_release(b.level, levels);
  metes_host_pages_release((const uint8_t *)b.parent, parents);
  return s == METES_OK ? status : metes_fail_core(f, "page tables", s, &err, NULL);
}
