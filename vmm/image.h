/* SPDX-License-Identifier: Apache-2.0
 * A guest's memory, ready to run: file, layout, PEB, init data, page tables, scratch. */
#ifndef METES_IMAGE_H
#define METES_IMAGE_H

#include "core/metes.h"
#include "failure.h"

/* Sizes that are as the guest needs them, whatever the configuration says. */
#define METES_FIT_CODE 1u
#define METES_FIT_INIT_DATA 2u
#define METES_FIT_PT 4u
#define METES_FIT_SCRATCH 8u /* at least what the configuration says */

struct metes_bytes {
  uint8_t *at;
  size_t n;
};

struct metes_guest_args {
  const char *name;             /* of the image, for messages */
  struct metes_bytes image;     /* an ELF file */
  struct metes_bytes init_data; /* none where `at` is null: what was announced is then zero */
  uint32_t elf_options;         /* METES_ELF_… */
  uint32_t fit;                 /* METES_FIT_… */
  uint64_t seed;                /* what the guest finds in rsi */
  uint64_t log_level;           /* and in rcx (guest/abi.h) */
  struct metes_profile profile;
  struct metes_config config;
};

struct metes_guest_memory {
  struct metes_profile profile;
  struct metes_config config; /* as it is in force */
  struct metes_layout layout;
  struct metes_image image;
  struct metes_entry entry;
  uint8_t *snapshot; /* snapshot_size bytes of host_pages.h; maybe other guests' too */
  uint8_t *scratch;  /* scratch_size bytes, likewise, this guest's own */
  const struct metes_files *files; /* that are mapped into it, for reports; null: none can be */
};

/* Arguments for an image: profile hyperlight, all sizes as the guest needs them. */
void metes_guest_args_init(struct metes_guest_args *a);

/* Lays out and fills. Keeps nothing of *args. Returns 0, or the status of *f; metes_guest_free in both cases. */
int metes_guest_build(const struct metes_guest_args *args, struct metes_guest_memory *g,
                      struct metes_failure *f);
void metes_guest_free(const struct metes_guest_memory *g);

/* The same, of a guest whose snapshot has users that are counted. */
void metes_guest_leave(const struct metes_guest_memory *g);

/* Its memory for the functions of core/gpa.h and core/gva.h: the one way to it once it runs. */
static inline struct metes_memory metes_guest_door(const struct metes_guest_memory *g)
{
  return (struct metes_memory){.layout = g->layout, .snapshot = g->snapshot, .scratch = g->scratch};
}

/* Pages at the end of the page tables that no table may take: with file mappings the guest's own PEB (MAP-7). */
static inline uint64_t metes_guest_own_pages(const struct metes_guest_memory *g)
{
  return g->config.options & METES_OPT_FILE_MAPPINGS ? 1 : 0;
}

/* image_tables.c: builds the page tables where the guest runs on them, in scratch. */
int metes_guest_tables(struct metes_guest_memory *g, struct metes_failure *f);

#endif
