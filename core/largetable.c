/* SPDX-License-Identifier: Apache-2.0
 * Mapping pages of 2 MiB: as core/pagetable.c, a level higher. */
#include "mapping.h"

#define SPAN 0x200000ULL /* of a large page */

/* PT-2, PT-19: a mapping by large pages as such. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == LargeFlaw(m);
  @ ensures points: LargePoints(m, \result.status, \result.requested, \result.limit,
  @   \result.index);
  @*/
static struct metes_verdict check_large(struct metes_mapping m)
{
  const struct metes_verdict v = metes_mapping_check(m);

  if (v.status == METES_E_MAP_FLAGS)
    return v;
  if (m.gva % SPAN != 0)
    return metes_verdict_of(METES_E_MAP_UNALIGNED, m.gva, SPAN, 0);
  if (m.gpa % SPAN != 0)
    return metes_verdict_of(METES_E_MAP_UNALIGNED, m.gpa, SPAN, 1);
  if (m.pages % 512 != 0) {
    const int fits = m.pages <= UINT64_MAX / METES_PAGE_SIZE;

    return metes_verdict_of(METES_E_MAP_UNALIGNED, fits ? m.pages * METES_PAGE_SIZE : UINT64_MAX,
                            SPAN, 2);
  }
  return v;
}

/* PT-2, PT-19: a mapping by large pages as such, and that nothing is there yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: LargeFlaw(m) != METES_OK ==> \result.status == LargeFlaw(m) &&
  @   LargePoints(m, \result.status, \result.requested, \result.limit, \result.index);
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_MAP_FLAGS <= \result.status <= METES_E_MAP_TWICE;
  @ ensures ok: \result.status == METES_OK <==> LargeFlaw(m) == METES_OK &&
  @   Free(t, n, base, PageOf(m.gva), m.pages);
  @ ensures twice: \result.status == METES_E_MAP_TWICE <==> LargeFlaw(m) == METES_OK &&
  @   !Free(t, n, base, PageOf(m.gva), m.pages);
  @ ensures err_6: \result.status == METES_E_MAP_TWICE ==>
  @   LargeTwiceAt(t, n, base, m, \result.requested, \result.limit) && \result.index == 0;
  @*/
static struct metes_verdict check_spans(const struct metes_table *t, const uint8_t *level,
                                        const uint32_t *parent, uint32_t n, uint64_t base,
                                        uint32_t used, struct metes_mapping m)
{
  const struct metes_verdict v = check_large(m);

  if (v.status != METES_OK)
    return v;
  const uint64_t x = metes_page_of(m.gva);
  //@ assert whole: x % 512 == 0 && m.pages % 512 == 0 && x + m.pages <= 0x1000000000;
  const uint64_t k = metes_pages_free(t, level, parent, n, base, used, x, m.pages);
  if (k == m.pages)
    return v;
  const uint64_t gva = m.gva + k * METES_PAGE_SIZE;
  const uint64_t entry = metes_tree_upper(t, level, parent, n, base, used, x + k);
  //@ assert gva: gva - m.gva == k * 4096 && (gva - m.gva) / 4096 == k && (gva - m.gva) % 0x200000 == 0;
  //@ assert ways: WaysSound(t, level, parent, used, n, base);
  //@ assert entry: TableOf(t, n, base, x + k) != -1 && entry == Entry2(t, n, base, x + k);
  //@ assert twice: LargeTwiceAt(t, n, base, m, gva, entry);
  return metes_verdict_of(METES_E_MAP_TWICE, gva, entry, 0);
}

/* metes_pt_map_large, but for *p and *err. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_MAP_FLAGS <= \result.verdict.status <= METES_E_MAP_FULL;
  @ ensures flaw: METES_E_MAP_FLAGS <= \result.verdict.status <= METES_E_MAP_GPA <==>
  @   LargeFlaw(m) != METES_OK;
  @ ensures points: LargeFlaw(m) != METES_OK ==> \result.verdict.status == LargeFlaw(m) &&
  @   LargePoints(m, \result.verdict.status, \result.verdict.requested, \result.verdict.limit,
  @     \result.verdict.index);
  @ ensures twice: \result.verdict.status == METES_E_MAP_TWICE <==> LargeFlaw(m) == METES_OK &&
  @   !Free{Pre}(t, n, base, PageOf(m.gva), m.pages);
  @ ensures err_6: \result.verdict.status == METES_E_MAP_TWICE ==>
  @   LargeTwiceAt{Pre}(t, n, base, m, \result.verdict.requested, \result.verdict.limit) &&
  @   \result.verdict.index == 0;
  @ ensures pt_7: \result.verdict.status == METES_E_MAP_FULL ==>
  @   n < used + TablesFor(m.gva, m.pages) - m.pages / 512 &&
  @   GivesAt(\result.verdict, TablesFor(m.gva, m.pages) - m.pages / 512, n - used, 0);
  @ ensures more: used <= \result.used;
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures refused: \result.verdict.status != METES_OK ==> SameEntries{Pre,Post}(t, n, base);
  @ ensures mapped: \result.verdict.status == METES_OK ==>
  @   Mapped(t, n, base, PageOf(m.gva), m.pages, m.gpa, Attributes(m.flags));
  @ ensures others: SameOutside{Pre,Post}(t, n, base, PageOf(m.gva), m.pages);
  @ ensures tables: KeptTables{Pre,Post}(t, n, base);
  @*/
static struct metes_outcome map_large(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                      uint32_t n, uint64_t base, uint32_t used,
                                      struct metes_mapping m)
{
  const struct metes_verdict v = check_spans(t, level, parent, n, base, used, m);

  if (v.status != METES_OK || m.pages == 0)
    return metes_outcome_of(v, used);
  const uint64_t x = metes_page_of(m.gva);
  //@ assert whole: x % 512 == 0 && m.pages % 512 == 0 && x + m.pages <= 0x1000000000;
  //@ assert spans: (x + m.pages - 1) / 512 - x / 512 + 1 == m.pages / 512;
  const struct metes_step s =
      metes_pages_directories(t, level, parent, n, base, used, x, m.pages);
  //@ assert entries: SameEntries{Pre,Here}(t, n, base);
  //@ assert kept: \forall integer y; PageNumber(y) ==> TableOf(t, n, base, y) == TableOf{Pre}(t, n, base, y);
  if (s.table == METES_NO_TABLE) {
    const uint64_t most = metes_pt_tables_for(m.gva, m.pages) - m.pages / 512;

    return metes_outcome_of(metes_verdict_of(METES_E_MAP_FULL, most, n - used, 0), s.used);
  }
  const uint64_t bits = metes_mapping_attributes(m.flags);
  //@ assert bits: LargeEntry(bits + 0x80) && bits <= 0x8000000000000FFF;
  metes_pages_fill_large(t, level, parent, n, base, s.used, x, m.pages, m.gpa, bits);
  return metes_outcome_of(v, s.used);
}

enum metes_status metes_pt_map_large(struct metes_pt *p, struct metes_table *tables,
                                     uint8_t *level, uint32_t *parent, struct metes_mapping m,
                                     struct metes_error *err)
{
  const struct metes_outcome o = map_large(tables, level, parent, p->n, p->base_gpa, p->used, m);

  p->used = (uint16_t)o.used;
  if (o.verdict.status != METES_OK)
    return metes_mapping_refuse(p, tables, level, parent, o.verdict, err);
  return METES_OK;
}
