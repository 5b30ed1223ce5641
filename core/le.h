/* SPDX-License-Identifier: Apache-2.0
 * Little-endian numbers in guest memory, byte by byte: the same on every host. */
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

/* The number at m[o], of two, four, eight bytes. (LE-2) */
/*@ requires \valid_read(m + (o .. o + 1)) && o <= UINT64_MAX - 1;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Le16(m, o);
  @*/
static inline uint32_t metes_get16(const uint8_t *m, uint64_t o)
{
  return m[o + 1] * 256u + m[o];
}

/*@ requires \valid_read(m + (o .. o + 3)) && o <= UINT64_MAX - 3;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Le32(m, o);
  @*/
static inline uint32_t metes_get32(const uint8_t *m, uint64_t o)
{
  return ((m[o + 3] * 256u + m[o + 2]) * 256u + m[o + 1]) * 256u + m[o];
}

/*@ requires \valid_read(m + (o .. o + 7)) && o <= UINT64_MAX - 7;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Le64(m, o);
  @*/
static inline uint64_t metes_get64(const uint8_t *m, uint64_t o)
{
  return ((((((m[o + 7] * 256ULL + m[o + 6]) * 256 + m[o + 5]) * 256 + m[o + 4]) * 256 + m[o + 3]) *
             256 + m[o + 2]) * 256 + m[o + 1]) * 256 + m[o];
}

/* As metes_put64; what is then read is v. (LE-1, LE-2) */
/*@ requires \valid(m + (at .. at + 7)) && at <= UINT64_MAX - 8;
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 7];
  @ ensures le_1: U64At(m, at, v);
  @ ensures le_2: Le64(m, at) == v;
  @*/
void metes_put_word(uint8_t *m, uint64_t at, uint64_t v);

#endif
