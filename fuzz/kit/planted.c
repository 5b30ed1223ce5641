/* SPDX-License-Identifier: Apache-2.0
 * A target with a fault in it, behind a number that nobody guesses: what a fuzzer must find, and everything that is
 * done with a finding has one to be tried on. */
#include "fuzz/kit/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const uint32_t kind = pick(&s, 4), way = pick(&s, 3);

  if (kind == 3 && way == 1 && source_bytes(&s, 4) == 0x4D455445)
    fuzz_verdict("the planted fault");
  return 0;
}
