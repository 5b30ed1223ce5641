/* SPDX-License-Identifier: Apache-2.0
 * Snapshots that a guest can be started from, and writing them. */
#include "record.h"

/*@ lemma few{L}: \forall struct metes_profile *p, struct metes_config *c;
  @   Passes32(p, c) ==> p->n_reserved <= 8;
  @ lemma code_at{L}: \forall struct metes_profile *p, struct metes_config *c,
  @   struct metes_layout l, integer x; LayoutOf(p, c, l) ==> (l.snapshot_gva <= x < l.peb_gva <==>
  @   p->snapshot_gva <= x < p->snapshot_gva + PebOffset(c));
  @ lemma other_status{L}: \forall struct metes_profile *p, struct metes_config *c, integer status,
  @   struct metes_error e; status == METES_OK || METES_E_RESERVED < status ==>
  @   LayoutRefused(p, c, status, e);
  @ lemma code_canonical: \forall struct metes_layout l, integer entry; LayoutSound(l) ==>
  @   l.snapshot_gva <= entry < l.peb_gva ==> CanonicalEntry(l, entry);
  @*/

/* metes_layout_compute; its refusals in one piece. (SNAP-9) */
/*@ requires \valid_read(s);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> \old(ConfigSound(&s->profile, &s->config));
  @ ensures known: METES_OK <= \result.status <= METES_E_RESERVED;
  @ ensures bits: BitsRefused{Pre}(&s->profile, &s->config, \result.status, \result.err);
  @ ensures sizes: SizesRefused{Pre}(&s->profile, &s->config, \result.status, \result.err);
  @ ensures room: RoomRefused{Pre}(&s->profile, &s->config, \result.status, \result.err);
  @ ensures tables: TablesRefused{Pre}(&s->profile, &s->config, \result.status, \result.err);
  @ ensures range: RangeRefused{Pre}(&s->profile, &s->config, \result.status, \result.err);
  @ ensures lay_35: \result.status == METES_OK ==>
  @   LayoutOf{Pre}(&s->profile, &s->config, \result.layout);
  @ ensures lay_40: \result.status == METES_OK ==> LayoutSound(\result.layout);
  @*/
static struct metes_standing lay_out(const struct metes_snapshot *s)
{
  struct metes_standing r = {0};
  struct metes_layout l;
  struct metes_error e;

  r.status = metes_layout_compute(&s->profile, &s->config, &l, &e);
  if (r.status == METES_OK)
    r.layout = l;
  else
    r.err = e;
  return r;
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

struct metes_standing metes_standing_of(const struct metes_snapshot *s)
{
  struct metes_standing r = lay_out(s);

  //@ assert refused: LayoutRefused(&s->profile, &s->config, r.status, r.err);
  if (r.status != METES_OK)
    return r;
  const struct metes_verdict v =
      check_state(r.layout.snapshot_gva, r.layout.peb_gva, s->entry, s->stack);
  //@ assert entry: r.layout.snapshot_gva <= s->entry < r.layout.peb_gva <==> EntryInCode(s);
  r.status = v.status;
  r.err.requested = v.requested;
  r.err.limit = v.limit;
  r.err.index = v.index;
  //@ assert other: LayoutRefused(&s->profile, &s->config, r.status, r.err);
  return r;
}

enum metes_status metes_snapshot_check(const struct metes_snapshot *s, struct metes_layout *l,
                                       struct metes_error *err)
{
  const struct metes_standing r = metes_standing_of(s);

  if (r.status == METES_OK)
    *l = r.layout;
  else
    *err = r.err;
  return r.status;
}

enum metes_status metes_snapshot_write(const struct metes_snapshot *s, uint8_t *m, uint64_t len,
                                       struct metes_error *err)
{
  if (len < METES_SNAPSHOT_BYTES)
    return metes_refuse(err, METES_E_BUFFER, METES_SNAPSHOT_BYTES, len, 0);
  const struct metes_standing r = metes_standing_of(s);
  if (r.status == METES_OK)
    metes_record_write(*s, m);
  else
    *err = r.err;
  return r.status;
}
