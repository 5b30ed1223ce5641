/* SPDX-License-Identifier: Apache-2.0
 * Following an address through page tables that anyone may have written. */
#include "pagetable.h"

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
  const uint64_t e = t[s].e[i], frame = e / METES_PAGE_SIZE % 0x10000000000ULL;
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
  } else if (k.status == METES_E_WALK_LARGE && k.entry / 0x2000 % 256 != 0) {
    r.status = METES_E_WALK_RESERVED;
  } else if (k.status == METES_E_WALK_LARGE) {
    r.status = METES_OK;
    r.entry = piece(k.entry, d);
  }
  return r;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && \result.gpa == 0 && \result.flags == 0 &&
  @   \result.entry == 0;
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

/* What entries of four levels, the last one present, allow together. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == 1 +
  @   (Writable(e4) == 1 && Writable(e3) == 1 && Writable(e2) == 1 && Writable(e1) == 1 ? 2 : 0) +
  @   (Executable(e4) == 1 && Executable(e3) == 1 && Executable(e2) == 1 && Executable(e1) == 1 ?
  @    4 : 0) + CopyOnWrite(e1) * 8;
  @*/
static inline uint32_t allowed(uint64_t e4, uint64_t e3, uint64_t e2, uint64_t e1)
{
  const uint64_t nx = METES_ENTRY_NO_EXECUTE;
  uint32_t flags = METES_READ;

  if (e4 / 2 % 2 == 1 && e3 / 2 % 2 == 1 && e2 / 2 % 2 == 1 && e1 / 2 % 2 == 1)
    flags = flags + METES_WRITE;
  if (e4 < nx && e3 < nx && e2 < nx && e1 < nx)
    flags = flags + METES_EXECUTE;
  if (e1 / METES_ENTRY_COPY_ON_WRITE % 2 == 1)
    flags = flags + METES_COPY_ON_WRITE;
  return flags;
}

struct metes_walk metes_pt_walk(const struct metes_table *tables, uint64_t n, uint64_t base_gpa,
                                uint64_t gva)
{
  const struct metes_table *t = tables;
  const uint64_t x = gva / METES_PAGE_SIZE % 0x1000000000ULL;
  const uint64_t a = x / 512 / 512 / 512, b = x / 512 / 512 % 512, c = x / 512 % 512;

  if (gva >= 0x800000000000ULL && gva < 0xFFFF800000000000ULL)
    return lost(METES_E_MAP_GVA);
  if (n == 0)
    return lost(METES_E_WALK_LINK);
  //@ assert ix: Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x)) && Ix(I1(x));
  const struct link t3 = follow(t, n, base_gpa, 0, a);
  if (t3.status != METES_OK)
    return lost(t3.status);
  //@ assert t3: T3(t, n, base_gpa, I4(x)) == t3.table;
  const struct link t2 = follow(t, n, base_gpa, t3.table, b);
  if (t2.status != METES_OK)
    return lost(t2.status);
  //@ assert t2: T2(t, n, base_gpa, I4(x), I3(x)) == t2.table;
  const struct link t1 = follow(t, n, base_gpa, t2.table, c);
  //@ assert t1: t1.status == METES_OK ==> TableOf(t, n, base_gpa, x) == t1.table;
  //@ assert large: t1.status == METES_E_WALK_LARGE <==> TableOf(t, n, base_gpa, x) == -2;
  //@ assert entry: t1.entry == Entry2(t, n, base_gpa, x);
  const struct link t0 = last(t, n, t1, x % 512);
  if (t0.status != METES_OK)
    return lost(t0.status);
  //@ assert found: t0.entry == EntryAt(t, n, base_gpa, x);
  const uint64_t e = t0.entry;
  struct metes_walk w;
  w.status = METES_OK;
  w.flags = allowed(t3.entry, t2.entry, t1.entry, e);
  w.gpa = e / METES_PAGE_SIZE % 0x10000000000ULL * METES_PAGE_SIZE + gva % METES_PAGE_SIZE;
  w.entry = e;
  return w;
}
