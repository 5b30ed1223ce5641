/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: any plan of memory slots, sound or not; and slots that are added to one and taken out. The oracle is
 * the second model of KVM's rules. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const unsigned long sound = agree_seen[METES_OK];
  const char *why = agree_any_plan(&s);

  fuzz_first_check(agree_seen[METES_OK] > sound);
  fuzz_verdict(why ? why : agree_slots(&s));
  return 0;
}
