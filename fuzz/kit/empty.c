/* SPDX-License-Identifier: Apache-2.0
 * A target that does nothing: what an execution costs before there is anything to execute. */
#include "fuzz/kit/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  (void)s;
  return 0;
}
