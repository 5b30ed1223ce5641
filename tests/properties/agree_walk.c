/* SPDX-License-Identifier: Apache-2.0
 * Core's walk and a second walker, with shifts and masks, on tables that hold anything. */
#include "core/pagetable.h"

#include "agree.h"

enum { TABLES = 5, PLACES = 4 };
#define FRAME 0x000FFFFFFFFFF000ULL

static const uint32_t places[PLACES] = {0, 1, 256, 511}; /* all that is written of a table */

static struct metes_walk nowhere(enum metes_status status)
{
  return (struct metes_walk){.status = status};
}

/* As the processor does it: from the top, until an entry says that this is the page. */
static struct metes_walk model_walk(const struct metes_table *t, uint64_t n, uint64_t base, uint64_t gva)
{
  const uint64_t half = gva >> 47;
  uint64_t at = base, all = ~0ULL, any = 0;

  if (half != 0 && half != 0x1FFFF)
    return nowhere(METES_E_MAP_GVA);
  for (int shift = 39;; shift -= 9) {
    if (at < base || (at - base) >> 12 >= n)
      return nowhere(METES_E_WALK_LINK);
    const uint64_t e = t[(at - base) >> 12].e[gva >> shift & 511];
    const int large = shift > 12 && e >> 7 & 1;

    all &= e, any |= e;
    if (!(e & 1))
      return nowhere(METES_E_UNMAPPED);
    if (large && shift > 21)
      return nowhere(METES_E_WALK_LARGE);
    if (large && e & 0x1FE000)
      return nowhere(METES_E_WALK_RESERVED);
    if (large || shift == 12) {
      const uint64_t within = ((uint64_t)1 << shift) - 1, pat = large && e & 0x1000 ? 0x80 : 0;
      const uint64_t small = large ? (e & ~(within & FRAME) & ~0x80ULL) | (gva & within & FRAME) | pat : e;
      const uint32_t flags = METES_READ | (all & 2 ? METES_WRITE : 0) | (any >> 63 ? 0 : METES_EXECUTE);

      return (struct metes_walk){METES_OK, flags | (e & 0x200 ? METES_COPY_ON_WRITE : 0),
                                 (e & FRAME & ~within) | (gva & within), small};
    }
    at = e & FRAME;
  }
}

/* Mostly a link, then a page, large or not; at times anything. */
static uint64_t any_entry(struct source *s, uint64_t base)
{
  static const uint64_t bits[] = {0x80, 0x82, 0x8000000000000080, 0x280, 0x1082, 0x2082, 0x100080, 0x200087};
  const uint64_t e = base + 4096 * (uint64_t)pick(s, TABLES) + (pick(s, 16) ? 1 : 0);

  switch (pick(s, 12)) {
  case 0: return source_bytes(s, 8);
  case 1: return e - 4096 * (uint64_t)pick(s, 3);
  case 2: return e + 4096 * (uint64_t)pick(s, 4);
  case 3: return e | (uint64_t)1 << pick(s, 64);
  case 4:
  case 5: return (source_bytes(s, 8) & ~0x1FFFFEULL) | 1 | bits[pick(s, 8)];
  default: return e | 2;
  }
}

static uint64_t any_address(struct source *s)
{
  uint64_t gva = source_bytes(s, 2) & 4095;

  for (int shift = 12; shift < 48; shift += 9)
    gva |= (uint64_t)places[pick(s, PLACES)] << shift;
  return gva >> 47 && pick(s, 8) ? gva | 0xFFFFULL << 48 : gva;
}

const char *agree_walks(struct source *s)
{
  static struct metes_table t[TABLES];
  static const uint64_t bases[3] = {0x1000, 0xFFFFC0000, 0xFFFFFFFFFB000};
  const uint64_t base = bases[pick(s, 3)], n = pick(s, 8) ? TABLES : pick(s, TABLES);

  for (int i = 0; i < TABLES; i++)
    for (int k = 0; k < PLACES; k++)
      t[i].e[places[k]] = any_entry(s, base);
  for (int i = 0; i < 8; i++) {
    const uint64_t gva = any_address(s);
    const struct metes_walk got = metes_pt_walk(t, n, base, gva), want = model_walk(t, n, base, gva);

    agree_seen[(uint32_t)got.status % AGREE_STATUSES]++;
    if (got.status != want.status || got.gpa != want.gpa)
      return "a walk leads where the second one does";
    if (got.flags != want.flags || got.entry != want.entry)
      return "with the same flags and entry";
  }
  return NULL;
}
