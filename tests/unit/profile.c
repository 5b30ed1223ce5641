/* SPDX-License-Identifier: Apache-2.0
 * Profiles: those that ship, each PRO clause broken by the least there is, reserving ranges. */
#include "unit.h"

/* PRO-9, PRO-10. */
static void those_that_ship(void **state)
{
  const struct metes_profile h = profile_of(METES_PROFILE_HYPERLIGHT), n = profile_of(METES_PROFILE_NUB),
                             i = profile_of(METES_PROFILE_I686);

  (void)state;
  assert_int_equal(h.snapshot_gva, 0x1000);
  assert_int_equal(h.last_gva, 0xFFFFFFFFFFFFEFFF);
  assert_int_equal(h.last_gpa, 0xFFFFFFFFF);
  assert_int_equal(n.snapshot_gva, 0x500140000000);
  assert_int_equal(n.last_gva, 0x50043FFFFFFF);
  assert_int_equal(n.last_gpa, 0xFFFFFFFFF);
  assert_int_equal(i.snapshot_gva, 0x1000);
  assert_int_equal(i.last_gva, 0xFFFFFFFF);
  assert_int_equal(i.last_gpa, 0xFEDFFFFF);
  for (uint32_t id = 0; id < 3; id++) {
    const struct metes_profile p = profile_of((enum metes_profile_id)id);

    assert_int_equal(p.snapshot_gpa, 0x1000);
    assert_int_equal(p.max_size, 0x3FFFFF000);
    assert_int_equal(p.alignment, 4096);
    assert_int_equal(metes_profile_flaw(&p), 0);
    assert_int_equal(p.n_reserved, 0);
    for (uint32_t k = 0; k < METES_MAX_RESERVED; k++) {
      assert_int_equal(p.reserved[k].start, 0);
      assert_int_equal(p.reserved[k].end, 0);
    }
  }
}

/* PRO-10: there are three. */
static void unknown_profile(void **state)
{
  struct metes_error err = UNTOUCHED;
  struct metes_profile p, before;

  (void)state;
  memset(&p, 0x5A, sizeof p);
  before = p;
  assert_int_equal(metes_profile_builtin((enum metes_profile_id)3, &p, &err), METES_E_PROFILE);
  assert_error(&err, 3, 2, 0);
  assert_memory_equal(&p, &before, sizeof p);
}

/* One number of hyperlight changed: which clause says no, 0 for none. */
static uint32_t flaw_with(size_t offset, uint64_t value)
{
  struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);

  memcpy((char *)&p + offset, &value, sizeof value);
  return metes_profile_flaw(&p);
}
#define FLAW(field, value) flaw_with(offsetof(struct metes_profile, field), value)

/* PRO-1 to PRO-5, PRO-9: the number of the clause that is broken. */
static void bases_and_ends(void **state)
{
  (void)state;
  assert_int_equal(FLAW(snapshot_gpa, 0), 1);
  assert_int_equal(FLAW(snapshot_gpa, 0x1001), 1);
  assert_int_equal(FLAW(snapshot_gva, 0), 1);
  assert_int_equal(FLAW(snapshot_gva, 0x1FFF), 1);
  assert_int_equal(FLAW(last_gpa, UINT64_MAX), 2);
  assert_int_equal(FLAW(last_gva, UINT64_MAX), 2);
  assert_int_equal(FLAW(last_gpa, 0xFFFFFFFFE), 2);
  assert_int_equal(FLAW(last_gva, 0x1000), 2);
  assert_int_equal(FLAW(last_gpa, 0x10000000000FFF), 3);
  assert_int_equal(FLAW(last_gpa, 0xFFFFFFFFFFFFF), 0);
  assert_int_equal(FLAW(last_gpa, 0xFFF), 4);
  assert_int_equal(FLAW(last_gva, 0xFFF), 4);
  assert_int_equal(FLAW(last_gpa, 0x1FFF), 0);
  assert_int_equal(FLAW(max_size, 0), 5);
  assert_int_equal(FLAW(max_size, 0x1001), 5);
  assert_int_equal(FLAW(max_size, METES_MAX_REGION_SIZE + 0x1000), 5);
  assert_int_equal(FLAW(max_size, METES_MAX_REGION_SIZE), 0);
}

/* PRO-6: the windows may lie in the two halves, and each must keep to its own. */
static void canonical_addresses(void **state)
{
  const uint64_t max = 0x3FFFFF000, high = 0xFFFF800000000000;

  (void)state;
  assert_int_equal(FLAW(last_gva, 0x7FFFFFFFFFFF), 0);
  assert_int_equal(FLAW(last_gva, 0x800000000FFF), 6);
  assert_int_equal(FLAW(last_gva, high + max - 0x1001), 6);
  assert_int_equal(FLAW(last_gva, high + max - 1), 0);
  assert_int_equal(FLAW(snapshot_gva, 0x800000000000 - 2 * max), 0);
  assert_int_equal(FLAW(snapshot_gva, 0x800000000000 - 2 * max + 0x1000), 6);
  assert_int_equal(FLAW(snapshot_gva, 0x800000001000), 6);
  assert_int_equal(FLAW(snapshot_gva, high - 0x1000), 6);
  assert_int_equal(FLAW(snapshot_gva, high), 0);
}

/* PRO-7, PRO-11: eight ranges, and not nine. */
static void reserved_ranges(void **state)
{
  struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT), before;
  struct metes_error err = UNTOUCHED;

  (void)state;
  for (uint64_t i = 0; i < METES_MAX_RESERVED; i++) {
    assert_int_equal(metes_profile_reserve(&p, i, i + 1, &err), METES_OK);
    assert_int_equal(p.n_reserved, i + 1);
    assert_int_equal(p.reserved[i].start, i);
    assert_int_equal(p.reserved[i].end, i + 1);
  }
  assert_untouched(&err);
  before = p;
  assert_int_equal(metes_profile_reserve(&p, 1, 2, &err), METES_E_RESERVED);
  assert_error(&err, 9, 8, 7);
  assert_int_equal(metes_profile_flaw(&p), 0);
  assert_memory_equal(&p, &before, sizeof p);
  p.n_reserved = 9;
  assert_int_equal(metes_profile_flaw(&p), 7);
  assert_int_equal(metes_profile_reserve(&p, 1, 2, &err), METES_E_RESERVED);
  p.n_reserved = UINT32_MAX;
  assert_int_equal(metes_profile_flaw(&p), 7);
}

/* PRO-8, PRO-11. */
static void empty_ranges_are_not_reserved(void **state)
{
  struct metes_profile p = profile_of(METES_PROFILE_I686);
  struct metes_error err = UNTOUCHED;

  (void)state;
  assert_int_equal(metes_profile_reserve(&p, 5, 5, &err), METES_E_RESERVED);
  assert_error(&err, 5, 5, 8);
  assert_int_equal(metes_profile_reserve(&p, 6, 5, &err), METES_E_RESERVED);
  assert_error(&err, 6, 5, 8);
  assert_int_equal(p.n_reserved, 0);
  p.n_reserved = 2;
  p.reserved[0] = (struct metes_range){5, 6};
  p.reserved[1] = (struct metes_range){5, 5};
  assert_int_equal(metes_profile_flaw(&p), 8);
}

int test_profile(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(those_that_ship),     cmocka_unit_test(unknown_profile),
      cmocka_unit_test(bases_and_ends),      cmocka_unit_test(canonical_addresses),
      cmocka_unit_test(reserved_ranges),     cmocka_unit_test(empty_ranges_are_not_reserved),
  };

  return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
