/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory by guest-virtual address: through the page tables that the guest
 * runs on, wherever in its scratch they lie and whatever it wrote there. */
#ifndef METES_GVA_H
#define METES_GVA_H

#include "gpa.h"
#include "pagetable.h"

#include "../spec/gva.acsl"

/* Follows `gva` from the root at `cr3`, as the processor would: four levels, pages of 4 KiB and
 * 2 MiB, every table in scratch, each entry read once. Total. (GVA-1 to GVA-4)
 * Status METES_OK; METES_E_MAP_GVA (not canonical), METES_E_UNMAPPED, METES_E_WALK_LINK (a table
 * out of scratch), METES_E_WALK_LARGE (a page of 1 GiB or more), METES_E_WALK_RESERVED (a page of
 * 2 MiB with a bit of 13 to 20 set). The entry is that of the last level, as it stands there. */
/*@ requires \valid_read(g) && GuestPointers(*g);
  @ requires \valid_read(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures gva_3: \result.status == GvaStatus(g->layout, g->scratch, cr3, gva);
  @ ensures gva_4: \result.status == METES_OK ==>
  @   \result.gpa == GvaGpa(g->layout, g->scratch, cr3, gva) &&
  @   \result.entry == GvaEntry(g->layout, g->scratch, cr3, gva) &&
  @   \result.flags == GvaFlags(g->layout, g->scratch, cr3, gva);
  @ ensures refused: \result.status != METES_OK ==>
  @   \result.gpa == 0 && \result.flags == 0 && \result.entry == 0;
  @*/
struct metes_walk metes_gva_walk(const struct metes_memory *g, uint64_t cr3, uint64_t gva);

/* Finds the place that all of [gva, gva + len) leads to; it must lie in one page of 4 KiB. (GVA-5)
 * Status as from metes_gva_walk; METES_E_UNMAPPED also for a range that leaves its page, or whose
 * physical range metes_gpa_resolve does not find. The flags are what the page tables allow. */
/*@ requires \valid_read(g) && GuestPointers(*g);
  @ requires \valid_read(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures gva_5: \result.status == METES_OK ==> InOnePage(gva, len) &&
  @   GvaStatus(g->layout, g->scratch, cr3, gva) == METES_OK && SpanInside(g->layout, \result,
  @     GvaGpa(g->layout, g->scratch, cr3, gva), len);
  @ ensures place: LayoutSound(g->layout) && \result.status == METES_OK ==> PlaceHolds(g->layout,
  @   \result.place, GvaGpa(g->layout, g->scratch, cr3, gva), len);
  @ ensures flags: \result.status == METES_OK ==>
  @   \result.flags == GvaFlags(g->layout, g->scratch, cr3, gva);
  @ ensures only: \forall integer p; LayoutSound(g->layout) && InOnePage(gva, len) &&
  @   GvaStatus(g->layout, g->scratch, cr3, gva) == METES_OK &&
  @   PlaceHolds(g->layout, p, GvaGpa(g->layout, g->scratch, cr3, gva), len) ==>
  @   \result.status == METES_OK && \result.place == p;
  @ ensures known: \result.status == METES_E_UNMAPPED || GvaStatus(g->layout, g->scratch, cr3, gva)
  @   == \result.status;
  @ ensures refused: \result.status != METES_OK ==>
  @   \result.place == METES_PLACE_NONE && \result.flags == 0 && \result.offset == 0;
  @*/
struct metes_span metes_gva_resolve(const struct metes_memory *g, uint64_t cr3, uint64_t gva,
                                    uint64_t len);

/* Copies [gva, gva + len) of the guest to to[0 .. len - 1], page by page. (GVA-6)
 * *done is how many bytes were copied. Returns METES_OK where that is all of them; otherwise
 * what metes_gva_resolve says of the next page (requested: the address there, limit: the bytes
 * that are left), or METES_E_MAP_GVA with nothing done for a range that wraps. */
/*@ requires \valid_read(g) && \valid(to + (0 .. len - 1)) && \valid(done) && \valid(err);
  @ requires GuestReadable(*g) && \separated(done, err) && \separated(err, g) && \separated(done, g);
  @ requires \separated(to + (0 .. len - 1), g) && \separated(to + (0 .. len - 1), done) &&
  @   \separated(to + (0 .. len - 1), err);
  @ requires \separated(to + (0 .. len - 1), g->snapshot + (0 .. g->layout.snapshot_size - 1)) &&
  @   \separated(to + (0 .. len - 1), g->scratch + (0 .. g->layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns to[0 .. len - 1], *done, *err;
  @ ensures done: *done <= len && (\result == METES_OK ==> *done == len);
  @ ensures some: \result != METES_OK ==> *done < len || gva + len > UINT64_MAX + 1;
  @ ensures wraps: gva + len > UINT64_MAX + 1 ==> \result == METES_E_MAP_GVA && *done == 0;
  @ ensures gva_6: \old(LayoutSound(g->layout)) ==>
  @   GvaReadFrom{Pre,Post}(to, \old(*g), cr3, gva, 0, *done);
  @ ensures frame: SameExcept{Pre,Post}(to, len, 0, *done);
  @ ensures err: \result != METES_OK ==> ErrorIs(err, gva + *done, len - *done, 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @*/
enum metes_status metes_gva_read(const struct metes_memory *g, uint64_t cr3, uint64_t gva,
                                 uint8_t *to, uint64_t len, uint64_t *done, struct metes_error *err);

/* Copies from[0 .. len - 1] to [gva, gva + len) of the guest, which must lie in one page of 4 KiB
 * that leads to scratch: what is written may be a page table, so the next page is another call,
 * and another walk. (GVA-7)
 * Returns METES_OK; or, with nothing written and (requested: gva, limit: len), what
 * metes_gva_resolve says, or METES_E_READ_ONLY for a page of the snapshot. */
/*@ requires \valid_read(g) && \valid_read(from + (0 .. len - 1)) && \valid(err);
  @ requires GuestPointers(*g) && \valid(g->scratch + (0 .. g->layout.scratch_size - 1));
  @ requires \separated(err, g) && \separated(from + (0 .. len - 1), err);
  @ requires \separated(g->scratch + (0 .. g->layout.scratch_size - 1), g) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), err) &&
  @   \separated(g->scratch + (0 .. g->layout.scratch_size - 1), from + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns g->scratch[0 .. g->layout.scratch_size - 1], *err;
  @ ensures gva_7: \result == METES_OK ==> \old(InOnePage(gva, len) &&
  @   GvaStatus(g->layout, g->scratch, cr3, gva) == METES_OK) && WrittenTo{Pre,Post}(\old(*g),
  @     \old(GvaGpa(g->layout, g->scratch, cr3, gva)), from, len);
  @ ensures frame: \result == METES_OK ==> SameExcept{Pre,Post}(\old(g->scratch),
  @   \old(g->layout.scratch_size),
  @   \old(GvaGpa(g->layout, g->scratch, cr3, gva) - g->layout.scratch_gpa),
  @   \old(GvaGpa(g->layout, g->scratch, cr3, gva) - g->layout.scratch_gpa) + len);
  @ ensures only: \forall integer p; 7 <= p ==> \old(LayoutSound(g->layout) && InOnePage(gva, len) &&
  @   GvaStatus(g->layout, g->scratch, cr3, gva) == METES_OK && PlaceHolds(g->layout, p,
  @     GvaGpa(g->layout, g->scratch, cr3, gva), len)) ==> \result == METES_OK;
  @ ensures read_only: \result == METES_E_READ_ONLY ==> \old(InOnePage(gva, len) &&
  @   GvaStatus(g->layout, g->scratch, cr3, gva) == METES_OK);
  @ ensures known: \result == METES_OK || \result == METES_E_READ_ONLY ||
  @   \result == METES_E_UNMAPPED || \result == \old(GvaStatus(g->layout, g->scratch, cr3, gva));
  @ ensures err: \result != METES_OK ==> ErrorIs(err, gva, len, 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==>
  @   SameExcept{Pre,Post}(g->scratch, g->layout.scratch_size, 0, 0);
  @*/
enum metes_status metes_gva_write(const struct metes_memory *g, uint64_t cr3, uint64_t gva,
                                  const uint8_t *from, uint64_t len, struct metes_error *err);

#endif
