/* SPDX-License-Identifier: Apache-2.0
 * What a check says, by value: a check has no effects; whoever asked it refuses. Internal to core. */
#ifndef METES_VERDICT_H
#define METES_VERDICT_H

#include "status.h"

/* METES_OK, or a refusal and its numbers: those of struct metes_error. */
struct metes_verdict {
  enum metes_status status;
  uint64_t requested;
  uint64_t limit;
  uint32_t index;
};

/*@ predicate GivesAt(struct metes_verdict v, integer requested, integer limit, integer index) =
  @   v.requested == requested && v.limit == limit && v.index == index;
  @ predicate Gives(struct metes_verdict v, integer requested, integer limit) =
  @   GivesAt(v, requested, limit, 0);
  @ predicate Says(struct metes_verdict v, integer status, integer requested, integer limit) =
  @   v.status == status && Gives(v, requested, limit);
  @*/

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && GivesAt(\result, requested, limit, index);
  @*/
static inline struct metes_verdict metes_verdict_of(enum metes_status status, uint64_t requested,
                                                    uint64_t limit, uint32_t index)
{
  struct metes_verdict v;

  v.status = status;
  v.requested = requested;
  v.limit = limit;
  v.index = index;
  return v;
}

/* Hands a refusal to the caller. */
/*@ requires \valid(err);
  @ terminates \true;
  @ exits \false;
  @ assigns *err;
  @ ensures \result == v.status && ErrorIs(err, v.requested, v.limit, v.index);
  @*/
static inline enum metes_status metes_refuse_as(struct metes_error *err, struct metes_verdict v)
{
  return metes_refuse(err, v.status, v.requested, v.limit, v.index);
}

#endif
