/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on page tables: a list of what was mapped, by small pages and by large, searched from
 * end to end. */
#include "core/pagetable.h"

#include "agree.h"

enum { TABLES = 12, MAPPINGS = 5, MOST_PAGES = 1300 };
#define BASE 0x40000000ULL

struct pool {
  struct metes_table tables[TABLES];
  uint8_t level[TABLES];
  uint32_t parent[TABLES];
  struct metes_pt pt;
  struct metes_mapping mapped[MAPPINGS];
  uint32_t n;
};

/* The mapping that holds this address, or NULL. */
static const struct metes_mapping *holder(const struct pool *q, uint64_t gva)
{
  for (uint32_t i = 0; i < q->n; i++)
    if (gva >= q->mapped[i].gva && gva - q->mapped[i].gva < (wide)q->mapped[i].pages * 4096)
      return &q->mapped[i];
  return NULL;
}

/* PT-11: tables that a range touches, of those that cover 2^shift bytes each. */
static uint64_t touched(const struct metes_mapping *m, int shift)
{
  return m->pages == 0 ? 0 : ((m->gva + (m->pages - 1) * 4096) >> shift) - (m->gva >> shift) + 1;
}

static int canonical(wide gva, wide pages)
{
  const wide end = gva + pages * 4096, half = (wide)1 << 47, top = (wide)1 << 64;

  return end <= half || (gva >= top - half && end <= top);
}

/* PT-2 to PT-6; whether there is room is not for the model to say. */
static struct model_answer expected(const struct pool *q, const struct metes_mapping *m)
{
  const uint32_t f = m->flags, both = METES_WRITE | METES_COPY_ON_WRITE;

  if (f > 15 || !(f & METES_READ) || (f & both) == both)
    return model_no(METES_E_MAP_FLAGS, f, 15, 0);
  if (m->gva & 4095)
    return model_no(METES_E_MAP_UNALIGNED, m->gva, 4096, 0);
  if (m->gpa & 4095)
    return model_no(METES_E_MAP_UNALIGNED, m->gpa, 4096, 1);
  if (!canonical(m->gva, m->pages))
    return model_no(METES_E_MAP_GVA, m->gva, m->pages, 0);
  if ((wide)m->gpa + (wide)m->pages * 4096 > (wide)1 << 52)
    return model_no(METES_E_MAP_GPA, m->gpa, m->pages, 0);
  for (uint64_t k = 0; k < m->pages; k++)
    if (holder(q, m->gva + k * 4096))
      return model_no(METES_E_MAP_TWICE, m->gva + k * 4096,
                      metes_pt_walk(q->tables, q->pt.used, BASE, m->gva + k * 4096).entry, 0);
  return model_no(METES_OK, 0, 0, 0);
}

static struct metes_mapping pick_mapping(struct source *s)
{
  static const uint64_t gvas[] = {0x1000, 0x1FF000, 0x3FFFF000, 0x7FFFFFFFF000, 0x500140000000,
                                  0xFFFF800000000000, 0xFFFFFFFFFFFFF000, 0x7FFFFFF000, 0x500000};
  static const uint64_t gpas[] = {0x1000, 0xFFFFB8000, (1ULL << 52) - 0x1000, 0x1F0000};
  struct metes_mapping m = {.gva = gvas[pick(s, 9)], .gpa = gpas[pick(s, 4)]};

  if (pick(s, 4) == 0)
    m.gva = pick_size(s, gvas, 9);
  if (pick(s, 4) == 0)
    m.gpa = pick_size(s, gpas, 4);
  m.gva += 4096 * (uint64_t)pick(s, 4);
  m.pages = pick(s, 4) ? pick(s, 6) : source_bytes(s, 2) % MOST_PAGES;
  m.flags = pick(s, 8) ? 1 + 2 * pick(s, 6) : (uint32_t)source_bytes(s, 1);
  return m;
}

/* Maps one more range; NULL if all is as it must be. */
static const char *map(struct pool *q, struct source *s)
{
  const struct metes_mapping m = pick_mapping(s);
  const struct model_answer want = expected(q, &m);
  const uint64_t left = (uint64_t)TABLES - q->pt.used;
  const uint64_t need = touched(&m, 21) + touched(&m, 30) + touched(&m, 39);
  struct metes_error err = {7, 7, 7};
  const enum metes_status got = metes_pt_map(&q->pt, q->tables, q->level, q->parent, m, &err);

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  if (want.status != METES_OK)
    return got == want.status && same_error(&err, &want.err) ? NULL : "a mapping is refused for its reason";
  if (got == METES_E_MAP_FULL)
    return need > left && err.requested == need && err.limit == left ? NULL : "a pool is full only where it may be";
  if (got != METES_OK || metes_pt_tables_for(m.gva, m.pages) != need || q->pt.used > TABLES)
    return "a mapping is made";
  q->mapped[q->n++] = m;
  return NULL;
}

/* PT-14 to PT-17: what the tables say of an address is what the list says, also of what was mapped
 * before tables were added. */
static const char *agree_walk(const struct pool *q, uint64_t gva)
{
  const struct metes_mapping *m = holder(q, gva);
  const struct metes_walk w = metes_pt_walk(q->tables, q->pt.used, BASE, gva);

  if (!canonical(gva & ~4095ULL, 1))
    return w.status == METES_E_MAP_GVA ? NULL : "an address that is not canonical is refused";
  if (!m)
    return w.status == METES_E_UNMAPPED && w.gpa == 0 && w.flags == 0 ? NULL : "nothing else is mapped";
  if (w.status != METES_OK || w.gpa != m->gpa + (gva - m->gva))
    return "what is mapped is found";
  return w.flags == m->flags ? NULL : "with the permissions that it was mapped with";
}

/* Eight addresses, most of them near what was mapped. */
static const char *agree_addresses(const struct pool *q, struct source *s)
{
  const char *why = NULL;

  for (uint32_t i = 0; i < 8 && !why; i++) {
    const struct metes_mapping *m = q->n ? &q->mapped[pick(s, q->n)] : NULL;
    const uint64_t near[3] = {m ? m->gva : 0, m ? m->gva + m->pages * 4096 : 0x800000000000, 0xFFFF800000000000};

    why = agree_walk(q, pick_size(s, near, 3));
  }
  return why;
}

const char *agree_page_tables(struct source *s)
{
  static struct pool q;
  struct metes_error err;
  const char *why = NULL;

  q.n = 0;
  if (metes_pt_init(&q.pt, q.tables, q.level, q.parent, TABLES, BASE, &err) != METES_OK)
    return "a pool begins";
  for (uint32_t i = 0; i < MAPPINGS && !why; i++)
    why = map(&q, s);
  return why ? why : agree_addresses(&q, s);
}

/* The entry of level 2 for this address, 0 where there is none. */
static uint64_t entry_of_2(const struct pool *q, uint64_t gva)
{
  uint64_t e = BASE | 1;

  for (int shift = 39; shift >= 21; shift -= 9) {
    if (!(e & 1))
      return 0;
    e = q->tables[((e & 0xFFFFFFFFFF000) - BASE) >> 12].e[gva >> shift & 511];
  }
  return e;
}

/* PT-19: as a mapping by small pages, but that all is a multiple of 2 MiB, and nothing at all is there. */
static struct model_answer expected_large(const struct pool *q, const struct metes_mapping *m)
{
  static const struct pool empty;
  const struct metes_mapping none = {m->gva & ~4095ULL, m->gpa & ~4095ULL, m->pages, m->flags};
  const struct model_answer a = expected(&empty, &none);
  const wide size = (wide)m->pages * 4096;

  if (a.status == METES_E_MAP_FLAGS)
    return a;
  if (m->gva & 0x1FFFFF)
    return model_no(METES_E_MAP_UNALIGNED, m->gva, 0x200000, 0);
  if (m->gpa & 0x1FFFFF)
    return model_no(METES_E_MAP_UNALIGNED, m->gpa, 0x200000, 1);
  if (size & 0x1FFFFF)
    return model_no(METES_E_MAP_UNALIGNED, model_sat(size), 0x200000, 2);
  if (a.status != METES_OK)
    return a;
  for (uint64_t k = 0; k < m->pages; k += 512)
    if (entry_of_2(q, m->gva + k * 4096) != 0)
      return model_no(METES_E_MAP_TWICE, m->gva + k * 4096, entry_of_2(q, m->gva + k * 4096), 0);
  return a;
}

/* Maps one more range by large pages. */
static const char *map_large(struct pool *q, struct source *s)
{
  static const uint64_t gvas[] = {0, 0x3FE00000, 0x7FFFFFE00000, 0xFFFF800000000000, 0xFFFFFFFFFFE00000, 0x7FFFE00000};
  static const uint64_t gpas[] = {0x200000, (1ULL << 52) - 0x400000, 0xFFE00000};
  struct metes_mapping m = {gvas[pick(s, 6)] + (pick(s, 3) ? 0 : 0x200000), gpas[pick(s, 3)], 512 * pick(s, 4),
                            1 + 2 * pick(s, 8)};

  switch (pick(s, 16)) {
  case 0: m.gva += 4096 * pick(s, 3); break;
  case 1: m.gpa += 4096 * pick(s, 3); break;
  case 2: m.pages += pick(s, 3); break;
  case 3: m.pages = source_bytes(s, 8) & (pick(s, 2) ? ~511ULL : ~0ULL); break;
  case 4: m.gva = pick_size(s, gvas, 6); break;
  default: break;
  }
  if (m.pages > 4096 && m.pages <= 0x1000000000)
    m.pages = 4096; /* what may be mapped is soon walked by the model */
  const struct model_answer want = expected_large(q, &m);
  const uint64_t left = (uint64_t)TABLES - q->pt.used, need = touched(&m, 30) + touched(&m, 39);
  struct metes_error err = {7, 7, 7};
  const enum metes_status got = metes_pt_map_large(&q->pt, q->tables, q->level, q->parent, m, &err);

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  if (want.status != METES_OK)
    return got == want.status && same_error(&err, &want.err) ? NULL : "a large mapping is refused for its reason";
  if (got == METES_E_MAP_FULL)
    return need > left && err.requested == need && err.limit == left ? NULL : "a pool is full only where it may be";
  if (got != METES_OK || q->pt.used > TABLES)
    return "a large mapping is made";
  q->mapped[q->n++] = m;
  return NULL;
}

/* Tables are made ahead where nothing is, where large pages are, and beside them. */
static const char *reserve(struct pool *q, struct source *s)
{
  const struct metes_mapping m = pick_mapping(s);
  const uint64_t pages = m.pages % 1024, gva = q->n && pick(s, 2) ? q->mapped[0].gva : m.gva & ~4095ULL;
  struct metes_error err;

  (void)metes_pt_reserve(&q->pt, q->tables, q->level, q->parent, gva, pages, &err);
  return q->pt.used <= TABLES ? NULL : "tables are made of the pool";
}

const char *agree_large_pages(struct source *s)
{
  static struct pool q;
  struct metes_error err;
  const char *why = NULL;

  q.n = 0;
  if (metes_pt_init(&q.pt, q.tables, q.level, q.parent, TABLES, BASE, &err) != METES_OK)
    return "a pool begins";
  for (uint32_t i = 0; i < MAPPINGS && !why; i++)
    switch (pick(s, 8)) {
    case 0: why = reserve(&q, s); break;
    case 1:
    case 2: why = map(&q, s); break;
    default: why = map_large(&q, s); break;
    }
  return why ? why : agree_addresses(&q, s);
}
