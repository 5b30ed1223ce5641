/* SPDX-License-Identifier: Apache-2.0
 * The host's side of a guest's input and output buffer. What a buffer is, core/buffer.c knows. */
#include "exchange.h"

#include "bytes.h"
#include "verdict.h"

/* BUF-10: do the buffers lie in scratch? */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_BUFFER;
  @ ensures buf_10: \result.status == METES_OK <==> BuffersInside(*l);
  @ ensures numbers: \result.status != METES_OK ==>
  @   BuffersRefused(*l, \result.requested, \result.limit, \result.index);
  @*/
static struct metes_verdict check_buffers(const struct metes_layout *l)
{
  const uint64_t input = l->input_data_size, output = l->output_data_size;

  if (input < 8)
    return metes_verdict_of(METES_E_BUFFER, 8, input, 1);
  if (output < 8)
    return metes_verdict_of(METES_E_BUFFER, 8, output, 1);
  if (input > l->scratch_size || output > l->scratch_size - input)
    return metes_verdict_of(METES_E_BUFFER, metes_sat_add(input, output), l->scratch_size, 2);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

enum metes_status metes_input_push(const struct metes_memory *g, const uint8_t *data, uint64_t len,
                                   struct metes_error *err)
{
  const struct metes_verdict v = check_buffers(&g->layout);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  return metes_buffer_push(g->scratch, g->layout.input_data_size, data, len, err);
}

/* BUF-12: copies an element that lies in the buffer, and pops it. */
/*@ requires \valid(m + (0 .. size - 1)) && \valid(to + (0 .. room - 1)) && \valid(err);
  @ requires 8 <= e.start && e.start + e.length <= e.end <= size && e.length <= room;
  @ requires \separated(m + (0 .. size - 1), err) && \separated(to + (0 .. room - 1), err) &&
  @   \separated(m + (0 .. size - 1), to + (0 .. room - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1], to[0 .. room - 1], *err;
  @ ensures ok: \result == METES_OK && *err == \old(*err);
  @ ensures bytes: CopyOf{Pre,Post}(to, 0, m, e.start, e.length);
  @ ensures rest: SameExcept{Pre,Post}(to, room, 0, e.length);
  @ ensures popped: Popped{Pre,Post}(m, size, e.start, e.end);
  @*/
static enum metes_status move(uint8_t *m, uint64_t size, struct metes_element e, uint8_t *to,
                              uint64_t room, struct metes_error *err)
{
  metes_copy(to, room, 0, m, e.start, e.length);
  //@ assert kept: SameExcept{Pre,Here}(m, size, 0, 0);
  //@ ghost Copied: ;
  const enum metes_status s = metes_buffer_pop(m, size, e, err);
  //@ assert still: SameExcept{Copied,Here}(to, room, 0, 0);
  //@ assert popped: Popped{Copied,Here}(m, size, e.start, e.end);
  return s;
}

/* BUF-12, of the buffer m[0 .. size - 1]. */
/*@ requires \valid(m + (0 .. size - 1)) && \valid(to + (0 .. room - 1)) && size >= 8;
  @ requires \valid(n) && \valid(err) && \separated(n, err) && \separated(to + (0 .. room - 1), n) &&
  @   \separated(to + (0 .. room - 1), err);
  @ requires \separated(m + (0 .. size - 1), n) && \separated(m + (0 .. size - 1), err) &&
  @   \separated(m + (0 .. size - 1), to + (0 .. room - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1], to[0 .. room - 1], *n, *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER || \result == METES_E_STACK ||
  @   METES_E_STACK_EMPTY <= \result <= METES_E_PREFIX;
  @ ensures ok: \result == METES_OK <==> \old(TopThere(m, size) && TopLength(m) <= room);
  @ ensures room: \old(TopThere(m, size) && TopLength(m) > room) ==>
  @   \result == METES_E_BUFFER && ErrorIs(err, \old(TopLength(m)), room, 0);
  @ ensures buf_2: \result == METES_E_STACK ==>
  @   NoStack{Pre}(m, size, err->requested) && err->limit == size;
  @ ensures buf_5: \result == METES_E_STACK_EMPTY ==> \old(Le64(m, 0)) == 8;
  @ ensures buf_6: \result == METES_E_LINK ==> NoLink{Pre}(m, size, err->requested, err->limit);
  @ ensures buf_7: \result == METES_E_PREFIX ==> NoPrefix{Pre}(m, size, err->requested, err->limit);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *n == \old(*n) &&
  @   SameExcept{Pre,Post}(to, room, 0, 0) && SameExcept{Pre,Post}(m, size, 0, 0);
  @ ensures length: \result == METES_OK ==> *n == \old(TopLength(m)) && *n <= room;
  @ ensures bytes: \result == METES_OK ==> CopyOf{Pre,Post}(to, 0, m, \old(TopStart(m)), *n);
  @ ensures rest: \result == METES_OK ==> SameExcept{Pre,Post}(to, room, 0, *n);
  @ ensures popped: \result == METES_OK ==>
  @   Popped{Pre,Post}(m, size, \old(TopStart(m)), \old(Le64(m, 0)));
  @*/
static enum metes_status take(uint8_t *m, uint64_t size, uint8_t *to, uint64_t room, uint64_t *n,
                              struct metes_error *err)
{
  struct metes_element e;
  const enum metes_status s = metes_buffer_peek(m, size, &e, err);

  if (s != METES_OK)
    return s;
  /*@ assert top: TopThere(m, size) && e.start == TopStart(m) && e.length == TopLength(m) &&
    @   e.end == Le64(m, 0); */
  if (e.length > room)
    return metes_refuse(err, METES_E_BUFFER, e.length, room, 0);
  *n = e.length;
  return move(m, size, e, to, room, err);
}

enum metes_status metes_output_take(const struct metes_memory *g, uint8_t *to, uint64_t room,
                                    uint64_t *n, struct metes_error *err)
{
  const struct metes_verdict v = check_buffers(&g->layout);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  return take(g->scratch + g->layout.input_data_size, g->layout.output_data_size, to, room, n, err);
}

/* BUF-13, of the buffer m[lo .. hi - 1]. */
/*@ requires lo + 8 <= hi <= len && \valid(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[lo .. hi - 1];
  @ ensures stack: U64At(m, lo, 8);
  @ ensures zero: AllZero(m, lo + 8, hi);
  @ ensures frame: SameExcept{Pre,Post}(m, len, lo, hi);
  @*/
static void clear(uint8_t *m, uint64_t len, uint64_t lo, uint64_t hi)
{
  (void)len; /* the contract speaks of it */
  /*@ loop invariant lo <= k <= hi;
    @ loop invariant zero: AllZero(m, lo, k);
    @ loop invariant frame: SameExcept{Pre,Here}(m, len, lo, k);
    @ loop assigns k, m[lo .. hi - 1];
    @ loop variant hi - k;
    @*/
  for (uint64_t k = lo; k < hi; k++)
    m[k] = 0;
  metes_put64(m, lo, METES_EMPTY_BUFFER);
}

/* The same of both, the first one behind the other. */
/*@ requires 8 <= input && input + 8 <= end <= len && \valid(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. end - 1];
  @ ensures input: U64At(m, 0, 8) && AllZero(m, 8, input);
  @ ensures output: U64At(m, input, 8) && AllZero(m, input + 8, end);
  @ ensures frame: SameExcept{Pre,Post}(m, len, 0, end);
  @*/
static void clear_both(uint8_t *m, uint64_t len, uint64_t input, uint64_t end)
{
  clear(m, len, 0, input);
  clear(m, len, input, end);
}

enum metes_status metes_buffers_clear(const struct metes_memory *g, struct metes_error *err)
{
  const struct metes_layout *const l = &g->layout;
  const struct metes_verdict v = check_buffers(l);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  const uint64_t input = l->input_data_size;
  clear_both(g->scratch, l->scratch_size, input, input + l->output_data_size);
  return METES_OK;
}
