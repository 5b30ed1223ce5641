/* SPDX-License-Identifier: Apache-2.0
 * Loading an image into the code region: checked first, then written once through. */
#include "elf.h"
#include "bytes.h"

/*@ lemma pages_rise: \forall integer x, y; 0 <= x && 0 <= y && x / 4096 < y / 4096 ==> x < y;

  @ // What is loaded stays while something is written behind it.
  @ lemma zeroes_kept{A,B}: \forall uint8_t *c, integer len, lo, hi, x, y;
  @   SameExcept{A,B}(c, len, lo, hi) ==> 0 <= x ==> y <= lo <= len ==>
  @   Zeroes{A}(c, x, y) ==> Zeroes{B}(c, x, y);
  @ lemma copy_kept{A,B,C}: \forall uint8_t *c, uint8_t *m, integer len, lo, hi, to, from, n;
  @   SameExcept{B,C}(c, len, lo, hi) ==> 0 <= to ==> to + n <= lo <= len ==>
  @   CopyOf{A,B}(c, to, m, from, n) ==> CopyOf{A,C}(c, to, m, from, n);
  @ lemma segment_kept{A,B,C}: \forall uint8_t *c, struct metes_image g, uint8_t *m,
  @   integer k, len, lo, hi; SameExcept{B,C}(c, len, lo, hi) ==> lo <= len ==>
  @   Behind(g, k, lo) ==> SegmentLoaded{A,B}(c, g, m, k) ==> SegmentLoaded{A,C}(c, g, m, k);
  @ lemma loaded_kept{A,B,C}: \forall uint8_t *c, struct metes_image g, uint8_t *m,
  @   integer n, len, lo, hi; Loaded{A,B}(c, g, m, n) && SameExcept{B,C}(c, len, lo, hi) &&
  @   lo <= len && (\forall integer k; 0 <= k < n ==> Behind(g, k, lo)) ==>
  @   Loaded{A,C}(c, g, m, n);
  @*/

/* The first segment that is not sound for a file of len bytes, g.n if all are. */
/*@ requires g.n <= METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= g.n;
  @ ensures sound: SegmentsSound(g, \result, len);
  @ ensures first: \result < g.n ==> !SegmentSound(g, \result, len);
  @*/
static inline uint32_t first_flawed(struct metes_image g, uint64_t len)
{
  uint64_t last_page = 0;

  /*@ loop invariant 0 <= k <= g.n;
    @ loop invariant sound: SegmentsSound(g, k, len);
    @ loop invariant last: 0 < k ==>
    @   last_page == (g.segments[k - 1].offset + g.segments[k - 1].mem_size - 1) / 4096;
    @ loop assigns k, last_page;
    @ loop variant g.n - k;
    @*/
  for (uint32_t k = 0; k < g.n; k++) {
    const struct metes_segment s = g.segments[k];

    if (s.mem_size == 0 || s.file_size > s.mem_size || s.file_offset > len ||
        s.file_size > len - s.file_offset || s.offset > g.span || s.mem_size > g.span - s.offset ||
        (k > 0 && last_page >= s.offset / METES_PAGE_SIZE))
      return k;
    last_page = (s.offset + s.mem_size - 1) / METES_PAGE_SIZE;
  }
  return g.n;
}

/* Zeroes c[lo .. hi - 1]. */
/*@ requires lo <= hi <= len && \valid(c + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns c[lo .. hi - 1];
  @ ensures zero: Zeroes(c, lo, hi);
  @ ensures frame: SameExcept{Pre,Post}(c, len, lo, hi);
  @*/
static void zero(uint8_t *c, uint64_t len, uint64_t lo, uint64_t hi)
{
  (void)len; /* the contract speaks of it */
  /*@ loop invariant lo <= k <= hi;
    @ loop invariant zero: Zeroes(c, lo, k);
    @ loop invariant frame: SameExcept{Pre,Here}(c, len, lo, k);
    @ loop assigns k, c[lo .. hi - 1];
    @ loop variant hi - k;
    @*/
  for (uint64_t k = lo; k < hi; k++)
    c[k] = 0;
}

/* One segment: zeroes from `filled` on, then n bytes of the file at `to`. */
/*@ requires filled <= to && to + n <= len && from + n <= file_len;
  @ requires \valid(c + (0 .. len - 1)) && \valid_read(m + (0 .. file_len - 1));
  @ requires \separated(m + (0 .. file_len - 1), c + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns c[filled .. to + n - 1];
  @ ensures zeroes: Zeroes(c, filled, to);
  @ ensures copy: CopyOf{Pre,Post}(c, to, m, from, n);
  @ ensures frame: SameExcept{Pre,Post}(c, len, filled, to + n);
  @ ensures file: \forall integer j; 0 <= j < file_len ==> m[j] == \old(m[j]);
  @*/
static void load_segment(uint8_t *c, uint64_t len, uint64_t filled, uint64_t to, const uint8_t *m,
                         uint64_t file_len, uint64_t from, uint64_t n)
{
  (void)file_len; /* the contract speaks of it */
  zero(c, len, filled, to);
  //@ assert file: \forall integer j; 0 <= j < file_len ==> m[j] == \at(m[j], Pre);
  metes_copy(c, len, to, m, from, n);
}

enum metes_status metes_elf_load(const struct metes_image *image, const uint8_t *m, uint64_t len,
                                 uint8_t *snapshot, uint64_t snapshot_len,
                                 struct metes_error *err)
{
  const struct metes_image g = *image;
  uint64_t filled = 0;

  if (g.span > snapshot_len)
    return metes_refuse(err, METES_E_BUFFER, g.span, snapshot_len, 0);
  if (g.n > METES_MAX_SEGMENTS)
    return metes_refuse(err, METES_E_ELF_IMAGE, g.n, METES_MAX_SEGMENTS, METES_MAX_SEGMENTS);
  const uint32_t flawed = first_flawed(g, len);
  if (flawed < g.n)
    return metes_refuse(err, METES_E_ELF_IMAGE, 0, 0, flawed);
  //@ assert sound: ImageSound(g, len);
  /*@ loop invariant 0 <= k <= g.n;
    @ loop invariant filled: filled == FilledTo(g, k) <= g.span;
    @ loop invariant behind: \forall integer j; 0 <= j < k ==> Behind(g, j, filled);
    @ loop invariant file: \forall integer j; 0 <= j < len ==> m[j] == \at(m[j], Pre);
    @ loop invariant loaded: Loaded{Pre,Here}(snapshot, g, m, k);
    @ loop invariant frame: SameExcept{Pre,Here}(snapshot, snapshot_len, 0, filled);
    @ loop assigns k, filled, snapshot[0 .. g.span - 1];
    @ loop variant g.n - k;
    @*/
  for (uint32_t k = 0; k < g.n; k++) {
    const struct metes_segment s = g.segments[k];

    //@ assert here: SegmentSound(g, k, len);
    //@ assert before: k > 0 ==> SegmentSound(g, k - 1, len) && PagesApart(g.segments[k - 1], g.segments[k]);
    //@ assert above: k > 0 ==> g.segments[k - 1].offset + g.segments[k - 1].mem_size <= s.offset;
    //@ assert over: filled <= s.offset;
    //@ assert order: s.offset + s.file_size <= g.span <= snapshot_len && s.file_offset + s.file_size <= len;
    load_segment(snapshot, snapshot_len, filled, s.offset, m, len, s.file_offset, s.file_size);
    //@ assert kept: Loaded{Pre,Here}(snapshot, g, m, k);
    //@ assert this: SegmentLoaded{Pre,Here}(snapshot, g, m, k);
    filled = s.offset + s.file_size;
  }
  zero(snapshot, snapshot_len, filled, g.span);
  //@ assert all: Loaded{Pre,Here}(snapshot, g, m, g.n);
  return METES_OK;
}
