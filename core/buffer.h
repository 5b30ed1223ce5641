/* SPDX-License-Identifier: Apache-2.0
 * The input and the output buffer: stacks of elements, in memory that the guest writes as it likes.
 *
 *   0          8                          start               end
 *   | pointer  | element | link | …       | element | link     |        | size
 *
 * The first word is the stack pointer, 8 when empty. An element begins with its length, a
 * u32 that does not count itself; behind it stands a link, the u64 offset where it began.
 * Host and guest run the same functions. (BUF-1) */
#ifndef METES_BUFFER_H
#define METES_BUFFER_H

#include "le.h"
#include "status.h"

/* The element on top: offsets in the buffer. A plain value. */
struct metes_element {
  uint64_t start;  /* where its bytes begin, the prefix first */
  uint64_t length; /* how many they are, the prefix included */
  uint64_t end;    /* the stack pointer that was found: behind the link */
};

#include "../spec/buffer.acsl"

/* Pushes data[0 .. len - 1] onto the buffer m[0 .. size - 1].
 * The stack pointer is read once. Returns METES_OK, and a peek finds the element (BUF-8); or,
 * with nothing written, the first of
 *   METES_E_BUFFER (requested: 8, limit: size) for a buffer that holds no stack pointer;
 *   METES_E_STACK, METES_E_STACK_FULL, METES_E_ELEMENT: see enum metes_status.
 * What could never be popped is not pushed. */
/*@ requires \valid(m + (0 .. size - 1)) && \valid_read(data + (0 .. len - 1)) && \valid(err);
  @ requires \separated(m + (0 .. size - 1), data + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. size - 1)) && \separated(err, data + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   METES_E_STACK <= \result <= METES_E_ELEMENT;
  @ ensures buffer: \result == METES_E_BUFFER <==> size < 8;
  @ ensures buf_2: \result == METES_E_STACK <==> size >= 8 && !\old(StackSound(m, size));
  @ ensures buf_3: \result == METES_E_STACK_FULL <==> size >= 8 && \old(StackSound(m, size)) &&
  @   len + 8 > size - \old(Le64(m, 0));
  @ ensures buf_4: \result == METES_E_ELEMENT <==> size >= 8 && \old(StackSound(m, size)) &&
  @   len + 8 <= size - \old(Le64(m, 0)) && (len < 8 || !\old(ElementWhole(data, len)));
  @ ensures short: \result == METES_E_BUFFER ==> ErrorIs(err, 8, size, 0);
  @ ensures numbers: PushNumbers{Pre}(\result, err->requested, err->limit, \old(Le64(m, 0)), size, data, len);
  @ ensures place: \result != METES_OK ==> err->index == 0;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, size, 0, 0);
  @ ensures frame: \result == METES_OK ==> \forall integer k; 8 <= k < size &&
  @   !(\old(Le64(m, 0)) <= k < \old(Le64(m, 0)) + len + 8) ==> m[k] == \old(m[k]);
  @ ensures bytes: \result == METES_OK ==> Holding{Pre,Post}(m, \old(Le64(m, 0)), data, len);
  @ ensures buf_8: \result == METES_OK ==> TopIs(m, size, \old(Le64(m, 0)),
  @   \old(Le32(data, 0)) + 4, \old(Le64(m, 0)) + len + 8);
  @*/
enum metes_status metes_buffer_push(uint8_t *m, uint64_t size, const uint8_t *data, uint64_t len,
                                    struct metes_error *err);

/* Finds the element on top of the buffer m[0 .. size - 1]; nothing is taken yet. Each word of
 * the guest's is read once. Returns METES_OK and the element, which lies inside (BUF-8); or,
 * with *e untouched, METES_E_BUFFER as above, or METES_E_STACK, METES_E_STACK_EMPTY,
 * METES_E_LINK, METES_E_PREFIX. */
/*@ requires \valid_read(m + (0 .. size - 1)) && \valid(e) && \valid(err);
  @ requires \separated(e, err) && \separated(m + (0 .. size - 1), e) &&
  @   \separated(m + (0 .. size - 1), err);
  @ terminates \true;
  @ exits \false;
  @ assigns *e, *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER || \result == METES_E_STACK ||
  @   METES_E_STACK_EMPTY <= \result <= METES_E_PREFIX;
  @ ensures buffer: \result == METES_E_BUFFER <==> size < 8;
  @ ensures only: size >= 8 ==> \forall integer s, n, t; TopIs{Pre}(m, size, s, n, t) ==>
  @   \result == METES_OK;
  @ ensures buf_2: \result == METES_E_STACK ==>
  @   NoStack{Pre}(m, size, err->requested) && err->limit == size;
  @ ensures buf_5: \result == METES_E_STACK_EMPTY ==> \old(Le64(m, 0)) == 8;
  @ ensures buf_6: \result == METES_E_LINK ==> NoLink{Pre}(m, size, err->requested, err->limit);
  @ ensures buf_7: \result == METES_E_PREFIX ==> NoPrefix{Pre}(m, size, err->requested, err->limit);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *e == \old(*e);
  @ ensures buf_8: \result == METES_OK ==> TopIs{Pre}(m, size, e->start, e->length, e->end);
  @ ensures buf_9: \result == METES_OK ==>
  @   8 <= e->start && 4 <= e->length && e->start + e->length + 8 <= e->end <= size;
  @*/
enum metes_status metes_buffer_peek(const uint8_t *m, uint64_t size, struct metes_element *e,
                                    struct metes_error *err);

/* Takes the element that a peek found: its bytes and its link become 0, and the stack pointer
 * goes back to where it began. Total: e may be any. Returns METES_OK; or METES_E_LINK
 * (requested: start, limit: end) with nothing written where 8 <= start <= end <= size is not so. */
/*@ requires \valid(m + (0 .. size - 1)) && \valid(err) && \separated(err, m + (0 .. size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_LINK;
  @ ensures ok: \result == METES_OK <==> 8 <= e.start <= e.end <= size;
  @ ensures err: \result != METES_OK ==> ErrorIs(err, e.start, e.end, 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, size, 0, 0);
  @ ensures frame: \result == METES_OK ==> \forall integer k; 8 <= k < size &&
  @   !(e.start <= k < e.end) ==> m[k] == \old(m[k]);
  @ ensures zero: \result == METES_OK ==> \forall integer k; e.start <= k < e.end ==> m[k] == 0;
  @ ensures buf_9: \result == METES_OK ==> Le64(m, 0) == e.start;
  @*/
enum metes_status metes_buffer_pop(uint8_t *m, uint64_t size, struct metes_element e,
                                   struct metes_error *err);

#endif
