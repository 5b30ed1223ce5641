/* SPDX-License-Identifier: Apache-2.0
 * From an image's file to filled memory. Where anything lies is the core's to say. */
#include "image.h"

#include <sys/mman.h>

/* How often scratch may be raised: page tables for it may themselves need more of it. */
#define MAX_RAISES 8

static int compute(const struct metes_profile *p, struct metes_guest_memory *g,
                   struct metes_error *err, enum metes_status *s)
{
  *s = metes_layout_compute(p, &g->config, &g->layout, err);
  return *s == METES_OK;
}

/* One layout with page tables of the size that it needs: first without, then with them. */
static bool lay_out_once(const struct metes_guest_args *a, struct metes_guest_memory *g,
                         struct metes_error *err, enum metes_status *s)
{
  if (a->fit & METES_FIT_PT) {
    g->config.pt_size = 0;
    if (!compute(&a->profile, g, err, s))
      return false;
    g->config.pt_size =
      metes_align_up(metes_pt_pages_needed(&g->layout) * METES_PAGE_SIZE, a->profile.alignment);
  }
  return compute(&a->profile, g, err, s);
}

/* Scratch that may fit is as large as it must be. */
static int lay_out(const struct metes_guest_args *a, struct metes_guest_memory *g,
                   struct metes_failure *f)
{
  const struct metes_subject subject = {.profile = &a->profile, .config = &g->config};
  const bool fixed = (a->fit & METES_FIT_SCRATCH) == 0;
  enum metes_status s = METES_OK;
  struct metes_error err = {0};

  for (int i = 0; i < MAX_RAISES; i++) {
    if (lay_out_once(a, g, &err, &s))
      return 0;
    if (fixed || (s != METES_E_SCRATCH_TOO_SMALL && s != METES_E_PT_TOO_BIG))
      break;
    g->config.scratch_size = metes_align_up(err.limit, a->profile.alignment);
  }
  return metes_fail_core(f, "layout", s, &err, &subject);
}

static int configure(const struct metes_guest_args *args, struct metes_guest_memory *g,
                     struct metes_failure *f)
{
  g->config = args->config;
  if (args->fit & METES_FIT_CODE)
    g->config.code_size = g->image.span;
  if (g->config.code_size < g->image.span)
    return metes_fail(f, METES_EXIT_REFUSED, "%s: needs %llu bytes of code region, --code-size is %llu",
                      args->name, (unsigned long long)g->image.span,
                      (unsigned long long)g->config.code_size);
  if (args->fit & METES_FIT_INIT_DATA)
    g->config.init_data_size = args->init_data.n;
  return lay_out(args, g, f);
}

/* Zeroed memory with a page before and behind that faults. Null where there is none. */
static uint8_t *allocate(uint64_t size, struct metes_failure *f)
{
  const uint64_t guards = 2 * METES_PAGE_SIZE;
  uint8_t *const all = mmap(NULL, size + guards, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (all == MAP_FAILED) {
    metes_fail_call(f, "mmap of %llu bytes for the guest", (unsigned long long)size);
    return NULL;
  }
  if (mprotect(all + METES_PAGE_SIZE, size, PROT_READ | PROT_WRITE) != 0) {
    metes_fail_call(f, "mprotect of %llu bytes for the guest", (unsigned long long)size);
    munmap(all, size + guards);
    return NULL;
  }
  return all + METES_PAGE_SIZE;
}

static void release(uint8_t *memory, uint64_t size)
{
  if (memory != NULL)
    munmap(memory - METES_PAGE_SIZE, size + 2 * METES_PAGE_SIZE);
}

static int fill_snapshot(const struct metes_guest_args *args, struct metes_guest_memory *g,
                         struct metes_failure *f)
{
  const struct metes_layout *l = &g->layout;
  const uint64_t size = l->snapshot_size;
  struct metes_error err;
  enum metes_status s =
    metes_elf_load(&g->image, args->image.at, args->image.n, g->snapshot, size, &err);

  if (s != METES_OK)
    return metes_fail_core(f, args->name, s, &err, NULL);
  s = metes_peb_write(l, g->snapshot, size, &err);
  if (s != METES_OK)
    return metes_fail_core(f, "PEB", s, &err, NULL);
  if (args->init_data.at == NULL)
    return 0;
  s = metes_init_data_write(l, g->snapshot, size, args->init_data.at, args->init_data.n, &err);
  return s == METES_OK ? 0 : metes_fail_core(f, "init data", s, &err, NULL);
}

static int fill_scratch(struct metes_guest_memory *g, struct metes_failure *f)
{
  const struct metes_layout *l = &g->layout;
  struct metes_error err;
  enum metes_status s = metes_scratch_init(l, 0, g->scratch, l->scratch_size, &err);

  if (s == METES_OK)
    s = metes_scratch_copy_pt(l, g->snapshot, l->snapshot_size, g->scratch, l->scratch_size, &err);
  return s == METES_OK ? 0 : metes_fail_core(f, "scratch", s, &err, NULL);
}

static int fill(const struct metes_guest_args *args, struct metes_guest_memory *g,
                struct metes_failure *f)
{
  int status = configure(args, g, f);

  if (status != 0)
    return status;
  g->snapshot = allocate(g->layout.snapshot_size, f);
  if (g->snapshot != NULL)
    g->scratch = allocate(g->layout.scratch_size, f);
  if (g->snapshot == NULL || g->scratch == NULL)
    return f->status;
  if ((status = fill_snapshot(args, g, f)) != 0 || (status = metes_guest_tables(g, f)) != 0)
    return status;
  return fill_scratch(g, f);
}

int metes_guest_build(const struct metes_guest_args *args, struct metes_guest_memory *g,
                      struct metes_failure *f)
{
  struct metes_error err;
  enum metes_status s;
  int status;

  *g = (struct metes_guest_memory){0};
  s = metes_elf_parse(args->image.at, args->image.n, args->profile.snapshot_gva,
                      args->elf_options, &g->image, &err);
  if (s != METES_OK)
    return metes_fail_core(f, args->name, s, &err, NULL);
  if ((status = fill(args, g, f)) == 0)
    g->entry = metes_entry_of(&g->layout, metes_image_entry(&g->layout, &g->image));
  return status;
}

void metes_guest_free(struct metes_guest_memory *g)
{
  release(g->snapshot, g->layout.snapshot_size);
  release(g->scratch, g->layout.scratch_size);
  g->snapshot = g->scratch = NULL;
}
