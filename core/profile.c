/* SPDX-License-Identifier: Apache-2.0
 * Address-space profiles: those that ship, and when one is sound. */
#include "flaw.h"

/*@ requires \valid(r + (0 .. METES_MAX_RESERVED - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns r[0 .. METES_MAX_RESERVED - 1];
  @ ensures \forall integer i; 0 <= i < METES_MAX_RESERVED ==> r[i].start == 0 && r[i].end == 0;
  @*/
static void clear_ranges(struct metes_range *r)
{
  /*@ loop invariant 0 <= i <= METES_MAX_RESERVED;
    @ loop invariant \forall integer k; 0 <= k < i ==> r[k].start == 0 && r[k].end == 0;
    @ loop assigns i, r[0 .. METES_MAX_RESERVED - 1];
    @ loop variant METES_MAX_RESERVED - i;
    @*/
  for (uint32_t i = 0; i < METES_MAX_RESERVED; i++) {
    r[i].start = 0;
    r[i].end = 0;
  }
}

/* A profile of the reference's kind: the null guard is one page, regions end at 16 GiB. */
/*@ requires \valid(p);
  @ requires 0x1000 <= gva <= last_gva && PageAligned(gva) && EndsAligned(last_gva, 4096);
  @ requires 0x1000 <= last_gpa < 0x10000000000000 && EndsAligned(last_gpa, 4096);
  @ requires last_gva < 0x800000000000 || (gva == 0x1000 && last_gva >= 0xFFFFF00000000000);
  @ terminates \true;
  @ exits \false;
  @ assigns *p;
  @ ensures numbers: p->snapshot_gpa == 0x1000 && p->snapshot_gva == gva && p->last_gpa == last_gpa &&
  @   p->last_gva == last_gva && p->max_size == 0x3FFFFF000 && p->n_reserved == 0 &&
  @   p->alignment == 4096;
  @ ensures sound: ProfileSound(p);
  @*/
static void fill(struct metes_profile *p, uint64_t gva, uint64_t last_gpa, uint64_t last_gva)
{
  clear_ranges(p->reserved);
  p->n_reserved = 0;
  p->alignment = METES_PAGE_SIZE;
  p->max_size = 0x3FFFFF000; /* 16 GiB less the null guard */
  p->snapshot_gpa = 0x1000;
  p->snapshot_gva = gva;
  p->last_gpa = last_gpa;
  p->last_gva = last_gva;
  //@ assert canonical: ProfileCanonical(p);
  //@ assert max: ProfileMax(p);
  //@ assert bases: ProfileAlignment(p) && ProfileBases(p);
  //@ assert ends: ProfileEnds(p) && ProfileGpaWidth(p) && ProfileOrder(p);
}

enum metes_status metes_profile_builtin(enum metes_profile_id id, struct metes_profile *p,
                                        struct metes_error *err)
{
  const uint32_t n = (uint32_t)id;

  if (n > METES_PROFILE_I686)
    return metes_refuse(err, METES_E_PROFILE, n, METES_PROFILE_I686, 0);
  if (n == METES_PROFILE_I686) /* 32 bits; physical space ends below the APIC page */
    fill(p, 0x1000, 0xFEDFFFFF, 0xFFFFFFFF);
  else if (n == METES_PROFILE_NUB) /* 17 GiB from 0x500000000000: kernel at 5 GiB, scratch last */
    fill(p, 0x500140000000, 0xFFFFFFFFF, 0x50043FFFFFFF);
  else /* identity; 36-bit physical space; scratch ends a page early */
    fill(p, 0x1000, 0xFFFFFFFFF, 0xFFFFFFFFFFFFEFFF);
  return METES_OK;
}

uint32_t metes_profile_flaw(const struct metes_profile *p)
{
  return metes_flaw(p);
}

/* The write of metes_profile_reserve. */
/*@ requires \valid(p) && p->n_reserved < METES_MAX_RESERVED && start < end;
  @ terminates \true;
  @ exits \false;
  @ assigns p->n_reserved, p->reserved[p->n_reserved];
  @ ensures added: p->n_reserved == \old(p->n_reserved) + 1 &&
  @   p->reserved[\old(p->n_reserved)].start == start &&
  @   p->reserved[\old(p->n_reserved)].end == end;
  @ ensures kept: \forall integer i; 0 <= i < \old(p->n_reserved) ==>
  @   p->reserved[i] == \old(p->reserved[i]);
  @ ensures ranges: \old(ProfileReserved(p)) ==> ProfileReserved(p);
  @*/
static inline void add(struct metes_profile *p, uint64_t start, uint64_t end)
{
  p->reserved[p->n_reserved].start = start;
  p->reserved[p->n_reserved].end = end;
  p->n_reserved++;
}

enum metes_status metes_profile_reserve(struct metes_profile *p, uint64_t start, uint64_t end,
                                        struct metes_error *err)
{
  if (p->n_reserved >= METES_MAX_RESERVED)
    return metes_refuse(err, METES_E_RESERVED, METES_MAX_RESERVED + 1, METES_MAX_RESERVED, 7);
  if (start >= end)
    return metes_refuse(err, METES_E_RESERVED, start, end, 8);
  add(p, start, end);
  //@ assert numbers: \at(ProfileNumbers(p), Pre) ==> ProfileNumbers(p);
  return METES_OK;
}
