/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory, by guest-physical address. */
#include "gpa.h"

#include "bytes.h"

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && \result.place == place && \result.flags == flags &&
  @   \result.offset == offset;
  @*/
static inline struct metes_span span(enum metes_status status, enum metes_place place,
                                     uint32_t flags, uint64_t offset)
{
  struct metes_span s;

  s.status = status;
  s.place = place;
  s.flags = flags;
  s.offset = offset;
  return s;
}

/* GPA-3: the end of a place, from the start of its window. */
/*@ requires \valid_read(l) && 2 <= place <= 10;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Sat(PlaceEnd(*l, place));
  @*/
static uint64_t end_of(const struct metes_layout *l, enum metes_place place)
{
  switch (place) {
  case METES_PLACE_CODE: return l->peb_offset;
  case METES_PLACE_PEB: return l->heap_offset;
  case METES_PLACE_HEAP: return l->init_data_offset;
  case METES_PLACE_INIT_DATA: return l->memory_size;
  case METES_PLACE_SNAPSHOT_PT: return l->snapshot_size;
  case METES_PLACE_INPUT: return l->input_data_size;
  case METES_PLACE_OUTPUT: return l->pt_scratch_offset;
  case METES_PLACE_SCRATCH_PT: return metes_sat_add(l->pt_scratch_offset, l->pt_size);
  default: return l->scratch_size;
  }
}

/* GPA-6. */
/*@ requires \valid_read(l) && 2 <= place <= 10;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == PlaceFlags(*l, place);
  @*/
static uint32_t flags_of(const struct metes_layout *l, enum metes_place place)
{
  const uint32_t r = METES_READ, rw = METES_READ + METES_WRITE, rwx = rw + METES_EXECUTE;

  switch (place) {
  case METES_PLACE_CODE: return rwx;
  case METES_PLACE_PEB: return l->options % 2 == 1 ? rw : r;
  case METES_PLACE_HEAP: return l->options / 2 % 2 == 1 ? rwx : rw;
  case METES_PLACE_INIT_DATA: return l->init_data_permissions % 8;
  case METES_PLACE_SNAPSHOT_PT: return r;
  default: return rw;
  }
}

struct metes_span metes_gpa_resolve(const struct metes_layout *l, uint64_t gpa, uint64_t len)
{
  const enum metes_place place = metes_place_of_gpa(l, gpa);
  const struct metes_span nowhere = span(METES_E_UNMAPPED, METES_PLACE_NONE, 0, 0);

  if (place < METES_PLACE_CODE)
    return nowhere;
  const int in_snapshot = place <= METES_PLACE_SNAPSHOT_PT;
  const uint64_t start = in_snapshot ? l->snapshot_gpa : l->scratch_gpa;
  const uint64_t size = in_snapshot ? l->snapshot_size : l->scratch_size;
  const uint64_t end = end_of(l, place);
  if (end > size || len > end - (gpa - start)) /* gpa is in that place: between start and its end */
    return nowhere;
  return span(METES_OK, place, flags_of(l, place), gpa - start);
}

enum metes_status metes_gpa_read(const struct metes_memory *g, uint64_t gpa, uint8_t *to,
                                 uint64_t len, struct metes_error *err)
{
  const struct metes_span s = metes_gpa_resolve(&g->layout, gpa, len);

  if (s.status != METES_OK)
    return metes_refuse(err, s.status, gpa, len, 0);
  const uint8_t *const window = s.place <= METES_PLACE_SNAPSHOT_PT ? g->snapshot : g->scratch;
  //@ ghost Found: ;
  metes_copy(to, len, 0, window, s.offset, len);
  //@ assert bytes: \forall integer k; 0 <= k < len ==> to[k] == \at(window[s.offset + k], Found);
  return METES_OK;
}

enum metes_status metes_gpa_write(const struct metes_memory *g, uint64_t gpa, const uint8_t *from,
                                  uint64_t len, struct metes_error *err)
{
  const struct metes_span s = metes_gpa_resolve(&g->layout, gpa, len);

  if (s.status != METES_OK)
    return metes_refuse(err, s.status, gpa, len, 0);
  if (s.place <= METES_PLACE_SNAPSHOT_PT)
    return metes_refuse(err, METES_E_READ_ONLY, gpa, len, 0);
  metes_copy(g->scratch, g->layout.scratch_size, s.offset, from, 0, len);
  return METES_OK;
}
