/* SPDX-License-Identifier: Apache-2.0
 * Whether a configuration has a layout: the checks LAY-20 to LAY-33. Internal to core. */
#ifndef METES_CHECK_H
#define METES_CHECK_H

#include "sizes.h"

/* What a check says: METES_OK, or the refusal and its error. */
struct metes_verdict {
  enum metes_status status;
  struct metes_error err;
};

/*@ predicate Gives(struct metes_verdict v, integer requested, integer limit) =
  @   v.err.requested == requested && v.err.limit == limit && v.err.index == 0;
  @ predicate Says(struct metes_verdict v, integer status, integer requested, integer limit) =
  @   v.status == status && Gives(v, requested, limit);
  @*/

/* LAY-20 to LAY-33, in order: the first check that fails. */
/*@ requires \valid_read(p) && \valid_read(c) && SizesOf(c, z);
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
  @   (Passes22(p, c) && c->scratch_size <= p->max_size && c->scratch_size < MinScratch(c));
  @ ensures lay_25: \result.status == METES_E_MEMORY_TOO_BIG <==>
  @   (Passes24(p, c) && MemorySize(c) > p->max_size);
  @ ensures lay_26: \result.status == METES_E_SCRATCH_UNALIGNED <==>
  @   (Passes25(p, c) && !PageAligned(c->scratch_size));
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
  @   Gives(\result, c->scratch_size, Sat(MinScratch(c)));
  @ ensures err_25: \result.status == METES_E_MEMORY_TOO_BIG ==>
  @   Gives(\result, Sat(MemorySize(c)), p->max_size);
  @ ensures err_26: \result.status == METES_E_SCRATCH_UNALIGNED ==> Gives(\result, c->scratch_size, 4096);
  @ ensures err_27: \result.status == METES_E_OVERLAP_GPA ==>
  @   Gives(\result, MemorySize(c) + c->scratch_size, RoomGpa(p));
  @ ensures err_28: \result.status == METES_E_OVERLAP_GVA ==>
  @   Gives(\result, MemorySize(c) + c->scratch_size, RoomGva(p));
  @ ensures err_29: \result.status == METES_E_PT_TOO_BIG ==>
  @   Gives(\result, c->scratch_size, Sat(MinScratch(c) + c->pt_size));
  @ ensures err_30: \result.status == METES_E_PT_UNALIGNED ==> Gives(\result, c->pt_size, 4096);
  @ ensures err_31: \result.status == METES_E_PT_OVERLAP_GPA ==>
  @   Gives(\result, MemorySize(c) + c->pt_size + c->scratch_size, RoomGpa(p));
  @ ensures err_32: \result.status == METES_E_PT_OVERLAP_GVA ==>
  @   Gives(\result, MemorySize(c) + c->pt_size + c->scratch_size, RoomGva(p));
  @ ensures err_33: \result.status == METES_E_RESERVED ==> \result.err.index < p->n_reserved &&
  @   \result.err.requested == p->reserved[\result.err.index].start &&
  @   \result.err.limit == p->reserved[\result.err.index].end;
  @ ensures err_20: \result.status == METES_E_PROFILE ==> 1 <= \result.err.index <= 8 &&
  @   \result.err.requested == 0 && \result.err.limit == 0;
  @*/
struct metes_verdict metes_check(const struct metes_profile *p, const struct metes_config *c,
                                 struct metes_sizes z);

#endif
