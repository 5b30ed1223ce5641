/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: configuration -> layout -> regions, PEB, places -> plan of memory slots, page-table mappings, places of
 * files, at any alignment. The oracle is the second model in 128-bit numbers. */
#include "fuzz/kit/target.h"
#include "core/pagetable.h"
#include "tests/properties/agree.h"

/* PT-11: the tables of 2^shift bytes each that [gva, gva + bytes) touches. */
static wide touched(wide gva, wide bytes, int shift)
{
  return bytes == 0 ? 0 : ((gva + bytes - 1) >> shift) - (gva >> shift) + 1;
}

/* PT-12. */
static const char *tables(const struct metes_layout *l)
{
  wide want = 1;

  for (int shift = 21; shift <= 39; shift += 9)
    want += touched(l->snapshot_gva, l->memory_size, shift) + touched(l->scratch_gva, l->scratch_size, shift);
  return metes_pt_pages_needed(l) == want ? NULL : "the tables that a layout needs";
}

/* PRO-7, PRO-8, PRO-11: a profile by any number, and a range that is reserved in it. */
static const char *profile(struct source *s, struct metes_profile p)
{
  const uint64_t near[3] = {p.last_gpa, 0x1000, 0}, start = pick_size(s, near, 3), end = pick_size(s, near, 3);
  const uint32_t n = p.n_reserved, id = pick(s, 8);
  struct metes_error err = {7, 7, 7};
  struct metes_profile other;
  struct model_answer a = model_no(METES_OK, 0, 0, 0);

  if (n >= 8)
    a = model_no(METES_E_RESERVED, 9, 8, 7);
  else if (start >= end)
    a = model_no(METES_E_RESERVED, start, end, 8);
  const char *why = same_answer(metes_profile_reserve(&p, start, end, &err), &err, &a, "which ranges are reserved");

  if (why)
    return why;
  if (a.status == METES_OK && (p.n_reserved != n + 1 || p.reserved[n].start != start || p.reserved[n].end != end))
    return "a range that was reserved";
  err = (struct metes_error){7, 7, 7};
  a = id > 2 ? model_no(METES_E_PROFILE, id, 2, 0) : model_no(METES_OK, 0, 0, 0);
  return same_answer(metes_profile_builtin((enum metes_profile_id)id, &other, &err), &err, &a,
                     "which profiles there are");
}

/* FM-13: the place of a file where the snapshot ends near the last address of the lower half, scratch is in the upper
 * one, and there is more physical space than the lower half has left. */
static const char *both_halves(struct source *s, struct trial *t)
{
  struct metes_error err;
  struct metes_layout l;

  metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &t->p, &err);
  t->p.last_gpa = 0xFFFFFFFFFFFFF;
  t->p.last_gva = 0xFFFFFFFFFFFFEFFF;
  t->p.snapshot_gva = 0x800000000000 - 4096 * (1 + source_bytes(s, 2));
  if (metes_layout_compute(&t->p, &t->c, &l, &err) != METES_OK)
    return NULL;
  return agree_file_places(&l, s);
}

static const char *layout(struct source *s, struct trial *t)
{
  enum metes_status status;
  struct metes_layout l;

  trial_make(s, t);
  const char *why = agree_layout(t, &l, &status);

  fuzz_first_check(status == METES_OK);
  if (!why && status == METES_OK) {
    why = agree_regions(&l, s);
    why = why ? why : agree_peb(&l, s);
    why = why ? why : agree_places(&l, s);
    why = why ? why : agree_plan(&l, s);
    why = why ? why : agree_mappings(&l, s);
    why = why ? why : agree_file_places(&l, s);
    why = why ? why : tables(&l);
  }
  why = why ? why : profile(s, t->p);
  why = why || pick(s, 2) ? why : agree_alignment(s, t);
  return why || pick(s, 2) ? why : both_halves(s, t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  struct trial t;
  const char *why = layout(&s, &t);

  if (why)
    trial_print(stderr, &t);
  fuzz_verdict(why);
  return 0;
}

static struct trial trial_of(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  struct trial t;

  trial_make(&s, &t);
  return t;
}

/* The names of the fields, in the order in which both of the following say them. */
#define PROFILE(X) X(snapshot_gpa) X(snapshot_gva) X(last_gpa) X(last_gva) X(max_size) X(alignment)
#define CONFIG(X) \
  X(code_size) X(heap_size) X(init_data_size) X(input_data_size) X(output_data_size) X(scratch_size) X(pt_size)

/* As `metes layout --batch` names them; 64-bit numbers in hexadecimal are text. */
void fuzz_show(FILE *f, const uint8_t *data, size_t size)
{
  const struct trial t = trial_of(data, size);
  const char *comma = "";

  fprintf(f, "{\"config\": {");
#define X(name) fprintf(f, "\"" #name "\": %" PRIu64 ", ", t.c.name);
  CONFIG(X)
#undef X
  fprintf(f, "\"init_data_permissions\": %u, \"options\": %u}, \"profile\": {", t.c.init_data_permissions, t.c.options);
#define X(name) fprintf(f, "\"" #name "\": \"0x%" PRIx64 "\", ", t.p.name);
  PROFILE(X)
#undef X
  fprintf(f, "\"reserved\": [");
  for (uint32_t i = 0; i < t.p.n_reserved && i < METES_MAX_RESERVED; i++, comma = ", ")
    fprintf(f, "%s[\"0x%" PRIx64 "\", \"0x%" PRIx64 "\"]", comma, t.p.reserved[i].start, t.p.reserved[i].end);
  fprintf(f, "]}}\n");
}

int fuzz_show_c(FILE *f, const uint8_t *data, size_t size)
{
  const struct trial t = trial_of(data, size);
  const struct model_answer a = model_layout(&t.p, &t.c);

  fprintf(f, "/* With all of core: 0 where core answers as the second model does. */\n"
             "#include \"core/metes.h\"\n\nint main(void)\n{\n  const struct metes_profile p = {\n");
#define X(name) fprintf(f, "    ." #name " = 0x%" PRIx64 ",\n", t.p.name);
  PROFILE(X)
#undef X
  fprintf(f, "    .n_reserved = %u,\n    .reserved = {", t.p.n_reserved);
  for (uint32_t i = 0; i < METES_MAX_RESERVED; i++)
    fprintf(f, "{0x%" PRIx64 ", 0x%" PRIx64 "}, ", t.p.reserved[i].start, t.p.reserved[i].end);
  fprintf(f, "},\n  };\n  const struct metes_config c = {\n");
#define X(name) fprintf(f, "    ." #name " = 0x%" PRIx64 ",\n", t.c.name);
  CONFIG(X)
#undef X
  fprintf(f, "    .init_data_permissions = %u,\n    .options = %u,\n  };\n  struct metes_layout l;\n"
             "  struct metes_error e = {0, 0, 0};\n\n"
             "  if (metes_layout_compute(&p, &c, &l, &e) != %d)\n    return 1;\n",
          t.c.init_data_permissions, t.c.options, (int)a.status);
  if (a.status == METES_OK)
    fprintf(f, "  return l.snapshot_size != 0x%" PRIx64 " || l.scratch_gpa != 0x%" PRIx64
               " || l.free_gpa != 0x%" PRIx64 ";\n}\n", a.l.snapshot_size, a.l.scratch_gpa, a.l.free_gpa);
  else
    fprintf(f, "  return e.requested != 0x%" PRIx64 " || e.limit != 0x%" PRIx64 ";\n}\n", a.err.requested, a.err.limit);
  return 1;
}
