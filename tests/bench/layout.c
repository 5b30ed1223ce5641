/* SPDX-License-Identifier: Apache-2.0
 * What a layout costs: layout, regions and PEB of the default configuration, beside an empty call.
 * usage: layout CALLS BATCHES     prints the fastest batch, in picoseconds a call; in the exact
 * machine a nanosecond is an instruction. Compiled once against the library, once in one piece. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>

#ifdef METES_ONE_PIECE
#include "core/layout.c"
#include "core/peb.c"
#include "core/profile.c"
#include "core/region.c"
#define NAME "one-piece"
#else
#define NAME "library"
#endif
#include "core/metes.h"
#include "clock.h"

static struct metes_profile profile;
static struct metes_config config;
static uint8_t memory[0x40000];

static __attribute__((noinline)) uint64_t nothing(void)
{
  __asm__ volatile("" ::: "memory"); /* as opaque to the compiler as the work */
  return 0;
}

/* All that an embedder does before it can fill memory; the compiler knows none of the numbers. */
static __attribute__((noinline)) uint64_t work(void)
{
  struct metes_region regions[METES_MAX_REGIONS];
  struct metes_layout layout;
  struct metes_error err;

  __asm__ volatile("" ::: "memory");
  if (metes_layout_compute(&profile, &config, &layout, &err) != METES_OK)
    abort();
  const uint32_t n = metes_regions(&layout, regions);

  if (metes_peb_write(&layout, memory, sizeof memory, &err) != METES_OK)
    abort();
  return regions[n - 1].end;
}

/* Picoseconds a call of the fastest batch: what disturbs only adds. */
static uint64_t fastest(uint64_t (*volatile call)(void), uint64_t calls, uint64_t batches)
{
  uint64_t best = UINT64_MAX;

  for (uint64_t b = 0; b < batches; b++) {
    const uint64_t began = now();

    for (uint64_t i = 0; i < calls; i++)
      call();

    const uint64_t took = (now() - began) * 1000 / calls;

    best = took < best ? took : best;
  }
  return best;
}

int main(int argc, char **argv)
{
  const uint64_t calls = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
  const uint64_t batches = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
  struct metes_error err;

  if (calls == 0 || batches == 0)
    return 64;
  metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &profile, &err);
  metes_config_default(&config);
  config.code_size = 4096;
  const uint64_t empty = fastest(nothing, calls, batches), full = fastest(work, calls, batches);

  printf("empty-call %llu\n" NAME " %llu\n", (unsigned long long)empty, (unsigned long long)full);
  return 0;
}
