/* SPDX-License-Identifier: Apache-2.0
 * A checksum of bytes, for what is kept in files. */
#ifndef METES_CHECKSUM_H
#define METES_CHECKSUM_H

#include <stdint.h>
#include "../spec/checksum.acsl"

/* Adler-32 (RFC 1950) of m[0 .. len - 1], less than 2^32; 1 where there are none. It finds
 * accidents, and stops nobody who means harm. (SNAP-6) */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures snap_6: \result == Checksum(m, 0, len);
  @ ensures range: \result <= 0xFFFFFFFF;
  @*/
uint64_t metes_checksum(const uint8_t *m, uint64_t len);

#endif
