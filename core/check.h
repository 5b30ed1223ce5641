/* SPDX-License-Identifier: Apache-2.0
 * Whether a configuration has a layout: the checks LAY-20 to LAY-33, each a function without
 * effects; metes_check asks them in order. In line, for speed. Internal to core. */
#ifndef METES_CHECK_H
#define METES_CHECK_H

#include "flaw.h"
#include "range.h"
#include "sizes.h"
#include "verdict.h"

/* LAY-20 to LAY-22. */
/*@ requires \valid_read(p) && \valid_read(c);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> Passes22(p, c);
  @ ensures known: METES_OK <= \result.status <= METES_E_PERMISSIONS;
  @ ensures lay_20: \result.status == METES_E_PROFILE <==> !ProfileSound(p);
  @ ensures lay_21: \result.status == METES_E_OPTIONS <==> ProfileSound(p) && c->options > 3;
  @ ensures err_20: \result.status == METES_E_PROFILE ==>
  @   (1 <= \result.index <= 8 || \result.index == 12) && \result.requested == 0 && \result.limit == 0;
  @ ensures err_21: \result.status == METES_E_OPTIONS ==>
  @   Says(\result, METES_E_OPTIONS, c->options, 3);
  @ ensures err_22: \result.status == METES_E_PERMISSIONS ==>
  @   Says(\result, METES_E_PERMISSIONS, c->init_data_permissions, 7);
  @*/
static inline struct metes_verdict metes_check_bits(const struct metes_profile *p,
                                                    const struct metes_config *c)
{
  const uint32_t flaw = metes_flaw(p);
  const uint32_t options = METES_OPT_FILE_MAPPINGS + METES_OPT_EXECUTABLE_HEAP;
  const uint32_t permissions = METES_READ + METES_WRITE + METES_EXECUTE;

  if (flaw != 0)
    return metes_verdict_of(METES_E_PROFILE, 0, 0, flaw);
  if (c->options > options)
    return metes_verdict_of(METES_E_OPTIONS, c->options, options, 0);
  if (c->init_data_permissions > permissions)
    return metes_verdict_of(METES_E_PERMISSIONS, c->init_data_permissions, permissions, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* LAY-23 to LAY-26. */
/*@ requires \valid_read(p) && \valid_read(c) && Passes22(p, c) && SizesOf(p, c, z);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> Passes26(p, c);
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_SCRATCH_TOO_BIG <= \result.status <= METES_E_SCRATCH_UNALIGNED;
  @ ensures lay_23: c->scratch_size > p->max_size <==>
  @   Says(\result, METES_E_SCRATCH_TOO_BIG, c->scratch_size, p->max_size);
  @ ensures lay_24: c->scratch_size <= p->max_size && c->scratch_size < MinScratch(p, c) <==>
  @   Says(\result, METES_E_SCRATCH_TOO_SMALL, c->scratch_size, Sat(MinScratch(p, c)));
  @ ensures lay_25: Passes24(p, c) && MemorySize(p, c) > p->max_size <==>
  @   Says(\result, METES_E_MEMORY_TOO_BIG, Sat(MemorySize(p, c)), p->max_size);
  @ ensures lay_26: Passes25(p, c) && !Aligned(c->scratch_size, p->alignment) <==>
  @   Says(\result, METES_E_SCRATCH_UNALIGNED, c->scratch_size, p->alignment);
  @ ensures coded: \result.status == METES_E_SCRATCH_TOO_BIG ==> c->scratch_size > p->max_size;
  @ ensures coded_24: \result.status == METES_E_SCRATCH_TOO_SMALL ==>
  @   c->scratch_size <= p->max_size && c->scratch_size < MinScratch(p, c);
  @ ensures coded_25: \result.status == METES_E_MEMORY_TOO_BIG ==>
  @   Passes24(p, c) && MemorySize(p, c) > p->max_size;
  @ ensures coded_26: \result.status == METES_E_SCRATCH_UNALIGNED ==>
  @   Passes25(p, c) && !Aligned(c->scratch_size, p->alignment);
  @*/
static inline struct metes_verdict metes_check_sizes(const struct metes_profile *p,
                                                     const struct metes_config *c,
                                                     struct metes_sizes z)
{
  const uint64_t min_scratch = metes_sat_add(z.pt_scratch_offset, METES_SCRATCH_OVERHEAD);

  //@ assert min: min_scratch == Sat(MinScratch(p, c));
  if (c->scratch_size > p->max_size)
    return metes_verdict_of(METES_E_SCRATCH_TOO_BIG, c->scratch_size, p->max_size, 0);
  if (c->scratch_size < min_scratch)
    return metes_verdict_of(METES_E_SCRATCH_TOO_SMALL, c->scratch_size, min_scratch, 0);
  if (z.memory_size > p->max_size)
    return metes_verdict_of(METES_E_MEMORY_TOO_BIG, z.memory_size, p->max_size, 0);
  if (!metes_aligned(c->scratch_size, p->alignment))
    return metes_verdict_of(METES_E_SCRATCH_UNALIGNED, c->scratch_size, p->alignment, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* LAY-27 and LAY-28, or LAY-31 and LAY-32: `gpa` and `gva` say which pair. */
/*@ requires \valid_read(p) && ProfileSound(p);
  @ requires snapshot <= 0x7FFFFFFF000 && scratch <= 0x7FFFFFFF000;
  @ requires 0 < gpa < gva;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == gpa || \result.status == gva;
  @ ensures ok: \result.status == METES_OK <==>
  @   snapshot + scratch <= RoomGpa(p) && snapshot + scratch <= RoomGva(p);
  @ ensures gpa: \result.status == gpa <==> snapshot + scratch > RoomGpa(p);
  @ ensures err_gpa: \result.status == gpa ==>
  @   Says(\result, gpa, snapshot + scratch, RoomGpa(p));
  @ ensures err_gva: \result.status == gva ==>
  @   Says(\result, gva, snapshot + scratch, RoomGva(p));
  @*/
static inline struct metes_verdict metes_check_room(const struct metes_profile *p,
                                                    uint64_t snapshot, uint64_t scratch,
                                                    enum metes_status gpa, enum metes_status gva)
{
  const uint64_t both = snapshot + scratch;
  const uint64_t room_gpa = p->last_gpa - p->snapshot_gpa + 1;
  const uint64_t room_gva = p->last_gva - p->snapshot_gva + 1;

  if (both > room_gpa)
    return metes_verdict_of(gpa, both, room_gpa, 0);
  if (both > room_gva)
    return metes_verdict_of(gva, both, room_gva, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* LAY-29 and LAY-30. */
/*@ requires \valid_read(p) && \valid_read(c) && Passes28(p, c) && SizesOf(p, c, z);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_PT_TOO_BIG ||
  @   \result.status == METES_E_PT_UNALIGNED;
  @ ensures ok: \result.status == METES_OK <==> Passes30(p, c);
  @ ensures lay_29: \result.status == METES_E_PT_TOO_BIG <==> !Passes29(p, c);
  @ ensures err_29: \result.status == METES_E_PT_TOO_BIG ==>
  @   Says(\result, METES_E_PT_TOO_BIG, c->scratch_size, Sat(MinScratch(p, c) + c->pt_size));
  @ ensures err_30: \result.status == METES_E_PT_UNALIGNED ==>
  @   Says(\result, METES_E_PT_UNALIGNED, c->pt_size, p->alignment);
  @*/
static inline struct metes_verdict metes_check_pt(const struct metes_profile *p,
                                                  const struct metes_config *c,
                                                  struct metes_sizes z)
{
  const uint64_t min_scratch = z.pt_scratch_offset + METES_SCRATCH_OVERHEAD;
  const uint64_t least = metes_sat_add(min_scratch, c->pt_size);

  //@ assert least: least == Sat(MinScratch(p, c) + c->pt_size);
  if (c->scratch_size < least)
    return metes_verdict_of(METES_E_PT_TOO_BIG, c->scratch_size, least, 0);
  if (!metes_aligned(c->pt_size, p->alignment))
    return metes_verdict_of(METES_E_PT_UNALIGNED, c->pt_size, p->alignment, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* LAY-33. */
/*@ requires \valid_read(p) && \valid_read(c) && Passes32(p, c) && SizesOf(p, c, z);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_RESERVED;
  @ ensures ok: \result.status == METES_OK <==> ConfigSound(p, c);
  @ ensures err_33: \result.status == METES_E_RESERVED ==> \result.index < p->n_reserved &&
  @   \result.requested == p->reserved[\result.index].start &&
  @   \result.limit == p->reserved[\result.index].end;
  @*/
static inline struct metes_verdict metes_check_reserved(const struct metes_profile *p,
                                                        const struct metes_config *c,
                                                        struct metes_sizes z)
{
  const uint32_t n = p->n_reserved;
  uint32_t i = metes_first_met(p->reserved, n, p->snapshot_gpa, z.memory_size + c->pt_size);

  if (i == n)
    i = metes_first_met(p->reserved, n, p->last_gpa + 1 - c->scratch_size, c->scratch_size);
  if (i == n)
    return metes_verdict_of(METES_OK, 0, 0, 0);
  //@ assert place: i < n <= 8;
  return metes_verdict_of(METES_E_RESERVED, p->reserved[i].start, p->reserved[i].end, i);
}

/* LAY-20 to LAY-33, in order: the first check that fails. */
/*@ requires \valid_read(p) && \valid_read(c) && SizesOf(p, c, z);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures lay_34: \result.status == METES_OK <==> ConfigSound(p, c);
  @ ensures known: METES_OK <= \result.status <= METES_E_RESERVED;
  @ ensures lay_20: \result.status == METES_E_PROFILE <==> (!ProfileSound(p));
  @ ensures lay_21: \result.status == METES_E_OPTIONS <==> (ProfileSound(p) && c->options > 3);
  @ ensures lay_22: \result.status == METES_E_PERMISSIONS <==>
  @   (ProfileSound(p) && c->options <= 3 && c->init_data_permissions > 7);
  @ ensures lay_23: \result.status == METES_E_SCRATCH_TOO_BIG <==>
  @   (Passes22(p, c) && c->scratch_size > p->max_size);
  @ ensures lay_24: \result.status == METES_E_SCRATCH_TOO_SMALL <==>
  @   (Passes22(p, c) && c->scratch_size <= p->max_size && c->scratch_size < MinScratch(p, c));
  @ ensures lay_25: \result.status == METES_E_MEMORY_TOO_BIG <==>
  @   (Passes24(p, c) && MemorySize(p, c) > p->max_size);
  @ ensures lay_26: \result.status == METES_E_SCRATCH_UNALIGNED <==>
  @   (Passes25(p, c) && !Aligned(c->scratch_size, p->alignment));
  @ ensures lay_27: \result.status == METES_E_OVERLAP_GPA <==> (Passes26(p, c) && !Passes27(p, c));
  @ ensures lay_28: \result.status == METES_E_OVERLAP_GVA <==> (Passes27(p, c) && !Passes28(p, c));
  @ ensures lay_29: \result.status == METES_E_PT_TOO_BIG <==> (Passes28(p, c) && !Passes29(p, c));
  @ ensures lay_30: \result.status == METES_E_PT_UNALIGNED <==> (Passes29(p, c) && !Passes30(p, c));
  @ ensures lay_31: \result.status == METES_E_PT_OVERLAP_GPA <==> (Passes30(p, c) && !Passes31(p, c));
  @ ensures lay_32: \result.status == METES_E_PT_OVERLAP_GVA <==> (Passes31(p, c) && !Passes32(p, c));
  @ ensures lay_33: \result.status == METES_E_RESERVED <==> (Passes32(p, c) && !ConfigSound(p, c));
  @ ensures err_21: \result.status == METES_E_OPTIONS ==> Gives(\result, c->options, 3);
  @ ensures err_22: \result.status == METES_E_PERMISSIONS ==> Gives(\result, c->init_data_permissions, 7);
  @ ensures err_23: \result.status == METES_E_SCRATCH_TOO_BIG ==>
  @   Gives(\result, c->scratch_size, p->max_size);
  @ ensures err_24: \result.status == METES_E_SCRATCH_TOO_SMALL ==>
  @   Gives(\result, c->scratch_size, Sat(MinScratch(p, c)));
  @ ensures err_25: \result.status == METES_E_MEMORY_TOO_BIG ==>
  @   Gives(\result, Sat(MemorySize(p, c)), p->max_size);
  @ ensures err_26: \result.status == METES_E_SCRATCH_UNALIGNED ==>
  @   Gives(\result, c->scratch_size, p->alignment);
  @ ensures err_27: \result.status == METES_E_OVERLAP_GPA ==>
  @   Gives(\result, MemorySize(p, c) + c->scratch_size, RoomGpa(p));
  @ ensures err_28: \result.status == METES_E_OVERLAP_GVA ==>
  @   Gives(\result, MemorySize(p, c) + c->scratch_size, RoomGva(p));
  @ ensures err_29: \result.status == METES_E_PT_TOO_BIG ==>
  @   Gives(\result, c->scratch_size, Sat(MinScratch(p, c) + c->pt_size));
  @ ensures err_30: \result.status == METES_E_PT_UNALIGNED ==>
  @   Gives(\result, c->pt_size, p->alignment);
  @ ensures err_31: \result.status == METES_E_PT_OVERLAP_GPA ==>
  @   Gives(\result, MemorySize(p, c) + c->pt_size + c->scratch_size, RoomGpa(p));
  @ ensures err_32: \result.status == METES_E_PT_OVERLAP_GVA ==>
  @   Gives(\result, MemorySize(p, c) + c->pt_size + c->scratch_size, RoomGva(p));
  @ ensures err_33: \result.status == METES_E_RESERVED ==> \result.index < p->n_reserved &&
  @   \result.requested == p->reserved[\result.index].start &&
  @   \result.limit == p->reserved[\result.index].end;
  @ ensures err_20: \result.status == METES_E_PROFILE ==>
  @   (1 <= \result.index <= 8 || \result.index == 12) && \result.requested == 0 && \result.limit == 0;
  @*/
static inline struct metes_verdict metes_check(const struct metes_profile *p,
                                               const struct metes_config *c, struct metes_sizes z)
{
  struct metes_verdict v = metes_check_bits(p, c);

  if (v.status != METES_OK)
    return v;
  v = metes_check_sizes(p, c, z);
  if (v.status != METES_OK)
    return v;
  //@ assert lay_26: Passes26(p, c);
  v = metes_check_room(p, z.memory_size, c->scratch_size, METES_E_OVERLAP_GPA, METES_E_OVERLAP_GVA);
  if (v.status != METES_OK)
    return v;
  //@ assert lay_28: Passes28(p, c);
  v = metes_check_pt(p, c, z);
  if (v.status != METES_OK)
    return v;
  //@ assert lay_30: Passes30(p, c);
  v = metes_check_room(p, z.memory_size + c->pt_size, c->scratch_size, METES_E_PT_OVERLAP_GPA,
                       METES_E_PT_OVERLAP_GVA);
  if (v.status != METES_OK)
    return v;
  //@ assert lay_32: Passes32(p, c);
  return metes_check_reserved(p, c, z);
}

#endif
