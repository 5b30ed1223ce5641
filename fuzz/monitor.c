/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the whole monitor on a made-up kernel (tests/faults). The input says which system calls fail, how the
 * guest is configured, what its image is, what KVM answers, and what the guest does in between
 * (tests/faults/monitor.c). */
#include "fuzz/kit/target.h"
#include "tests/faults/monitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const char *const why = monitor(&s);

  fuzz_first_check(monitor_accepted);
  fuzz_verdict(why);
  return 0;
}
