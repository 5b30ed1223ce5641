/* SPDX-License-Identifier: Apache-2.0
 * Building page tables: the work over values first, then one write to *p and one to *err. */
#include "pages.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "an entry of a page table is written as a word of the host"
#endif

#define LOW_END 0x800000000000ULL            /* canonical below */
#define HIGH_START 0xFFFF800000000000ULL     /* and from here on */
#define GPA_PAGES 0x10000000000ULL           /* of the 52-bit guest-physical space */

/*@ requires gva % 4096 == 0;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> CanonicalPages(gva, pages);
  @*/
static inline int canonical(uint64_t gva, uint64_t pages)
{
  if (gva <= LOW_END)
    return pages <= (LOW_END - gva) / METES_PAGE_SIZE;
  return gva >= HIGH_START && pages <= (UINT64_MAX - gva) / METES_PAGE_SIZE + 1;
}

enum metes_status metes_pt_init(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                uint32_t *parent, uint64_t n, uint64_t base_gpa,
                                struct metes_error *err)
{
  const uint64_t end = GPA_PAGES * METES_PAGE_SIZE;

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

/* What an operation on the tables says, and how many are in use now. */
struct outcome {
  struct metes_verdict verdict;
  uint32_t used;
};

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.verdict == v && \result.used == used;
  @*/
static inline struct outcome outcome(struct metes_verdict v, uint32_t used)
{
  struct outcome o;

  o.verdict = v;
  o.used = used;
  return o;
}

/* Writes *err, and the tables stay as they were. */
/*@ requires PtMemory(p, t, level, parent, p->n) && PtSound(p, t, level, parent);
  @ requires ErrMemory(err, p, t, level, parent, p->n);
  @ terminates \true;
  @ exits \false;
  @ assigns *err;
  @ ensures refused: \result == v.status && ErrorIs(err, v.requested, v.limit, v.index);
  @ ensures sound: PtSound(p, t, level, parent);
  @ ensures entries: SameEntries{Pre,Post}(t, p->n, p->base_gpa);
  @ ensures tables: KeptTables{Pre,Post}(t, p->n, p->base_gpa);
  @*/
static enum metes_status refuse(const struct metes_pt *p, const struct metes_table *t,
                                const uint8_t *level, const uint32_t *parent,
                                struct metes_verdict v, struct metes_error *err)
{
  (void)p, (void)t, (void)level, (void)parent; /* the contract speaks of them */
  //@ assert nexts: NextsSound(t, level, parent, p->used, p->n, p->base_gpa);
  //@ assert ways: WaysSound(t, level, parent, p->used, p->n, p->base_gpa);
  const enum metes_status s = metes_refuse_as(err, v);
  //@ assert same: \forall integer r, k; 0 <= r < p->n && Ix(k) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  //@ assert next: \forall integer r, k; 0 <= r < p->n && Ix(k) ==> Next(t, p->n, p->base_gpa, r, k) == Next{Pre}(t, p->n, p->base_gpa, r, k);
  //@ assert q3: \forall integer a; Ix(a) ==> T3(t, p->n, p->base_gpa, a) == T3{Pre}(t, p->n, p->base_gpa, a);
  //@ assert q2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, p->n, p->base_gpa, a, b) == T2{Pre}(t, p->n, p->base_gpa, a, b);
  //@ assert q1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==> T1(t, p->n, p->base_gpa, a, b, c) == T1{Pre}(t, p->n, p->base_gpa, a, b, c);
  //@ assert q0: SameLeaves{Pre,Here}(t, p->n, p->base_gpa);
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
static struct outcome reserve(struct metes_table *t, uint8_t *level, uint32_t *parent, uint32_t n,
                              uint64_t base, uint32_t used, uint64_t gva, uint64_t pages)
{
  if (gva % METES_PAGE_SIZE != 0)
    return outcome(metes_verdict_of(METES_E_MAP_UNALIGNED, gva, METES_PAGE_SIZE, 0), used);
  if (!canonical(gva, pages))
    return outcome(metes_verdict_of(METES_E_MAP_GVA, gva, pages, 0), used);
  if (pages == 0)
    return outcome(metes_verdict_of(METES_OK, 0, 0, 0), used);
  const uint64_t x = metes_page_of(gva), most = metes_pt_tables_for(gva, pages);
  const struct metes_step s = metes_pages_reserve(t, level, parent, n, base, used, x, pages);
  if (s.table == METES_NO_TABLE)
    return outcome(metes_verdict_of(METES_E_MAP_FULL, most, n - used, 0), s.used);
  return outcome(metes_verdict_of(METES_OK, 0, 0, 0), s.used);
}

enum metes_status metes_pt_reserve(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                   uint32_t *parent, uint64_t gva, uint64_t pages,
                                   struct metes_error *err)
{
  const struct outcome o =
      reserve(tables, level, parent, p->n, p->base_gpa, p->used, gva, pages);

  p->used = (uint16_t)o.used;
  if (o.verdict.status != METES_OK)
    return refuse(p, tables, level, parent, o.verdict, err);
  return METES_OK;
}

/* The bits of an entry. (PT-10) */
/*@ requires MappingFlags(f);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Attributes(f);
  @*/
static inline uint64_t attributes(uint32_t f)
{
  const uint64_t writable = METES_ENTRY_WRITABLE + METES_ENTRY_DIRTY;

  return METES_ENTRY_PRESENT + METES_ENTRY_ACCESSED + f / 2 % 2 * writable +
         f / 8 % 2 * METES_ENTRY_COPY_ON_WRITE + (1 - f / 4 % 2) * METES_ENTRY_NO_EXECUTE;
}

/* PT-2 to PT-5: a mapping as such. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == MappingFlaw(m);
  @ ensures points: MappingPoints(m, \result.status, \result.requested, \result.limit,
  @   \result.index);
  @*/
static struct metes_verdict check_mapping(struct metes_mapping m)
{
  const uint64_t page = METES_PAGE_SIZE;

  if (m.flags > 15 || m.flags % 2 == 0 || (m.flags / 2 % 2 == 1 && m.flags / 8 == 1))
    return metes_verdict_of(METES_E_MAP_FLAGS, m.flags, 15, 0);
  if (m.gva % page != 0)
    return metes_verdict_of(METES_E_MAP_UNALIGNED, m.gva, page, 0);
  if (m.gpa % page != 0)
    return metes_verdict_of(METES_E_MAP_UNALIGNED, m.gpa, page, 1);
  if (!canonical(m.gva, m.pages))
    return metes_verdict_of(METES_E_MAP_GVA, m.gva, m.pages, 0);
  if (m.gpa / page > GPA_PAGES || m.pages > GPA_PAGES - m.gpa / page)
    return metes_verdict_of(METES_E_MAP_GPA, m.gpa, m.pages, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
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
  const struct metes_verdict v = check_mapping(m);

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
static struct outcome map(struct metes_table *t, uint8_t *level, uint32_t *parent, uint32_t n,
                          uint64_t base, uint32_t used, struct metes_mapping m)
{
  const struct metes_verdict v = check_pages(t, level, parent, n, base, used, m);

  if (v.status != METES_OK)
    return outcome(v, used);
  const struct outcome r = reserve(t, level, parent, n, base, used, m.gva, m.pages);
  if (r.verdict.status != METES_OK || m.pages == 0)
    return r;
  metes_pages_fill(t, level, parent, n, base, r.used, metes_page_of(m.gva), m.pages, m.gpa,
                   attributes(m.flags));
  return r;
}

enum metes_status metes_pt_map(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                               uint32_t *parent, struct metes_mapping m, struct metes_error *err)
{
  const struct outcome o = map(tables, level, parent, p->n, p->base_gpa, p->used, m);

  p->used = (uint16_t)o.used;
  if (o.verdict.status != METES_OK)
    return refuse(p, tables, level, parent, o.verdict, err);
  return METES_OK;
}
