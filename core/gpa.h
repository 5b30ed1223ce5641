/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory: whatever the host reads or writes there by address, it resolves here. */
#ifndef METES_GPA_H
#define METES_GPA_H

#include "le.h"
#include "place.h"

/* A guest's memory as the host has it. The caller owns all of it; `snapshot` is
 * layout.snapshot_size bytes, `scratch` layout.scratch_size. */
struct metes_memory {
  struct metes_layout layout;
  const uint8_t *snapshot;
  uint8_t *scratch;
};

/* Where a range of guest memory lies. A plain value. */
struct metes_span {
  enum metes_status status; /* METES_OK, or why it lies nowhere: all else is then 0 */
  enum metes_place place;   /* up to METES_PLACE_SNAPSHOT_PT in the snapshot, else in scratch */
  uint32_t flags;           /* METES_READ | …: what the guest may do there */
  uint64_t offset;          /* of its first byte, from the start of that window */
};

#include "../spec/gpa.acsl"

/* Finds the place that holds all of [gpa, gpa + len). (GPA-3 to GPA-6)
 * Status METES_OK, or METES_E_UNMAPPED, also for a range that straddles the end of a place.
 * A range of no bytes is held where its address is. Total: of a layout that is not sound, what
 * is resolved still lies in its window (GPA-5). */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_UNMAPPED;
  @ ensures gpa_4: LayoutSound(*l) && \result.status == METES_OK ==>
  @   PlaceHolds(*l, \result.place, gpa, len);
  @ ensures only: \forall integer p; LayoutSound(*l) && PlaceHolds(*l, p, gpa, len) ==>
  @   \result.status == METES_OK && \result.place == p;
  @ ensures gpa_5: \result.status == METES_OK ==> SpanInside(*l, \result, gpa, len);
  @ ensures gpa_6: \result.status == METES_OK ==> \result.flags == PlaceFlags(*l, \result.place);
  @ ensures refused: \result.status != METES_OK ==>
  @   \result.place == 0 && \result.flags == 0 && \result.offset == 0;
  @*/
struct metes_span metes_gpa_resolve(const struct metes_layout *l, uint64_t gpa, uint64_t len);

/* Copies [gpa, gpa + len) of the guest to to[0 .. len - 1]. (GPA-7)
 * Returns METES_OK; or METES_E_UNMAPPED (requested: gpa, limit: len) with nothing written,
 * just where metes_gpa_resolve does. */
/*@ requires \valid_read(g) && \valid(to + (0 .. len - 1)) && \valid(err) && GuestReadable(*g);
  @ requires \separated(err, g) && \separated(to + (0 .. len - 1), g) &&
  @   \separated(to + (0 .. len - 1), err);
  @ requires \separated(to + (0 .. len - 1), g->snapshot + (0 .. g->layout.snapshot_size - 1)) &&
  @   \separated(to + (0 .. len - 1), g->scratch + (0 .. g->layout.scratch_size - 1));
  @ requires \separated(err, g->snapshot + (0 .. g->layout.snapshot_size - 1)) &&
  @   \separated(err, g->scratch + (0 .. g->layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns to[0 .. len - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_UNMAPPED;
  @ ensures only: \forall integer p; LayoutSound(g->layout) && PlaceHolds(g->layout, p, gpa, len) ==>
  @   \result == METES_OK;
  @ ensures gpa_7: LayoutSound(g->layout) && \result == METES_OK ==> ReadFrom(to, *g, gpa, len);
  @ ensures err: \result != METES_OK ==> ErrorIs(err, gpa, len, 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(to, len, 0, 0);
  @*/
enum metes_status metes_gpa_read(const struct metes_memory *g, uint64_t gpa, uint8_t *to,
                                 uint64_t len, struct metes_error *err);

/* Copies from[0 .. len - 1] to [gpa, gpa + len) of the guest, in scratch alone: the snapshot
 * may be other guests' too. (GPA-8)
 * Returns METES_OK; or, with nothing written and (requested: gpa, limit: len), METES_E_UNMAPPED
 * just where metes_gpa_resolve does, METES_E_READ_ONLY for a range in the snapshot. */
/*@ requires \valid_read(g) && \valid_read(from + (0 .. len - 1)) && \valid(err);
  @ requires GuestPointers(*g) && \valid(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ requires \separated(err, g) && \separated(from + (0 .. len - 1), err);
  @ requires \separated(g->scratch + (0 .. g->layout.scratch_size - 1), g) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), err) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), from + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns g->scratch[0 .. g->layout.scratch_size - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_UNMAPPED || \result == METES_E_READ_ONLY;
  @ ensures only: \forall integer p; LayoutSound(g->layout) && PlaceHolds(g->layout, p, gpa, len) ==>
  @   \result == (p <= 6 ? METES_E_READ_ONLY : METES_OK);
  @ ensures gpa_8: \result == METES_OK ==> g->layout.scratch_gpa <= gpa &&
  @   gpa + len <= g->layout.scratch_gpa + g->layout.scratch_size &&
  @   WrittenTo{Pre,Post}(*g, gpa, from, len);
  @ ensures frame: \result == METES_OK ==> SameExcept{Pre,Post}(g->scratch, g->layout.scratch_size,
  @   gpa - g->layout.scratch_gpa, gpa - g->layout.scratch_gpa + len);
  @ ensures err: \result != METES_OK ==> ErrorIs(err, gpa, len, 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==>
  @   SameExcept{Pre,Post}(g->scratch, g->layout.scratch_size, 0, 0);
  @*/
enum metes_status metes_gpa_write(const struct metes_memory *g, uint64_t gpa, const uint8_t *from,
                                  uint64_t len, struct metes_error *err);

#endif
