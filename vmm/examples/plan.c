/* SPDX-License-Identifier: Apache-2.0
 * The example of README.md: from a configuration to the slots that KVM is given. */
#include <stdio.h>
#include <stdlib.h>
#include <metes/metes.h>

static uint64_t memory(uint64_t size) { return (uint64_t)aligned_alloc(4096, size); }

int main(void)
{
  const struct metes_limits limits = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = 509};
  struct metes_profile profile;
  struct metes_config config;
  struct metes_layout l;
  struct metes_memslot s[2];
  struct metes_error e; /* says how much was too much */

  metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &profile, &e);
  metes_config_default(&config);
  config.code_size = 4096;
  if (metes_layout_compute(&profile, &config, &l, &e) != METES_OK ||
      metes_plan_layout(&l, memory(l.snapshot_size), memory(l.scratch_size), &limits, s, &e) != METES_OK)
    return 1;
  for (int i = 0; i < 2; i++) /* each as KVM_SET_USER_MEMORY_REGION wants it */
    printf("slot %u: flags %u, %#lx bytes at guest-physical %#lx\n", s[i].slot, s[i].flags, s[i].size, s[i].gpa);
  return 0;
}
