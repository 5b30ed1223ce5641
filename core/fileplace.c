/* SPDX-License-Identifier: Apache-2.0
 * Where a file is mapped: the first place of the gap that meets nothing. */
#include "fileplace.h"
#include "mapping.h"
#include "range.h"
#include "slots.h"

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Room(start, end);
  @*/
static inline uint64_t room(uint64_t start, uint64_t end)
{
  return start <= end ? end - start : 0;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == (a < b ? a : b);
  @*/
static inline uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* FM-13: guest-physical bounds of the gap. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures start: LayoutSound(*l) ==> \result.start == GapStart(*l);
  @ ensures end: LayoutSound(*l) ==> \result.end == GapEnd(*l, gpa_end);
  @ ensures pages: PageAligned(\result.start) || \result.start == UINT64_MAX;
  @*/
static struct metes_range gap_of(const struct metes_layout *l, uint64_t gpa_end)
{
  const uint64_t low = METES_LOW_END;
  const uint64_t top = l->snapshot_gva < low && low < l->scratch_gva ? low : l->scratch_gva;
  const uint64_t end = metes_sat_add(l->snapshot_gpa, room(l->snapshot_gva, top));
  struct metes_range gap;

  gap.start = metes_page_up(metes_sat_add(l->snapshot_gpa, l->snapshot_size));
  gap.end = least(end, least(gpa_end, l->scratch_gpa));
  return gap;
}

/* The place of the first slot that [gpa, gpa + size) meets, or n. */
/*@ requires \valid_read(s + (0 .. n - 1)) && \valid_read(m) && AllSound{Pre,Pre}(s, n, m);
  @ requires gpa + size <= UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= n;
  @ ensures clear: \result == n ==> SlotsClear(s, n, gpa, size);
  @ ensures met: \result < n ==> s[\result].gpa < gpa + size &&
  @   gpa < s[\result].gpa + s[\result].size <= m->gpa_end;
  @*/
static uint32_t first_slot(const struct metes_memslot *s, uint32_t n, const struct metes_limits *m,
                           uint64_t gpa, uint64_t size)
{
  (void)m; /* the contract speaks of it */
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant SlotsClear(s, i, gpa, size);
    @ loop assigns i;
    @ loop variant n - i;
    @*/
  for (uint32_t i = 0; i < n; i++) {
    //@ assert sound: SlotSound(s[i], m);
    if (s[i].gpa < gpa + size && gpa < s[i].gpa + s[i].size)
      return i;
  }
  return n;
}

/* The end of what [gpa, gpa + size) meets; 0: it meets nothing. (FM-14) */
/*@ requires \valid_read(s + (0 .. n - 1)) && \valid_read(m) && PlanSound{Pre,Pre}(s, n, m);
  @ requires gpa + size <= UINT64_MAX && 0 < size;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures clear: \result == 0 ==> RoomAt(s, n, m, gpa, size);
  @ ensures met: \result != 0 ==> gpa < \result && \forall integer x; gpa <= x < \result ==>
  @   !RoomAt(s, n, m, x, size);
  @*/
static uint64_t met_end(const struct metes_memslot *s, uint32_t n, const struct metes_limits *m,
                        uint64_t gpa, uint64_t size)
{
  const uint32_t i = first_slot(s, n, m, gpa, size);

  if (i < n) {
    //@ assert met: \forall integer x; gpa <= x < s[i].gpa + s[i].size ==> !SlotsClear(s, n, x, size);
    return s[i].gpa + s[i].size;
  }
  const uint32_t k = metes_first_met(m->reserved, m->n_reserved, gpa, size);
  //@ assert slots: SlotsClear(s, n, gpa, size);
  if (k == m->n_reserved) {
    //@ assert clear: ClearOf(&m->reserved[0], m->n_reserved, gpa, size);
    return 0;
  }
  //@ assert taken: \forall integer x; gpa <= x < m->reserved[k].end ==> !ClearOf(&m->reserved[0], m->n_reserved, x, size);
  return m->reserved[k].end;
}

/* The lowest place from gap.start on for `need` bytes within the gap, or UINT64_MAX. (FM-16) */
/*@ requires \valid_read(s + (0 .. n - 1)) && \valid_read(m) && PlanSound{Pre,Pre}(s, n, m);
  @ requires 0 < need && need <= Room(gap.start, gap.end);
  @ requires PageAligned(gap.start) || gap.start == UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures found: \result != UINT64_MAX ==> gap.start <= \result && \result + need <= gap.end &&
  @   PageAligned(\result) && RoomAt(s, n, m, \result, need);
  @ ensures none: \result == UINT64_MAX ==> NoRoom(s, n, m, gap.start, gap.end, need);
  @*/
static uint64_t find(const struct metes_memslot *s, uint32_t n, const struct metes_limits *m,
                     struct metes_range gap, uint64_t need)
{
  const uint64_t last = gap.end - need;
  uint64_t at = gap.start;

  /*@ loop invariant gap.start <= at;
    @ loop invariant pages: PageAligned(at) || at == UINT64_MAX;
    @ loop invariant passed: \forall integer x; gap.start <= x < at && PageAligned(x) ==>
    @   !RoomAt(s, n, m, x, need);
    @ loop assigns at;
    @ loop variant UINT64_MAX - at;
    @*/
  while (at <= last) {
    const uint64_t end = met_end(s, n, m, at, need);

    if (end == 0)
      return at;
    //@ assert up: \forall integer x; PageAligned(x) && x < PageUp(end) ==> x < end;
    at = metes_page_up(end);
  }
  return UINT64_MAX;
}

/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.pages == size / 4096 && \result.flags == 9;
  @ ensures gpa: \result.gpa == Sat(at + 4096);
  @ ensures placed: LayoutSound(*l) && PageAligned(size) && PageAligned(at) &&
  @   GapStart(*l) <= at && at + 4096 + size <= GapEnd(*l, gpa_end) ==>
  @   FilePlaced(*l, \result, size, gpa_end);
  @*/
static struct metes_mapping mapping_at(const struct metes_layout *l, uint64_t at, uint64_t size,
                                       uint64_t gpa_end)
{
  struct metes_mapping x;

  (void)gpa_end; /* the contract speaks of it */
  x.gpa = metes_sat_add(at, METES_PAGE_SIZE);
  x.gva = metes_sat_add(l->snapshot_gva, room(l->snapshot_gpa, x.gpa));
  x.pages = size / METES_PAGE_SIZE;
  x.flags = METES_READ + METES_COPY_ON_WRITE;
  return x;
}

enum metes_status metes_file_place(const struct metes_layout *l, const struct metes_memslot *s,
                                   uint32_t n, const struct metes_limits *m, uint64_t size,
                                   struct metes_mapping *x, struct metes_error *err)
{
  const uint64_t page = METES_PAGE_SIZE;
  const struct metes_verdict f = metes_check_plan(s, n, m);

  if (f.status != METES_OK)
    return metes_refuse_as(err, f);
  if (size == 0 || size % page != 0)
    return metes_refuse(err, METES_E_MAPPING_PAGES, size, page, 0);
  const struct metes_range gap = gap_of(l, m->gpa_end);
  const uint64_t all = room(gap.start, gap.end);
  if (all < page || size > all - page)
    return metes_refuse(err, METES_E_MAPPING_ROOM, size, all, 0);
  const uint64_t at = find(s, n, m, gap, size + page);
  if (at == UINT64_MAX)
    return metes_refuse(err, METES_E_MAPPING_ROOM, size, all, 0);
  *x = mapping_at(l, at, size, m->gpa_end);
  return METES_OK;
}
