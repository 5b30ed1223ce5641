/* SPDX-License-Identifier: Apache-2.0
 * Snapshots: written, read, and checked before a guest is started from one. */
#include "record.h"

/*@ // What the proofs lean on.
  @ lemma code_canonical: \forall struct metes_layout l, integer entry; LayoutSound(l) ==>
  @   l.snapshot_gva <= entry < l.peb_gva ==> CanonicalEntry(l, entry);
  @ lemma code_at{L}: \forall struct metes_profile *p, struct metes_config *c,
  @   struct metes_layout l, integer x; LayoutOf(p, c, l) ==> (l.snapshot_gva <= x < l.peb_gva <==>
  @   p->snapshot_gva <= x < p->snapshot_gva + PebOffset(p, c));
  @*/

enum metes_status metes_snapshot_write(const struct metes_snapshot *s, uint8_t *m, uint64_t len,
                                       struct metes_error *err)
{
  if (len < METES_SNAPSHOT_BYTES)
    return metes_refuse(err, METES_E_BUFFER, METES_SNAPSHOT_BYTES, len, 0);
  metes_record_write(*s, m);
  return METES_OK;
}

enum metes_status metes_snapshot_read(const uint8_t *m, uint64_t len, struct metes_snapshot *s,
                                      struct metes_error *err)
{
  const struct metes_verdict v = metes_record_check(m, len);

  if (v.status == METES_OK) {
    *s = metes_record_read(m);
    return METES_OK;
  }
  const enum metes_status status = metes_refuse_as(err, v);
  //@ assert told: status == v.status && err->requested == v.requested && err->limit == v.limit;
  //@ assert points: RecordPoints{Pre}(m, len, status, err->requested, err->limit);
  return status;
}

/* SNAP-11. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> StackStands(sp);
  @*/
static inline int stands(uint64_t sp)
{
  return sp % 16 == 0 && ((0 < sp && sp < 0x800000000000) || 0xFFFF800000000010 <= sp);
}

/* SNAP-10, SNAP-11: entry point and stack, when the code region is [code, end). */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_SNAPSHOT_ENTRY ||
  @   \result.status == METES_E_SNAPSHOT_STACK;
  @ ensures ok: \result.status == METES_OK <==> code <= entry < end && StackStands(stack);
  @ ensures entry: \result.status == METES_E_SNAPSHOT_ENTRY ==> !(code <= entry < end) &&
  @   Gives(\result, 8 * METES_SNAP_ENTRY, entry);
  @ ensures stack: \result.status == METES_E_SNAPSHOT_STACK ==> code <= entry < end &&
  @   !StackStands(stack) && Gives(\result, 8 * METES_SNAP_STACK, stack);
  @*/
static struct metes_verdict check_state(uint64_t code, uint64_t end, uint64_t entry, uint64_t stack)
{
  if (entry < code || entry >= end)
    return metes_verdict_of(METES_E_SNAPSHOT_ENTRY, 8 * METES_SNAP_ENTRY, entry, 0);
  if (!stands(stack))
    return metes_verdict_of(METES_E_SNAPSHOT_STACK, 8 * METES_SNAP_STACK, stack, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

enum metes_status metes_snapshot_check(const struct metes_snapshot *s, struct metes_layout *l,
                                       struct metes_error *err)
{
  struct metes_layout r;
  const enum metes_status status = metes_layout_compute(&s->profile, &s->config, &r, err);

  if (status != METES_OK)
    return status;
  //@ assert base: r.snapshot_gva == s->profile.snapshot_gva;
  //@ assert end: r.peb_gva == s->profile.snapshot_gva + PebOffset{Pre}(&s->profile, &s->config);
  //@ assert entry: r.snapshot_gva <= s->entry < r.peb_gva <==> EntryInCode{Pre}(s);
  //@ assert sound: ConfigSound{Pre}(&s->profile, &s->config);
  const struct metes_verdict v = check_state(r.snapshot_gva, r.peb_gva, s->entry, s->stack);
  //@ assert state: v.status == METES_OK <==> StateSound{Pre}(s);
  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  //@ assert canonical: CanonicalEntry(r, s->entry);
  *l = r;
  return METES_OK;
}
