/* SPDX-License-Identifier: Apache-2.0
 * What is left of a string of bytes: whatever is taken behind its end is zero. */
#ifndef METES_FAULTS_CHOICES_H
#define METES_FAULTS_CHOICES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct choices {
  const uint8_t *at, *end;
};

static inline void take(struct choices *c, void *to, size_t n)
{
  const size_t left = (size_t)(c->end - c->at), got = n < left ? n : left;

  memset(to, 0, n);
  if (got > 0)
    memcpy(to, c->at, got);
  c->at += got;
}

static inline uint8_t byte(struct choices *c)
{
  uint8_t b;

  take(c, &b, 1);
  return b;
}

#endif
