/* SPDX-License-Identifier: Apache-2.0
 * Copying bytes: the one loop that does. Internal to core. */
#ifndef METES_BYTES_H
#define METES_BYTES_H

#include "le.h"

/* Copies n bytes from m[from] to c[to]; the two do not meet. c has `len` bytes. (LE-3) */
/*@ requires to + n <= len && \valid(c + (0 .. len - 1)) && from + n <= UINT64_MAX;
  @ requires \valid_read(m + (from .. from + n - 1));
  @ requires \separated(m + (from .. from + n - 1), c + (to .. to + n - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns c[to .. to + n - 1];
  @ ensures le_3: CopyOf{Pre,Post}(c, to, m, from, n);
  @ ensures frame: SameExcept{Pre,Post}(c, len, to, to + n);
  @*/
static inline void metes_copy(uint8_t *c, uint64_t len, uint64_t to, const uint8_t *m,
                              uint64_t from, uint64_t n)
{
  const uint64_t end = to + n;

  (void)len; /* the contract speaks of it */
  /*@ loop invariant to <= k <= end;
    @ loop invariant left: \forall integer j; from <= j < from + n ==> m[j] == \at(m[j], Pre);
    @ loop invariant copied: \forall integer j; to <= j < k ==>
    @   c[j] == \at(m[from + (j - to)], Pre);
    @ loop invariant frame: SameExcept{Pre,Here}(c, len, to, k);
    @ loop assigns k, c[to .. end - 1];
    @ loop variant end - k;
    @*/
  for (uint64_t k = to; k < end; k++)
    c[k] = m[from + (k - to)];
}

#endif
