/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the table of file mappings: a host that adds, removes and looks, and a guest that writes there
 * whatever it likes. The oracle is a second model of the table. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  fuzz_verdict(agree_files(&s));
  return 0;
}
