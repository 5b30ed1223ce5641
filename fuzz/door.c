/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the memory of a guest by physical and virtual address, through page tables that it wrote itself. The
 * oracle is a second walker. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  fuzz_verdict(agree_door(&s));
  return 0;
}
