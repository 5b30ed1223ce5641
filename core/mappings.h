/* SPDX-License-Identifier: Apache-2.0
 * What of a guest its page tables map: the segments of its image, its regions, its scratch. */
#ifndef METES_MAPPINGS_H
#define METES_MAPPINGS_H

#include "elf.h"
#include "pagetable.h"
#include "region.h"

#include "../spec/mappings.acsl"

/* How many mappings a guest has: its segments, PEB, heap, init data, scratch. (MAP-1) */
/*@ requires \valid_read(g);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures map_1: g->n <= 16 ==> \result == g->n + 4;
  @ ensures bound: 4 <= \result <= METES_MAX_SEGMENTS + 4;
  @*/
uint32_t metes_mapping_count(const struct metes_image *g);

/* Mapping k of a guest, 0 <= k < metes_mapping_count(g): for metes_pt_map, in any order.
 * Total: of any layout, any image and any k it is a mapping, and an image of more than
 * METES_MAX_SEGMENTS segments counts as one of none; of a sound layout, and an image
 * that lies in its code region, it is MAP-3's, fit for metes_pt_map, and meets none of the
 * others (MAP-4). Pages of code outside of all segments stay unmapped; so does init data
 * without any permission. A mapping of no pages maps nothing. */
/*@ requires \valid_read(l) && \valid_read(g);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures map_3: LayoutSound(*l) && ImageInside(*l, *g) && k < g->n + 3 ==>
  @   SnapshotMapping(*l, *g, k, \result);
  @ ensures scratch: LayoutSound(*l) && ImageInside(*l, *g) && k == g->n + 3 ==>
  @   ScratchMapping(*l, \result);
  @ ensures map_2: LayoutSound(*l) && ImageInside(*l, *g) && k < g->n + 4 ==>
  @   MappingFlaw(\result) == METES_OK;
  @ ensures none: 16 < g->n && 3 <= k ==> ScratchMapping(*l, \result);
  @ ensures map_5: k < g->n + 3 && g->n <= 16 ==>
  @   WritableXorExecutable(AskedFlags(*l, *g, k), \result.flags);
  @*/
struct metes_mapping metes_mapping_of(const struct metes_layout *l, const struct metes_image *g,
                                      uint32_t k);

/* In a layout with file mappings the PEB and its table are the guest's own, so that the host can
 * write there while others share the snapshot. In place of the PEB's mapping (the first behind the
 * image's segments) there are then two: k == 0 is the page of the PEB and its table, the last of
 * the page tables in scratch, which must be kept free for it; k == 1 the rest of the PEB's region,
 * of the snapshot, of no pages where that is one page. (MAP-7)
 * Total; of a layout without page tables, k == 0 maps nothing. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures map_7: LayoutSound(*l) && 0 < l->pt_size && k == 0 ==> OwnPebMapping(*l, \result);
  @ ensures scratch: LayoutSound(*l) && 0 < l->pt_size && k == 0 ==>
  @   l->pt_gpa <= \result.gpa && \result.gpa + 4096 == l->free_gpa;
  @ ensures rest: LayoutSound(*l) && k != 0 ==> RestMapping(*l, \result);
  @ ensures fit: LayoutSound(*l) ==> MappingFlaw(\result) == METES_OK;
  @ ensures pages: k == 0 ==> \result.pages == (0 < l->pt_size ? 1 : 0);
  @*/
struct metes_mapping metes_peb_mapping(const struct metes_layout *l, uint32_t k);

/* The guest-virtual address at which an image begins: the rip of metes_entry_of. (MAP-6)
 * Total; of a sound layout that holds the image it lies in the code region. */
/*@ requires \valid_read(l) && \valid_read(g);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures map_6: LayoutSound(*l) && g->entry < g->span <= l->peb_offset ==>
  @   \result == l->snapshot_gva + g->entry && \result < l->peb_gva;
  @*/
uint64_t metes_image_entry(const struct metes_layout *l, const struct metes_image *g);

#endif
