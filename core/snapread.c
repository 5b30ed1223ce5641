/* SPDX-License-Identifier: Apache-2.0
 * Reading a snapshot that may be anyone's: what it says, laid out anew. */
#include "record.h"
#include "same.h"

enum metes_status metes_snapshot_read(const uint8_t *m, uint64_t len, struct metes_snapshot *s,
                                      struct metes_layout *l, struct metes_error *err)
{
  const struct metes_verdict v = metes_record_check(m, len);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  const struct metes_snapshot r = metes_record_read(m);
  const struct metes_standing a = metes_standing_of(&r);
  if (a.status != METES_OK)
    return metes_refuse(err, a.status, a.err.requested, a.err.limit, a.err.index);
  //@ ghost Read: ;
  //@ assert laid_out: LayoutOf(&r.profile, &r.config, a.layout);
  *l = a.layout;
  *s = r;
  //@ assert written: SameSnapshot{Read,Here}(&r, s);
  //@ assert lay_35: LayoutOf(&s->profile, &s->config, a.layout);
  return METES_OK;
}
