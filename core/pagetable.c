/* SPDX-License-Identifier: Apache-2.0
 * Building page tables: reserve the tables of a range, then write its entries. */
#include "pagetree.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "an entry of a page table is written as a word of the host"
#endif

#define SPACE_PAGES 0x1000000000ULL          /* of the 48-bit space */
#define LOW_END 0x800000000000ULL            /* canonical below */
#define HIGH_START 0xFFFF800000000000ULL     /* and from here on */
#define GPA_PAGES 0x10000000000ULL           /* of the 52-bit guest-physical space */

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == PageOf(gva);
  @*/
static inline uint64_t page_of(uint64_t gva)
{
  return gva / METES_PAGE_SIZE % SPACE_PAGES;
}

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

uint64_t metes_pt_tables_for(uint64_t gva, uint64_t pages)
{
  const uint64_t x = page_of(gva), n = pages > SPACE_PAGES ? SPACE_PAGES : pages;

  if (pages == 0)
    return 0;
  const uint64_t g = x / 512, h = (x + n - 1) / 512;
  return (h - g + 1) + (h / 512 - g / 512 + 1) + (h / 512 / 512 - g / 512 / 512 + 1);
}

uint64_t metes_pt_pages_needed(const struct metes_layout *l)
{
  return 1 + metes_pt_tables_for(l->snapshot_gva, l->memory_size / METES_PAGE_SIZE) +
         metes_pt_tables_for(l->scratch_gva, l->scratch_size / METES_PAGE_SIZE);
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

/* The tables of the 2 MiB spans that [x, x + pages) touches; 0 where there were too few left. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires 0 < pages && x + pages <= 0x1000000000;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, \result.used, n, base);
  @ ensures more: used <= \result.used;
  @ ensures made: \result.table != METES_NO_TABLE ==> Reserved(t, n, base, x, pages);
  @ ensures taken: \result.table != METES_NO_TABLE ==>
  @   \result.used <= used + TablesOver(x / 512, (x + pages - 1) / 512);
  @ ensures none: \result.table == METES_NO_TABLE ==>
  @   n < used + TablesOver(x / 512, (x + pages - 1) / 512);
  @ ensures short: \result.table == METES_NO_TABLE ==> !Reserved{Pre}(t, n, base, x, pages);
  @ ensures leaves: SameLeaves{Pre,Post}(t, n, base);
  @ ensures grown: Grown{Pre,Post}(t, n, base);
  @*/
static struct metes_step reserve(struct metes_table *t, uint8_t *level, uint32_t *parent, uint32_t n,
                                 uint64_t base, uint32_t used, uint64_t x, uint64_t pages)
{
  const uint64_t first = x / 512, end = (x + pages - 1) / 512 + 1;
  struct metes_step s = {0, used};

  /*@ loop invariant first <= g <= end;
    @ loop invariant sound: TreeSound(t, level, parent, s.used, n, base);
    @ loop invariant made: \forall integer h; first <= h < g ==>
    @   T1(t, n, base, h / 512 / 512, h / 512 % 512, h % 512) >= 0;
    @ loop invariant some: s.table != METES_NO_TABLE && used <= s.used;
    @ loop invariant used: g == first ? s.used == used :
    @   s.used <= used + TablesOver(first, g - 1);
    @ loop invariant leaves: SameLeaves{Pre,Here}(t, n, base);
    @ loop invariant grown: Grown{Pre,Here}(t, n, base);
    @ loop assigns g, s, t[0 .. n - 1], level[0 .. n - 1], parent[0 .. n - 1];
    @ loop variant end - g;
    @*/
  for (uint64_t g = first; g < end; g++) {
    const uint32_t a = (uint32_t)(g / 512 / 512), b = (uint32_t)(g / 512 % 512),
                   c = (uint32_t)(g % 512);

    //@ assert ix: Ix(a) && Ix(b) && Ix(c);
    //@ assert before: g > first ==> T1(t, n, base, (g - 1) / 512 / 512, (g - 1) / 512 % 512, (g - 1) % 512) >= 0;
    //@ assert near2: g > first && (g - 1) / 512 == g / 512 ==> T2(t, n, base, a, b) >= 0;
    //@ assert near3: g > first && (g - 1) / 512 / 512 == g / 512 / 512 ==> T3(t, n, base, a) >= 0;
    //@ assert cost: s.used + Missing(t, n, base, a, b, c) <= used + TablesOver(first, g);
    //@ assert most: TablesOver(first, g) <= TablesOver(first, end - 1);
    //@ ghost uint64_t y = g * 512 < x ? x : g * 512;
    //@ assert y: x <= y < x + pages && y / 512 == g;
    //@ assert of_y: TableOf{Pre}(t, n, base, y) == T1{Pre}(t, n, base, a, b, c);
    //@ assert there: Reserved{Pre}(t, n, base, x, pages) ==> T1{Pre}(t, n, base, a, b, c) >= 0;
    s = metes_tree_way(t, level, parent, n, base, s.used, a, b, c);
    if (s.table == METES_NO_TABLE)
      return s;
  }
  //@ assert spans: \forall integer y; x <= y < x + pages ==> first <= y / 512 < end;
  return s;
}

/* A refusal, and the tables as they were. */
/*@ requires PtMemory(p, t, level, parent, p->n) && PtSound(p, t, level, parent);
  @ requires ErrMemory(err, p, t, level, parent, p->n);
  @ terminates \true;
  @ exits \false;
  @ assigns *err;
  @ ensures refused: \result == status && ErrorIs(err, requested, limit, 0);
  @ ensures sound: PtSound(p, t, level, parent);
  @ ensures entries: SameEntries{Pre,Post}(t, p->n, p->base_gpa);
  @ ensures tables: KeptTables{Pre,Post}(t, p->n, p->base_gpa);
  @*/
static enum metes_status refuse(const struct metes_pt *p, const struct metes_table *t,
                                const uint8_t *level, const uint32_t *parent,
                                enum metes_status status, uint64_t requested, uint64_t limit,
                                struct metes_error *err)
{
  (void)p, (void)t, (void)level, (void)parent; /* the contract speaks of them */
  //@ assert nexts: NextsSound(t, level, parent, p->used, p->n, p->base_gpa);
  //@ assert ways: WaysSound(t, level, parent, p->used, p->n, p->base_gpa);
  const enum metes_status s = metes_refuse(err, status, requested, limit, 0);
  //@ assert same: \forall integer r, k; 0 <= r < p->n && Ix(k) ==> t[r].e[k] == \at(t[r].e[k], Pre);
  //@ assert next: \forall integer r, k; 0 <= r < p->n && Ix(k) ==> Next(t, p->n, p->base_gpa, r, k) == Next{Pre}(t, p->n, p->base_gpa, r, k);
  //@ assert q3: \forall integer a; Ix(a) ==> T3(t, p->n, p->base_gpa, a) == T3{Pre}(t, p->n, p->base_gpa, a);
  //@ assert q2: \forall integer a, b; Ix(a) && Ix(b) ==> T2(t, p->n, p->base_gpa, a, b) == T2{Pre}(t, p->n, p->base_gpa, a, b);
  //@ assert q1: \forall integer a, b, c; Ix(a) && Ix(b) && Ix(c) ==> T1(t, p->n, p->base_gpa, a, b, c) == T1{Pre}(t, p->n, p->base_gpa, a, b, c);
  //@ assert q0: SameLeaves{Pre,Here}(t, p->n, p->base_gpa);
  return s;
}

enum metes_status metes_pt_reserve(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                                   uint32_t *parent, uint64_t gva, uint64_t pages,
                                   struct metes_error *err)
{
  const uint64_t left = (uint64_t)p->n - p->used;

  if (gva % METES_PAGE_SIZE != 0)
    return refuse(p, tables, level, parent, METES_E_MAP_UNALIGNED, gva, METES_PAGE_SIZE, err);
  if (!canonical(gva, pages))
    return refuse(p, tables, level, parent, METES_E_MAP_GVA, gva, pages, err);
  if (pages == 0)
    return METES_OK;
  const struct metes_step s =
      reserve(tables, level, parent, p->n, p->base_gpa, p->used, page_of(gva), pages);
  //@ assert numbers: p->n == \at(p->n, Pre) && p->base_gpa == \at(p->base_gpa, Pre);
  p->used = (uint16_t)s.used;
  //@ assert sound: PtSound(p, tables, level, parent);
  //@ assert entries: SameEntries{Pre,Here}(tables, p->n, p->base_gpa) && KeptTables{Pre,Here}(tables, p->n, p->base_gpa);
  if (s.table == METES_NO_TABLE)
    return refuse(p, tables, level, parent, METES_E_MAP_FULL, metes_pt_tables_for(gva, pages), left,
                  err);
  return METES_OK;
}

/* How many pages from x on, of `pages`, are not mapped yet. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires x + pages <= 0x1000000000;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= pages;
  @ ensures unmapped: Unmapped(t, n, base, x, \result);
  @ ensures first: \result < pages ==> EntryAt(t, n, base, x + \result) != 0;
  @*/
static uint64_t unmapped(const struct metes_table *t, const uint8_t *level, const uint32_t *parent,
                         uint32_t n, uint64_t base, uint32_t used, uint64_t x, uint64_t pages)
{
  /*@ loop invariant 0 <= k <= pages;
    @ loop invariant unmapped: Unmapped(t, n, base, x, k);
    @ loop assigns k;
    @ loop variant pages - k;
    @*/
  for (uint64_t k = 0; k < pages; k++)
    if (metes_tree_entry(t, level, parent, n, base, used, x + k) != 0)
      return k;
  return pages;
}

/* Maps the reserved pages [x, x + pages) onto those from pa on. */
/*@ requires TreeMemory(t, level, parent, n) && TreeSound(t, level, parent, used, n, base);
  @ requires x + pages <= 0x1000000000 && Reserved(t, n, base, x, pages);
  @ requires pa + pages * 4096 <= 0x10000000000000 && bits <= 0x8000000000000FFF;
  @ terminates \true;
  @ exits \false;
  @ assigns t[0 .. n - 1];
  @ ensures sound: TreeSound(t, level, parent, used, n, base);
  @ ensures mapped: Mapped(t, n, base, x, pages, pa, bits);
  @ ensures others: SameOutside{Pre,Post}(t, n, base, x, pages);
  @ ensures tables: KeptTables{Pre,Post}(t, n, base);
  @*/
static void fill(struct metes_table *t, const uint8_t *level, const uint32_t *parent, uint32_t n,
                 uint64_t base, uint32_t used, uint64_t x, uint64_t pages, uint64_t pa,
                 uint64_t bits)
{
  /*@ loop invariant 0 <= k <= pages;
    @ loop invariant sound: TreeSound(t, level, parent, used, n, base);
    @ loop invariant tables: \forall integer y; PageNumber(y) ==>
    @   TableOf(t, n, base, y) == TableOf{Pre}(t, n, base, y);
    @ loop invariant mapped: Mapped(t, n, base, x, k, pa, bits);
    @ loop invariant others: SameOutside{Pre,Here}(t, n, base, x, k);
    @ loop assigns k, t[0 .. n - 1];
    @ loop variant pages - k;
    @*/
  for (uint64_t k = 0; k < pages; k++) {
    const uint64_t y = x + k;
    const uint32_t s = metes_tree_table(t, level, parent, n, base, used, y);

    //@ assert there: TableOf{Pre}(t, n, base, y) >= 0;
    //@ assert found: s < used && TableOf(t, n, base, y) == s;
    metes_tree_set(t, level, parent, n, base, used, s, y, pa + k * METES_PAGE_SIZE + bits);
  }
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
/*@ requires \valid(err);
  @ terminates \true;
  @ exits \false;
  @ assigns *err;
  @ ensures flaw: \result == MappingFlaw(m);
  @ ensures points: MappingPoints(m, \result, err->requested, err->limit, err->index);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @*/
static enum metes_status check_mapping(struct metes_mapping m, struct metes_error *err)
{
  const uint64_t page = METES_PAGE_SIZE;

  if (m.flags > 15 || m.flags % 2 == 0 || (m.flags / 2 % 2 == 1 && m.flags / 8 == 1))
    return metes_refuse(err, METES_E_MAP_FLAGS, m.flags, 15, 0);
  if (m.gva % page != 0)
    return metes_refuse(err, METES_E_MAP_UNALIGNED, m.gva, page, 0);
  if (m.gpa % page != 0)
    return metes_refuse(err, METES_E_MAP_UNALIGNED, m.gpa, page, 1);
  if (!canonical(m.gva, m.pages))
    return metes_refuse(err, METES_E_MAP_GVA, m.gva, m.pages, 0);
  if (m.gpa / page > GPA_PAGES || m.pages > GPA_PAGES - m.gpa / page)
    return metes_refuse(err, METES_E_MAP_GPA, m.gpa, m.pages, 0);
  return METES_OK;
}

enum metes_status metes_pt_map(struct metes_pt *p, struct metes_table *tables, uint8_t *level,
                               uint32_t *parent, struct metes_mapping m, struct metes_error *err)
{
  const enum metes_status s = check_mapping(m, err);

  if (s != METES_OK)
    return s;
  const uint64_t x = page_of(m.gva), base = p->base_gpa, left = (uint64_t)p->n - p->used;
  const uint64_t k = unmapped(tables, level, parent, p->n, base, p->used, x, m.pages);
  if (k < m.pages)
    return metes_refuse(err, METES_E_MAP_TWICE, m.gva + k * METES_PAGE_SIZE,
                        metes_tree_entry(tables, level, parent, p->n, base, p->used, x + k), 0);
  if (m.pages == 0)
    return METES_OK;
  const struct metes_step r = reserve(tables, level, parent, p->n, base, p->used, x, m.pages);
  p->used = (uint16_t)r.used;
  //@ assert sound: PtSound(p, tables, level, parent);
  //@ assert entries: SameEntries{Pre,Here}(tables, p->n, p->base_gpa) && KeptTables{Pre,Here}(tables, p->n, p->base_gpa);
  if (r.table == METES_NO_TABLE)
    return refuse(p, tables, level, parent, METES_E_MAP_FULL,
                  metes_pt_tables_for(m.gva, m.pages), left, err);
  fill(tables, level, parent, p->n, base, p->used, x, m.pages, m.gpa, attributes(m.flags));
  return METES_OK;
}
