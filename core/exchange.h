/* SPDX-License-Identifier: Apache-2.0
 * The host's side of a guest's input and output buffer: pushed, taken and emptied where they lie in
 * scratch, so that a monitor computes no address there.
 *
 * What METES_E_BUFFER says in all three, by its index:
 *   0 (of metes_output_take alone) requested: bytes of the element; limit: room;
 *   1 (never for a sound layout) requested: 8, a stack pointer's; limit: bytes of the buffer;
 *   2 (never for a sound layout) requested: bytes of both buffers; limit: bytes of scratch. */
#ifndef METES_EXCHANGE_H
#define METES_EXCHANGE_H

#include "buffer.h"
#include "gpa.h"
#include "scratch.h"

#include "../spec/exchange.acsl"

/* Pushes data[0 .. len - 1] onto the guest's input buffer. (BUF-10, BUF-11)
 * Returns METES_OK; or, with nothing written, METES_E_BUFFER as above or what metes_buffer_push
 * says of the input buffer: METES_E_STACK, METES_E_STACK_FULL, METES_E_ELEMENT. */
/*@ requires \valid_read(g) && \valid_read(data + (0 .. len - 1)) && \valid(err);
  @ requires \object_pointer(g->scratch) && \valid(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ requires \separated(err, g) && \separated(err, data + (0 .. len - 1));
  @ requires \separated(g->scratch + (0 .. g->layout.scratch_size - 1), g) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), err) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), data + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns g->scratch[0 .. g->layout.scratch_size - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   METES_E_STACK <= \result <= METES_E_ELEMENT;
  @ ensures buf_10: \result == METES_E_BUFFER <==> !BuffersInside(\old(g->layout));
  @ ensures sound: LayoutSound(\old(g->layout)) ==> \result != METES_E_BUFFER;
  @ ensures err_buffer: \result == METES_E_BUFFER ==>
  @   BuffersRefused(\old(g->layout), err->requested, err->limit, err->index);
  @ ensures buf_2: \result == METES_E_STACK <==> BuffersInside(\old(g->layout)) &&
  @   !\old(StackSound(g->scratch, g->layout.input_data_size));
  @ ensures buf_3: \result == METES_E_STACK_FULL <==> BuffersInside(\old(g->layout)) &&
  @   \old(StackSound(g->scratch, g->layout.input_data_size)) &&
  @   len + 8 > \old(g->layout.input_data_size) - \old(Le64(g->scratch, 0));
  @ ensures buf_4: \result == METES_E_ELEMENT <==> BuffersInside(\old(g->layout)) &&
  @   \old(StackSound(g->scratch, g->layout.input_data_size)) &&
  @   len + 8 <= \old(g->layout.input_data_size) - \old(Le64(g->scratch, 0)) &&
  @   (len < 8 || !\old(ElementWhole(data, len)));
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==>
  @   SameExcept{Pre,Post}(\old(g->scratch), \old(g->layout.scratch_size), 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(\old(g->scratch), \old(g->layout.scratch_size), 0,
  @   \old(g->layout.input_data_size));
  @ ensures kept: \result == METES_OK ==> \forall integer k;
  @   8 <= k < \old(g->layout.input_data_size) &&
  @   !(\old(Le64(g->scratch, 0)) <= k < \old(Le64(g->scratch, 0)) + len + 8) ==>
  @   \old(g->scratch)[k] == \old(g->scratch[k]);
  @ ensures bytes: \result == METES_OK ==>
  @   Holding{Pre,Post}(\old(g->scratch), \old(Le64(g->scratch, 0)), data, len);
  @ ensures buf_11: \result == METES_OK ==> TopIs(\old(g->scratch), \old(g->layout.input_data_size),
  @   \old(Le64(g->scratch, 0)), \old(Le32(data, 0)) + 4, \old(Le64(g->scratch, 0)) + len + 8);
  @*/
enum metes_status metes_input_push(const struct metes_memory *g, const uint8_t *data, uint64_t len,
                                   struct metes_error *err);

/* Takes the element on top of the guest's output buffer into to[0 .. room - 1]; *n is how many
 * bytes it has, its prefix included. Each word of the guest's that decides is read once, and the
 * bytes are copied before they are popped. A guest that runs may change them while they are copied,
 * their prefix too: go by *n. (BUF-10, BUF-12)
 * Returns METES_OK; or, with nothing taken and nothing written, METES_E_BUFFER as above or what
 * metes_buffer_peek says of the output buffer: METES_E_STACK, METES_E_STACK_EMPTY, METES_E_LINK,
 * METES_E_PREFIX. */
/*@ requires \valid_read(g) && \valid(to + (0 .. room - 1)) && \valid(n) && \valid(err);
  @ requires \object_pointer(g->scratch) && \valid(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ requires \separated(n, err) && \separated(n, g) && \separated(err, g);
  @ requires \separated(to + (0 .. room - 1), g) && \separated(to + (0 .. room - 1), n) &&
  @   \separated(to + (0 .. room - 1), err);
  @ requires \separated(g->scratch + (0 .. g->layout.scratch_size - 1), g) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), n) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), err) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), to + (0 .. room - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns g->scratch[0 .. g->layout.scratch_size - 1], to[0 .. room - 1], *n, *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER || \result == METES_E_STACK ||
  @   METES_E_STACK_EMPTY <= \result <= METES_E_PREFIX;
  @ ensures buf_10: !BuffersInside(\old(g->layout)) ==> \result == METES_E_BUFFER;
  @ ensures err_buffer: !BuffersInside(\old(g->layout)) ==>
  @   BuffersRefused(\old(g->layout), err->requested, err->limit, err->index);
  @ ensures sound: LayoutSound(\old(g->layout)) ==> BuffersInside(\old(g->layout));
  @ ensures ok: \result == METES_OK <==> \old(BuffersInside(g->layout) &&
  @   TopThere(OutputAt(g), g->layout.output_data_size) && TopLength(OutputAt(g)) <= room);
  @ ensures room: \old(BuffersInside(g->layout) &&
  @   TopThere(OutputAt(g), g->layout.output_data_size) && TopLength(OutputAt(g)) > room) ==>
  @   \result == METES_E_BUFFER && ErrorIs(err, \old(TopLength(OutputAt(g))), room, 0);
  @ ensures buf_2: \result == METES_E_STACK ==> err->limit == \old(g->layout.output_data_size) &&
  @   NoStack{Pre}(\old(OutputAt(g)), \old(g->layout.output_data_size), err->requested);
  @ ensures buf_5: \result == METES_E_STACK_EMPTY ==> \old(Le64(OutputAt(g), 0)) == 8;
  @ ensures buf_6: \result == METES_E_LINK ==> NoLink{Pre}(\old(OutputAt(g)),
  @   \old(g->layout.output_data_size), err->requested, err->limit);
  @ ensures buf_7: \result == METES_E_PREFIX ==> NoPrefix{Pre}(\old(OutputAt(g)),
  @   \old(g->layout.output_data_size), err->requested, err->limit);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *n == \old(*n) &&
  @   SameExcept{Pre,Post}(to, room, 0, 0) &&
  @   SameExcept{Pre,Post}(\old(g->scratch), \old(g->layout.scratch_size), 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(\old(g->scratch), \old(g->layout.scratch_size),
  @   \old(g->layout.input_data_size),
  @   \old(g->layout.input_data_size + g->layout.output_data_size));
  @ ensures length: \result == METES_OK ==> *n == \old(TopLength(OutputAt(g))) && *n <= room;
  @ ensures buf_12: \result == METES_OK ==>
  @   CopyOf{Pre,Post}(to, 0, \old(OutputAt(g)), \old(TopStart(OutputAt(g))), *n);
  @ ensures rest: \result == METES_OK ==> SameExcept{Pre,Post}(to, room, 0, *n);
  @ ensures popped: \result == METES_OK ==> Popped{Pre,Post}(\old(OutputAt(g)),
  @   \old(g->layout.output_data_size), \old(TopStart(OutputAt(g))), \old(Le64(OutputAt(g), 0)));
  @*/
enum metes_status metes_output_take(const struct metes_memory *g, uint8_t *to, uint64_t room,
                                    uint64_t *n, struct metes_error *err);

/* Empties both buffers: their stack pointers become 8 and all their other bytes 0, so that nothing
 * of an earlier call is left in them. (BUF-10, BUF-13)
 * Returns METES_OK; or, with nothing written, METES_E_BUFFER as above. */
/*@ requires \valid_read(g) && \valid(err) && \separated(err, g);
  @ requires \object_pointer(g->scratch) && \valid(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ requires \separated(g->scratch + (0 .. g->layout.scratch_size - 1), g) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), err);
  @ terminates \true;
  @ exits \false;
  @ assigns g->scratch[0 .. g->layout.scratch_size - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER;
  @ ensures buf_10: \result == METES_OK <==> BuffersInside(\old(g->layout));
  @ ensures sound: LayoutSound(\old(g->layout)) ==> \result == METES_OK;
  @ ensures err_buffer: \result != METES_OK ==>
  @   BuffersRefused(\old(g->layout), err->requested, err->limit, err->index);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==>
  @   SameExcept{Pre,Post}(\old(g->scratch), \old(g->layout.scratch_size), 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(\old(g->scratch), \old(g->layout.scratch_size), 0,
  @   \old(g->layout.input_data_size + g->layout.output_data_size));
  @ ensures buf_13: \result == METES_OK ==> BuffersEmpty(\old(g->scratch), \old(g->layout)) &&
  @   AllZero(\old(g->scratch), 8, \old(g->layout.input_data_size)) &&
  @   AllZero(\old(g->scratch), \old(g->layout.input_data_size) + 8,
  @     \old(g->layout.input_data_size + g->layout.output_data_size));
  @*/
enum metes_status metes_buffers_clear(const struct metes_memory *g, struct metes_error *err);

#endif
