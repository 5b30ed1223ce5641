/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing a guest's memory by guest-virtual address, page by page. */
#include "gva.h"

#include "bytes.h"
#include "gvakept.h"

/* What was copied of a range that may go on in the next page. */
struct part {
  enum metes_status status;
  uint64_t n;
};

/* The bytes of [gva + at, gva + len) that lie in the first page of it. */
/*@ requires at < len && gva + len <= UINT64_MAX + 1;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures 1 <= \result <= len - at && InOnePage(gva + at, \result);
  @*/
static inline uint64_t in_page(uint64_t gva, uint64_t at, uint64_t len)
{
  const uint64_t left = METES_PAGE_SIZE - (gva + at) % METES_PAGE_SIZE;

  return left < len - at ? left : len - at;
}

/* The bytes of [gva, gva + len) from `at` on that lie in one page, and where. */
struct piece {
  struct metes_span span;
  uint64_t n;
};

/*@ requires \valid_read(g) && GuestReadable(*g) && at < len && gva + len <= UINT64_MAX + 1;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures some: 1 <= \result.n <= len - at;
  @ ensures span: \result.span.status == METES_OK ==> SpanInside(g->layout, \result.span,
  @   GvaGpa(g->layout, g->scratch, cr3, gva + at), \result.n);
  @ ensures bytes: LayoutSound(g->layout) && \result.span.status == METES_OK ==>
  @   PieceBytes(*g, cr3, gva + at, \result.span, \result.n);
  @ ensures inside: LayoutSound(g->layout) && \result.span.status == METES_OK ==>
  @   GvaInside(*g, cr3, gva, at, at + \result.n);
  @*/
static struct piece piece(const struct metes_memory *g, uint64_t cr3, uint64_t gva, uint64_t at,
                          uint64_t len)
{
  struct piece p;

  p.n = in_page(gva, at, len);
  p.span = metes_gva_resolve(g, cr3, gva + at, p.n);
  //@ assert range: p.span.status == METES_OK ==> GvaRange(*g, cr3, gva + at, p.n);
  //@ assert apart: LayoutSound(g->layout) ==> g->layout.snapshot_gpa + g->layout.snapshot_size <= g->layout.scratch_gpa;
  return p;
}

/* Copies what piece i leads to. */
/*@ requires GuestReadable(g) && \valid(to + (0 .. len - 1)) && at + i.n <= len;
  @ requires 0 <= i.span.offset && i.span.offset + i.n <=
  @   (i.span.place <= 6 ? g.layout.snapshot_size : g.layout.scratch_size);
  @ requires \separated(to + (0 .. len - 1), g.snapshot + (0 .. g.layout.snapshot_size - 1)) &&
  @   \separated(to + (0 .. len - 1), g.scratch + (0 .. g.layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns to[0 .. len - 1];
  @ ensures bytes: \forall integer k; at <= k < at + i.n ==> to[k] == (i.span.place <= 6 ?
  @   \old(g.snapshot[i.span.offset + (k - at)]) : \old(g.scratch[i.span.offset + (k - at)]));
  @ ensures frame: SameExcept{Pre,Post}(to, len, at, at + i.n);
  @ ensures snapshot: SameBytes{Pre,Post}(g.snapshot, g.layout.snapshot_size);
  @ ensures scratch: SameBytes{Pre,Post}(g.scratch, g.layout.scratch_size);
  @*/
static void copy_piece(struct metes_memory g, struct piece i, uint8_t *to, uint64_t len, uint64_t at)
{
  if (i.span.place <= METES_PLACE_SNAPSHOT_PT)
    metes_copy(to, len, at, g.snapshot, i.span.offset, i.n);
  else
    metes_copy(to, len, at, g.scratch, i.span.offset, i.n);
}

/*@ requires \valid_read(g) && \valid(to + (0 .. len - 1)) && GuestReadable(*g);
  @ requires at < len && gva + len <= UINT64_MAX + 1 && \separated(to + (0 .. len - 1), g);
  @ requires \separated(to + (0 .. len - 1), g->snapshot + (0 .. g->layout.snapshot_size - 1)) &&
  @   \separated(to + (0 .. len - 1), g->scratch + (0 .. g->layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns to[0 .. len - 1];
  @ ensures some: \result.status == METES_OK ==> 1 <= \result.n <= len - at;
  @ ensures none: \result.status != METES_OK ==> \result.n == 0;
  @ ensures bytes: LayoutSound(g->layout) ==>
  @   GvaReadFrom{Pre,Post}(to, *g, cr3, gva, at, at + \result.n);
  @ ensures inside: LayoutSound(g->layout) ==> GvaInside{Pre}(*g, cr3, gva, at, at + \result.n);
  @ ensures same: SameGuest{Pre,Post}(*g);
  @ ensures frame: SameExcept{Pre,Post}(to, len, at, at + \result.n);
  @*/
static struct part read_part(const struct metes_memory *g, uint64_t cr3, uint64_t gva, uint64_t at,
                             uint8_t *to, uint64_t len)
{
  const struct piece i = piece(g, cr3, gva, at, len);
  struct part p = {i.span.status, 0};

  if (i.span.status != METES_OK)
    return p;
  p.n = i.n;
  copy_piece(*g, i, to, len, at);
  return p;
}

/*@ requires \valid_read(g) && \valid(to + (0 .. len - 1)) && GuestReadable(*g);
  @ requires gva + len <= UINT64_MAX + 1 && \separated(to + (0 .. len - 1), g);
  @ requires \separated(to + (0 .. len - 1), g->snapshot + (0 .. g->layout.snapshot_size - 1)) &&
  @   \separated(to + (0 .. len - 1), g->scratch + (0 .. g->layout.scratch_size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns to[0 .. len - 1];
  @ ensures all: \result.n <= len && (\result.status == METES_OK <==> \result.n == len);
  @ ensures bytes: LayoutSound(g->layout) ==> GvaReadFrom{Pre,Post}(to, *g, cr3, gva, 0, \result.n);
  @ ensures frame: SameExcept{Pre,Post}(to, len, 0, \result.n);
  @*/
static struct part read_all(const struct metes_memory *g, uint64_t cr3, uint64_t gva, uint8_t *to,
                            uint64_t len)
{
  struct part all = {METES_OK, 0};

  /*@ loop invariant all.n <= len && (all.status != METES_OK ==> all.n < len);
    @ loop invariant same: SameGuest{Pre,Here}(*g);
    @ loop invariant bytes: LayoutSound(g->layout) ==> GvaReadFrom{Pre,Here}(to, *g, cr3, gva, 0, all.n);
    @ loop invariant frame: SameExcept{Pre,Here}(to, len, 0, all.n);
    @ loop assigns all, to[0 .. len - 1];
    @ loop variant len - all.n + (all.status == METES_OK ? 1 : 0);
    @*/
  while (all.n < len && all.status == METES_OK) {
    const struct part p = read_part(g, cr3, gva, all.n, to, len);
    //@ assert same: SameGuest{Pre,Here}(*g);
    //@ assert new: LayoutSound(g->layout) ==> GvaReadFrom{Pre,Here}(to, *g, cr3, gva, all.n, all.n + p.n);
    //@ assert old: LayoutSound(g->layout) ==> GvaReadFrom{Pre,Here}(to, *g, cr3, gva, 0, all.n);
    all.status = p.status;
    all.n += p.n;
  }
  return all;
}

enum metes_status metes_gva_read(const struct metes_memory *g, uint64_t cr3, uint64_t gva,
                                 uint8_t *to, uint64_t len, uint64_t *done, struct metes_error *err)
{
  struct part all = {METES_E_MAP_GVA, 0};

  if (len == 0 || len - 1 <= UINT64_MAX - gva)
    all = read_all(g, cr3, gva, to, len);
  *done = all.n;
  if (all.status != METES_OK)
    return metes_refuse(err, all.status, gva + all.n, len - all.n, 0);
  return METES_OK;
}

enum metes_status metes_gva_write(const struct metes_memory *g, uint64_t cr3, uint64_t gva,
                                  const uint8_t *from, uint64_t len, struct metes_error *err)
{
  const struct metes_span s = metes_gva_resolve(g, cr3, gva, len);

  if (s.status != METES_OK)
    return metes_refuse(err, s.status, gva, len, 0);
  if (s.place <= METES_PLACE_SNAPSHOT_PT)
    return metes_refuse(err, METES_E_READ_ONLY, gva, len, 0);
  metes_copy(g->scratch, g->layout.scratch_size, s.offset, from, 0, len);
  return METES_OK;
}
