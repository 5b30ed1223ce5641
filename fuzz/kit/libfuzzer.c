/* SPDX-License-Identifier: Apache-2.0
 * The mutator, as libFuzzer calls it. METES_FUZZ_MUTATOR=blind leaves all to libFuzzer's own. */
#include "fuzz/kit/target.h"

fuzz_changes LLVMFuzzerMutate;
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

/* libFuzzer's own mutations know the numbers that were compared: they have a share. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
  if (fuzz_mutator_is('b'))
    return LLVMFuzzerMutate(data, size, room);
  return fuzz_mutate(data, size, room, seed, LLVMFuzzerMutate);
}
