/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on what comes and goes while a guest runs: the table of file mappings,
 * in which a hostile guest writes whatever it likes, and the slots of a plan. */
#include "agree.h"
#include "model_plan.h"

enum { ROOM = 2640 + 64, STEPS = 8, SLOTS = 7, MOST_STEPS = 12 };

/* The memory that holds a PEB, as its layout and its owner say. */
struct room {
  uint8_t m[ROOM];
  struct metes_layout l;
  uint64_t len;
};

static wide word(const uint8_t *m, uint64_t at)
{
  wide v = 0;

  for (uint64_t i = 8; i-- > 0;)
    v = v << 8 | m[at + i];
  return v;
}

static void set_word(uint8_t *m, uint64_t at, uint64_t v)
{
  for (uint64_t i = 0; i < 8; i++)
    m[at + i] = (uint8_t)(v >> (8 * i));
}

static const char *same(enum metes_status got, const struct metes_error *err, const struct model_answer *want)
{
  static const struct metes_error untouched = {7, 7, 7};

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  if (got != want->status)
    return "status of a file mapping, or of a slot that goes";
  return same_error(err, got == METES_OK ? &untouched : &want->err) ? NULL : "error of a file mapping, or of a slot";
}

/* FM-2 to FM-4. */
static struct model_answer table(const struct room *r, uint32_t *count)
{
  const wide end = (wide)r->l.peb_offset + 80 + 32 * 80;

  if (end > r->len)
    return model_no(METES_E_BUFFER, end, r->len, 0);
  if (!(r->l.options & METES_OPT_FILE_MAPPINGS))
    return model_no(METES_E_NO_TABLE, r->l.options, METES_OPT_FILE_MAPPINGS, 0);
  const wide found = word(r->m, r->l.peb_offset + 64);

  if (found > 32)
    return model_no(METES_E_MAPPING_COUNT, found, 32, 0);
  *count = (uint32_t)found;
  return model_no(METES_OK, 0, 0, 0);
}

/* The characters before the NUL, 64 where there is none. */
static size_t length(const struct metes_file_mapping *f)
{
  const uint8_t *end = memchr(f->label, 0, sizeof f->label);

  return end == NULL ? sizeof f->label : (size_t)(end - f->label);
}

/* FM-7 to FM-9. */
static struct model_answer mapping(const struct metes_file_mapping *f, uint32_t place)
{
  const size_t n = length(f);

  if (n == 0 || n == 64)
    return model_no(METES_E_MAPPING_LABEL, n, 63, place);
  if (f->size == 0 || f->size & 4095)
    return model_no(METES_E_MAPPING_PAGES, f->size, 4096, place);
  if (f->gva & 4095)
    return model_no(METES_E_MAPPING_PAGES, f->gva, 4096, place);
  if (((wide)f->gva + f->size) >> 64)
    return model_no(METES_E_MAPPING_END, f->size, UINT64_MAX - f->gva, place);
  return model_no(METES_OK, 0, 0, 0);
}

/* FM-4 and FM-6; then where that entry begins. */
static struct model_answer entry(const struct room *r, uint32_t place, uint32_t *count, uint64_t *at)
{
  const struct model_answer a = table(r, count);

  if (a.status != METES_OK)
    return a;
  if (place >= *count)
    return model_no(METES_E_MAPPING_PLACE, place, *count, 0);
  *at = r->l.peb_offset + 80 + 80 * (uint64_t)place;
  return a;
}

static struct metes_file_mapping any_mapping(struct source *s)
{
  static const uint64_t near[] = {0x1000, 0x500000000000, 0xFFFFFFFFFFFFE000, 1ULL << 47};
  const uint32_t n = pick(s, 8) ? 1 + pick(s, 63) : pick(s, 65);
  struct metes_file_mapping f;

  f.gva = pick(s, 4) ? 4096 * (uint64_t)pick(s, 256) : pick_size(s, near, 4);
  f.size = pick(s, 4) ? 4096 * (1 + (uint64_t)pick(s, 16)) : pick_size(s, near, 4);
  memset(f.label, 'a' + (int)pick(s, 26), sizeof f.label);
  if (n < 64)
    f.label[n] = 0;
  return f;
}

static const char *add(struct room *r, struct source *s)
{
  const struct metes_file_mapping f = any_mapping(s);
  struct metes_error err = {7, 7, 7};
  struct room want = *r;
  uint32_t n = 0;
  struct model_answer a = table(r, &n);

  if (a.status == METES_OK)
    a = n == 32 ? model_no(METES_E_MAPPING_FULL, 33, 32, 0) : mapping(&f, n);
  if (a.status == METES_OK) {
    const uint64_t at = r->l.peb_offset + 80 + 80 * (uint64_t)n;

    set_word(want.m, at, f.gva);
    set_word(want.m, at + 8, f.size);
    memset(want.m + at + 16, 0, 64);
    memcpy(want.m + at + 16, f.label, length(&f));
    set_word(want.m, r->l.peb_offset + 64, n + 1);
  }
  const char *why = same(metes_file_mapping_add(&r->l, r->m, r->len, f, &err), &err, &a);

  if (why)
    return why;
  return memcmp(r->m, want.m, ROOM) == 0 ? NULL : "a mapping that was added, and nothing else, is in the table";
}

static const char *removal(struct room *r, struct source *s)
{
  const uint32_t place = pick(s, 2) ? pick(s, 4) : pick(s, 34);
  struct metes_error err = {7, 7, 7};
  struct room want = *r;
  uint64_t at = 0;
  uint32_t n = 0;
  const struct model_answer a = entry(r, place, &n, &at);

  if (a.status == METES_OK) {
    memmove(want.m + at, want.m + r->l.peb_offset + 80 * (uint64_t)n, 80); /* the last: n - 1 behind the first */
    set_word(want.m, r->l.peb_offset + 64, n - 1);
  }
  const char *why = same(metes_file_mapping_remove(&r->l, r->m, r->len, place, &err), &err, &a);

  if (why)
    return why;
  return memcmp(r->m, want.m, ROOM) == 0 ? NULL : "the last mapping, and nothing else, takes the place of the one removed";
}

static const char *look(struct room *r, struct source *s)
{
  const uint32_t place = pick(s, 2) ? pick(s, 4) : pick(s, 34);
  struct metes_file_mapping got = {.gva = 7}, want = got;
  struct metes_error err = {7, 7, 7}, err_count = err;
  uint32_t n = 7, count = 7;
  uint64_t at = 0;
  const struct room before = *r;
  struct model_answer a = table(r, &n);
  const char *why = same(metes_file_mapping_count(&r->l, r->m, r->len, &count, &err_count), &err_count, &a);

  if (why || count != n)
    return why ? why : "the count of file mappings";
  a = entry(r, place, &n, &at);
  if (a.status == METES_OK) {
    struct metes_file_mapping there = {.gva = (uint64_t)word(r->m, at), .size = (uint64_t)word(r->m, at + 8)};

    memcpy(there.label, r->m + at + 16, 64);
    a = mapping(&there, place);
    if (a.status == METES_OK)
      want = there;
  }
  why = same(metes_file_mapping_get(&r->l, r->m, r->len, place, &got, &err), &err, &a);
  if (why)
    return why;
  if (memcmp(&got, &want, sizeof got) != 0)
    return "the mapping that stands in the table";
  return memcmp(r->m, before.m, ROOM) == 0 ? NULL : "to look changes nothing";
}

/* The guest writes: the count, or somewhere in the entries. */
static void meddle(struct room *r, struct source *s)
{
  const uint64_t peb = r->l.peb_offset;

  if (peb > 48)
    return;
  if (pick(s, 2))
    set_word(r->m, peb + 64, pick(s, 4) ? 28 + pick(s, 6) : pick_size(s, NULL, 0));
  else
    r->m[peb + 80 + pick(s, pick(s, 2) ? 80 : 240)] = (uint8_t)pick(s, 256);
}

static const char *agree_table(struct source *s)
{
  struct room r = {{0}, {0}, ROOM};
  const char *why = NULL;

  r.l.peb_offset = pick(s, 16) ? pick(s, 49) : pick_size(s, NULL, 0);
  r.l.options = pick(s, 16) ? METES_OPT_FILE_MAPPINGS + 2 * pick(s, 2) : 2 * pick(s, 2);
  r.len = pick(s, 16) ? ROOM : pick(s, 2) ? 2640 + pick(s, 64) : pick(s, 256);
  for (int i = 0; i < STEPS && !why; i++) {
    const uint32_t which = pick(s, 8);

    if (pick(s, 8) == 0)
      meddle(&r, s);
    why = which < 4 ? add(&r, s) : which < 6 ? removal(&r, s) : look(&r, s);
  }
  return why;
}

/* PLAN-21: brute force over the numbers that a set lacks. */
static uint32_t free_number(const struct metes_memslot *s, uint32_t n, uint32_t max)
{
  uint8_t taken[SLOTS + 3] = {1, 1};
  uint32_t k = 0;

  for (uint32_t i = 0; i < n; i++)
    if (s[i].slot < sizeof taken)
      taken[s[i].slot] = 1;
  while (k < sizeof taken && taken[k])
    k++;
  return k < max ? k : max;
}

static const char *add_slot(struct source *s, struct metes_memslot *plan, uint32_t *n, const struct metes_limits *m)
{
  const uint32_t number = metes_plan_free_slot(plan, *n, m->max_slots), less = pick(s, 3); /* it takes any plan */
  struct metes_extra x = {.start = 4096 * (uint64_t)pick(s, 64), .host = 0x7F0000000000, .flags = METES_SLOT_READONLY};
  struct metes_memslot want[SLOTS];
  struct metes_error err = {7, 7, 7};

  if (number != free_number(plan, *n, m->max_slots) ||
      metes_plan_free_slot(plan + less, *n - less, m->max_slots) != free_number(plan + less, *n - less, m->max_slots))
    return "the least free number of a slot";
  x.host_size = 4096 * (1 + (uint64_t)pick(s, 4));
  x.end = x.start + x.host_size;
  x.slot = pick(s, 4) ? number : pick(s, SLOTS);
  memcpy(want, plan, sizeof want);
  const struct model_answer a = model_add(want, *n, &x, m);
  const char *why = same(metes_plan_add(plan, *n, &x, m, &err), &err, &a);

  if (why || a.status != METES_OK)
    return why;
  (*n)++;
  return memcmp(plan, want, *n * sizeof *plan) == 0 ? NULL : "a slot that was added is in the plan";
}

/* PLAN-18 to PLAN-20. */
static struct model_answer model_remove(struct metes_memslot *s, uint32_t n, uint32_t slot, const struct metes_limits *m)
{
  const struct model_answer a = model_plan(s, n, m);

  if (a.status != METES_OK)
    return a;
  if (slot == METES_SLOT_SNAPSHOT || slot == METES_SLOT_SCRATCH)
    return model_no(METES_E_SLOT_KEPT, slot, 2, 0);
  for (uint32_t i = 0; i < n; i++)
    if (s[i].slot == slot) {
      s[i] = s[n - 1];
      return a;
    }
  return model_no(METES_E_SLOT_UNKNOWN, slot, n, 0);
}

static const char *remove_slot(struct source *s, struct metes_memslot *plan, uint32_t *n, const struct metes_limits *m)
{
  const uint32_t slot = pick(s, 32) ? pick(s, SLOTS + 1) : (uint32_t)source_bytes(s, 4);
  struct metes_memslot want[SLOTS];
  struct metes_error err = {7, 7, 7};

  memcpy(want, plan, sizeof want);
  const struct model_answer a = model_remove(want, *n, slot, m);
  const char *why = same(metes_plan_remove(plan, *n, slot, m, &err), &err, &a);

  if (why)
    return why;
  if (a.status == METES_OK)
    (*n)--;
  if (memcmp(plan, want, *n * sizeof *plan) != 0)
    return "the other slots remain, the last in the place of the one that went";
  return a.status != METES_OK || model_plan(plan, *n, m).status == METES_OK ? NULL : "a plan without a slot is sound";
}

static const char *agree_slots(struct source *s)
{
  const uint64_t high = (1ULL << 36) - 0x10000;
  struct metes_limits m = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = pick(s, 2) ? 509 : pick(s, 8)};
  struct metes_memslot plan[SLOTS] = {{0, METES_SLOT_READONLY, 0x1000, 0x3000, 0x7E0000000000},
                                      {1, 0, high, 0x10000, 0x7E0000010000}};
  const char *why = NULL;
  uint32_t n = 2;

  for (int i = 0; i < MOST_STEPS && !why; i++) {
    if (pick(s, 32) == 0) /* somebody else's mistake */
      plan[pick(s, n)].gpa += pick(s, 2) ? 1 : 4096;
    if (n < SLOTS && (n == 0 || pick(s, 3)))
      why = add_slot(s, plan, &n, &m);
    else
      why = remove_slot(s, plan, &n, &m);
  }
  return why;
}

const char *agree_files(struct source *s)
{
  const char *why = agree_table(s);

  return why ? why : agree_slots(s);
}
