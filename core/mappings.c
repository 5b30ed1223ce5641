/* SPDX-License-Identifier: Apache-2.0
 * What of a guest its page tables map. */
#include "mappings.h"

/*@ // What the proofs lean on.
  @ lemma flags_fit: \forall integer asked; 0 <= asked ==> 0 <= MappedFlags(asked) <= 15 &&
  @   MappedFlags(asked) % 2 == 1 && MappedFlags(asked) / 2 % 2 == 0;
  @ lemma page_down: \forall integer x, end; 0 <= x <= end && PageAligned(end) ==>
  @   PageAligned(x / 4096 * 4096) && (x + 4095) / 4096 * 4096 <= end;
  @ lemma mapping_fits: \forall struct metes_layout l, struct metes_mapping m, integer at;
  @   LayoutSound(l) ==> 0 <= at && PageAligned(at) && 0 <= m.pages && at + m.pages * 4096 <= l.memory_size ==>
  @   m.gva == l.snapshot_gva + at && m.gpa == l.snapshot_gpa + at ==>
  @   0 <= m.flags <= 15 && m.flags % 2 == 1 && m.flags / 2 % 2 == 0 ==> MappingFlaw(m) == METES_OK;
  @ lemma segment_inside: \forall struct metes_layout l, struct metes_image g, integer k;
  @   LayoutSound(l) ==> ImageInside(l, g) ==> 0 <= k < g.n ==>
  @   g.segments[k].offset + g.segments[k].mem_size <= l.memory_size;
  @ lemma image_inside: \forall struct metes_layout l, struct metes_image g, integer len;
  @   ImageSound(g, len) && g.span <= l.peb_offset ==> ImageInside(l, g);
  @*/

uint32_t metes_mapping_count(const struct metes_image *g)
{
  return (g->n <= METES_MAX_SEGMENTS ? g->n : 0) + 4;
}

/* The flags of a mapping that may be used as `asked` says. (MAP-2) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == MappedFlags(asked);
  @*/
static inline uint32_t flags_of(uint32_t asked)
{
  return METES_READ + asked / 4 % 2 * METES_EXECUTE + asked / 2 % 2 * METES_COPY_ON_WRITE;
}

/* Bytes [start, end) of the snapshot, in whole pages. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flags: \result.flags == MappedFlags(asked);
  @ ensures pages: LayoutSound(*l) && start <= end <= l->memory_size ==>
  @   PagesMapping(*l, start / 4096, (end + 4095) / 4096, asked, \result);
  @ ensures fit: LayoutSound(*l) && start <= end <= l->memory_size ==> MappingFlaw(\result) == METES_OK;
  @*/
static struct metes_mapping of_snapshot(const struct metes_layout *l, uint64_t start, uint64_t end,
                                        uint32_t asked)
{
  const uint64_t page = METES_PAGE_SIZE, first = start / page, last = metes_page_up(end) / page;
  struct metes_mapping m;

  //@ assert up: LayoutSound(*l) && end <= l->memory_size ==> PageUp(end) <= l->memory_size;
  //@ assert last: LayoutSound(*l) && end <= l->memory_size ==> last * 4096 <= l->memory_size;
  //@ assert first: LayoutSound(*l) && start <= end <= l->memory_size ==> first * 4096 <= l->memory_size;
  m.gva = metes_sat_add(l->snapshot_gva, first * page);
  m.gpa = metes_sat_add(l->snapshot_gpa, first * page);
  m.pages = asked != 0 && first < last ? last - first : 0;
  m.flags = flags_of(asked);
  //@ assert room: LayoutSound(*l) && start <= end <= l->memory_size ==> first * page + m.pages * 4096 <= l->memory_size;
  //@ assert flags: m.flags == MappedFlags(asked) && 0 <= m.flags <= 15 && m.flags % 2 == 1 && m.flags / 2 % 2 == 0;
  //@ assert aligned: PageAligned(first * page) && 0 <= first * page;
  //@ assert at: LayoutSound(*l) && start <= end <= l->memory_size ==> m.gva == l->snapshot_gva + first * page && m.gpa == l->snapshot_gpa + first * page;
  return m;
}

/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures scratch: ScratchMapping(*l, \result);
  @ ensures fit: LayoutSound(*l) ==> MappingFlaw(\result) == METES_OK;
  @*/
static struct metes_mapping of_scratch(const struct metes_layout *l)
{
  struct metes_mapping m;

  m.gva = l->scratch_gva;
  m.gpa = l->scratch_gpa;
  m.pages = l->scratch_size / METES_PAGE_SIZE;
  m.flags = METES_READ + METES_WRITE;
  return m;
}

/* The regions behind the code: 0 PEB, 1 heap, 2 init data. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures pages: LayoutSound(*l) && i == 0 ==>
  @   PagesMapping(*l, l->peb_offset / 4096, l->heap_offset / 4096, RegionFlags(*l, 1), \result);
  @ ensures heap: LayoutSound(*l) && i == 1 ==> PagesMapping(*l, l->heap_offset / 4096,
  @   l->init_data_offset / 4096, RegionFlags(*l, 2), \result);
  @ ensures init_data: LayoutSound(*l) && i >= 2 ==> PagesMapping(*l, l->init_data_offset / 4096,
  @   l->memory_size / 4096, RegionFlags(*l, 3), \result);
  @ ensures fit: LayoutSound(*l) ==> MappingFlaw(\result) == METES_OK;
  @ ensures flags: \result.flags == MappedFlags(i == 0 ? RegionFlags(*l, 1) :
  @   i == 1 ? RegionFlags(*l, 2) : RegionFlags(*l, 3));
  @*/
static struct metes_mapping of_region(const struct metes_layout *l, uint32_t i)
{
  const uint32_t rw = METES_READ + METES_WRITE, options = l->options;

  if (i == 0)
    return of_snapshot(l, l->peb_offset, l->heap_offset, options % 2 == 1 ? rw : METES_READ);
  if (i == 1)
    return of_snapshot(l, l->heap_offset, l->init_data_offset,
                       options / 2 % 2 == 1 ? rw + METES_EXECUTE : rw);
  return of_snapshot(l, l->init_data_offset, l->memory_size, l->init_data_permissions);
}

struct metes_mapping metes_mapping_of(const struct metes_layout *l, const struct metes_image *g,
                                      uint32_t k)
{
  const uint32_t n = g->n <= METES_MAX_SEGMENTS ? g->n : 0;

  if (k < n) {
    const struct metes_image image = *g; /* as one value, for the proof */
    const struct metes_segment s = image.segments[k];
    //@ assert inside: LayoutSound(*l) && ImageInside(*l, image) ==> image.segments[k].offset + image.segments[k].mem_size <= l->memory_size;
    return of_snapshot(l, s.offset, metes_sat_add(s.offset, s.mem_size), s.flags % 8);
  }
  return k - n < 3 ? of_region(l, k - n) : of_scratch(l);
}

/* MAP-7: the page of the PEB and its table. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures own: LayoutSound(*l) && 0 < l->pt_size ==> OwnPebMapping(*l, \result);
  @ ensures pages: \result.pages == (0 < l->pt_size ? 1 : 0);
  @ ensures fit: LayoutSound(*l) ==> MappingFlaw(\result) == METES_OK;
  @*/
static struct metes_mapping of_own_peb(const struct metes_layout *l)
{
  const uint64_t page = METES_PAGE_SIZE;
  struct metes_mapping m;

  m.gva = l->peb_gva;
  m.gpa = l->free_gpa >= page ? l->free_gpa - page : 0;
  m.pages = l->pt_size > 0;
  m.flags = METES_READ + METES_WRITE;
  //@ assert gpa: LayoutSound(*l) ==> m.gpa == l->free_gpa - 4096 && PageAligned(m.gpa);
  //@ assert gva: LayoutSound(*l) ==> PageAligned(m.gva);
  return m;
}

struct metes_mapping metes_peb_mapping(const struct metes_layout *l, uint32_t k)
{
  if (k == 0)
    return of_own_peb(l);
  return of_snapshot(l, metes_sat_add(l->peb_offset, METES_PAGE_SIZE), l->heap_offset,
                     METES_READ + METES_WRITE);
}

uint64_t metes_image_entry(const struct metes_layout *l, const struct metes_image *g)
{
  return metes_sat_add(l->snapshot_gva, g->entry);
}
