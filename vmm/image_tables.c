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
