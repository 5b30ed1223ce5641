/* SPDX-License-Identifier: Apache-2.0
 * The page tables of a guest: each region, each segment of the image, with its own permissions. */
#include "image.h"
#include "host_pages.h"

#define FEW 128 /* tables: they map 200 MiB */

/* The builder's tables and the notes that it keeps beside them. */
struct builder {
  struct metes_pt pt;
  struct metes_table *tables;
  uint8_t *level;
  uint32_t *parent;
};

static struct metes_table *tables_of(const struct metes_guest_memory *g)
{
  return (struct metes_table *)(void *)(g->scratch + g->layout.pt_scratch_offset); /* a page multiple */
}

static enum metes_status map(struct builder *b, struct metes_mapping m, struct metes_error *err)
{
  return metes_pt_map(&b->pt, b->tables, b->level, b->parent, m, err);
}

/* The PEB lies behind the image's segments. With file mappings its first page is the guest's own. */
static enum metes_status map_one(struct builder *b, const struct metes_guest_memory *g, uint32_t k,
                                 struct metes_error *err)
{
  enum metes_status s;

  if (k != g->image.n || metes_guest_own_pages(g) == 0)
    return map(b, metes_mapping_of(&g->layout, &g->image, k), err);
  s = map(b, metes_peb_mapping(&g->layout, 0), err);
  return s == METES_OK ? map(b, metes_peb_mapping(&g->layout, 1), err) : s;
}

static enum metes_status map_all(struct builder *b, const struct metes_guest_memory *g,
                                 struct metes_error *err)
{
  const struct metes_layout *l = &g->layout;
  const uint32_t n = metes_mapping_count(&g->image);
  const uint64_t pages = l->pt_size / METES_PAGE_SIZE, own = metes_guest_own_pages(g);
  enum metes_status s = metes_pt_init(&b->pt, b->tables, b->level, b->parent, pages < own ? 0 : pages - own,
                                      l->pt_gpa, err);

  for (uint32_t k = 0; k < n && s == METES_OK; k++)
    s = map_one(b, g, k, err);
  return s;
}

static int build(struct metes_guest_memory *g, uint32_t *parent, uint8_t *level, struct metes_failure *f)
{
  struct builder b = {.tables = tables_of(g), .parent = parent, .level = level};
  struct metes_error err;
  const enum metes_status s = map_all(&b, g, &err);

  return s == METES_OK ? 0 : metes_fail_core(f, "page tables", s, &err, NULL);
}

/* Of most guests the notes are few, and no memory is asked for them. */
int metes_guest_tables(struct metes_guest_memory *g, struct metes_failure *f)
{
  const uint64_t n = g->layout.pt_size / METES_PAGE_SIZE + 1;
  const uint64_t size = metes_align_up(n * (sizeof(uint32_t) + sizeof(uint8_t)), METES_PAGE_SIZE);
  uint32_t few[FEW], *many;
  uint8_t level[FEW];
  int status;

  if (n <= FEW)
    return build(g, few, level, f);
  many = metes_host_memory_make(size, "notes on page tables", f);
  if (many == NULL)
    return f->status;
  status = build(g, many, (uint8_t *)(many + n), f);
  metes_host_memory_release(many, size);
  return status;
}
