/* SPDX-License-Identifier: Apache-2.0
 * Adler-32. The sums are taken modulo a prime only once a block: in 64 bits nothing is lost. */
#include "checksumof.h"

/* The largest prime below 2^16; a block of so many bytes is summed without dividing. */
#define PRIME 65521ULL
#define BLOCK 4096ULL

/* The two sums, modulo PRIME what they are to be. A plain value. */
struct sums {
  uint64_t a;
  uint64_t b;
};

/*@ predicate SumsAre{L}(struct sums s, uint8_t *m, integer from, integer end) =
  @   s.a % 65521 == SumA(m, from, end) && s.b % 65521 == SumB(m, from, end);
  @*/

/*@ // It does not matter when the remainder is taken.
  @ lemma remainder_of_sum: \forall integer x, y; 0 <= x ==> 0 <= y ==>
  @   (x + y) % 65521 == (x % 65521 + y) % 65521;
  @ lemma remainder_of_both: \forall integer x, y; 0 <= x ==> 0 <= y ==>
  @   (x + y) % 65521 == (x % 65521 + y % 65521) % 65521;
  @*/

/* Goes on with at most a block of bytes, m[i .. stop - 1]. */
/*@ requires from <= i <= stop <= i + BLOCK && \valid_read(m + (from .. stop - 1));
  @ requires s.a < PRIME && s.b < PRIME && SumsAre(s, m, from, i);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures small: \result.a < PRIME && \result.b < PRIME;
  @ ensures sums: SumsAre(\result, m, from, stop);
  @*/
static struct sums add_block(struct sums s, const uint8_t *m, uint64_t from, uint64_t i, uint64_t stop)
{
  uint64_t a = s.a, b = s.b;

  (void)from; /* the contract speaks of it */
  /*@ loop invariant i <= k <= stop;
    @ loop invariant least: 0 <= a && 0 <= b;
    @ loop invariant most: a <= 65521 + (k - i) * 255 && b <= 65521 + (k - i) * 1110001;
    @ loop invariant a: a % 65521 == SumA(m, from, k);
    @ loop invariant b: b % 65521 == SumB(m, from, k);
    @ loop assigns k, a, b;
    @ loop variant stop - k;
    @*/
  for (uint64_t k = i; k < stop; k++) {
    a += m[k];
    //@ assert a: a % 65521 == SumA(m, from, k + 1);
    b += a;
    //@ assert b: b % 65521 == SumB(m, from, k + 1);
  }
  s.a = a % PRIME;
  s.b = b % PRIME;
  return s;
}

uint64_t metes_checksum_of(const uint8_t *m, uint64_t from, uint64_t end)
{
  struct sums s = {1, 0};
  uint64_t i = from;

  /*@ loop invariant from <= i <= end;
    @ loop invariant small: s.a < PRIME && s.b < PRIME;
    @ loop invariant sums: SumsAre(s, m, from, i);
    @ loop assigns i, s;
    @ loop variant end - i;
    @*/
  while (i < end) {
    const uint64_t stop = end - i > BLOCK ? i + BLOCK : end;

    s = add_block(s, m, from, i, stop);
    i = stop;
  }
  return s.b * 65536 + s.a;
}

uint64_t metes_checksum(const uint8_t *m, uint64_t len)
{
  return metes_checksum_of(m, 0, len);
}
