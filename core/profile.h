/* SPDX-License-Identifier: Apache-2.0
 * Address-space profiles: the constants of a guest's address spaces, as data. */
#ifndef METES_PROFILE_H
#define METES_PROFILE_H

#include "page.h"
#include "status.h"

/* The most reserved ranges that a profile can hold. (PRO-7) */
#define METES_MAX_RESERVED 8u

/* The largest `max_size` of a sound profile: a snapshot holds less than twice
 * as much, and one KVM slot holds 2^31 - 1 pages
 * (KVM_MEM_MAX_NR_PAGES, virt/kvm/kvm_main.c). (PRO-5) */
#define METES_MAX_REGION_SIZE 0x3FFFFFFF000ULL

/* Guest-physical addresses [start, end), in bytes. */
struct metes_range {
  uint64_t start;
  uint64_t end;
};

/* Where a guest's memory lies. All addresses and sizes in bytes. */
struct metes_profile {
  uint64_t snapshot_gpa; /* GPA of snapshot offset 0; the pages below are the null guard */
  uint64_t snapshot_gva; /* GVA of snapshot offset 0 */
  uint64_t last_gpa;     /* last byte of guest-physical space, and of scratch in it */
  uint64_t last_gva;     /* last byte of scratch in guest-virtual space */
  uint64_t max_size;     /* largest snapshot memory and largest scratch */
  uint64_t alignment;    /* every boundary is a multiple of it: 4096, 16384 or 0x200000 */
  uint32_t n_reserved;   /* ranges in use below */
  struct metes_range reserved[METES_MAX_RESERVED]; /* GPAs that no slot may touch */
};

#include "../spec/profile.acsl"

/* The profiles that ship. Numbers from the reference; spec/layout.md has their sources. */
enum metes_profile_id {
  METES_PROFILE_HYPERLIGHT = 0,
  METES_PROFILE_NUB = 1,
  METES_PROFILE_I686 = 2,
};

/* Fills *p with a profile that ships; it is sound. (PRO-10)
 * Returns METES_OK, or METES_E_PROFILE (index 0) for an unknown id: *p is then untouched.
 * The caller owns *p and may change it: metes_profile_check says what still holds. */
/*@ requires \valid(p) && \valid(err) && \separated(p, err);
  @ terminates \true;
  @ exits \false;
  @ assigns *p, *err;
  @ ensures ok: \result == METES_OK <==> (unsigned)id <= 2;
  @ ensures refused: \result != METES_OK ==> \result == METES_E_PROFILE && *p == \old(*p) &&
  @                  ErrorIs(err, (unsigned)id, 2, 0);
  @ ensures sound: \result == METES_OK ==> ProfileSound(p) && *err == \old(*err);
  @ ensures numbers: \result == METES_OK ==>
  @   p->snapshot_gpa == 0x1000 && p->max_size == 0x3FFFFF000 && p->n_reserved == 0 &&
  @   p->alignment == 4096 &&
  @   p->snapshot_gva == (id == METES_PROFILE_NUB ? 0x500140000000 : 0x1000) &&
  @   p->last_gpa == (id == METES_PROFILE_I686 ? 0xFEDFFFFF : 0xFFFFFFFFF) &&
  @   p->last_gva == (id == METES_PROFILE_I686 ? 0xFFFFFFFF :
  @                   id == METES_PROFILE_NUB ? 0x50043FFFFFFF : 0xFFFFFFFFFFFFEFFF);
  @*/
enum metes_status metes_profile_builtin(enum metes_profile_id id, struct metes_profile *p,
                                        struct metes_error *err);

/* What is wrong with a profile: 0 if it is sound (PRO-9), otherwise the number of the first
 * PRO clause that it breaks: 12 (of which the others speak), then 1 to 8. */
/*@ requires \valid_read(p);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures sound: \result == 0 <==> ProfileSound(p);
  @ ensures bound: \result <= 8 || \result == 12;
  @ ensures pro_12: \result == 12 <==> !ProfileAlignment(p);
  @ ensures pro_1: \result == 1 <==> ProfileAlignment(p) && !ProfileBases(p);
  @ ensures pro_2: \result == 2 <==> ProfileAlignment(p) && ProfileBases(p) && !ProfileEnds(p);
  @ ensures pro_3: \result == 3 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   !ProfileGpaWidth(p);
  @ ensures pro_4: \result == 4 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   ProfileGpaWidth(p) && !ProfileOrder(p);
  @ ensures pro_5: \result == 5 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   ProfileGpaWidth(p) && ProfileOrder(p) && !ProfileMax(p);
  @ ensures pro_6: \result == 6 <==> ProfileAlignment(p) && ProfileBases(p) && ProfileEnds(p) &&
  @   ProfileGpaWidth(p) && ProfileOrder(p) && ProfileMax(p) && !ProfileCanonical(p);
  @ ensures pro_7: \result == 7 <==> ProfileNumbers(p) && p->n_reserved > METES_MAX_RESERVED;
  @*/
uint32_t metes_profile_flaw(const struct metes_profile *p);

/* Reserves [start, end): no snapshot, scratch or slot will touch it. (PRO-11)
 * For instance the APIC page at 0xFEE00000 of a VM with an in-kernel irqchip.
 * Returns METES_OK, or METES_E_RESERVED: *p is then unchanged, and
 *   index 7, requested 9, limit 8: the list is full,
 *   index 8, requested start, limit end: the range is empty or inverted. */
/*@ requires \valid(p) && \valid(err) && \separated(p, err);
  @ terminates \true;
  @ exits \false;
  @ assigns *p, *err;
  @ ensures ok: \result == METES_OK <==> \old(p->n_reserved) < METES_MAX_RESERVED && start < end;
  @ ensures refused: \result != METES_OK ==> \result == METES_E_RESERVED && *p == \old(*p);
  @ ensures full: \old(p->n_reserved) >= METES_MAX_RESERVED ==> ErrorIs(err, 9, 8, 7);
  @ ensures empty: \old(p->n_reserved) < METES_MAX_RESERVED && start >= end ==>
  @   ErrorIs(err, start, end, 8);
  @ ensures sound: \result == METES_OK && \old(ProfileSound(p)) ==> ProfileSound(p);
  @ ensures added: \result == METES_OK ==> p->n_reserved == \old(p->n_reserved) + 1 &&
  @   p->reserved[\old(p->n_reserved)].start == start && p->reserved[\old(p->n_reserved)].end == end;
  @ ensures kept: \forall integer i; 0 <= i < \old(p->n_reserved) && i < METES_MAX_RESERVED ==>
  @   p->reserved[i] == \old(p->reserved[i]);
  @ ensures rest: p->snapshot_gpa == \old(p->snapshot_gpa) && p->snapshot_gva == \old(p->snapshot_gva) &&
  @   p->last_gpa == \old(p->last_gpa) && p->last_gva == \old(p->last_gva) &&
  @   p->max_size == \old(p->max_size) && p->alignment == \old(p->alignment);
  @*/
enum metes_status metes_profile_reserve(struct metes_profile *p, uint64_t start, uint64_t end,
                                        struct metes_error *err);

#endif
