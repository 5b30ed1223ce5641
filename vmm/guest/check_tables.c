/* SPDX-License-Identifier: Apache-2.0
 * selfcheck: every entry of the page tables, from the root down. */
#include "selfcheck.h"

#include "core/scratch.h"
#include "kit.h"

#define FRAME 0x000ffffffffff000ull
#define PRESENT 1ull
#define LARGE 0x80ull

struct walk {
  const struct metes_guest *g;
  uint64_t snapshot_gva, snapshot_end; /* guest-virtual */
  uint64_t moved;                      /* gva - gpa in the snapshot */
  uint64_t scratch_gpa;
  uint64_t tables, pages, bad_tables, bad_pages;
};

static bool in_scratch(const struct walk *w, uint64_t gpa)
{
  return gpa >= w->scratch_gpa && gpa - w->scratch_gpa <= w->g->scratch_top - w->g->scratch_gva;
}

static void leaf(struct walk *w, uint64_t gva, uint64_t gpa)
{
  const bool of_snapshot = gva >= w->snapshot_gva && gva < w->snapshot_end;
  const bool of_scratch = gva >= w->g->scratch_gva && gva <= w->g->scratch_top;
  const bool in_place = of_snapshot ? gva - gpa == w->moved || in_scratch(w, gpa)
                                    : gva - w->g->scratch_gva == gpa - w->scratch_gpa;

  w->pages++;
  w->bad_pages += !(of_snapshot || of_scratch) || !in_place;
}

static void table(struct walk *w, uint64_t gpa, uint64_t gva, unsigned shift)
{
  const uint64_t free_gpa = *kit_word(w->g->scratch_top, METES_SCRATCH_FREE_BELOW);
  const uint64_t *entries = (const uint64_t *)(w->g->tables_gva + (gpa - w->g->tables_gpa));

  w->tables++;
  if (gpa < w->g->tables_gpa || gpa >= free_gpa) {
    w->bad_tables++;
    return;
  }
  for (uint64_t i = 0; i < 512; i++) {
    const uint64_t sign = shift == 39 && i >= 256 ? 0xffff000000000000 : 0;
    const uint64_t at = sign | gva | i << shift;

    if ((entries[i] & PRESENT) == 0)
      continue;
    if (shift == 12)
      leaf(w, at, entries[i] & FRAME);
    else if (entries[i] & LARGE)
      w->bad_tables++;
    else
      table(w, entries[i] & FRAME, at, shift - 9);
  }
}

/* LAY-17, SCR-7, PT-14: walked by the guest itself; nothing leads out of its window. */
void check_tables(const struct metes_guest *g)
{
  extern const char kit_image[];
  const uint64_t *first = metes_page_entry((uint64_t)kit_image);
  struct walk w = {.g = g,
                   .snapshot_gva = (uint64_t)kit_image,
                   .snapshot_end = memory_end(g->peb),
                   .moved = (uint64_t)kit_image - (*first & FRAME),
                   .scratch_gpa = g->tables_gpa - (g->tables_gva - g->scratch_gva)};

  table(&w, g->tables_gpa, 0, 39);
  check(w.bad_tables == 0, "page tables: all %lu are in scratch, before the first free page",
        w.tables);
  check(w.bad_pages == 0, "page tables: all %lu pages lead into their own window", w.pages);
}
