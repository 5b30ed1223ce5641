/* SPDX-License-Identifier: Apache-2.0
 * Little-endian words in guest memory, byte by byte: the same on every host. */
#ifndef METES_LE_H
#define METES_LE_H

#include <stdint.h>
#include "../spec/le.acsl"

/* Writes v at m[at .. at + 7], least byte first. (LE-1) */
/*@ requires \valid(m + (at .. at + 7)) && at <= UINT64_MAX - 8;
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 7];
  @ ensures le_1: U64At(m, at, v);
  @*/
static inline void metes_put64(uint8_t *m, uint64_t at, uint64_t v)
{
  uint8_t *const p = m + at; /* gcc makes one store of these eight */

  p[0] = (uint8_t)(v % 256);
  p[1] = (uint8_t)(v / 0x100 % 256);
  p[2] = (uint8_t)(v / 0x10000 % 256);
  p[3] = (uint8_t)(v / 0x1000000 % 256);
  p[4] = (uint8_t)(v / 0x100000000 % 256);
  p[5] = (uint8_t)(v / 0x10000000000 % 256);
  p[6] = (uint8_t)(v / 0x1000000000000 % 256);
  p[7] = (uint8_t)(v / 0x100000000000000 % 256);
}

#endif
