/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: input and output buffer: pushed, popped, taken, emptied, and written by a hostile guest. The oracle
 * keeps the same memory a second time. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

enum { MOST = 64 };

/* BUF-9: of any element whatever, and a push that no buffer has room for. */
static const char *any(struct source *s)
{
  const uint64_t near[3] = {MOST, 8, UINT64_MAX}, size = pick(s, 8) ? MOST : pick(s, MOST);
  const struct metes_element e = {pick_size(s, near, 3) % (MOST + 9), source_bytes(s, 1), pick(s, MOST + 9)};
  struct metes_error err = {7, 7, 7};
  uint8_t m[MOST], want[MOST];

  memset(m, 0x5A, sizeof m);
  memset(want, 0x5A, sizeof want);
  const int well = 8 <= e.start && e.start <= e.end && e.end <= size;

  if (well) {
    memset(want + e.start, 0, e.end - e.start);
    memset(want, 0, 8);
    want[0] = (uint8_t)e.start;
  }
  const struct model_answer a = model_no(well ? METES_OK : METES_E_LINK, e.start, e.end, 0);
  const char *why = same_answer(metes_buffer_pop(m, size, e, &err), &err, &a, "the answer to a pop of anything");

  return why ? why : memcmp(m, want, sizeof m) == 0 ? NULL : "a pop of anything empties what was named";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const char *why = agree_buffers(&s);

  why = why ? why : agree_exchange(&s);
  fuzz_verdict(why ? why : any(&s));
  return 0;
}
