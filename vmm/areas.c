/* SPDX-License-Identifier: Apache-2.0
 * What a map of memory shows: areas, windows, gaps. The core says where they are. */
#include <stddef.h>

#include "areas.h"
#include "core/scratch.h"

static void add(struct metes_window *w, const char *name, uint64_t start, uint64_t end, uint32_t flags)
{
  if (start < end)
    w->areas[w->n++] = (struct metes_area){name, start, end, flags};
}

struct metes_window metes_snapshot_window(const struct metes_layout *l)
{
  static const char *const names[] = {"code", "PEB", "heap", "init data"};
  struct metes_window w = {.title = "slot 0: snapshot, READONLY", .gpa = l->snapshot_gpa, .gva = l->snapshot_gva};
  struct metes_region r[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(l, r);

  for (uint32_t i = 0; i < n; i++)
    add(&w, names[r[i].type], r[i].start - l->snapshot_gpa, r[i].end - l->snapshot_gpa, r[i].flags);
  add(&w, "page tables", l->memory_size, l->snapshot_size, METES_READ);
  return w;
}

struct metes_window metes_scratch_window(const struct metes_layout *l)
{
  const struct metes_scratch_areas a = metes_scratch_areas(l);
  const uint32_t rw = METES_READ | METES_WRITE;
  struct metes_window w = {.title = "slot 1: scratch, writable", .gpa = l->scratch_gpa, .gva = l->scratch_gva};

  add(&w, "input buffer", a.input.start, a.input.end, rw);
  add(&w, "output buffer", a.output.start, a.output.end, rw);
  add(&w, "unused", a.output.end, a.page_tables.start, rw); /* up to the next page */
  add(&w, "page tables", a.page_tables.start, a.page_tables.end, rw);
  add(&w, "free", a.free.start, a.free.end, rw);
  add(&w, "exception stack", a.exception_stack.start, a.exception_stack.end, rw);
  add(&w, "bookkeeping", a.bookkeeping.start, a.bookkeeping.end, rw);
  return w;
}

/* The reserved range within [start, end) that ends last, or null. */
static const struct metes_range *last_reserved(const struct metes_profile *p, uint64_t start, uint64_t end)
{
  const struct metes_range *last = NULL;

  for (uint32_t i = 0; i < p->n_reserved; i++)
    if (p->reserved[i].start >= start && p->reserved[i].end <= end &&
        (last == NULL || p->reserved[i].end > last->end))
      last = &p->reserved[i];
  return last;
}

uint32_t metes_pieces(const struct metes_profile *p, uint64_t start, uint64_t end,
                      struct metes_piece pieces[METES_MAX_PIECES])
{
  uint32_t n = 0;

  do {
    const struct metes_range *r = last_reserved(p, start, end);

    pieces[n++] = (struct metes_piece){{r == NULL ? start : r->end, end}, false};
    if (r == NULL)
      break;
    pieces[n++] = (struct metes_piece){*r, true};
    end = r->start;
  } while (start < end);
  return n;
}

void metes_letters(uint32_t flags, char letters[4])
{
  letters[0] = (flags & METES_READ) != 0 ? 'r' : '-';
  letters[1] = (flags & METES_WRITE) != 0 ? 'w' : '-';
  letters[2] = (flags & METES_EXECUTE) != 0 ? 'x' : '-';
  letters[3] = '\0';
}
