/* SPDX-License-Identifier: Apache-2.0
 * A mapping as such, and what comes of an operation on tables. Internal to core. */
#ifndef METES_MAPPING_H
#define METES_MAPPING_H

#include "pages.h"

#define METES_LOW_END 0x800000000000ULL        /* canonical below */
#define METES_HIGH_START 0xFFFF800000000000ULL /* and from here on */
#define METES_GPA_PAGES 0x10000000000ULL       /* of the 52-bit guest-physical space */

/*@ requires gva % 4096 == 0;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> CanonicalPages(gva, pages);
  @*/
static inline int metes_canonical(uint64_t gva, uint64_t pages)
{
  if (gva <= METES_LOW_END)
    return pages <= (METES_LOW_END - gva) / METES_PAGE_SIZE;
  return gva >= METES_HIGH_START && pages <= (UINT64_MAX - gva) / METES_PAGE_SIZE + 1;
}

/* What an operation on the tables says, and how many are in use now. */
struct metes_outcome {
  struct metes_verdict verdict;
  uint32_t used;
};

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.verdict == v && \result.used == used;
  @*/
static inline struct metes_outcome metes_outcome_of(struct metes_verdict v, uint32_t used)
{
  struct metes_outcome o;

  o.verdict = v;
  o.used = used;
  return o;
}

/* The bits of an entry. (PT-10) */
/*@ requires MappingFlags(f);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Attributes(f);
  @*/
static inline uint64_t metes_mapping_attributes(uint32_t f)
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
static inline struct metes_verdict metes_mapping_check(struct metes_mapping m)
{
  const uint64_t page = METES_PAGE_SIZE;

  if (m.flags > 15 || m.flags % 2 == 0 || (m.flags / 2 % 2 == 1 && m.flags / 8 == 1))
    return metes_verdict_of(METES_E_MAP_FLAGS, m.flags, 15, 0);
  if (m.gva % page != 0)
    return metes_verdict_of(METES_E_MAP_UNALIGNED, m.gva, page, 0);
  if (m.gpa % page != 0)
    return metes_verdict_of(METES_E_MAP_UNALIGNED, m.gpa, page, 1);
  if (!metes_canonical(m.gva, m.pages))
    return metes_verdict_of(METES_E_MAP_GVA, m.gva, m.pages, 0);
  if (m.gpa / page > METES_GPA_PAGES || m.pages > METES_GPA_PAGES - m.gpa / page)
    return metes_verdict_of(METES_E_MAP_GPA, m.gpa, m.pages, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
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
enum metes_status metes_mapping_refuse(const struct metes_pt *p, const struct metes_table *t,
                                       const uint8_t *level, const uint32_t *parent,
                                       struct metes_verdict v, struct metes_error *err);

#endif
