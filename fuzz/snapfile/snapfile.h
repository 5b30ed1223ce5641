/* SPDX-License-Identifier: Apache-2.0
 * Parts of the fuzz target `snapfile`: the file, the system calls that bring it, and its second reader. */
#ifndef METES_FUZZ_SNAPFILE_H
#define METES_FUZZ_SNAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/metes.h"
#include "tests/properties/source.h"

#define PAGE 4096u
#define FILE_MOST (1u << 18)

extern uint8_t bytes[FILE_MOST], again[FILE_MOST]; /* the file; what was written of what was read */
extern size_t n_bytes, size_again;

/* System calls, real ones but for those on the file; what they hand out is counted. */
struct counted {
  const uint8_t *at;
  size_t left;
  unsigned each, broken; /* bytes that come at once; a call that is interrupted */
  long pages, files;
};
extern struct counted sys;

/* The input as a file: its record, its blocks, and what is wrong with them. */
void ask_file(struct source *s);

/* What the second reader, written from the format alone, finds in it. */
struct second {
  struct metes_snapshot record;
  struct metes_layout layout;
  size_t processor; /* where its registers are */
  uint64_t chain, blocks, kind, next;
};
bool second_accepts(struct second *r);

/* Each page that a block of this kind holds is there, and each other is zero. */
bool second_memory_is(const struct second *r, uint64_t kind, const uint8_t *pages, uint64_t n);

#endif
