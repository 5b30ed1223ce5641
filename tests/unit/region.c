/* SPDX-License-Identifier: Apache-2.0
 * Regions, resolving an address in them, and places. */
#include "unit.h"

static void assert_region(const struct metes_region *r, uint64_t start, uint64_t end, uint32_t flags, uint32_t type)
{
  assert_int_equal(r->start, start);
  assert_int_equal(r->end, end);
  assert_int_equal(r->flags, flags);
  assert_int_equal(r->type, type);
}

/* REG-1 to REG-4. */
static void regions_of_the_default(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_HYPERLIGHT);
  struct metes_region r[METES_MAX_REGIONS];

  (void)state;
  assert_int_equal(metes_regions(&l, r), 3);
  assert_region(&r[0], 0x1000, 0x2000, 7, METES_REGION_CODE);
  assert_region(&r[1], 0x2000, 0x3000, 1, METES_REGION_PEB);
  assert_region(&r[2], 0x3000, 0x23000, 3, METES_REGION_HEAP);
}

/* REG-2. */
static void options_change_permissions(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_NUB);
  struct metes_config c = small_config();
  struct metes_region r[METES_MAX_REGIONS];

  (void)state;
  c.options = METES_OPT_FILE_MAPPINGS | METES_OPT_EXECUTABLE_HEAP;
  c.init_data_size = 1;
  c.init_data_permissions = METES_EXECUTE;
  const struct metes_layout l = layout_of(&p, &c);

  assert_int_equal(metes_regions(&l, r), 4);
  assert_region(&r[1], 0x2000, 0x3000, 3, METES_REGION_PEB);
  assert_region(&r[2], 0x3000, 0x23000, 7, METES_REGION_HEAP);
  assert_region(&r[3], 0x23000, 0x24000, 4, METES_REGION_INIT_DATA);
  struct metes_layout odd = l; /* no sound layout: bits that mean nothing are none of the others */

  odd.options = 4 + METES_OPT_EXECUTABLE_HEAP;
  metes_regions(&odd, r);
  assert_region(&r[2], 0x3000, 0x23000, 7, METES_REGION_HEAP);
}

/* GPA-1, GPA-2: overlapping, inverted and empty regions: the first that holds the range is the answer. */
static void resolve_takes_any_regions(void **state)
{
  const struct metes_region r[] = {
      {0x3000, 0x1000, 0, 0}, {0x1000, 0x1000, 0, 0}, {0x1000, 0x2000, 0, 0}, {0x1800, 0x3000, 0, 0}};
  struct metes_error err = UNTOUCHED;
  uint32_t index = 9;

  (void)state;
  assert_int_equal(metes_regions_resolve(r, 4, 0x1FFF, 1, &index, &err), METES_OK);
  assert_int_equal(index, 2);
  assert_int_equal(metes_regions_resolve(r, 4, 0x1FFF, 2, &index, &err), METES_OK);
  assert_int_equal(index, 3);
  assert_untouched(&err);
  assert_int_equal(metes_regions_resolve(r, 4, 0x3000, 0, &index, &err), METES_E_UNMAPPED);
  assert_error(&err, 0x3000, 0, 0);
  assert_int_equal(metes_regions_resolve(r, 0, 0x1000, 1, &index, &err), METES_E_UNMAPPED);
  assert_error(&err, 0x1000, 1, 0);
  assert_int_equal(index, 3);
}

/* PLACE-1. */
static void place_of_each_edge(void **state)
{
  static const struct {
    uint64_t gpa;
    enum metes_place place;
  } edges[] = {
      {0, METES_PLACE_NULL_GUARD},          {0xFFF, METES_PLACE_NULL_GUARD},     {0x1000, METES_PLACE_CODE},
      {0x1FFF, METES_PLACE_CODE},           {0x2000, METES_PLACE_PEB},           {0x2FFF, METES_PLACE_PEB},
      {0x3000, METES_PLACE_HEAP},           {0x22FFF, METES_PLACE_HEAP},         {0x23000, METES_PLACE_INIT_DATA},
      {0x23FFF, METES_PLACE_INIT_DATA},     {0x24000, METES_PLACE_SNAPSHOT_PT},  {0x25FFF, METES_PLACE_SNAPSHOT_PT},
      {0x26000, METES_PLACE_NONE},          {0xFFFFB7FFF, METES_PLACE_NONE},     {0xFFFFB8000, METES_PLACE_INPUT},
      {0xFFFFBBFFF, METES_PLACE_INPUT},     {0xFFFFBC000, METES_PLACE_OUTPUT},   {0xFFFFBFFFF, METES_PLACE_OUTPUT},
      {0xFFFFC0000, METES_PLACE_SCRATCH_PT}, {0xFFFFC1FFF, METES_PLACE_SCRATCH_PT}, {0xFFFFC2000, METES_PLACE_FREE},
      {0xFFFFFFFFF, METES_PLACE_FREE},      {0x1000000000, METES_PLACE_NONE},    {UINT64_MAX, METES_PLACE_NONE},
  };
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.init_data_size = 1;
  c.pt_size = 0x2000;
  const struct metes_layout l = layout_of(&p, &c);

  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    assert_int_equal(metes_place_of_gpa(&l, edges[i].gpa), edges[i].place);
}

/* PLACE-2. */
static void place_in_virtual_space(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_NUB);

  (void)state;
  assert_int_equal(metes_place_of_gva(&l, 0), METES_PLACE_NULL_GUARD);
  assert_int_equal(metes_place_of_gva(&l, 0x50013FFFFFFF), METES_PLACE_NULL_GUARD);
  assert_int_equal(metes_place_of_gva(&l, 0x500140000000), METES_PLACE_CODE);
  assert_int_equal(metes_place_of_gva(&l, 0x500140021FFF), METES_PLACE_HEAP);
  assert_int_equal(metes_place_of_gva(&l, 0x500140022000), METES_PLACE_NONE);
  assert_int_equal(metes_place_of_gva(&l, 0x50043FFB8000), METES_PLACE_INPUT);
  assert_int_equal(metes_place_of_gva(&l, 0x50043FFFFFFF), METES_PLACE_FREE);
  assert_int_equal(metes_place_of_gva(&l, 0x500440000000), METES_PLACE_NONE);
}

int test_region(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(regions_of_the_default),    cmocka_unit_test(options_change_permissions),
      cmocka_unit_test(resolve_takes_any_regions),
      cmocka_unit_test(place_of_each_edge),        cmocka_unit_test(place_in_virtual_space),
  };

  return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
