/* SPDX-License-Identifier: Apache-2.0
 * That a number written byte by byte is read back as itself. */
#include "le.h"

/*@ // A number is the sum of its bytes, one byte at a time.
  @ lemma byte_0: \forall integer v; 0 <= v ==> v == v / 0x100 * 256 + v % 256;
  @ lemma byte_1: \forall integer v; 0 <= v ==> v / 0x100 == v / 0x10000 * 256 + v / 0x100 % 256;
  @ lemma byte_2: \forall integer v; 0 <= v ==> v / 0x10000 == v / 0x1000000 * 256 + v / 0x10000 % 256;
  @ lemma byte_3: \forall integer v; 0 <= v ==> v / 0x1000000 == v / 0x100000000 * 256 + v / 0x1000000 % 256;
  @ lemma byte_4: \forall integer v; 0 <= v ==> v / 0x100000000 == v / 0x10000000000 * 256 + v / 0x100000000 % 256;
  @ lemma byte_5: \forall integer v; 0 <= v ==> v / 0x10000000000 == v / 0x1000000000000 * 256 + v / 0x10000000000 % 256;
  @ lemma byte_6: \forall integer v; 0 <= v ==> v / 0x1000000000000 == v / 0x100000000000000 * 256 + v / 0x1000000000000 % 256;
  @*/

void metes_put_word(uint8_t *m, uint64_t at, uint64_t v)
{
  metes_put64(m, at, v);
  //@ assert b0: m[at] == v % 256;
  //@ assert b1: m[at + 1] == v / 0x100 % 256;
  //@ assert b2: m[at + 2] == v / 0x10000 % 256;
  //@ assert b3: m[at + 3] == v / 0x1000000 % 256;
  //@ assert b4: m[at + 4] == v / 0x100000000 % 256;
  //@ assert b5: m[at + 5] == v / 0x10000000000 % 256;
  //@ assert b6: m[at + 6] == v / 0x1000000000000 % 256;
  //@ assert b7: m[at + 7] == v / 0x100000000000000;
}
