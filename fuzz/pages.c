/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: page tables, built by small pages and by large, then walked; and tables that hold anything. The
 * oracles are the list of what was mapped, and a second walker. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  switch (pick(&s, 3)) {
  case 0: fuzz_verdict(agree_page_tables(&s)); break;
  case 1: fuzz_verdict(agree_large_pages(&s)); break;
  default: fuzz_verdict(agree_walks(&s)); break;
  }
  return 0;
}
