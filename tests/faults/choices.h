/* SPDX-License-Identifier: Apache-2.0
 * Bytes of any number from a string of choices. */
#ifndef METES_FAULTS_CHOICES_H
#define METES_FAULTS_CHOICES_H

#include "tests/properties/source.h"

static inline void take(struct source *s, void *to, size_t n)
{
  for (uint8_t *at = to; n > 0;) {
    const size_t some = n < 8 ? n : 8;
    const uint64_t v = source_bytes(s, some);

    for (size_t i = 0; i < some; i++)
      *at++ = (uint8_t)(v >> 8 * i);
    n -= some;
  }
}

static inline uint8_t byte(struct source *s)
{
  return (uint8_t)source_bytes(s, 1);
}

#endif
