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

/*@ requires \valid(m + (0 .. size - 1)) && \valid(err) && \separated(err, m + (0 .. size - 1));
  @ requires 8 <= e.start <= e.end <= size;
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1], *err;
  @ ensures ok: \result == METES_OK && *err == \old(*err);
  @ ensures popped: Popped{Pre,Post}(m, size, e.start, e.end);
  @*/
static inline enum metes_status pop(uint8_t *m, uint64_t size, struct metes_element e,
                                    struct metes_error *err)
{
  return metes_buffer_pop(m, size, e, err);
}

/* BUF-12: copies an element that lies in the buffer m[at .. at + size - 1], and pops it. */
/*@ requires at + size <= len && \valid(m + (0 .. len - 1)) && \valid(to + (0 .. room - 1));
  @ requires 8 <= e.start && e.start + e.length <= e.end <= size && e.length <= room;
  @ requires \valid(err) && \separated(m + (0 .. len - 1), err) &&
  @   \separated(to + (0 .. room - 1), err) && \separated(m + (0 .. len - 1), to + (0 .. room - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], to[0 .. room - 1], *err;
  @ ensures ok: \result == METES_OK && *err == \old(*err);
  @ ensures bytes: CopyOf{Pre,Post}(to, 0, m + at, e.start, e.length);
  @ ensures rest: SameExcept{Pre,Post}(to, room, 0, e.length);
  @ ensures popped: Popped{Pre,Post}(m + at, size, e.start, e.end);
  @ ensures frame: SameExcept{Pre,Post}(m, len, at, at + size);
  @*/
static enum metes_status move(uint8_t *m, uint64_t len, uint64_t at, uint64_t size,
                              struct metes_element e, uint8_t *to, uint64_t room,
                              struct metes_error *err)
{
  (void)len; /* the contract speaks of it */
  metes_copy(to, room, 0, m + at, e.start, e.length);
  //@ assert left: SameExcept{Pre,Here}(m, len, 0, 0);
  //@ assert kept: SameExcept{Pre,Here}(m + at, size, 0, 0);
  //@ ghost Copied: ;
  const enum metes_status s = pop(m + at, size, e, err);
  //@ assert still: SameExcept{Copied,Here}(to, room, 0, 0);
  //@ assert frame: SameExcept{Copied,Here}(m, len, at, at + size);
  return s;
}

/* The element on top, or why it is not to be had. */
struct top {
  enum metes_status status;
  struct metes_element element;
};

/* BUF-12: finds it, if it is there and not longer than room. */
/*@ requires \valid_read(m + (0 .. size - 1)) && size >= 8 && \valid(err);
  @ requires \separated(m + (0 .. size - 1), err);
  @ terminates \true;
  @ exits \false;
  @ assigns *err;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_BUFFER ||
  @   \result.status == METES_E_STACK || METES_E_STACK_EMPTY <= \result.status <= METES_E_PREFIX;
  @ ensures ok: \result.status == METES_OK <==> TopThere(m, size) && TopLength(m) <= room;
  @ ensures start: \result.status == METES_OK ==> \result.element.start == TopStart(m);
  @ ensures length: \result.status == METES_OK ==> \result.element.length == TopLength(m);
  @ ensures end: \result.status == METES_OK ==> \result.element.end == Le64(m, 0);
  @ ensures inside: \result.status == METES_OK ==> 8 <= \result.element.start &&
  @   \result.element.start + \result.element.length <= \result.element.end <= size &&
  @   \result.element.length <= room;
  @ ensures room: TopThere(m, size) && TopLength(m) > room ==>
  @   \result.status == METES_E_BUFFER && ErrorIs(err, TopLength(m), room, 0);
  @ ensures buf_2: \result.status == METES_E_STACK ==>
  @   NoStack(m, size, err->requested) && err->limit == size;
  @ ensures buf_5: \result.status == METES_E_STACK_EMPTY ==> Le64(m, 0) == 8;
  @ ensures buf_6: \result.status == METES_E_LINK ==> NoLink(m, size, err->requested, err->limit);
  @ ensures buf_7: \result.status == METES_E_PREFIX ==>
  @   NoPrefix(m, size, err->requested, err->limit);
  @ ensures quiet: \result.status == METES_OK ==> *err == \old(*err);
  @*/
static struct top find_top(const uint8_t *m, uint64_t size, uint64_t room, struct metes_error *err)
{
  struct metes_element e = {0, 0, 0};
  struct top t;

  t.status = metes_buffer_peek(m, size, &e, err);
  t.element = e;
  if (t.status != METES_OK)
    return t;
  //@ assert end: e.end == Le64(m, 0);
  //@ assert start: e.start == TopStart(m);
  //@ assert length: e.length == TopLength(m);
  //@ assert there: TopThere(m, size);
  if (e.length > room)
    t.status = metes_refuse(err, METES_E_BUFFER, e.length, room, 0);
  return t;
}

enum metes_status metes_output_take(const struct metes_memory *g, uint8_t *to, uint64_t room,
                                    uint64_t *n, struct metes_error *err)
{
  const struct metes_verdict v = check_buffers(&g->layout);
  const uint64_t len = g->layout.scratch_size, at = g->layout.input_data_size;
  const uint64_t size = g->layout.output_data_size;

  if (v.status != METES_OK) {
    metes_refuse_as(err, v);
    //@ assert numbers: BuffersRefused(\at(g->layout, Pre), err->requested, err->limit, err->index);
    return v.status;
  }
  //@ assert inside: BuffersInside(g->layout);
  const struct top t = find_top(g->scratch + at, size, room, err);
  if (t.status != METES_OK)
    return t.status;
  *n = t.element.length;
  return move(g->scratch, len, at, size, t.element, to, room, err);
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
