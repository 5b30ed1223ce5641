/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory, by guest-virtual address. */
#include "gva.h"

#include "bytes.h"
#include "gvakept.h"

/* A table: its offset in scratch, and why there is none. */
struct table {
  enum metes_status status;
  uint64_t at;
};

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && \result.at == at;
  @*/
static inline struct table table(enum metes_status status, uint64_t at)
{
  struct table t;

  t.status = status;
  t.at = at;
  return t;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Frame(e);
  @*/
static inline uint64_t frame(uint64_t e)
{
  return e / METES_PAGE_SIZE % 0x10000000000ULL;
}

/* GVA-1: the table at a guest-physical address. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures status: \result.status == LinkStatus(TableAt(*l, gpa));
  @ ensures there: \result.status == METES_OK <==> TableAt(*l, gpa) >= 0;
  @ ensures at: \result.status == METES_OK ==> \result.at == TableAt(*l, gpa) &&
  @   \result.at + 4096 <= l->scratch_size;
  @*/
static inline struct table table_at(const struct metes_layout *l, uint64_t gpa)
{
  if (gpa < l->scratch_gpa || l->scratch_size < METES_PAGE_SIZE ||
      gpa - l->scratch_gpa > l->scratch_size - METES_PAGE_SIZE)
    return table(METES_E_WALK_LINK, 0);
  return table(METES_OK, gpa - l->scratch_gpa);
}

/* The table that an entry names. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures status: \result.status == LinkStatus(TableIn(*l, e));
  @ ensures there: \result.status == METES_OK <==> TableIn(*l, e) >= 0;
  @ ensures at: \result.status == METES_OK ==> \result.at == TableIn(*l, e) &&
  @   \result.at + 4096 <= l->scratch_size;
  @*/
static inline struct table table_in(const struct metes_layout *l, uint64_t e)
{
  if (e % 2 == 0)
    return table(METES_E_UNMAPPED, 0);
  if (e / METES_ENTRY_LARGE % 2 == 1)
    return table(METES_E_WALK_LARGE, 0);
  return table_at(l, frame(e) * METES_PAGE_SIZE);
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result <==> e % 2 == 1 && e / 128 % 2 == 1;
  @*/
static inline int is_large(uint64_t e)
{
  return e % 2 == 1 && e / METES_ENTRY_LARGE % 2 == 1;
}

/* The four entries on the way, and what they say: GVA-2, GVA-3. */
struct way {
  enum metes_status status;
  uint64_t e4, e3, e2, e1;
};

/*@ predicate WayIs{L}(struct way w, struct metes_layout l, uint8_t *m, integer cr3, integer x) =
  @   w.e4 == Gva4(l, m, cr3, x) && w.e3 == Gva3(l, m, cr3, x) && w.e2 == Gva2(l, m, cr3, x) &&
  @   w.e1 == Gva1(l, m, cr3, x);
  @*/

/* GVA-3, of the last two levels. */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == LastStatus(*l, e2, e1);
  @*/
static enum metes_status last_status(const struct metes_layout *l, uint64_t e2, uint64_t e1)
{
  const struct table t = table_in(l, e2);

  if (is_large(e2))
    return frame(e2) % 512 / 2 == 0 ? METES_OK : METES_E_WALK_RESERVED;
  if (t.status != METES_OK)
    return t.status;
  return e1 % 2 == 0 ? METES_E_UNMAPPED : METES_OK;
}

/* GVA-3, where the root is `root`. */
/*@ requires \valid_read(l) && (root == METES_OK || root == METES_E_WALK_LINK);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == PageStatus(*l, root == METES_OK ? 0 : -3, e4, e3, e2, e1);
  @*/
static enum metes_status page_status(const struct metes_layout *l, enum metes_status root,
                                     uint64_t e4, uint64_t e3, uint64_t e2, uint64_t e1)
{
  const struct table t3 = table_in(l, e4), t2 = table_in(l, e3);

  if (root != METES_OK)
    return root;
  if (t3.status != METES_OK)
    return t3.status;
  return t2.status != METES_OK ? t2.status : last_status(l, e2, e1);
}

/* The entry of table t, 0 where there is no table: read once. */
/*@ requires \valid_read(m + (0 .. size - 1)) && i < 512;
  @ requires t.status == METES_OK ==> t.at + 4096 <= size;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == (t.status == METES_OK ? Le64(m, t.at + 8 * i) : 0);
  @*/
static inline uint64_t entry(const uint8_t *m, uint64_t size, struct table t, uint64_t i)
{
  (void)size; /* the contract speaks of it */
  return t.status == METES_OK ? metes_get64(m, t.at + 8 * i) : 0;
}

/* Entry i of the table that entry e names. */
/*@ requires \valid_read(l) && \valid_read(m + (0 .. l->scratch_size - 1)) && i < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == WordIn(m, TableIn(*l, e), i);
  @*/
static uint64_t below(const struct metes_layout *l, const uint8_t *m, uint64_t e, uint64_t i)
{
  return entry(m, l->scratch_size, table_in(l, e), i);
}

/*@ requires \valid_read(l) && \valid_read(m + (0 .. l->scratch_size - 1)) && PageNumber(x);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures entries: WayIs(\result, *l, m, cr3, x);
  @ ensures status: \result.status == PageStatus(*l, Root(*l, cr3), \result.e4, \result.e3,
  @   \result.e2, \result.e1);
  @*/
static struct way way_to(const struct metes_layout *l, const uint8_t *m, uint64_t cr3, uint64_t x)
{
  const struct table root = table_at(l, frame(cr3) * METES_PAGE_SIZE);
  struct way w;

  w.e4 = entry(m, l->scratch_size, root, x / 512 / 512 / 512);
  //@ assert e4: w.e4 == Gva4(*l, m, cr3, x);
  w.e3 = below(l, m, w.e4, x / 512 / 512 % 512);
  w.e2 = below(l, m, w.e3, x / 512 % 512);
  w.e1 = below(l, m, w.e2, x % 512);
  w.status = page_status(l, root.status, w.e4, w.e3, w.e2, w.e1);
  return w;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == AllowedBy(e4, e3, e2, e);
  @*/
static uint32_t allowed(uint64_t e4, uint64_t e3, uint64_t e2, uint64_t e)
{
  const uint64_t nx = METES_ENTRY_NO_EXECUTE;
  uint32_t flags = METES_READ;

  if (e4 / 2 % 2 == 1 && e3 / 2 % 2 == 1 && e2 / 2 % 2 == 1 && e / 2 % 2 == 1)
    flags += METES_WRITE;
  if (e4 < nx && e3 < nx && e2 < nx && e < nx)
    flags += METES_EXECUTE;
  if (e / METES_ENTRY_COPY_ON_WRITE % 2 == 1)
    flags += METES_COPY_ON_WRITE;
  return flags;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && \result.gpa == 0 && \result.flags == 0 && \result.entry == 0;
  @*/
static inline struct metes_walk lost(enum metes_status status)
{
  struct metes_walk w;

  w.status = status;
  w.flags = 0;
  w.gpa = 0;
  w.entry = 0;
  return w;
}

struct metes_walk metes_gva_walk(const struct metes_memory *g, uint64_t cr3, uint64_t gva)
{
  const struct metes_layout *const l = &g->layout;

  if (gva >= 0x800000000000ULL && gva < 0xFFFF800000000000ULL)
    return lost(METES_E_MAP_GVA);
  const struct way w = way_to(l, g->scratch, cr3, gva / METES_PAGE_SIZE % 0x1000000000ULL);
  if (w.status != METES_OK)
    return lost(w.status);
  struct metes_walk r;
  r.status = METES_OK;
  r.entry = is_large(w.e2) ? w.e2 : w.e1;
  r.flags = allowed(w.e4, w.e3, w.e2, r.entry);
  r.gpa = is_large(w.e2) ? frame(w.e2) / 512 * 512 * METES_PAGE_SIZE + gva % 0x200000
                         : frame(w.e1) * METES_PAGE_SIZE + gva % METES_PAGE_SIZE;
  return r;
}

struct metes_span metes_gva_resolve(const struct metes_memory *g, uint64_t cr3, uint64_t gva,
                                    uint64_t len)
{
  const struct metes_walk w = metes_gva_walk(g, cr3, gva);
  struct metes_span s = {METES_E_UNMAPPED, METES_PLACE_NONE, 0, 0};

  if (w.status != METES_OK) {
    s.status = w.status;
    return s;
  }
  if (len > METES_PAGE_SIZE - gva % METES_PAGE_SIZE)
    return s;
  s = metes_gpa_resolve(&g->layout, w.gpa, len);
  if (s.status == METES_OK)
    s.flags = w.flags;
  return s;
}

/* What was copied of a range that may go on in the next page. */
struct part {
  enum metes_status status;
  uint64_t n;
};

/* The bytes of [gva + at, gva + len) that lie in the first page of it. */
/*@ requires at < len && gva + len <= UINT64_MAX;
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

/*@ requires \valid_read(g) && GuestReadable(*g) && at < len && gva + len <= UINT64_MAX;
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
  @ requires at < len && gva + len <= UINT64_MAX && \separated(to + (0 .. len - 1), g);
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
  @ requires gva + len <= UINT64_MAX && \separated(to + (0 .. len - 1), g);
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

  if (len <= UINT64_MAX - gva)
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
