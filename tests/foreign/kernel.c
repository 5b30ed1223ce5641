/* SPDX-License-Identifier: Apache-2.0
 * A kernel that uses core: no libc, no libgcc, its own four functions that a compiler may call. Linked, not run. */
#include <stddef.h>

#include "core/metes.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void kernel(uint8_t *snapshot, uint64_t size, struct metes_memslot *plan);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
  return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
  volatile uint8_t *t = to; /* so that no compiler makes of this loop a call of itself */
  const uint8_t *f = from;

  for (size_t i = 0; i < n; i++) {
    const size_t at = t < f ? i : n - 1 - i;

    t[at] = f[at];
  }
  return to;
}

void *memset(void *to, int byte, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((volatile uint8_t *)to)[i] = (uint8_t)byte;
  return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
  const volatile uint8_t *x = a, *y = b;

  for (size_t i = 0; i < n; i++)
    if (x[i] != y[i])
      return x[i] - y[i];
  return 0;
}

void kernel(uint8_t *snapshot, uint64_t size, struct metes_memslot *plan)
{
  const struct metes_limits limits = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = 509};
  struct metes_profile profile;
  struct metes_config config;
  struct metes_error err;
  struct metes_layout l;

  metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &profile, &err);
  metes_config_default(&config);
  if (metes_layout_compute(&profile, &config, &l, &err) == METES_OK &&
      metes_plan_layout(&l, (uint64_t)(uintptr_t)snapshot, 1ULL << 40, &limits, plan, &err) == METES_OK)
    metes_peb_write(&l, snapshot, size, &err);
}
