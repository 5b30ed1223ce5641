/* SPDX-License-Identifier: Apache-2.0
 * Core and the second model on the memory of a guest: by physical address, of any layout; by virtual address,
 * through tables that a hostile guest wrote. */
#include "agree.h"
#include "model_door.h"

enum { SNAPSHOT = 12 * 4096, SCRATCH = 32 * 4096, TABLES = 5, PAGES = 3, MOST = 3 * 4096 };

struct guest {
  struct metes_memory m;
  uint64_t cr3, gva[PAGES], table[TABLES]; /* pages that may lead somewhere; pages of scratch with tables */
};

static uint8_t noise[SCRATCH + SNAPSHOT], snapshots[SNAPSHOT], scratches[SCRATCH], was[SCRATCH];
static uint8_t from[MOST], to[MOST], want[MOST];

/* GVA-6: what is read, and how much of it. */
static struct model_answer model_read(const struct guest *g, uint64_t gva, uint64_t len, uint64_t *done)
{
  *done = 0;
  if (gva + (wide)len > (wide)1 << 64)
    return model_no(METES_E_MAP_GVA, gva, len, 0);
  while (*done < len) {
    const uint64_t at = gva + *done, left = len - *done, end = 4096 - (at & 4095), n = left < end ? left : end;
    const struct metes_span s = model_gva(&g->m, g->cr3, at, n);

    if (s.status != METES_OK)
      return model_no(s.status, at, left, 0);
    const wide gpa = model_walk(&g->m, g->cr3, at).gpa;

    for (uint64_t i = 0; i < n; i++)
      want[*done + i] = model_byte(&g->m, gpa + i);
    *done += n;
  }
  return model_no(METES_OK, 0, 0, 0);
}

/* A small guest; its windows end where the host's memory does. */
static int make_guest(struct guest *g, struct source *s)
{
  struct metes_config c = {.code_size = 4096 * pick(s, 3), .heap_size = 1 + pick(s, 2) * 4096};
  struct metes_error err;
  struct metes_profile p;

  metes_profile_builtin((enum metes_profile_id)pick(s, 3), &p, &err);
  c.init_data_size = pick(s, 3) * 2048;
  c.init_data_permissions = pick(s, 8);
  c.options = pick(s, 4);
  c.input_data_size = 0x2000 + (pick(s, 2) ? pick(s, 256) * 8 : 0);
  c.output_data_size = 0x2000 + (pick(s, 2) ? pick(s, 256) : 0);
  c.pt_size = 4096 * pick(s, 4);
  c.scratch_size = 4096 * (17 + 4 + pick(s, 11)); /* at most 5 pages of buffers, 12 and 3 more */
  if (metes_layout_compute(&p, &c, &g->m.layout, &err) != METES_OK)
    return 0;
  g->m.snapshot = snapshots + (SNAPSHOT - g->m.layout.snapshot_size);
  g->m.scratch = scratches + (SCRATCH - g->m.layout.scratch_size);
  for (uint64_t i = 0; noise[1] == 0 && i < sizeof noise; i++)
    noise[i] = (uint8_t)(1 + i * 7 + i / 251);
  memcpy(snapshots, noise + SCRATCH, SNAPSHOT);
  memcpy(scratches, noise, SCRATCH);
  return 1;
}

/* An entry: a link to a table, or, of level 1 and of a large page, to whatever may be of interest. */
static uint64_t make_entry(const struct guest *g, struct source *s, int level, uint64_t table)
{
  const struct metes_layout *l = &g->m.layout;
  const uint64_t near[4] = {l->scratch_gpa, l->scratch_gpa + l->scratch_size, l->snapshot_gpa + l->snapshot_size, 0};
  const uint64_t page = 4096 * (uint64_t)pick(s, 32), mib = ~(uint64_t)0x1FFFFF;
  const int large = pick(s, level == 2 ? 4 : 40) == 0;
  uint64_t e = l->scratch_gpa + 4096 * table;

  if (pick(s, 24) == 0)
    e = pick_size(s, near, 4);
  else if (level == 1)
    e = pick(s, 4) ? l->scratch_gpa + page % l->scratch_size : l->snapshot_gpa + page % l->snapshot_size;
  else if (large)
    e = ((pick(s, 2) ? l->scratch_gpa : l->snapshot_gpa) & mib) | (pick(s, 2) ? 0 : 4096ULL << pick(s, 9));
  e = (e & ADDRESS) | (pick(s, 24) != 0) | (pick(s, 4) ? 2 : 0) | (large ? 0x80 : 0);
  if (pick(s, 3) == 0)
    e |= source_bytes(s, 8) & 0xFFF0000000000F7EULL; /* no-execute, copy-on-write, and what means nothing */
  return e;
}

/* Tables in any pages, also in one another; what is mapped lies mostly side by side. */
static void make_tables(struct guest *g, struct source *s)
{
  const struct metes_layout *l = &g->m.layout;
  const uint64_t starts[8] = {0x1000, 0x8040201000, 0x7FFFFFFFF000, 0xFFFF800000000000,
                              0xFFFFFFFFFFFFE000, 0x3FFFF000, l->scratch_gva, l->snapshot_gva};
  const uint32_t pages = (uint32_t)(l->scratch_size / 4096);

  for (int i = 0; i < TABLES; i++) {
    g->table[i] = pick(s, 8) ? pick(s, pages) : pages - 1;
    if (pick(s, 16))
      memset(g->m.scratch + 4096 * g->table[i], 0, 4096);
  }
  for (int k = 0; k < PAGES; k++) {
    uint64_t table = g->table[0];

    g->gva[k] = k && pick(s, 4) ? g->gva[k - 1] + 4096 : starts[pick(s, 8)];
    for (int level = 4; level > 0; level--) {
      const uint64_t next = pick(s, 8) ? g->table[5 - level] : g->table[pick(s, TABLES)];
      const uint64_t at = 4096 * table + 8 * (g->gva[k] >> (9 * level + 3) & 511);

      if (k == 0 || level == 1 || pick(s, 4) == 0 || g->m.scratch[at] == 0)
        metes_put64(g->m.scratch, at, make_entry(g, s, level, next));
      if (pick(s, 64) == 0)
        g->m.scratch[at + pick(s, 8)] ^= (uint8_t)(1 << pick(s, 8));
      table = next;
    }
  }
  g->cr3 = (l->scratch_gpa + 4096 * g->table[0]) | (pick(s, 2) ? source_bytes(s, 8) & ~ADDRESS : 0);
  if (pick(s, 24) == 0)
    g->cr3 = pick_size(s, &l->scratch_gpa, 1);
}

static uint64_t pick_gva(const struct guest *g, struct source *s)
{
  const uint64_t near[4] = {g->gva[pick(s, PAGES)] + 4096, 0x800000000000, 0xFFFF800000000000, 0};
  const uint64_t at = g->gva[pick(s, PAGES)], mib = 0x1FFFFF;

  if (pick(s, 16) == 0) /* what a page of 2 MiB has of scratch */
    return (at & ~mib) + ((g->m.layout.scratch_gpa + 4096 * g->table[pick(s, TABLES)]) & mib);
  return pick(s, 8) ? at + (pick(s, 2) ? pick(s, 256) : 4096 - pick(s, 32)) : pick_size(s, near, 4);
}

static uint64_t pick_gpa(const struct metes_layout *l, struct source *s)
{
  const uint64_t near[9] = {l->snapshot_gpa,   l->peb_gpa,     l->heap_gpa,  l->init_data_gpa,
                            l->memory_end_gpa, l->scratch_gpa, l->pt_gpa,    l->free_gpa,
                            l->scratch_gpa + l->input_data_size};
  const uint64_t ends[2] = {l->snapshot_gpa + l->snapshot_size, l->scratch_gpa + l->scratch_size};

  return pick(s, 4) ? near[pick(s, 9)] - pick(s, 17) + pick(s, 9) : pick_size(s, pick(s, 2) ? near : ends, 2);
}

/* Mostly a few bytes; seldom up to all that the buffers here hold. */
static uint64_t pick_len(struct source *s)
{
  const uint64_t few = pick(s, 33), pages = 4096 * (uint64_t)(1 + pick(s, 3)) - pick(s, 2);

  return pick(s, 8) ? few : pick(s, 2) ? pages : source_bytes(s, 2) % MOST;
}

static int same_span(struct metes_span a, struct metes_span b)
{
  return a.status == b.status && a.place == b.place && a.flags == b.flags && a.offset == b.offset;
}

/* GPA-4 to GPA-6: exactly; and of a layout that is not sound, in its window (GPA-5). */
static const char *agree_resolved(const struct metes_layout *l, struct source *s)
{
  const uint64_t near[4] = {l->scratch_size, l->snapshot_size, 0 - l->scratch_gpa, 1};
  const uint64_t gpa = pick_gpa(l, s), len = pick(s, 2) ? pick_len(s) : pick_size(s, near, 4);
  const struct metes_span nowhere = {METES_E_UNMAPPED, METES_PLACE_NONE, 0, 0};
  struct metes_layout odd = *l;
  uint64_t *const fields[11] = {&odd.peb_offset,        &odd.heap_offset,  &odd.init_data_offset, &odd.memory_size,
                                &odd.snapshot_size,     &odd.scratch_size, &odd.input_data_size,  &odd.pt_size,
                                &odd.pt_scratch_offset, &odd.snapshot_gpa, &odd.scratch_gpa};

  if (!same_span(metes_gpa_resolve(l, gpa, len), model_gpa(l, gpa, len)))
    return "what a physical range is resolved to";
  for (uint32_t changes = 1 + pick(s, 3); changes > 0; changes--)
    *fields[pick(s, 11)] = pick(s, 2) ? pick_size(s, near, 4) : pick_gpa(l, s);
  const uint64_t at = pick(s, 2) ? gpa : pick_gpa(&odd, s);
  const struct metes_span x = metes_gpa_resolve(&odd, at, len);
  const int low = x.place <= METES_PLACE_SNAPSHOT_PT;
  const wide start = low ? odd.snapshot_gpa : odd.scratch_gpa, size = low ? odd.snapshot_size : odd.scratch_size;

  if (x.status != METES_OK)
    return same_span(x, nowhere) ? NULL : "nothing of what lies nowhere";
  if (x.place < METES_PLACE_CODE || x.place > METES_PLACE_FREE || at != start + x.offset || x.offset + (wide)len > size)
    return "of any layout, what is resolved lies in its window";
  return NULL;
}

/* GVA-1 to GVA-5. */
static const char *agree_walked(const struct guest *g, struct source *s)
{
  const uint64_t gva = pick_gva(g, s), len = pick_len(s);
  const struct metes_walk a = metes_gva_walk(&g->m, g->cr3, gva), b = model_walk(&g->m, g->cr3, gva);

  agree_seen[(uint32_t)a.status % AGREE_STATUSES]++;
  if (a.status != b.status || a.gpa != b.gpa || a.flags != b.flags || a.entry != b.entry)
    return "where a virtual address leads";
  return same_span(metes_gva_resolve(&g->m, g->cr3, gva, len), model_gva(&g->m, g->cr3, gva, len))
             ? NULL
             : "what a virtual range is resolved to";
}

/* GPA-7, GVA-6, LE-3: just the bytes that were asked for, up to the first that leads nowhere. */
static const char *agree_read(const struct guest *g, struct source *s)
{
  const int virtual = pick(s, 4) != 0;
  const uint64_t at = virtual ? pick_gva(g, s) : pick_gpa(&g->m.layout, s), len = pick_len(s);
  const struct metes_span x = model_gpa(&g->m.layout, at, len);
  uint64_t done = 99, wanted = 0;
  struct metes_error err = {7, 7, 7};
  struct model_answer a = model_no(x.status, at, len, 0);
  enum metes_status got;

  memset(to, 0x5A, sizeof to);
  memset(want, 0x5A, sizeof want);
  if (virtual) {
    a = model_read(g, at, len, &wanted);
    got = metes_gva_read(&g->m, g->cr3, at, to, len, &done, &err);
    if (done != wanted)
      return "how much is read";
  } else {
    for (uint64_t i = 0; i < len && x.status == METES_OK; i++)
      want[i] = model_byte(&g->m, (wide)at + i);
    got = metes_gpa_read(&g->m, at, to, len, &err);
  }
  if (memcmp(to, want, sizeof to) != 0)
    return "the bytes that are read, and no others";
  return same_answer(got, &err, &a, "the answer to a read");
}

/* GPA-8, GVA-7: just those bytes of scratch, or none. */
static const char *agree_write(const struct guest *g, struct source *s)
{
  const struct metes_layout *l = &g->m.layout;
  const int virtual = pick(s, 4) != 0;
  const uint64_t at = virtual ? pick_gva(g, s) : pick_gpa(l, s), len = pick_len(s);
  const struct metes_span x = virtual ? model_gva(&g->m, g->cr3, at, len) : model_gpa(l, at, len);
  const int low = x.place <= METES_PLACE_SNAPSHOT_PT;
  const struct model_answer a = model_no(x.status == METES_OK && low ? METES_E_READ_ONLY : x.status, at, len, 0);
  struct metes_error err = {7, 7, 7};

  memcpy(was, scratches, sizeof was);
  for (uint64_t i = 0; i < len; i++)
    from[i] = (uint8_t)(0xA5 ^ i * 13);
  if (a.status == METES_OK)
    memcpy(was + (SCRATCH - l->scratch_size) + x.offset, from, len);
  const enum metes_status got = virtual ? metes_gva_write(&g->m, g->cr3, at, from, len, &err)
                                        : metes_gpa_write(&g->m, at, from, len, &err);

  if (memcmp(was, scratches, sizeof was) != 0 || memcmp(snapshots, noise + SCRATCH, SNAPSHOT) != 0)
    return "the bytes that are written, and no others";
  return same_answer(got, &err, &a, "the answer to a write");
}

const char *agree_door(struct source *s)
{
  struct guest g;
  const char *why = NULL;

  if (!make_guest(&g, s))
    return "a small guest has a layout";
  make_tables(&g, s);
  for (int i = 0; i < 3 && !why; i++) {
    why = agree_resolved(&g.m.layout, s);
    why = why ? why : agree_walked(&g, s);
    why = why ? why : agree_walked(&g, s);
    why = why ? why : agree_read(&g, s);
    why = why || i != 1 ? why : agree_write(&g, s);
  }
  return why;
}
