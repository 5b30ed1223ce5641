/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: input and output buffer: pushed, popped, taken, emptied, and written by a hostile guest. The oracle
 * keeps the same memory a second time. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const char *why = agree_buffers(&s);

  fuzz_verdict(why ? why : agree_exchange(&s));
  return 0;
}
