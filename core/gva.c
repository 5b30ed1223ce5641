/* SPDX-License-Identifier: Apache-2.0
 * Where a guest-virtual address leads, through page tables in a guest's scratch. */
#include "gva.h"
#include "entry.h"

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
  return table_at(l, metes_frame(e) * METES_PAGE_SIZE);
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

  if (metes_is_large(e2))
    return metes_is_reserved(e2) ? METES_E_WALK_RESERVED : METES_OK;
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
  const struct table root = table_at(l, metes_frame(cr3) * METES_PAGE_SIZE);
  struct way w;

  w.e4 = entry(m, l->scratch_size, root, x / 512 / 512 / 512);
  //@ assert e4: w.e4 == Gva4(*l, m, cr3, x);
  w.e3 = below(l, m, w.e4, x / 512 / 512 % 512);
  w.e2 = below(l, m, w.e3, x / 512 % 512);
  w.e1 = below(l, m, w.e2, x % 512);
  w.status = page_status(l, root.status, w.e4, w.e3, w.e2, w.e1);
  return w;
}

struct metes_walk metes_gva_walk(const struct metes_memory *g, uint64_t cr3, uint64_t gva)
{
  const struct metes_layout *const l = &g->layout;

  if (!metes_is_canonical(gva))
    return metes_lost(METES_E_MAP_GVA);
  const struct way w = way_to(l, g->scratch, cr3, gva / METES_PAGE_SIZE % 0x1000000000ULL);
  if (w.status != METES_OK)
    return metes_lost(w.status);
  struct metes_walk r;
  r.status = METES_OK;
  r.entry = metes_is_large(w.e2) ? w.e2 : w.e1;
  r.flags = metes_allowed(w.e4, w.e3, w.e2, r.entry);
  r.gpa = metes_is_large(w.e2)
              ? metes_frame(w.e2) / 512 * 512 * METES_PAGE_SIZE + gva % 0x200000
              : metes_frame(w.e1) * METES_PAGE_SIZE + gva % METES_PAGE_SIZE;
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
