/* SPDX-License-Identifier: Apache-2.0
 * Two snapshots with the same fields: what is said of one holds of the other. Internal to core. */
#ifndef METES_SAME_H
#define METES_SAME_H

#include "snapshot.h"

/*@ // Two snapshots of the same fields, perhaps at different times: what is said of one holds of
  @ // the other.
  @ predicate SameRanges{A,B}(struct metes_profile *p, struct metes_profile *q, integer n) =
  @   \forall integer i; 0 <= i < n ==>
  @     \at(p->reserved[i].start, A) == \at(q->reserved[i].start, B) &&
  @     \at(p->reserved[i].end, A) == \at(q->reserved[i].end, B);
  @ predicate SameProfile{A,B}(struct metes_profile *p, struct metes_profile *q) =
  @   \at(p->snapshot_gpa, A) == \at(q->snapshot_gpa, B) &&
  @   \at(p->snapshot_gva, A) == \at(q->snapshot_gva, B) &&
  @   \at(p->last_gpa, A) == \at(q->last_gpa, B) && \at(p->last_gva, A) == \at(q->last_gva, B) &&
  @   \at(p->max_size, A) == \at(q->max_size, B) &&
  @   \at(p->n_reserved, A) == \at(q->n_reserved, B) &&
  @   (\at(p->n_reserved, A) <= 8 ==> SameRanges{A,B}(p, q, \at(p->n_reserved, A)));
  @ predicate SameConfig{A,B}(struct metes_config *c, struct metes_config *d) =
  @   \at(c->code_size, A) == \at(d->code_size, B) &&
  @   \at(c->heap_size, A) == \at(d->heap_size, B) &&
  @   \at(c->init_data_size, A) == \at(d->init_data_size, B) &&
  @   \at(c->input_data_size, A) == \at(d->input_data_size, B) &&
  @   \at(c->output_data_size, A) == \at(d->output_data_size, B) &&
  @   \at(c->scratch_size, A) == \at(d->scratch_size, B) &&
  @   \at(c->pt_size, A) == \at(d->pt_size, B) &&
  @   \at(c->init_data_permissions, A) == \at(d->init_data_permissions, B) &&
  @   \at(c->options, A) == \at(d->options, B);
  @*/

/*@ predicate Holds(struct metes_profile v, integer i, integer start, integer end) =
  @   v.reserved[i].start == start && v.reserved[i].end == end;
  @ lemma held{A}: \forall struct metes_profile *p, integer i; 0 <= i < 8 ==>
  @   Holds(\at(*p, A), i, \at(p->reserved[i].start, A), \at(p->reserved[i].end, A));
  @ lemma held_at{C}: \forall uint8_t *m, struct metes_profile v, integer i, start, end;
  @   RangesAt{C}(m, v, METES_SNAP_CODE_SIZE) ==> Holds(v, i, start, end) ==>
  @   0 <= i < v.n_reserved ==> i < 8 ==>
  @   start == Word{C}(m, METES_SNAP_RESERVED + 2 * i) &&
  @   end == Word{C}(m, METES_SNAP_RESERVED + 2 * i + 1);
  @ lemma range_at{A,C}: \forall uint8_t *m, struct metes_profile *p, integer i;
  @   RangesAt{C}(m, \at(*p, A), METES_SNAP_CODE_SIZE) ==> 0 <= i < \at(p->n_reserved, A) <= 8 ==>
  @   \at(p->reserved[i].start, A) == Word{C}(m, METES_SNAP_RESERVED + 2 * i) &&
  @   \at(p->reserved[i].end, A) == Word{C}(m, METES_SNAP_RESERVED + 2 * i + 1);
  @ lemma same_ranges{A,B,C}: \forall uint8_t *m, struct metes_profile *p, *q;
  @   RangesAt{C}(m, \at(*p, A), METES_SNAP_CODE_SIZE) ==>
  @   RangesAt{C}(m, \at(*q, B), METES_SNAP_CODE_SIZE) ==>
  @   \at(p->n_reserved, A) == \at(q->n_reserved, B) <= 8 ==>
  @   SameRanges{A,B}(p, q, \at(p->n_reserved, A));
  @ lemma same_fields{A,B,C}: \forall uint8_t *m, struct metes_profile *p, *q;
  @   NumbersAt{C}(m, \at(*p, A)) ==> NumbersAt{C}(m, \at(*q, B)) ==>
  @   RangesAt{C}(m, \at(*p, A), METES_SNAP_CODE_SIZE) ==>
  @   RangesAt{C}(m, \at(*q, B), METES_SNAP_CODE_SIZE) ==> SameProfile{A,B}(p, q);
  @ lemma same_config{A,B,C}: \forall uint8_t *m, struct metes_config *c, *d;
  @   SizesAt{C}(m, \at(*c, A)) ==> SizesAt{C}(m, \at(*d, B)) ==>
  @   ScratchAt{C}(m, \at(*c, A)) ==> ScratchAt{C}(m, \at(*d, B)) ==> SameConfig{A,B}(c, d);
  @*/

/*@ lemma same_numbers{A,B}: \forall struct metes_profile *p, *q;
  @   SameProfile{A,B}(p, q) ==> (ProfileNumbers{A}(p) <==> ProfileNumbers{B}(q));
  @ lemma same_full{A,B}: \forall struct metes_profile *p, *q, integer n;
  @   SameRanges{A,B}(p, q, n) ==>
  @   (RangesFull{A}(\at(&p->reserved[0], A), n) <==> RangesFull{B}(\at(&q->reserved[0], B), n));
  @ lemma same_profile{A,B}: \forall struct metes_profile *p, *q;
  @   SameProfile{A,B}(p, q) ==> (ProfileSound{A}(p) <==> ProfileSound{B}(q));
  @ lemma same_room{A,B}: \forall struct metes_profile *p, *q; SameProfile{A,B}(p, q) ==>
  @   RoomGpa{A}(p) == RoomGpa{B}(q) && RoomGva{A}(p) == RoomGva{B}(q);
  @ lemma same_memory{A,B}: \forall struct metes_config *c, *d; SameConfig{A,B}(c, d) ==>
  @   PebOffset{A}(c) == PebOffset{B}(d) && HeapOffset{A}(c) == HeapOffset{B}(d) &&
  @   InitDataOffset{A}(c) == InitDataOffset{B}(d) && MemorySize{A}(c) == MemorySize{B}(d);
  @ lemma same_scratch{A,B}: \forall struct metes_config *c, *d; SameConfig{A,B}(c, d) ==>
  @   PtScratchOffset{A}(c) == PtScratchOffset{B}(d) && MinScratch{A}(c) == MinScratch{B}(d);
  @ lemma same_sizes{A,B}: \forall struct metes_profile *p, *q, struct metes_config *c, *d;
  @   SameProfile{A,B}(p, q) ==> SameConfig{A,B}(c, d) ==>
  @   (Passes26{A}(p, c) <==> Passes26{B}(q, d));
  @ lemma same_passes{A,B}: \forall struct metes_profile *p, *q, struct metes_config *c, *d;
  @   SameProfile{A,B}(p, q) ==> SameConfig{A,B}(c, d) ==>
  @   (Passes32{A}(p, c) <==> Passes32{B}(q, d));
  @ predicate ClearWindows{L}(struct metes_profile *p, struct metes_config *c) =
  @   ClearOf(&p->reserved[0], p->n_reserved, p->snapshot_gpa, MemorySize(c) + c->pt_size) &&
  @   ClearOf(&p->reserved[0], p->n_reserved, p->last_gpa + 1 - c->scratch_size, c->scratch_size);
  @ lemma same_clear{A,B}: \forall struct metes_profile *p, *q, integer n, gpa, size;
  @   SameRanges{A,B}(p, q, n) ==>
  @   (ClearOf{A}(\at(&p->reserved[0], A), n, gpa, size) <==>
  @    ClearOf{B}(\at(&q->reserved[0], B), n, gpa, size));
  @ lemma few{A}: \forall struct metes_profile *p, struct metes_config *c;
  @   Passes32{A}(p, c) ==> \at(p->n_reserved, A) <= 8;
  @ lemma same_windows{A,B}: \forall struct metes_profile *p, *q, struct metes_config *c, *d;
  @   SameProfile{A,B}(p, q) ==> SameConfig{A,B}(c, d) ==> \at(p->n_reserved, A) <= 8 ==>
  @   (ClearWindows{A}(p, c) <==> ClearWindows{B}(q, d));
  @ lemma same_sound{A,B}: \forall struct metes_profile *p, *q, struct metes_config *c, *d;
  @   SameProfile{A,B}(p, q) ==> SameConfig{A,B}(c, d) ==>
  @   (ConfigSound{A}(p, c) <==> ConfigSound{B}(q, d));
  @ lemma same_layout{A,B}: \forall struct metes_profile *p, *q, struct metes_config *c, *d,
  @   struct metes_layout l; SameProfile{A,B}(p, q) ==> SameConfig{A,B}(c, d) ==>
  @   LayoutOf{A}(p, c, l) ==> LayoutOf{B}(q, d, l);
  @*/

/*@ predicate SameSnapshot{A,B}(struct metes_snapshot *s, struct metes_snapshot *t) =
  @   SameProfile{A,B}(\at(&s->profile, A), \at(&t->profile, B)) &&
  @   SameConfig{A,B}(\at(&s->config, A), \at(&t->config, B)) &&
  @   \at(s->entry, A) == \at(t->entry, B) && \at(s->stack, A) == \at(t->stack, B);
  @ lemma same_state{A,B}: \forall struct metes_snapshot *s, *t; SameSnapshot{A,B}(s, t) ==>
  @   (StateSound{A}(s) <==> StateSound{B}(t));
  @ lemma same_record{A,B,C}: \forall uint8_t *m, struct metes_snapshot *s, *t;
  @   RecordIs{C}(m, \at(*s, A)) ==> RecordIs{C}(m, \at(*t, B)) ==> SameSnapshot{A,B}(s, t);
  @*/

#endif
