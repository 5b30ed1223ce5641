/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: configuration -> layout -> regions, PEB, places -> plan of memory slots and page-table mappings, at
 * any alignment. The oracle is the second model in 128-bit numbers. */
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

  if (why || (a.status == METES_OK && (p.n_reserved != n + 1 || p.reserved[n].start != start || p.reserved[n].end != end)))
    return why ? why : "a range that was reserved";
  err = (struct metes_error){7, 7, 7};
  a = id > 2 ? model_no(METES_E_PROFILE, id, 2, 0) : model_no(METES_OK, 0, 0, 0);
  return same_answer(metes_profile_builtin((enum metes_profile_id)id, &other, &err), &err, &a, "which profiles there are");
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
    why = why ? why : tables(&l);
  }
  why = why ? why : profile(s, t->p);
  return why || pick(s, 2) ? why : agree_alignment(s, t);
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
