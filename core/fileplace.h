/* SPDX-License-Identifier: Apache-2.0
 * Where a file is mapped: a free place between snapshot and scratch, the same in both spaces. */
#ifndef METES_FILEPLACE_H
#define METES_FILEPLACE_H

#include "memslot.h"
#include "pagetable.h"

#include "../spec/fileplace.acsl"

/* Finds the lowest place for `size` bytes of a file, beside the plan s[0 .. n): as far from the
 * snapshot's start in guest-virtual as in guest-physical space, behind a page that leads nowhere.
 * (FM-13 to FM-16) The mapping is readable and copy-on-write; metes_plan_add takes its
 * guest-physical range for an extra region, metes_file_mapping_add its address for the table.
 * Total; what is promised of the place is promised of a sound layout. Returns METES_OK and *x; or,
 * with *x untouched, what metes_plan_check says of s[0 .. n), or
 *   METES_E_MAPPING_PAGES (requested: size, limit: page size): 0 or not whole pages;
 *   METES_E_MAPPING_ROOM (requested: size, limit: all that the gap holds): nowhere is room for it.
 * Time: quadratic in n and the reserved ranges. */
/*@ requires \valid_read(l) && \valid_read(s + (0 .. n - 1)) && \valid_read(m);
  @ requires \valid(x) && \valid(err) && \separated(x, err) && \separated(l, x) &&
  @   \separated(l, err) && \separated(m, x) && \separated(m, err) &&
  @   \separated(s + (0 .. n - 1), x) && \separated(s + (0 .. n - 1), err);
  @ terminates \true;
  @ exits \false;
  @ assigns *x, *err;
  @ ensures known: \result == METES_OK || METES_E_LIMITS <= \result <= METES_E_SLOT_OVERLAP ||
  @   \result == METES_E_MAPPING_PAGES || \result == METES_E_MAPPING_ROOM;
  @ ensures plan: METES_E_LIMITS <= \result <= METES_E_SLOT_OVERLAP <==>
  @   !PlanSound{Pre,Pre}(s, n, m);
  @ ensures pages: \result == METES_E_MAPPING_PAGES <==> PlanSound{Pre,Pre}(s, n, m) &&
  @   (size == 0 || !PageAligned(size));
  @ ensures fm_13: \result == METES_OK ==> \old(LayoutSound(*l)) ==>
  @   FilePlaced(\old(*l), *x, size, \old(m->gpa_end));
  @ ensures fm_14: \result == METES_OK ==> RoomAt{Pre}(s, n, m, x->gpa, size);
  @ ensures fm_15: \result == METES_OK ==> \old(LayoutSound(*l)) ==> MappingFlaw(*x) == METES_OK &&
  @   \old(l->snapshot_gva + l->snapshot_size) < x->gva && x->gva + size <= \old(l->scratch_gva);
  @ ensures fm_16: \result == METES_E_MAPPING_ROOM ==> \old(LayoutSound(*l)) ==> NoRoom{Pre}(s, n,
  @   m, \old(GapStart(*l)), \old(GapEnd(*l, m->gpa_end)), size + 4096);
  @ ensures err_pages: \result == METES_E_MAPPING_PAGES ==> ErrorIs(err, size, 4096, 0);
  @ ensures err_room: \result == METES_E_MAPPING_ROOM ==> \old(LayoutSound(*l)) ==> ErrorIs(err,
  @   size, \old(Room(GapStart(*l), GapEnd(*l, m->gpa_end))), 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *x == \old(*x);
  @*/
enum metes_status metes_file_place(const struct metes_layout *l, const struct metes_memslot *s,
                                   uint32_t n, const struct metes_limits *m, uint64_t size,
                                   struct metes_mapping *x, struct metes_error *err);

#endif
