/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on the table of file mappings: a host that adds, removes and looks, and
 * a guest that writes into the table whatever it likes. */
#include "agree.h"

enum { ROOM = 2640 + 64, STEPS = 8 };

#define ANSWER "status or error of a file mapping"

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
  const char *why = same_answer(metes_file_mapping_add(&r->l, r->m, r->len, f, &err), &err, &a, ANSWER);

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
  const char *why = same_answer(metes_file_mapping_remove(&r->l, r->m, r->len, place, &err), &err, &a, ANSWER);

  if (why)
    return why;
  return memcmp(r->m, want.m, ROOM) == 0 ? NULL : "the last mapping, and it alone, takes the place of the one removed";
}

static const char *look(struct room *r, struct source *s)
{
  const uint32_t place = pick(s, 2) ? pick(s, 4) : pick(s, 34);
  struct metes_file_mapping got = {.gva = 7}, want = got;
  struct metes_error err = {7, 7, 7}, e = err;
  uint32_t n = 7, count = 7;
  uint64_t at = 0;
  const struct room before = *r;
  struct model_answer a = table(r, &n);
  const char *why = same_answer(metes_file_mapping_count(&r->l, r->m, r->len, &count, &e), &e, &a, ANSWER);

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
  why = same_answer(metes_file_mapping_get(&r->l, r->m, r->len, place, &got, &err), &err, &a, ANSWER);
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

const char *agree_files(struct source *s)
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
