/* SPDX-License-Identifier: Apache-2.0
 * The clock of the benchmarks: nanoseconds, which in the exact machine are instructions. */
#ifndef METES_BENCH_CLOCK_H
#define METES_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

#endif
