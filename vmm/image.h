/* SPDX-License-Identifier: Apache-2.0
 * A guest's memory, ready to run: file, layout, PEB, init data, page tables, scratch. */
#ifndef METES_IMAGE_H
#define METES_IMAGE_H

#include "cli.h"
#include "core/elf.h"
#include "core/pagetable.h"
#include "core/scratch.h"
#include "failure.h"

struct metes_guest_args {
  const char *path;      /* the image */
  const char *init_data; /* a file, or null */
  uint32_t elf_options;  /* METES_ELF_… */
  struct metes_layout_args layout;
};

struct metes_guest_memory {
  struct metes_config config; /* as it is in force */
  struct metes_layout layout;
  struct metes_image image;
  struct metes_entry entry;
  uint8_t *snapshot; /* snapshot_size bytes, between pages that cannot be touched */
  uint8_t *scratch;  /* scratch_size bytes, likewise */
};

/* Reads, lays out and fills. Returns 0, or the status of *f; metes_guest_free in both cases. */
int metes_guest_build(const struct metes_guest_args *args, struct metes_guest_memory *g,
                      struct metes_failure *f);
void metes_guest_free(struct metes_guest_memory *g);

/* What the page of a gva allows the guest (METES_READ | …), copy-on-write counted as
 * writable; 0 where nothing is mapped. As the host built the tables. */
uint32_t metes_guest_permissions(const struct metes_guest_memory *g, uint64_t gva);

/* image_tables.c: builds the page tables behind the snapshot's memory. */
int metes_guest_tables(struct metes_guest_memory *g, struct metes_failure *f);

#endif
