/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: a message, as the other side left it: any bytes are read. The same bytes are choices too, of a message
 * that is written, read and damaged. The oracle is a second reader and writer. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const char *why = agree_message(data, size);

  fuzz_first_check(size >= METES_MESSAGE_HEADER && metes_get32(data, 0) + 4ULL == size);
  fuzz_verdict(why ? why : agree_messages(&s));
  return 0;
}

/* The length that belongs to it. */
size_t fuzz_mend(uint8_t *data, size_t size, size_t room)
{
  (void)room;
  if (size >= METES_MESSAGE_HEADER)
    fuzz_put(data, 0, (uint32_t)size - 4, 4);
  return size;
}

/* A field of the header or a byte behind it; then the length that belongs to it. */
size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  if (size < METES_MESSAGE_HEADER || pick(chance, 4) == 0)
    return 0;
  switch (pick(chance, 6)) {
  case 0: fuzz_put(data, 4, pick(chance, 5), 4); break;
  case 1: fuzz_put(data, 8, pick(chance, 3), 4); break;
  case 2: fuzz_put(data, 12, (uint32_t)(size - METES_MESSAGE_HEADER) + pick(chance, 3) - 1, 4); break;
  case 3: fuzz_put(data, 12, pick(chance, 67), 4); break;
  case 4: data[source_bytes(chance, 2) % size] = (uint8_t)(0x20 + pick(chance, 96)); break;
  default: size = METES_MESSAGE_HEADER + (size + pick(chance, 9) - 4) % (room - METES_MESSAGE_HEADER + 1); break;
  }
  if (size > room)
    size = room;
  if (pick(chance, 16))
    fuzz_put(data, 0, (uint32_t)size - 4, 4);
  return size;
}
