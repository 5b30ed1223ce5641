/* SPDX-License-Identifier: Apache-2.0
 * Plans of memory slots: every refusal of metes_plan_check with its numbers. */
#include "unit.h"

#define HOST 0x7F0000000000ULL

static struct metes_limits limits(void)
{
  return (struct metes_limits){.gpa_end = 1ULL << 40, .host_end = 1ULL << 47, .max_slots = 4};
}

/* Three slots, of which the last two touch. */
static void sound_plan(struct metes_memslot *s)
{
  s[0] = (struct metes_memslot){0, METES_SLOT_READONLY, 0x1000, 0x3000, HOST};
  s[1] = (struct metes_memslot){3, METES_SLOT_LOG_DIRTY_PAGES, 0x100000, 0x1000, HOST + 0x10000};
  s[2] = (struct metes_memslot){2, 3, 0x101000, 0x2000, HOST + 0x20000};
}

static void assert_plan(const struct metes_memslot *s, uint32_t n, const struct metes_limits *m,
                        enum metes_status status, uint64_t requested, uint64_t limit, uint32_t index)
{
  struct metes_error err = UNTOUCHED;

  assert_int_equal(metes_plan_check(s, n, m, &err), status);
  if (status == METES_OK)
    assert_untouched(&err);
  else
    assert_error(&err, requested, limit, index);
}

/* Slot 1 of the sound plan changed: what the check says. */
#define WITH(field, value, status, requested, limit, index)       \
  do {                                                            \
    struct metes_memslot s_[3];                                   \
    const struct metes_limits m_ = limits();                      \
    sound_plan(s_);                                               \
    s_[1].field = (value);                                        \
    assert_plan(s_, 3, &m_, status, requested, limit, index);     \
  } while (0)

/* PLAN-13. */
static void sound_plans(void **state)
{
  const struct metes_limits m = limits();
  struct metes_memslot s[3];

  (void)state;
  sound_plan(s);
  for (uint32_t n = 0; n <= 3; n++)
    assert_plan(s, n, &m, METES_OK, 0, 0, 0);
}

static void budget(void **state)
{
  struct metes_limits m = limits();
  struct metes_memslot s[3];

  (void)state;
  sound_plan(s);
  m.max_slots = 2;
  assert_plan(s, 3, &m, METES_E_SLOT_BUDGET, 3, 2, 0);
  assert_plan(s, 2, &m, METES_E_SLOT_NUMBER, 3, 2, 1);
  m.max_slots = 0;
  assert_plan(s, 1, &m, METES_E_SLOT_BUDGET, 1, 0, 0);
  assert_plan(s, 0, &m, METES_OK, 0, 0, 0);
}

/* PLAN-17: more reserved ranges than there is room for are refused, not read. */
static void limits_of_the_caller(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_limits m = limits();
  struct metes_error err = UNTOUCHED;
  struct metes_memslot s[3];

  (void)state;
  sound_plan(s);
  m.n_reserved = 9;
  m.max_slots = 2;
  assert_plan(s, 3, &m, METES_E_LIMITS, 9, 8, 0);
  m.n_reserved = UINT32_MAX;
  assert_plan(s, 0, &m, METES_E_LIMITS, UINT32_MAX, 8, 0);
  assert_int_equal(metes_plan_layout(&l, HOST, HOST, &m, s, &err), METES_E_LIMITS);
  assert_error(&err, UINT32_MAX, 8, 0);
}

static void one_slot_by_itself(void **state)
{
  (void)state;
  WITH(slot, 4, METES_E_SLOT_NUMBER, 4, 4, 1);
  WITH(flags, 4, METES_E_SLOT_FLAGS, 4, 3, 1);
  WITH(flags, 0x80000000, METES_E_SLOT_FLAGS, 0x80000000, 3, 1);
  WITH(size, 0, METES_E_SLOT_EMPTY, 0x100000, 0x100000, 1);
  WITH(size, 0x1001, METES_E_SLOT_UNALIGNED, 0x1001, 4096, 1);
  WITH(gpa, 0x100FFF, METES_E_SLOT_UNALIGNED, 0x100FFF, 4096, 1);
  WITH(host, HOST + 8, METES_E_SLOT_UNALIGNED, HOST + 8, 4096, 1);
  WITH(size, METES_MAX_SLOT_SIZE + 0x1000, METES_E_SLOT_PAGES, METES_MAX_SLOT_SIZE + 0x1000, METES_MAX_SLOT_SIZE, 1);
}

static void rooms(void **state)
{
  (void)state;
  WITH(gpa, (1ULL << 40) - 0x1000, METES_OK, 0, 0, 0);
  WITH(gpa, 1ULL << 40, METES_E_SLOT_GPA, 0x1000, 0, 1);
  WITH(gpa, 0xFFFFFFFFFFFFF000, METES_E_SLOT_GPA, 0x1000, 0, 1); /* the sum is 2^64 */
  WITH(size, METES_MAX_SLOT_SIZE, METES_E_SLOT_GPA, METES_MAX_SLOT_SIZE, (1ULL << 40) - 0x100000, 1);
  WITH(host, (1ULL << 47) - 0x1000, METES_OK, 0, 0, 0);
  WITH(host, 1ULL << 47, METES_E_SLOT_HOST, 0x1000, 0, 1);
  WITH(host, 0xFFFFFFFFFFFFF000, METES_E_SLOT_HOST, 0x1000, 0, 1);
}

/* K16: a range may be touched on both sides. */
static void reserved(void **state)
{
  struct metes_limits m = limits();
  struct metes_memslot s[3];

  (void)state;
  sound_plan(s);
  m.n_reserved = 2;
  m.reserved[0] = (struct metes_range){0x4000, 0x100000};
  m.reserved[1] = (struct metes_range){0x103000, 0x104000};
  assert_plan(s, 3, &m, METES_OK, 0, 0, 0);
  m.reserved[1].start--;
  assert_plan(s, 3, &m, METES_E_SLOT_RESERVED, 0x102FFF, 0x104000, 2);
  m.reserved[0].end++;
  assert_plan(s, 3, &m, METES_E_SLOT_RESERVED, 0x4000, 0x100001, 1);
  m = limits();
  m.n_reserved = METES_MAX_RESERVED; /* all of them in use, none is met */
  for (uint32_t i = 0; i < METES_MAX_RESERVED; i++)
    m.reserved[i] = (struct metes_range){0x5000, 0x6000 + i};
  assert_plan(s, 3, &m, METES_OK, 0, 0, 0);
}

static void pairs(void **state)
{
  (void)state;
  WITH(slot, 2, METES_E_SLOT_TWICE, 2, 1, 2);
  WITH(slot, 0, METES_E_SLOT_TWICE, 0, 0, 1);
  WITH(size, 0x2000, METES_E_SLOT_OVERLAP, 0x101000, 1, 2);
  WITH(gpa, 0x3000, METES_E_SLOT_OVERLAP, 0x3000, 0, 1);
  WITH(gpa, 0x4000, METES_OK, 0, 0, 0);
  WITH(gpa, 0, METES_OK, 0, 0, 0);
  WITH(gpa, 0x102000, METES_E_SLOT_OVERLAP, 0x101000, 1, 2);
}

/* PLAN-13 to PLAN-16: of a layout that this host can back; and refused as a whole where it cannot. */
static void plan_of_a_layout(void **state)
{
  const struct metes_memslot want[2] = {{0, METES_SLOT_READONLY, 0x1000, 0x22000, HOST},
                                        {1, 0, 0xFFFFB8000, 0x48000, HOST + 0x100000}};
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_memslot s[2], before[2];
  struct metes_limits m = limits();
  struct metes_error err = UNTOUCHED;

  (void)state;
  memset(s, 0x5A, sizeof s);
  memcpy(before, s, sizeof s);
  m.gpa_end = 0xFFFFFF000;
  assert_int_equal(metes_plan_layout(&l, HOST, HOST + 0x100000, &m, s, &err), METES_E_SLOT_GPA);
  assert_error(&err, 0x48000, 0x47000, 1);
  assert_memory_equal(s, before, sizeof s);
  err = UNTOUCHED;
  m.gpa_end = 0x1000000000;
  assert_int_equal(metes_plan_layout(&l, HOST, HOST + 0x100000, &m, s, &err), METES_OK);
  assert_memory_equal(s, want, sizeof s);
  assert_untouched(&err);
}

/* PLAN-13, PLAN-15: what is wrong is found in the order of the slots; also where no sound layout leads. */
static void no_plan_of_a_layout(void **state)
{
  struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_error err = UNTOUCHED;
  struct metes_limits m = limits();
  struct metes_memslot s[2];

  (void)state;
  m.max_slots = 1;
  assert_int_equal(metes_plan_layout(&l, HOST, HOST, &m, s, &err), METES_E_SLOT_BUDGET);
  assert_error(&err, 2, 1, 0);
  m.max_slots = 2;
  assert_int_equal(metes_plan_layout(&l, HOST + 1, HOST, &m, s, &err), METES_E_SLOT_UNALIGNED);
  assert_error(&err, HOST + 1, 4096, 0);
  l.scratch_gpa = 0x22000;
  assert_int_equal(metes_plan_layout(&l, HOST, HOST, &m, s, &err), METES_E_SLOT_OVERLAP);
  assert_error(&err, 0x22000, 0, 1);
  l.snapshot_size = 0;
  assert_int_equal(metes_plan_layout(&l, HOST, HOST, &m, s, &err), METES_E_SLOT_EMPTY);
  assert_error(&err, 0x1000, 0x1000, 0);
  l.snapshot_size = 0x1000;
  l.snapshot_gpa = l.scratch_gpa + l.scratch_size; /* right below: no sound layout, but a sound plan */
  assert_int_equal(metes_plan_layout(&l, HOST, HOST, &m, s, &err), METES_OK);
}

/* PLAN-12: nothing is added to a plan that is unsound itself. */
static void add_to_an_unsound_plan(void **state)
{
  const struct metes_extra x = {0x200000, 0x201000, HOST + 0x30000, 0x1000, 1, 0};
  const struct metes_limits m = limits();
  struct metes_memslot s[4] = {{0, 0, 0, 0, 0}}, before[4];
  struct metes_error err = UNTOUCHED;

  (void)state;
  sound_plan(s);
  s[2].gpa = 0x100000;
  memcpy(before, s, sizeof s);
  assert_int_equal(metes_plan_add(s, 3, &x, &m, &err), METES_E_SLOT_OVERLAP);
  assert_error(&err, 0x100000, 1, 2);
  assert_memory_equal(s, before, sizeof s);
}

/* PLAN-20, PLAN-21: a slot goes, the last takes its place, and its number can be used again. */
static void taking_out(void **state)
{
  const struct metes_extra again = {0x200000, 0x201000, HOST + 0x30000, 0x1000, 2, 0};
  const struct metes_limits m = limits();
  struct metes_memslot s[4] = {{0}}, want[4] = {{0}};
  struct metes_error err = UNTOUCHED;

  (void)state;
  sound_plan(s);
  sound_plan(want);
  assert_int_equal(metes_plan_free_slot(s, 3, m.max_slots), 4); /* 2 and 3 are taken: none */
  assert_int_equal(metes_plan_remove(s, 3, 3, &m, &err), METES_OK);
  want[1] = want[2];
  assert_memory_equal(s, want, 2 * sizeof *s);
  assert_int_equal(metes_plan_remove(s, 2, 2, &m, &err), METES_OK);
  assert_memory_equal(s, want, sizeof *s);
  assert_untouched(&err);
  assert_int_equal(metes_plan_free_slot(s, 1, m.max_slots), 2);
  assert_int_equal(metes_plan_add(s, 1, &again, &m, &err), METES_OK);
  assert_int_equal(metes_plan_free_slot(s, 2, m.max_slots), 3);
  assert_plan(s, 2, &m, METES_OK, 0, 0, 0);
}

static void assert_kept(uint32_t slot, enum metes_status status, uint64_t requested, uint64_t limit, uint32_t index)
{
  const struct metes_limits m = limits();
  struct metes_memslot s[3], want[3];
  struct metes_error err = UNTOUCHED;

  sound_plan(s);
  if (status == METES_E_SLOT_OVERLAP)
    s[2].gpa = 0x100000;
  memcpy(want, s, sizeof s);
  assert_int_equal(metes_plan_remove(s, 3, slot, &m, &err), status);
  assert_error(&err, requested, limit, index);
  assert_memory_equal(s, want, sizeof s);
}

/* PLAN-18, PLAN-19. */
static void not_taken_out(void **state)
{
  const struct metes_limits m = limits();
  struct metes_memslot none[1] = {{0}};
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_kept(0, METES_E_SLOT_KEPT, 0, 2, 0);
  assert_kept(1, METES_E_SLOT_KEPT, 1, 2, 0);
  assert_kept(4, METES_E_SLOT_UNKNOWN, 4, 3, 0);
  assert_kept(UINT32_MAX, METES_E_SLOT_UNKNOWN, UINT32_MAX, 3, 0);
  assert_kept(0, METES_E_SLOT_OVERLAP, 0x100000, 1, 2); /* the plan itself comes first */
  assert_int_equal(metes_plan_remove(none, 0, 2, &m, &err), METES_E_SLOT_UNKNOWN);
  assert_error(&err, 2, 0, 0);
  assert_int_equal(metes_plan_free_slot(none, 0, 2), 2);
  assert_int_equal(metes_plan_free_slot(none, 0, 0), 0);
}

int test_plan(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sound_plans), cmocka_unit_test(budget), cmocka_unit_test(limits_of_the_caller),
    cmocka_unit_test(one_slot_by_itself),
      cmocka_unit_test(rooms),       cmocka_unit_test(reserved), cmocka_unit_test(pairs),
      cmocka_unit_test(plan_of_a_layout), cmocka_unit_test(no_plan_of_a_layout),
      cmocka_unit_test(add_to_an_unsound_plan),
      cmocka_unit_test(taking_out),       cmocka_unit_test(not_taken_out),
  };

  return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
