/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: configuration -> layout -> regions, PEB, places -> plan of memory slots; and page tables.
 * The input is a string of choices (tests/properties/trial.h), so most of it passes the
 * first checks; the oracle is the second model in 128-bit numbers. */
#include <stdlib.h>

#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const uint8_t nothing[1];
  struct source s = {.data = data ? data : nothing, .left = size};
  struct trial t;
  const char *why = agree(&s, &t);

  if (why) {
    fprintf(stderr, "this does not hold: %s\n", why);
    trial_print(stderr, &t);
    abort();
  }
  return 0;
}
