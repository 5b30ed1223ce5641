/* SPDX-License-Identifier: Apache-2.0
 * Following an address through page tables that anyone may have written. */
#include "entry.h"

/* What an entry of an upper level says. */
struct link {
  enum metes_status status;
  uint64_t table; /* where it leads, of the n tables; 0 unless status is METES_OK */
  uint64_t entry; /* itself: read once, for the tables may change meanwhile */
};

/*@ requires \valid_read(t + (0 .. n - 1)) && s < n && i < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> Next(t, n, base, s, i) >= 0;
  @ ensures unmapped: \result.status == METES_E_UNMAPPED <==> Next(t, n, base, s, i) == -1;
  @ ensures large: \result.status == METES_E_WALK_LARGE <==> Next(t, n, base, s, i) == -2;
  @ ensures out: \result.status == METES_E_WALK_LINK <==> Next(t, n, base, s, i) == -3;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_UNMAPPED ||
  @   \result.status == METES_E_WALK_LARGE || \result.status == METES_E_WALK_LINK;
  @ ensures entry: \result.entry == t[s].e[i];
  @ ensures bit: \result.status == METES_E_WALK_LARGE ==> \result.entry / 128 % 2 == 1;
  @ ensures table: \result.status == METES_OK ==>
  @   \result.table < n && \result.table == Next(t, n, base, s, i);
  @*/
static inline struct link follow(const struct metes_table *t, uint64_t n, uint64_t base, uint64_t s,
                                 uint64_t i)
{
  const uint64_t e = t[s].e[i], frame = metes_frame(e);
  const uint64_t first = base / METES_PAGE_SIZE;
  struct link k = {METES_OK, 0, e};

  if (e % 2 == 0)
    k.status = METES_E_UNMAPPED;
  else if (e / METES_ENTRY_LARGE % 2 == 1)
    k.status = METES_E_WALK_LARGE;
  else if (frame < first || frame - first >= n)
    k.status = METES_E_WALK_LINK;
  else
    k.table = frame - first;
  return k;
}

/*@ requires \valid_read(t + (0 .. n - 1)) && s < n && i < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == t[s].e[i];
  @*/
static inline uint64_t entry_at(const struct metes_table *t, uint64_t n, uint64_t s, uint64_t i)
{
  (void)n; /* the contract speaks of it */
  return t[s].e[i];
}

/* The entry that page d of a 2 MiB page would have in a table of the last level: PAT
 * is bit 7 there, and bit 12 of e. */
/*@ requires e / 128 % 2 == 1 && !LargeReserved(e) && d < 512;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Piece(e, d);
  @*/
static inline uint64_t piece(uint64_t e, uint64_t d)
{
  const uint64_t span = e / 0x200000 * 0x200000;
  //@ assert low: e - span == e % 8192;
  const uint64_t bits = e % METES_PAGE_SIZE;
  const uint64_t attributes = e / METES_PAGE_SIZE % 2 == 1 ? bits : bits - METES_ENTRY_LARGE;

  return span + d * METES_PAGE_SIZE + attributes;
}

/* The last step, where `k` is what the entry of level 2 says: the entry of page d. */
/*@ requires \valid_read(t + (0 .. n - 1)) && d < 512;
  @ requires k.status == METES_OK ==> k.table < n;
  @ requires k.status == METES_E_WALK_LARGE ==> k.entry / 128 % 2 == 1;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures table: k.status == METES_OK ==> \result.entry == t[k.table].e[d] &&
  @   \result.status == (t[k.table].e[d] % 2 == 0 ? METES_E_UNMAPPED : METES_OK);
  @ ensures large: k.status == METES_E_WALK_LARGE && !LargeReserved(k.entry) ==>
  @   \result.status == METES_OK && \result.entry == Piece(k.entry, d);
  @ ensures reserved: k.status == METES_E_WALK_LARGE && LargeReserved(k.entry) ==>
  @   \result.status == METES_E_WALK_RESERVED;
  @ ensures lost: k.status != METES_OK && k.status != METES_E_WALK_LARGE ==>
  @   \result.status == k.status;
  @*/
static inline struct link last(const struct metes_table *t, uint64_t n, struct link k, uint64_t d)
{
  struct link r = k;

  if (k.status == METES_OK) {
    r.entry = entry_at(t, n, k.table, d);
    r.status = r.entry % 2 == 0 ? METES_E_UNMAPPED : METES_OK;
  } else if (k.status == METES_E_WALK_LARGE && metes_is_reserved(k.entry)) {
    r.status = METES_E_WALK_RESERVED;
  } else if (k.status == METES_E_WALK_LARGE) {
    r.status = METES_OK;
    r.entry = piece(k.entry, d);
  }
  return r;
}

struct metes_walk metes_pt_walk(const struct metes_table *tables, uint64_t n, uint64_t base_gpa,
                                uint64_t gva)
{
  const struct metes_table *t = tables;
  const uint64_t x = gva / METES_PAGE_SIZE % 0x1000000000ULL;
  const uint64_t a = x / 512 / 512 / 512, b = x / 512 / 512 % 512, c = x / 512 % 512;

  if (!metes_is_canonical(gva))
    return metes_lost(METES_E_MAP_GVA);
  if (n == 0)
    return metes_lost(METES_E_WALK_LINK);
  //@ assert ix: Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x)) && Ix(I1(x));
  const struct link t3 = follow(t, n, base_gpa, 0, a);
  if (t3.status != METES_OK)
    return metes_lost(t3.status);
  //@ assert t3: T3(t, n, base_gpa, I4(x)) == t3.table;
  const struct link t2 = follow(t, n, base_gpa, t3.table, b);
  if (t2.status != METES_OK)
    return metes_lost(t2.status);
  //@ assert t2: T2(t, n, base_gpa, I4(x), I3(x)) == t2.table;
  const struct link t1 = follow(t, n, base_gpa, t2.table, c);
  //@ assert t1: t1.status == METES_OK ==> TableOf(t, n, base_gpa, x) == t1.table;
  //@ assert large: t1.status == METES_E_WALK_LARGE <==> TableOf(t, n, base_gpa, x) == -2;
  //@ assert entry: t1.entry == Entry2(t, n, base_gpa, x);
  const struct link t0 = last(t, n, t1, x % 512);
  if (t0.status != METES_OK)
    return metes_lost(t0.status);
  //@ assert found: t0.entry == EntryAt(t, n, base_gpa, x);
  const uint64_t e = t0.entry;
  struct metes_walk w;
  w.status = METES_OK;
  w.flags = metes_allowed(t3.entry, t2.entry, t1.entry, e);
  w.gpa = metes_frame(e) * METES_PAGE_SIZE + gva % METES_PAGE_SIZE;
  w.entry = e;
  return w;
}
