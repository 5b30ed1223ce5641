/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the whole monitor on a made-up kernel (tests/faults). The input says which system calls fail, how the
 * guest is configured, what its image is, what KVM answers, and what the guest does in between (tests/faults/monitor.c). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/faults/monitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const uint8_t nothing[1];
  const char *why = monitor(size > 0 ? data : nothing, size);

  if (why != NULL) {
    fprintf(stderr, "this does not hold: %s\n", why);
    abort();
  }
  return 0;
}
