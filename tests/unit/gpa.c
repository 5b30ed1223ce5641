/* SPDX-License-Identifier: Apache-2.0
 * The door to a guest's memory by physical address: each place to the byte, and layouts that are not sound. */
#include "unit.h"

enum { SNAPSHOT = 0x25000, SCRATCH = 0x48000, MOST = 0x2000 };
#define TOP 0xFFFFB8000ULL /* where scratch begins */
static uint8_t snapshot[SNAPSHOT], scratch[SCRATCH], bytes[MOST], before[SCRATCH];
static struct metes_memory guest;

/* Init data, page tables, and an input buffer that ends inside a page; no two bytes near each other are alike. */
static int fresh(void **state)
{
  const struct metes_profile p = profile_of(METES_PROFILE_HYPERLIGHT);
  struct metes_config c = small_config();

  (void)state;
  c.init_data_size = 1;
  c.init_data_permissions = METES_READ | METES_EXECUTE;
  c.pt_size = 0x2000;
  c.input_data_size = 0x3FF0;
  guest = (struct metes_memory){layout_of(&p, &c), snapshot, scratch};
  assert_int_equal(guest.layout.snapshot_size, SNAPSHOT);
  for (uint32_t i = 0; i < SNAPSHOT; i++)
    snapshot[i] = (uint8_t)(i * 7 + i / 251);
  for (uint32_t i = 0; i < SCRATCH; i++)
    scratch[i] = (uint8_t)(i * 11 + i / 241);
  memset(bytes, 0xC3, sizeof bytes);
  return 0;
}

static const struct place {
  uint64_t start, end;
  enum metes_place place;
  uint32_t flags;
} places[] = {
    {0x1000, 0x2000, METES_PLACE_CODE, 7},
    {0x2000, 0x3000, METES_PLACE_PEB, 1},
    {0x3000, 0x23000, METES_PLACE_HEAP, 3},
    {0x23000, 0x24000, METES_PLACE_INIT_DATA, 5},
    {0x24000, 0x26000, METES_PLACE_SNAPSHOT_PT, 1},
    {TOP, TOP + 0x3FF0, METES_PLACE_INPUT, 3},
    {TOP + 0x3FF0, TOP + 0x8000, METES_PLACE_OUTPUT, 3},
    {TOP + 0x8000, TOP + 0xA000, METES_PLACE_SCRATCH_PT, 3},
    {TOP + 0xA000, TOP + 0x48000, METES_PLACE_FREE, 3},
};
enum { PLACES = sizeof places / sizeof *places };

static void assert_span(uint64_t gpa, uint64_t len, const struct place *want)
{
  const struct metes_span s = metes_gpa_resolve(&guest.layout, gpa, len);

  assert_int_equal(s.status, want ? METES_OK : METES_E_UNMAPPED);
  assert_int_equal(s.place, want ? want->place : METES_PLACE_NONE);
  assert_int_equal(s.flags, want ? want->flags : 0);
  assert_int_equal(s.offset, want ? gpa - (gpa < TOP ? 0x1000 : TOP) : 0);
}

/* GPA-3, GPA-4, GPA-6, D8: its first and last byte, all of it, and a byte too many at either end. */
static void each_place_to_the_byte(void **state)
{
  (void)state;
  for (int i = 0; i < PLACES; i++) {
    const struct place *p = &places[i];
    const uint64_t size = p->end - p->start;

    assert_span(p->start, 1, p);
    assert_span(p->end - 1, 1, p);
    assert_span(p->start, size, p);
    assert_span(p->start + 1, size - 1, p);
    assert_span(p->start, 0, p);
    assert_span(p->end - 1, 0, p);
    assert_span(p->start, size + 1, NULL);
    assert_span(p->start - 1, 2, NULL);
    assert_span(p->end - 1, 2, NULL);
    assert_span(p->start, UINT64_MAX, NULL);
    assert_span(p->start, 0 - p->start, NULL); /* up to 2^64 */
    assert_span(p->end - 1, 2 - p->end, NULL); /* and beyond */
  }
}

/* GPA-4: nothing lies beside the windows, not even an empty range. */
static void nothing_outside(void **state)
{
  const uint64_t none[] = {0, 0xFFF, 0x26000, TOP - 1, 0x1000000000, 0x1000000001, 1ULL << 63, UINT64_MAX};

  (void)state;
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    assert_span(none[i], 0, NULL);
    assert_span(none[i], 1, NULL);
    assert_span(none[i], UINT64_MAX, NULL);
  }
}

/* GPA-6. */
static void options_change_what_is_permitted(void **state)
{
  (void)state;
  guest.layout.options = METES_OPT_FILE_MAPPINGS;
  assert_int_equal(metes_gpa_resolve(&guest.layout, 0x2000, 8).flags, METES_READ | METES_WRITE);
  assert_int_equal(metes_gpa_resolve(&guest.layout, 0x3000, 8).flags, METES_READ | METES_WRITE);
  guest.layout.options = 4 + METES_OPT_EXECUTABLE_HEAP; /* a bit that means nothing */
  assert_int_equal(metes_gpa_resolve(&guest.layout, 0x2000, 8).flags, METES_READ);
  assert_int_equal(metes_gpa_resolve(&guest.layout, 0x3000, 8).flags, 7);
  for (uint32_t f = 0; f < 8; f++) {
    guest.layout.init_data_permissions = f + 8; /* of a layout that is not sound */
    assert_int_equal(metes_gpa_resolve(&guest.layout, 0x23000, 1).flags, f);
  }
}

static void assert_inside(const struct metes_layout *l, uint64_t gpa, uint64_t len)
{
  const struct metes_span s = metes_gpa_resolve(l, gpa, len);
  const int low = s.place <= METES_PLACE_SNAPSHOT_PT;

  if (s.status != METES_OK) {
    assert_true(s.status == METES_E_UNMAPPED && s.place == 0 && s.flags == 0 && s.offset == 0);
    return;
  }
  assert_in_range(s.place, METES_PLACE_CODE, METES_PLACE_FREE);
  assert_int_equal(s.offset, gpa - (low ? l->snapshot_gpa : l->scratch_gpa));
  assert_true(s.offset <= (low ? l->snapshot_size : l->scratch_size));
  assert_true(len <= (low ? l->snapshot_size : l->scratch_size) - s.offset);
}

/* GPA-5: any one field, and any two, at odds with the others: what is resolved is in its window. */
static void layouts_that_are_not_sound(void **state)
{
  struct metes_layout l, *const g = &l;
  uint64_t *const fields[] = {&g->peb_offset,        &g->heap_offset,  &g->init_data_offset, &g->memory_size,
                              &g->snapshot_size,     &g->scratch_size, &g->input_data_size,  &g->pt_size,
                              &g->pt_scratch_offset, &g->snapshot_gpa, &g->scratch_gpa};
  const uint64_t values[] = {0, 1, 0x1FFF, 0x26001, TOP, TOP + 0x48001, 1ULL << 63, UINT64_MAX - 0xFFF, UINT64_MAX};
  const uint64_t lens[] = {0, 1, 0x1001, 0x48000, UINT64_MAX - 0x1000, UINT64_MAX};
  enum { FIELDS = sizeof fields / sizeof *fields, VALUES = sizeof values / sizeof *values };

  (void)state;
  for (int i = 0; i < FIELDS * VALUES; i++)
    for (int k = 0; k < FIELDS * VALUES; k += 7) {
      l = guest.layout;
      *fields[i / VALUES] = values[i % VALUES];
      *fields[k / VALUES] = values[k % VALUES];
      for (size_t j = 0; j < sizeof lens / sizeof *lens; j++) {
        for (int p = 0; p < PLACES; p++)
          assert_inside(&l, places[p].end - 1, lens[j]);
        for (int v = 0; v < VALUES; v++)
          assert_inside(&l, values[v], lens[j]);
      }
    }
}

static void assert_unread(uint64_t gpa, uint64_t len)
{
  struct metes_error err = UNTOUCHED;

  memset(bytes, 0xC3, sizeof bytes);
  assert_int_equal(metes_gpa_read(&guest, gpa, bytes, len, &err), METES_E_UNMAPPED);
  assert_error(&err, gpa, len, 0);
  for (int i = 0; i < MOST; i++)
    assert_int_equal(bytes[i], 0xC3);
}

/* GPA-7, LE-3: just those bytes, of either window; nothing of a range that straddles. */
static void read_by_gpa(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  for (int i = 0; i < PLACES; i++) {
    const uint64_t at = places[i].start, end = places[i].end;
    const uint8_t *window = at < TOP ? snapshot + (at - 0x1000) : scratch + (at - TOP);

    assert_int_equal(metes_gpa_read(&guest, at, bytes, 0x1000, &err), METES_OK);
    assert_memory_equal(bytes, window, 0x1000);
    assert_int_equal(bytes[0x1000], 0xC3);
    assert_int_equal(metes_gpa_read(&guest, end - 1, bytes, 1, &err), METES_OK);
    assert_int_equal(bytes[0], window[end - at - 1]);
    assert_int_equal(bytes[1], window[1]);
    assert_untouched(&err);
    assert_unread(end - 1, 2);
    assert_unread(at - 1, 2);
    fresh(NULL);
  }
  assert_int_equal(metes_gpa_read(&guest, 0x1000, bytes, 0, &err), METES_OK);
  assert_int_equal(bytes[0], 0xC3);
  assert_unread(0, 8);
  assert_unread(0x26000, 0);
  assert_unread(UINT64_MAX, 8);
}

static void assert_unwritten(uint64_t gpa, uint64_t len, enum metes_status status)
{
  struct metes_error err = UNTOUCHED;

  memcpy(before, scratch, sizeof before);
  assert_int_equal(metes_gpa_write(&guest, gpa, bytes, len, &err), status);
  assert_error(&err, gpa, len, 0);
  assert_memory_equal(scratch, before, sizeof before);
}

/* GPA-8: just those bytes of scratch, at each end of each place. */
static void written_by_gpa(void **state)
{
  struct metes_error err = UNTOUCHED;

  (void)state;
  for (int i = METES_PLACE_INPUT - METES_PLACE_CODE; i < PLACES; i++)
    for (uint64_t len = 0; len <= 0x1000; len = len * 3 + 1)
      for (int last = 0; last < 2; last++) {
        const uint64_t gpa = last ? places[i].end - len - (len == 0) : places[i].start;

        fresh(NULL);
        memcpy(before, scratch, sizeof before);
        memcpy(before + (gpa - TOP), bytes, len);
        assert_int_equal(metes_gpa_write(&guest, gpa, bytes, len, &err), METES_OK);
        assert_memory_equal(scratch, before, sizeof before);
      }
  assert_untouched(&err);
  for (int i = METES_PLACE_INPUT - METES_PLACE_CODE; i < PLACES; i++) {
    assert_unwritten(places[i].end - 1, 2, METES_E_UNMAPPED);
    assert_unwritten(places[i].start - 1, 2, METES_E_UNMAPPED);
  }
}

/* GPA-8: the snapshot is for reading, whatever the region permits. */
static void the_snapshot_is_not_written(void **state)
{
  static uint8_t whole[SNAPSHOT];

  (void)state;
  memcpy(whole, snapshot, sizeof whole);
  for (int i = 0; i <= METES_PLACE_SNAPSHOT_PT - METES_PLACE_CODE; i++) {
    assert_unwritten(places[i].start, 8, METES_E_READ_ONLY);
    assert_unwritten(places[i].end - 1, 1, METES_E_READ_ONLY);
    assert_unwritten(places[i].end - 1, 0, METES_E_READ_ONLY);
    assert_unwritten(places[i].end - 1, 2, METES_E_UNMAPPED);
  }
  assert_memory_equal(whole, snapshot, sizeof whole);
}

int test_gpa(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(each_place_to_the_byte, fresh),
      cmocka_unit_test_setup(nothing_outside, fresh),
      cmocka_unit_test_setup(options_change_what_is_permitted, fresh),
      cmocka_unit_test_setup(layouts_that_are_not_sound, fresh),
      cmocka_unit_test_setup(read_by_gpa, fresh),
      cmocka_unit_test_setup(written_by_gpa, fresh),
      cmocka_unit_test_setup(the_snapshot_is_not_written, fresh),
  };

  return cmocka_run_group_tests_name("gpa", tests, NULL, NULL);
}
