/* SPDX-License-Identifier: Apache-2.0
 * From an image's file to filled memory. Where anything lies is the core's to say. */
#include "image.h"

#include "files.h"
#include "guest/abi.h"
#include "host_pages.h"

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
      metes_align_up((metes_pt_pages_needed(&g->layout) + metes_guest_own_pages(g)) * METES_PAGE_SIZE,
                     a->profile.alignment);
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

/* The page tables are built where the guest runs on them: built behind the snapshot and copied (SCR-7), they would
 * take twice the memory, and nobody reads those behind the snapshot. */
static int fill_scratch(struct metes_guest_memory *g, struct metes_failure *f)
{
  const struct metes_layout *l = &g->layout;
  struct metes_error err;
  const enum metes_status s = metes_scratch_init(l, 0, g->scratch, l->scratch_size, &err);
  const int status = s == METES_OK ? metes_guest_tables(g, f) : metes_fail_core(f, "scratch", s, &err, NULL);

  return status != 0 || metes_guest_own_pages(g) == 0 ? status : metes_files_tell(g, NULL, f);
}

static int fill(const struct metes_guest_args *args, struct metes_guest_memory *g,
                struct metes_failure *f)
{
  int status = configure(args, g, f);
  struct metes_host_pages memory[2] = {{g->layout.snapshot_size, "the snapshot", NULL},
                                       {g->layout.scratch_size, "scratch", NULL}};

  if (status != 0 || (status = metes_host_pages_make_two(memory, f)) != 0)
    return status;
  g->snapshot = memory[0].at;
  g->scratch = memory[1].at;
  status = fill_snapshot(args, g, f);
  return status != 0 ? status : fill_scratch(g, f);
}

void metes_guest_args_init(struct metes_guest_args *a)
{
  struct metes_error err;

  *a = (struct metes_guest_args){
    .name = "guest",
    .log_level = METES_LOG_INFO,
    .fit = METES_FIT_CODE | METES_FIT_INIT_DATA | METES_FIT_PT | METES_FIT_SCRATCH,
  };
  (void)metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &a->profile, &err); /* it ships: no refusal */
  metes_config_default(&a->config);
}

int metes_guest_build(const struct metes_guest_args *args, struct metes_guest_memory *g,
                      struct metes_failure *f)
{
  struct metes_error err;
  enum metes_status s;
  int status;

  *g = (struct metes_guest_memory){.profile = args->profile};
  s = metes_elf_parse(args->image.at, args->image.n, args->profile.snapshot_gva,
                      args->elf_options, &g->image, &err);
  if (s != METES_OK)
    return metes_fail_core(f, args->name, s, &err, NULL);
  if ((status = fill(args, g, f)) != 0)
    return status;
  g->entry = metes_entry_of(&g->layout, metes_image_entry(&g->layout, &g->image));
  g->entry.rsi = args->seed;
  g->entry.rcx = args->log_level;
  return 0;
}

void metes_guest_free(const struct metes_guest_memory *g)
{
  metes_host_pages_release(g->snapshot, g->layout.snapshot_size);
  metes_host_pages_release(g->scratch, g->layout.scratch_size);
}

void metes_guest_leave(const struct metes_guest_memory *g)
{
  metes_host_pages_unshare(g->snapshot, g->layout.snapshot_size);
  metes_host_pages_release(g->scratch, g->layout.scratch_size);
}
