/* SPDX-License-Identifier: Apache-2.0
 * Input and output buffers. Every word is what the guest may just have written: read once, checked,
 * and only the checked value is used. */
#include "buffer.h"
#include "bytes.h"
#include "verdict.h"

/*@ // What was copied stays while something is written behind it, or before it.
  @ lemma holding_kept{A,B,C}: \forall uint8_t *m, uint8_t *data, integer size, at, len, lo, hi;
  @   SameExcept{B,C}(m, size, lo, hi) ==> 0 <= at ==> at + len <= size ==>
  @   (at + len <= lo || hi <= at) ==> Holding{A,B}(m, at, data, len) ==> Holding{A,C}(m, at, data, len);
  @*/

/* BUF-2 to BUF-4: may these bytes be pushed where the stack pointer is sp? */
/*@ requires \valid_read(data + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || METES_E_STACK <= \result.status <= METES_E_ELEMENT;
  @ ensures buf_2: \result.status == METES_E_STACK <==> !(8 <= sp <= size);
  @ ensures buf_3: \result.status == METES_E_STACK_FULL <==> 8 <= sp <= size && len + 8 > size - sp;
  @ ensures buf_4: \result.status == METES_E_ELEMENT <==>
  @   8 <= sp <= size && len + 8 <= size - sp && (len < 8 || !ElementWhole(data, len));
  @ ensures numbers: PushNumbers(\result.status, \result.requested, \result.limit, sp, size, data, len);
  @ ensures place: \result.index == 0;
  @*/
static inline struct metes_verdict check_push(uint64_t sp, uint64_t size, const uint8_t *data,
                                              uint64_t len)
{
  if (sp < 8 || sp > size)
    return metes_verdict_of(METES_E_STACK, sp, size, 0);
  if (size - sp < 8 || len > size - sp - 8)
    return metes_verdict_of(METES_E_STACK_FULL, len > UINT64_MAX - 8 ? UINT64_MAX : len + 8, size - sp, 0);
  if (len < 8)
    return metes_verdict_of(METES_E_ELEMENT, len, 8, 0);
  const uint64_t least = (uint64_t)metes_get32(data, 0) + 4;
  if (least > len)
    return metes_verdict_of(METES_E_ELEMENT, len, least, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* Writes a word, and nothing else of m[0 .. size - 1]. */
/*@ requires at + 8 <= size && \valid(m + (0 .. size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 7];
  @ ensures word: Le64(m, at) == v;
  @ ensures frame: SameExcept{Pre,Post}(m, size, at, at + 8);
  @*/
static inline void put_word(uint8_t *m, uint64_t size, uint64_t at, uint64_t v)
{
  (void)size; /* the contract speaks of it */
  metes_put_word(m, at, v);
}

/* The element at m[at], and the link behind it. */
/*@ requires at + len + 8 <= size && \valid(m + (0 .. size - 1)) && 4 <= len;
  @ requires \valid_read(data + (0 .. len - 1));
  @ requires \separated(data + (0 .. len - 1), m + (0 .. size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + len + 7];
  @ ensures bytes: Holding{Pre,Post}(m, at, data, len);
  @ ensures prefix: Le32(m, at) == \old(Le32(data, 0));
  @ ensures link: Le64(m, at + len) == at;
  @ ensures frame: SameExcept{Pre,Post}(m, size, at, at + len + 8);
  @*/
static void put_element(uint8_t *m, uint64_t size, uint64_t at, const uint8_t *data, uint64_t len)
{
  metes_copy(m, size, at, data, 0, len);
  //@ assert prefix: m[at] == \at(data[0], Pre) && m[at + 1] == \at(data[1], Pre) && m[at + 2] == \at(data[2], Pre) && m[at + 3] == \at(data[3], Pre);
  put_word(m, size, at + len, at);
}

/* The same, and the stack pointer behind it. */
/*@ requires 8 <= at && at + len + 8 <= size && \valid(m + (0 .. size - 1)) && 4 <= len;
  @ requires \valid_read(data + (0 .. len - 1));
  @ requires \separated(data + (0 .. len - 1), m + (0 .. size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1];
  @ ensures bytes: Holding{Pre,Post}(m, at, data, len);
  @ ensures prefix: Le32(m, at) == \old(Le32(data, 0));
  @ ensures link: Le64(m, at + len) == at;
  @ ensures stack: Le64(m, 0) == at + len + 8;
  @ ensures frame: \forall integer k; 8 <= k < size && !(at <= k < at + len + 8) ==>
  @   m[k] == \old(m[k]);
  @*/
static void stack_element(uint8_t *m, uint64_t size, uint64_t at, const uint8_t *data, uint64_t len)
{
  put_element(m, size, at, data, len);
  //@ ghost Put: ;
  put_word(m, size, 0, at + len + 8);
  //@ assert kept: \forall integer k; 8 <= k < size ==> m[k] == \at(m[k], Put);
}

enum metes_status metes_buffer_push(uint8_t *m, uint64_t size, const uint8_t *data, uint64_t len,
                                    struct metes_error *err)
{
  if (size < 8)
    return metes_refuse(err, METES_E_BUFFER, 8, size, 0);
  const uint64_t sp = metes_get64(m, 0);
  const struct metes_verdict v = check_push(sp, size, data, len);
  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  stack_element(m, size, sp, data, len);
  return METES_OK;
}

/* BUF-5 to BUF-8: the verdict, and the element where there is nothing wrong. */
struct found {
  struct metes_verdict verdict;
  struct metes_element element;
};

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.verdict.status == status && GivesAt(\result.verdict, requested, limit, 0);
  @*/
static inline struct found none(enum metes_status status, uint64_t requested, uint64_t limit)
{
  struct found f = {{METES_OK, 0, 0, 0}, {0, 0, 0}};

  f.verdict = metes_verdict_of(status, requested, limit, 0);
  return f;
}

/*@ requires \valid_read(m + (0 .. size - 1)) && size >= 8;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_STACK <= \result.verdict.status <= METES_E_PREFIX;
  @ ensures buf_8: \result.verdict.status == METES_OK ==>
  @   TopIs(m, size, \result.element.start, \result.element.length, \result.element.end);
  @ ensures only: \forall integer s, n, e; TopIs(m, size, s, n, e) ==> \result.verdict.status == METES_OK;
  @ ensures buf_2: \result.verdict.status == METES_E_STACK ==>
  @   NoStack(m, size, \result.verdict.requested) && \result.verdict.limit == size;
  @ ensures buf_5: \result.verdict.status == METES_E_STACK_EMPTY ==> Le64(m, 0) == 8;
  @ ensures buf_6: \result.verdict.status == METES_E_LINK ==>
  @   NoLink(m, size, \result.verdict.requested, \result.verdict.limit);
  @ ensures buf_7: \result.verdict.status == METES_E_PREFIX ==>
  @   NoPrefix(m, size, \result.verdict.requested, \result.verdict.limit);
  @ ensures found: \result.verdict.status != METES_E_STACK_FULL &&
  @   \result.verdict.status != METES_E_ELEMENT;
  @*/
static struct found find(const uint8_t *m, uint64_t size)
{
  const uint64_t sp = metes_get64(m, 0);

  if (sp < 8 || sp > size)
    return none(METES_E_STACK, sp, size);
  if (sp == 8)
    return none(METES_E_STACK_EMPTY, 0, 0);
  if (sp < 16)
    return none(METES_E_STACK, sp, size);
  const uint64_t start = metes_get64(m, sp - 8);
  if (start < 8 || start > sp - 16)
    return none(METES_E_LINK, start, sp - 16);
  const uint64_t length = (uint64_t)metes_get32(m, start) + 4;
  if (length > sp - 8 - start)
    return none(METES_E_PREFIX, length, sp - 8 - start);
  const struct found f = {{METES_OK, 0, 0, 0}, {start, length, sp}};
  return f;
}

enum metes_status metes_buffer_peek(const uint8_t *m, uint64_t size, struct metes_element *e,
                                    struct metes_error *err)
{
  if (size < 8)
    return metes_refuse(err, METES_E_BUFFER, 8, size, 0);
  const struct found f = find(m, size);
  if (f.verdict.status != METES_OK)
    return metes_refuse_as(err, f.verdict);
  *e = f.element;
  return METES_OK;
}

enum metes_status metes_buffer_pop(uint8_t *m, uint64_t size, struct metes_element e,
                                   struct metes_error *err)
{
  if (e.start < 8 || e.start > e.end || e.end > size)
    return metes_refuse(err, METES_E_LINK, e.start, e.end, 0);
  /*@ loop invariant e.start <= k <= e.end;
    @ loop invariant zero: \forall integer j; e.start <= j < k ==> m[j] == 0;
    @ loop invariant frame: SameExcept{Pre,Here}(m, size, e.start, k);
    @ loop assigns k, m[e.start .. e.end - 1];
    @ loop variant e.end - k;
    @*/
  for (uint64_t k = e.start; k < e.end; k++)
    m[k] = 0;
  metes_put_word(m, 0, e.start);
  return METES_OK;
}
