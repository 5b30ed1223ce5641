/* SPDX-License-Identifier: Apache-2.0
 * The mutator, as libFuzzer calls it. METES_FUZZ_MUTATOR=blind leaves all to libFuzzer's own. */
#include <stdlib.h>

#include "fuzz/kit/target.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

static int is_blind(void)
{
  static int known = -1;

  if (known < 0) {
    const char *text = getenv("METES_FUZZ_MUTATOR");

    known = text && *text == 'b';
  }
  return known;
}

/* libFuzzer's own mutations know the numbers that were compared: they have a share. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
  if (is_blind() || seed % 4 == 0)
    return LLVMFuzzerMutate(data, size, room);
  return fuzz_mutate(data, size, room, seed);
}
