/* SPDX-License-Identifier: Apache-2.0
 * Where files are mapped: places as literals, each refusal with its numbers, layouts of anybody. */
#include "unit.h"

static const struct metes_limits limits = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = 509};

static struct metes_layout with_table(enum metes_profile_id id)
{
  const struct metes_profile p = profile_of(id);
  struct metes_config c = small_config();

  c.options = METES_OPT_FILE_MAPPINGS;
  return layout_of(&p, &c);
}

static void plan_of(const struct metes_layout *l, struct metes_memslot s[2])
{
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_plan_layout(l, 0x7E0000000000, 0x7A0000000000, &limits, s, &err), METES_OK);
}

static struct metes_mapping found(const struct metes_layout *l, const struct metes_memslot *s, uint32_t n,
                                  const struct metes_limits *m, uint64_t size)
{
  struct metes_error err = UNTOUCHED;
  struct metes_mapping x;

  assert_int_equal(metes_file_place(l, s, n, m, size, &x, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(x.pages, size / 4096);
  assert_int_equal(x.flags, METES_READ | METES_COPY_ON_WRITE);
  return x;
}

static void refused(const struct metes_layout *l, const struct metes_memslot *s, uint32_t n,
                    const struct metes_limits *m, uint64_t size, enum metes_status want, uint64_t limit)
{
  struct metes_mapping x = {1, 2, 3, 4};
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_file_place(l, s, n, m, size, &x, &err), want);
  assert_int_equal(err.requested, size);
  assert_int_equal(err.limit, limit);
  assert_int_equal(err.index, 0);
  assert_int_equal(x.gva, 1);
  assert_int_equal(x.flags, 4);
}

/* FM-13: behind the snapshot and a page that leads nowhere, the same in both spaces. */
static void first_place(void **state)
{
  const struct metes_layout plain = with_table(METES_PROFILE_HYPERLIGHT), nub = with_table(METES_PROFILE_NUB);
  struct metes_memslot s[2];

  (void)state;
  plan_of(&plain, s);
  const struct metes_mapping x = found(&plain, s, 2, &limits, 0x3000);
  assert_int_equal(x.gpa, 0x1000 + plain.snapshot_size + 0x1000);
  assert_int_equal(x.gva, x.gpa);
  plan_of(&nub, s);
  const struct metes_mapping y = found(&nub, s, 2, &limits, 0x1000);
  assert_int_equal(y.gpa, 0x1000 + nub.snapshot_size + 0x1000);
  assert_int_equal(y.gva, 0x500140000000 + nub.snapshot_size + 0x1000);
}

/* FM-14, FM-16: the lowest place, before, between and behind what is there. */
static void lowest_place(void **state)
{
  const struct metes_layout l = with_table(METES_PROFILE_HYPERLIGHT);
  const uint64_t start = l.snapshot_gpa + l.snapshot_size;
  struct metes_limits m = limits;
  struct metes_memslot s[4];

  (void)state;
  plan_of(&l, s);
  s[2] = (struct metes_memslot){2, METES_SLOT_READONLY, start + 0x5000, 0x1000, 0x7F0000000000};
  s[3] = (struct metes_memslot){3, METES_SLOT_READONLY, start + 0x2000, 0x1000, 0x7F0000000000};
  assert_int_equal(found(&l, s, 4, &m, 0x1000).gpa, start + 0x1000);
  assert_int_equal(found(&l, s + 2, 2, &m, 0x2000).gpa, start + 0x7000);
  m.reserved[0] = (struct metes_range){0, UINT64_MAX}; /* not in use */
  assert_int_equal(found(&l, s, 4, &m, 0x2000).gpa, start + 0x7000); /* two pages are between them: one is the guard */
  m.n_reserved = 1;
  m.reserved[0] = (struct metes_range){start + 0x1800, start + 0x1801};
  assert_int_equal(found(&l, s, 4, &m, 0x1000).gpa, start + 0x4000);
}

/* What is no sound plan is refused as by metes_plan_check. */
static void no_plan(void **state)
{
  const struct metes_layout l = with_table(METES_PROFILE_HYPERLIGHT);
  struct metes_mapping x = {1, 2, 3, 4};
  struct metes_error err = UNTOUCHED;
  struct metes_memslot s[2];

  (void)state;
  plan_of(&l, s);
  s[1].slot = 0;
  assert_int_equal(metes_file_place(&l, s, 2, &limits, 0x1001, &x, &err), METES_E_SLOT_TWICE);
  assert_int_equal(err.index, 1);
  assert_int_equal(x.gva, 1);
}

/* FM-16, FM-8. */
static void no_room(void **state)
{
  const struct metes_layout l = with_table(METES_PROFILE_HYPERLIGHT), nub = with_table(METES_PROFILE_NUB);
  const uint64_t room = l.scratch_gpa - l.snapshot_gpa - l.snapshot_size;
  const uint64_t nub_room = nub.scratch_gva - nub.snapshot_gva - nub.snapshot_size;
  struct metes_limits m = limits;
  struct metes_memslot s[3];

  (void)state;
  plan_of(&l, s);
  refused(&l, s, 2, &m, 0, METES_E_MAPPING_PAGES, 4096);
  refused(&l, s, 2, &m, 0x1001, METES_E_MAPPING_PAGES, 4096);
  refused(&l, s, 2, &m, room, METES_E_MAPPING_ROOM, room);
  refused(&l, s, 2, &m, (uint64_t)-4096, METES_E_MAPPING_ROOM, room);
  assert_int_equal(found(&l, s, 2, &m, room - 0x1000).gpa, l.scratch_gpa - room + 0x1000);
  s[2] = (struct metes_memslot){2, 0, l.scratch_gpa - 0x1000, 0x1000, 0x7F0000000000};
  refused(&l, s, 3, &m, room - 0x1000, METES_E_MAPPING_ROOM, room);
  m.gpa_end = l.snapshot_gpa;
  refused(&l, NULL, 0, &m, 0x1000, METES_E_MAPPING_ROOM, 0); /* none at all, and no number that wraps */
  m = limits;
  plan_of(&nub, s);
  refused(&nub, s, 2, &m, nub_room, METES_E_MAPPING_ROOM, nub_room); /* guest-virtual space is the smaller one */
  found(&nub, s, 2, &m, nub_room - 0x1000);
}

/* Total: of layouts that are none it says something, without a wrap. */
static void any_layout(void **state)
{
  const uint64_t odd[] = {0, 1, 0x1000, 1ULL << 47, (uint64_t)-4096, UINT64_MAX};
  const uint64_t n = sizeof odd / sizeof *odd;

  (void)state;
  for (uint64_t k = 0; k < n * n * n * n; k++) {
    struct metes_limits m = {.gpa_end = 1ULL << 36, .n_reserved = k % 2, .reserved = {{0x3000, UINT64_MAX}}};
    struct metes_layout l = {.snapshot_gpa = odd[k % n], .snapshot_gva = odd[k / n % n]};
    struct metes_error err = UNTOUCHED;
    struct metes_mapping x;

    l.snapshot_size = odd[k / n / n % n];
    l.scratch_gpa = l.scratch_gva = m.gpa_end = odd[k / n / n / n];
    const enum metes_status s = metes_file_place(&l, NULL, 0, &m, 0x1000, &x, &err);
    assert_true(s == METES_OK || s == METES_E_MAPPING_ROOM);
  }
}

/* The same as literals: nothing before the gap, one that begins with the hole, one that reaches over it. */
static void odd_layouts(void **state)
{
  struct metes_limits m = {.gpa_end = 1ULL << 49};
  struct metes_layout l = {.scratch_gpa = 0x4000, .scratch_gva = 0x4000};

  (void)state;
  refused(&l, NULL, 0, &m, 0x4000, METES_E_MAPPING_ROOM, 0x4000);
  l.scratch_gpa = l.scratch_gva = 1ULL << 48;
  l.snapshot_gpa = l.snapshot_size = 0x1000;
  l.snapshot_gva = 1ULL << 47;
  assert_int_equal(found(&l, NULL, 0, &m, 0x1000).gpa, 0x3000);
  l.snapshot_gva = 0x1000;
  refused(&l, NULL, 0, &m, 1ULL << 47, METES_E_MAPPING_ROOM, (1ULL << 47) - 0x2000);
}

/* MAP-7 of a layout without page tables; of less than a page of them; of a PEB that begins anywhere. */
static void own_peb(void **state)
{
  struct metes_layout l = {.free_gpa = 0x800};

  (void)state;
  assert_int_equal(metes_peb_mapping(&l, 0).pages, 0);
  assert_int_equal(metes_peb_mapping(&l, 0).gpa, 0);
  l.snapshot_gva = 0x1000;
  assert_int_equal(metes_peb_mapping(&l, 0).gpa, 0);
  l.pt_size = 1;
  assert_int_equal(metes_peb_mapping(&l, 0).pages, 1);
  l.peb_offset = 0xFFF;
  l.heap_offset = 0x3000;
  assert_int_equal(metes_peb_mapping(&l, 1).gpa, 0x1000);
  l = with_table(METES_PROFILE_NUB);
  assert_int_equal(metes_peb_mapping(&l, 0).pages, l.pt_size > 0);
  assert_int_equal(metes_peb_mapping(&l, 1).pages, 0);
}

int test_fileplace(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_place), cmocka_unit_test(lowest_place), cmocka_unit_test(no_plan),
      cmocka_unit_test(no_room),     cmocka_unit_test(any_layout),   cmocka_unit_test(own_peb),
      cmocka_unit_test(odd_layouts),
  };

  return cmocka_run_group_tests_name("fileplace", tests, NULL, NULL);
}
