/* SPDX-License-Identifier: Apache-2.0
 * A target with a fault in it, behind four choices, each of which is a new edge: what a fuzzer must find, and
 * everything that is done with a finding has one to be tried on. */
#include "fuzz/kit/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  if (pick(&s, 256) == 'M' && pick(&s, 3) == 1 && pick(&s, 256) == 'E' && source_bytes(&s, 8) >> 60 == 7)
    fuzz_verdict("the planted fault");
  return 0;
}
