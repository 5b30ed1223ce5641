/* SPDX-License-Identifier: Apache-2.0
 * The checksum of some bytes of many. Internal to core. */
#ifndef METES_CHECKSUMOF_H
#define METES_CHECKSUMOF_H

#include "checksum.h"

/* SNAP-6, of m[from .. end - 1]. */
/*@ requires from <= end && \valid_read(m + (from .. end - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Checksum(m, from, end);
  @ ensures \result <= 0xFFFFFFFF;
  @*/
uint64_t metes_checksum_of(const uint8_t *m, uint64_t from, uint64_t end);

#endif
