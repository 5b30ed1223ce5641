/* SPDX-License-Identifier: Apache-2.0
 * Building page tables: the work over values first, then one write to *p and one to *err. */
#include "mapping.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "an entry of a page table is written as a word of the host"
#endif

enum metes_status metes_pt_init(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                uint32_t *parent, uint64_t n, uint64_t base_gpa,
                                struct metes_error *err)
{
  const uint64_t end = METES_GPA_PAGES * METES_PAGE_SIZE;

  if (n < 1 || n > METES_PT_MAX_TABLES)
    return metes_refuse(err, METES_E_PT_POOL, n, METES_PT_MAX_TABLES, 0);
  if (base_gpa == 0 || base_gpa % METES_PAGE_SIZE != 0 || base_gpa > end - n * METES_PAGE_SIZE)
    return metes_refuse(err, METES_E_PT_POOL, base_gpa, end, 1);
  p->base_gpa = base_gpa;
  p->n = (uint16_t)n;
  p->used = 1;
  level[0] = 4;
  parent[0] = 0;
  metes_tree_clear(tables, 0);
  return METES_OK;
}

enum metes_status metes_mapping_refuse(const struct metes_pt *p, const struct metes_table *t,
                                       const uint8_t *level, const uint32_t *parent,
                                       struct metes_verdict v, struct metes_error *err)
{
  (void)p, (void)t, (void)level, (void)parent; /* the contract speaks of them */
  //@ assert nexts: NextsSound(t, level, parent, p->used, p->n, p->base_gpa);
  //@ assert ways: WaysSound(t, level, parent, p->used, p->n, p->base_gpa);
  //@ assert a1: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) >= 0 ==> 0 < Next(t, p->n, p->base_gpa, r, k) < p->used && level[Next(t, p->n, p->base_gpa, r, k)] == level[r] - 1;
  //@ assert a2: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) >= 0 ==> t[r].e[k] == LinkTo(p->base_gpa, Next(t, p->n, p->base_gpa, r, k));
  //@ assert a3: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) >= 0 ==> parent[Next(t, p->n, p->base_gpa, r, k)] == r * 512 + k;
  //@ assert a4: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) < 0 ==> t[r].e[k] == 0 || (level[r] == 2 && LargeEntry(t[r].e[k]));
  const enum metes_status s = metes_refuse_as(err, v);
  //@ assert same: \forall integer r, k; 0 <= r < p->n && Ix(k) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  //@ assert next: \forall integer r, k; 0 <= r < p->n && Ix(k) ==> Next(t, p->n, p->base_gpa, r, k) == Next{Pre}(t, p->n, p->base_gpa, r, k);
  //@ assert q3: \forall integer a; Ix(a) ==> T3(t, p->n, p->base_gpa, a) == T3{Pre}(t, p->n, p->base_gpa, a);
  //@ assert q2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, p->n, p->base_gpa, a, b) == T2{Pre}(t, p->n, p->base_gpa, a, b);
  //@ assert q1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==> T1(t, p->n, p->base_gpa, a, b, c) == T1{Pre}(t, p->n, p->base_gpa, a, b, c);
  //@ assert q0: SameLeaves{Pre,Here}(t, p->n, p->base_gpa);
  //@ assert notes: \forall integer r; 0 <= r < p->n ==> parent[r] == \at(parent[r], Pre);
  //@ assert b1: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) >= 0 ==> 0 < Next(t, p->n, p->base_gpa, r, k) < p->used && level[Next(t, p->n, p->base_gpa, r, k)] == level[r] - 1;
  //@ assert b2: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) >= 0 ==> t[r].e[k] == LinkTo(p->base_gpa, Next(t, p->n, p->base_gpa, r, k));
  //@ assert b3: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) >= 0 ==> parent[Next(t, p->n, p->base_gpa, r, k)] == r * 512 + k;
  //@ assert b4: \forall integer r, k; 0 <= r < p->used && Ix(k) && level[r] > 1 && Next(t, p->n, p->base_gpa, r, k) < 0 ==> t[r].e[k] == 0 || (level[r] == 2 && LargeEntry(t[r].e[k]));
  //@ assert links: LinksSound(t, level, parent, p->used, p->n, p->base_gpa);
  return s;
}

/* metes_pt_reserve, but for *p and *err. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures known: \result.verdict.status == METES_OK ||
  @   \result.verdict.status == METES_E_MAP_UNALIGNED ||
  @   \result.verdict.status == METES_E_MAP_GVA || \result.verdict.status == METES_E_MAP_FULL;
  @ ensures pt_3: \result.verdict.status == METES_E_MAP_UNALIGNED <==> !PageAligned(gva);
  @ ensures pt_4: \result.verdict.status == METES_E_MAP_GVA <==>
  @   PageAligned(gva) && !CanonicalPages(gva, pages);
  @ ensures pt_7: \result.verdict.status == METES_E_MAP_FULL ==> n < used + TablesFor(gva, pages) &&
  @   !Reserved{Pre}(t, n, base, PageOf(gva), pages);
  @ ensures err_3: \result.verdict.status == METES_E_MAP_UNALIGNED ==>
  @   GivesAt(\result.verdict, gva, 4096, 0);
  @ ensures err_4: \result.verdict.status == METES_E_MAP_GVA ==>
  @   GivesAt(\result.verdict, gva, pages, 0);
  @ ensures err_7: \result.verdict.status == METES_E_MAP_FULL ==>
  @   GivesAt(\result.verdict, TablesFor(gva, pages), n - used, 0);
  @ ensures pt_13: \result.verdict.status == METES_OK ==> Reserved(t, n, base, PageOf(gva), pages) &&
  @   \result.used <= used + TablesFor(gva, pages);
  @ ensures more: used <= \result.used;
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures entries: SameEntries{Pre,Post}(t, n, base);
  @ ensures tables: KeptTables{Pre,Post}(t, n, base);
  @*/
static struct metes_outcome reserve(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                    uint32_t n, uint64_t base, uint32_t used, uint64_t gva,
                                    uint64_t pages)
{
  if (gva % METES_PAGE_SIZE != 0)
    return metes_outcome_of(metes_verdict_of(METES_E_MAP_UNALIGNED, gva, METES_PAGE_SIZE, 0), used);
  if (!metes_canonical(gva, pages))
    return metes_outcome_of(metes_verdict_of(METES_E_MAP_GVA, gva, pages, 0), used);
  if (pages == 0)
    return metes_outcome_of(metes_verdict_of(METES_OK, 0, 0, 0), used);
  const uint64_t x = metes_page_of(gva), most = metes_pt_tables_for(gva, pages);
  //@ assert most: most == TablesOver(x / 512, (x + pages - 1) / 512);
  const struct metes_step s = metes_pages_reserve(t, level, parent, n, base, used, x, pages);
  if (s.table == METES_NO_TABLE)
    return metes_outcome_of(metes_verdict_of(METES_E_MAP_FULL, most, n - used, 0), s.used);
  //@ assert made: Reserved(t, n, base, PageOf(gva), pages);
  return metes_outcome_of(metes_verdict_of(METES_OK, 0, 0, 0), s.used);
}

enum metes_status metes_pt_reserve(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                   uint32_t *parent, uint64_t gva, uint64_t pages,
                                   struct metes_error *err)
{
  const struct metes_outcome o =
      reserve(tables, level, parent, p->n, p->base_gpa, p->used, gva, pages);

  p->used = (uint16_t)o.used;
  if (o.verdict.status != METES_OK)
    return metes_mapping_refuse(p, tables, level, parent, o.verdict, err);
  return METES_OK;
}

/* PT-2 to PT-6: a mapping as such, and that nothing is mapped there yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: MappingFlaw(m) != METES_OK ==> \result.status == MappingFlaw(m) &&
  @   MappingPoints(m, \result.status, \result.requested, \result.limit, \result.index);
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_MAP_FLAGS <= \result.status <= METES_E_MAP_TWICE;
  @ ensures ok: \result.status == METES_OK <==> MappingFlaw(m) == METES_OK &&
  @   Unmapped(t, n, base, PageOf(m.gva), m.pages);
  @ ensures pt_6: \result.status == METES_E_MAP_TWICE <==> MappingFlaw(m) == METES_OK &&
  @   !Unmapped(t, n, base, PageOf(m.gva), m.pages);
  @ ensures err_6: \result.status == METES_E_MAP_TWICE ==>
  @   TwiceAt(t, n, base, m, \result.requested, \result.limit) && \result.index == 0;
  @*/
static struct metes_verdict check_pages(const struct metes_table *t, const uint8_t *level,
                                        const uint32_t *parent, uint32_t n, uint64_t base,
                                        uint32_t used, struct metes_mapping m)
{
  const struct metes_verdict v = metes_mapping_check(m);

  if (v.status != METES_OK)
    return v;
  const uint64_t x = metes_page_of(m.gva);
  const uint64_t k = metes_pages_unmapped(t, level, parent, n, base, used, x, m.pages);
  if (k == m.pages)
    return v;
  const uint64_t gva = m.gva + k * METES_PAGE_SIZE;
  const uint64_t entry = metes_tree_entry(t, level, parent, n, base, used, x + k);
  //@ assert gva: gva - m.gva == k * 4096 && (gva - m.gva) / 4096 == k && (gva - m.gva) % 4096 == 0;
  //@ assert twice: TwiceAt(t, n, base, m, gva, entry);
  return metes_verdict_of(METES_E_MAP_TWICE, gva, entry, 0);
}

/* metes_pt_map, but for *p and *err. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_MAP_FLAGS <= \result.verdict.status <= METES_E_MAP_FULL;
  @ ensures pt_2: METES_E_MAP_FLAGS <= \result.verdict.status <= METES_E_MAP_GPA <==>
  @   MappingFlaw(m) != METES_OK;
  @ ensures pt_5: MappingFlaw(m) != METES_OK ==> \result.verdict.status == MappingFlaw(m) &&
  @   MappingPoints(m, \result.verdict.status, \result.verdict.requested, \result.verdict.limit,
  @     \result.verdict.index);
  @ ensures pt_6: \result.verdict.status == METES_E_MAP_TWICE <==> MappingFlaw(m) == METES_OK &&
  @   !Unmapped{Pre}(t, n, base, PageOf(m.gva), m.pages);
  @ ensures err_6: \result.verdict.status == METES_E_MAP_TWICE ==>
  @   TwiceAt{Pre}(t, n, base, m, \result.verdict.requested, \result.verdict.limit) &&
  @   \result.verdict.index == 0;
  @ ensures pt_7: \result.verdict.status == METES_E_MAP_FULL ==>
  @   n < used + TablesFor(m.gva, m.pages) && !Reserved{Pre}(t, n, base, PageOf(m.gva), m.pages);
  @ ensures err_7: \result.verdict.status == METES_E_MAP_FULL ==>
  @   GivesAt(\result.verdict, TablesFor(m.gva, m.pages), n - used, 0);
  @ ensures more: used <= \result.used;
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures refused: \result.verdict.status != METES_OK ==> SameEntries{Pre,Post}(t, n, base);
  @ ensures pt_14: \result.verdict.status == METES_OK ==>
  @   Mapped(t, n, base, PageOf(m.gva), m.pages, m.gpa, Attributes(m.flags));
  @ ensures others: SameOutside{Pre,Post}(t, n, base, PageOf(m.gva), m.pages);
  @ ensures tables: KeptTables{Pre,Post}(t, n, base);
  @*/
static struct metes_outcome map(struct metes_table *t, uint8_t *level, uint32_t *parent,
                                uint32_t n, uint64_t base, uint32_t used, struct metes_mapping m)
{
  const struct metes_verdict v = check_pages(t, level, parent, n, base, used, m);

  if (v.status != METES_OK)
    return metes_outcome_of(v, used);
  const struct metes_outcome r = reserve(t, level, parent, n, base, used, m.gva, m.pages);
  if (r.verdict.status != METES_OK || m.pages == 0)
    return r;
  //@ assert ways: WaysSound(t, level, parent, r.used, n, base);
  //@ assert still: Unmapped(t, n, base, PageOf(m.gva), m.pages);
  //@ assert pages: \forall integer y; PageOf(m.gva) <= y < PageOf(m.gva) + m.pages ==> PageNumber(y);
  //@ assert tabled: Tabled(t, n, base, PageOf(m.gva), m.pages);
  metes_pages_fill(t, level, parent, n, base, r.used, metes_page_of(m.gva), m.pages, m.gpa,
                   metes_mapping_attributes(m.flags));
  return r;
}

enum metes_status metes_pt_map(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                               uint32_t *parent, struct metes_mapping m, struct metes_error *err)
{
  const struct metes_outcome o = map(tables, level, parent, p->n, p->base_gpa, p->used, m);

  p->used = (uint16_t)o.used;
  if (o.verdict.status != METES_OK)
    return metes_mapping_refuse(p, tables, level, parent, o.verdict, err);
  return METES_OK;
}
