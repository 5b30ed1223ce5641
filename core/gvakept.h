/* SPDX-License-Identifier: Apache-2.0
 * Why a read of guest memory does not change where addresses lead: lemmas alone. Internal to core. */
#ifndef METES_GVAKEPT_H
#define METES_GVAKEPT_H

#include "gva.h"

/*@ predicate SameBytes{A,B}(uint8_t *m, integer n) =
  @   \forall integer k; 0 <= k < n ==> \at(m[k], A) == \at(m[k], B);
  @ predicate SameGuest{A,B}(struct metes_memory g) =
  @   SameBytes{A,B}(g.snapshot, g.layout.snapshot_size) && SameBytes{A,B}(g.scratch, g.layout.scratch_size);

  @ lemma guest_chain{A,B,C}: \forall struct metes_memory g; SameGuest{A,B}(g) ==> SameGuest{B,C}(g) ==>
  @   SameGuest{A,C}(g);
  @ lemma same_word{A,B}: \forall uint8_t *m, integer n, o; SameBytes{A,B}(m, n) ==>
  @   0 <= o && o + 8 <= n ==> Le64{A}(m, o) == Le64{B}(m, o);
  @ lemma table_inside: \forall struct metes_layout l, integer e;
  @   TableIn(l, e) < 0 || TableIn(l, e) + 4096 <= l.scratch_size;
  @ lemma root_inside: \forall struct metes_layout l, integer cr3;
  @   Root(l, cr3) < 0 || Root(l, cr3) + 4096 <= l.scratch_size;
  @ lemma same_entry{A,B}: \forall uint8_t *m, integer n, t, i; SameBytes{A,B}(m, n) ==>
  @   (t < 0 || t + 4096 <= n) ==> Ix(i) ==> WordIn{A}(m, t, i) == WordIn{B}(m, t, i);
  @ lemma page_of: \forall integer gva; 0 <= gva ==> PageNumber(PageOf(gva));
  @ lemma page_indices: \forall integer x; PageNumber(x) ==> Ix(I4(x)) && Ix(I3(x)) && Ix(I2(x)) && Ix(I1(x));
  @ lemma same_4{A,B}: \forall struct metes_layout l, uint8_t *m, integer cr3, x; PageNumber(x) ==>
  @   SameBytes{A,B}(m, l.scratch_size) ==> Gva4{A}(l, m, cr3, x) == Gva4{B}(l, m, cr3, x);
  @ lemma same_3{A,B}: \forall struct metes_layout l, uint8_t *m, integer cr3, x; PageNumber(x) ==>
  @   SameBytes{A,B}(m, l.scratch_size) ==> Gva3{A}(l, m, cr3, x) == Gva3{B}(l, m, cr3, x);
  @ lemma same_2{A,B}: \forall struct metes_layout l, uint8_t *m, integer cr3, x; PageNumber(x) ==>
  @   SameBytes{A,B}(m, l.scratch_size) ==> Gva2{A}(l, m, cr3, x) == Gva2{B}(l, m, cr3, x);
  @ lemma same_1{A,B}: \forall struct metes_layout l, uint8_t *m, integer cr3, x; PageNumber(x) ==>
  @   SameBytes{A,B}(m, l.scratch_size) ==> Gva1{A}(l, m, cr3, x) == Gva1{B}(l, m, cr3, x);
  @ lemma same_gpa{A,B}: \forall struct metes_layout l, uint8_t *m, integer cr3, gva; 0 <= gva ==>
  @   SameBytes{A,B}(m, l.scratch_size) ==> GvaGpa{A}(l, m, cr3, gva) == GvaGpa{B}(l, m, cr3, gva);
  @ predicate InWindows(struct metes_layout l, integer x) =
  @   l.snapshot_gpa <= x < l.snapshot_gpa + l.snapshot_size ||
  @   l.scratch_gpa <= x < l.scratch_gpa + l.scratch_size;
  @ lemma same_byte{A,B}: \forall struct metes_memory g, integer x; InWindows(g.layout, x) ==>
  @   SameGuest{A,B}(g) ==> GuestByte{A}(g, x) == GuestByte{B}(g, x);
  @ lemma same_gva_byte{A,B}: \forall struct metes_memory g, integer cr3, gva; 0 <= gva ==>
  @   SameGuest{A,B}(g) ==> InWindows(g.layout, GvaGpa{A}(g.layout, g.scratch, cr3, gva)) ==>
  @   GvaByte{A}(g, cr3, gva) == GvaByte{B}(g, cr3, gva);
  @ predicate PieceBytes{L}(struct metes_memory g, integer cr3, integer first, struct metes_span s,
  @                         integer n) = \forall integer a; first <= a < first + n ==>
  @   GvaByte(g, cr3, a) ==
  @     (s.place <= 6 ? g.snapshot[s.offset + (a - first)] : g.scratch[s.offset + (a - first)]);
  @ predicate GvaInside{L}(struct metes_memory g, integer cr3, integer gva, integer first,
  @                        integer end) = \forall integer a; gva + first <= a < gva + end ==>
  @   InWindows(g.layout, GvaGpa(g.layout, g.scratch, cr3, a));
  @ predicate GvaRange{L}(struct metes_memory g, integer cr3, integer first, integer n) =
  @   \forall integer a; first <= a < first + n ==> GvaGpa(g.layout, g.scratch, cr3, a) ==
  @     GvaGpa(g.layout, g.scratch, cr3, first) + (a - first);
  @ lemma span_byte{L}: \forall struct metes_memory g, struct metes_span s, integer gpa, n, j;
  @   g.layout.snapshot_gpa + g.layout.snapshot_size <= g.layout.scratch_gpa ==>
  @   SpanInside(g.layout, s, gpa, n) ==> 0 <= j < n ==> InWindows(g.layout, gpa + j) &&
  @   GuestByte(g, gpa + j) ==
  @     (s.place <= 6 ? g.snapshot[s.offset + j] : g.scratch[s.offset + j]);
  @ lemma one_page: \forall integer a, b, n; 0 <= a <= b < a + n ==> InOnePage(a, n) ==>
  @   a / 4096 == b / 4096;
  @ lemma part_leads{L}: \forall struct metes_layout l, uint8_t *m, integer cr3, a, b, n;
  @   0 <= a <= b < a + n ==> InOnePage(a, n) ==>
  @   GvaGpa(l, m, cr3, b) == GvaGpa(l, m, cr3, a) + (b - a);
  @ lemma part_byte{L}: \forall struct metes_memory g, struct metes_span s, integer cr3, a, n;
  @   g.layout.snapshot_gpa + g.layout.snapshot_size <= g.layout.scratch_gpa ==>
  @   GvaRange(g, cr3, a, n) ==>
  @   SpanInside(g.layout, s, GvaGpa(g.layout, g.scratch, cr3, a), n) ==> PieceBytes(g, cr3, a, s, n);
  @*/

#endif
