/* SPDX-License-Identifier: Apache-2.0
 * What the programs share that run guests by the library: files, digests, guests. */
#ifndef METES_TESTS_CONFINE_GUESTS_H
#define METES_TESTS_CONFINE_GUESTS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/sandbox.h"
#include "vmm/vm.h"

static inline void must(int status, const struct metes_failure *f)
{
  if (status == 0)
    return;
  fprintf(stderr, "%s\n", f->text);
  exit(status);
}

static inline struct metes_bytes file_of(const char *path)
{
  static uint8_t bytes[1 << 20];
  FILE *const file = fopen(path, "r");
  const size_t n = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;

  if (n == 0 || n == sizeof bytes)
    exit(66);
  fclose(file);
  return (struct metes_bytes){bytes, n};
}

/* Of whole words; what is left over counts as well. */
static inline uint64_t digest(uint64_t d, const void *at, size_t n)
{
  const uint8_t *byte = at;

  for (; n >= 8; n -= 8, byte += 8) {
    uint64_t word;

    memcpy(&word, byte, 8);
    d = (d ^ word) * 0x9E3779B97F4A7C15u;
    d ^= d >> 29;
  }
  for (; n > 0; n--)
    d = (d ^ *byte++) * 0x100000001B3u;
  return d;
}

static inline uint64_t digest_of_snapshot(const struct metes_guest_memory *g)
{
  return digest(0, g->snapshot, g->layout.snapshot_size);
}

static inline uint64_t digest_of_memory(const struct metes_guest_memory *g)
{
  return digest(digest_of_snapshot(g), g->scratch, g->layout.scratch_size);
}

#endif
