/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: configuration -> layout -> regions, PEB, places -> plan of memory slots and page-table mappings, at
 * any alignment. The oracle is the second model in 128-bit numbers. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

static const char *layout(struct source *s, struct trial *t)
{
  enum metes_status status;
  struct metes_layout l;

  trial_make(s, t);
  const char *why = agree_layout(t, &l, &status);

  fuzz_first_check(status == METES_OK);
  if (!why && status == METES_OK) {
    why = agree_regions(&l, s);
    why = why ? why : agree_peb(&l, s);
    why = why ? why : agree_places(&l, s);
    why = why ? why : agree_plan(&l, s);
    why = why ? why : agree_mappings(&l, s);
  }
  return why || pick(s, 2) ? why : agree_alignment(s, t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  struct trial t;
  const char *why = layout(&s, &t);

  if (why)
    trial_print(stderr, &t);
  fuzz_verdict(why);
  return 0;
}
