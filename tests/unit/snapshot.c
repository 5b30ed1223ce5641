/* SPDX-License-Identifier: Apache-2.0
 * Snapshot records: written, read, damaged, and forged by somebody who can compute a checksum. */
#include "unit.h"

enum { BYTES = METES_SNAPSHOT_BYTES };
static uint8_t record[BYTES + 1], before[BYTES + 1];

/* A snapshot in which no two fields are alike. */
static struct metes_snapshot sample(void)
{
  struct metes_snapshot s = {.profile = profile_of(METES_PROFILE_NUB), .config = small_config()};
  struct metes_error err = UNTOUCHED;

  s.config.init_data_size = 0x123;
  s.config.output_data_size = 0x5000;
  s.config.pt_size = 0x2000;
  s.config.options = METES_OPT_EXECUTABLE_HEAP;
  assert_int_equal(metes_profile_reserve(&s.profile, 0xFEE00000, 0xFEE01000, &err), METES_OK);
  assert_int_equal(metes_profile_reserve(&s.profile, 0xFEC00000, 0xFEC01000, &err), METES_OK);
  s.generation = 77;
  s.entry = s.profile.snapshot_gva + 0x10;
  s.stack = 0xFFFFFF0000000000;
  return s;
}

static uint64_t word(int k)
{
  return metes_get64(record, 8 * (uint64_t)k);
}

/* Adler-32 as RFC 1950 has it, and what follows from a word that is changed. */
static void reseal(void)
{
  uint64_t a = 1, b = 0;

  for (int i = 32; i < BYTES; i++) {
    a = (a + record[i]) % 65521;
    b = (b + a) % 65521;
  }
  metes_put64(record, 24, b << 16 | a);
}

static void forge(int k, uint64_t v)
{
  metes_put64(record, 8 * (uint64_t)k, v);
  reseal();
}

static void write_sample(void)
{
  const struct metes_snapshot s = sample();
  struct metes_error err = UNTOUCHED;

  memset(record, 0xC3, sizeof record);
  assert_int_equal(metes_snapshot_write(&s, record, BYTES, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(record[BYTES], 0xC3);
}

/* What a host does with a record: reads it, and lays it out. */
static enum metes_status read_and_check(uint64_t len, struct metes_snapshot *s, struct metes_layout *l,
                                        struct metes_error *err)
{
  const enum metes_status got = metes_snapshot_read(record, len, s, err);

  return got == METES_OK ? metes_snapshot_check(s, l, err) : got;
}

/* The answer to `len` bytes of the record; no layout comes of it, and no snapshot of one that is not whole. */
static enum metes_status refused(uint64_t len, struct metes_error *err)
{
  struct metes_snapshot s, s_before;
  struct metes_layout l, l_before;

  *err = (struct metes_error)UNTOUCHED;
  memset(&s, 0x5A, sizeof s);
  memset(&l, 0x5A, sizeof l);
  s_before = s;
  l_before = l;
  const enum metes_status got = read_and_check(len, &s, &l, err);
  assert_int_not_equal(got, METES_OK);
  if (got >= METES_E_SNAPSHOT_SHORT && got <= METES_E_SNAPSHOT_FIELD)
    assert_memory_equal(&s, &s_before, sizeof s);
  assert_memory_equal(&l, &l_before, sizeof l);
  return got;
}

static void assert_read_refused(enum metes_status status, uint64_t requested, uint64_t limit)
{
  struct metes_error err;

  assert_int_equal(refused(BYTES, &err), status);
  assert_error(&err, requested, limit, 0);
}

static void assert_write_refused(const struct metes_snapshot *s, uint64_t len, enum metes_status status,
                                 uint64_t requested, uint64_t limit)
{
  struct metes_error err = UNTOUCHED;

  memset(record, 0xC3, sizeof record);
  memcpy(before, record, sizeof record);
  assert_int_equal(metes_snapshot_write(s, record, len, &err), status);
  assert_error(&err, requested, limit, 0);
  assert_memory_equal(record, before, sizeof record);
}

/* Any snapshot is written; whether a guest can be started from it is another question. */
static void assert_check_refused(const struct metes_snapshot *s, enum metes_status status, uint64_t requested,
                                 uint64_t limit)
{
  struct metes_error err = UNTOUCHED;
  struct metes_layout l;

  assert_int_equal(metes_snapshot_check(s, &l, &err), status);
  assert_error(&err, requested, limit, 0);
  err = (struct metes_error)UNTOUCHED;
  assert_int_equal(metes_snapshot_write(s, record, BYTES, &err), METES_OK);
  assert_untouched(&err);
}

/* SNAP-1, SNAP-8, SNAP-12, SNAP-13: what is written is read, with the layout that compute gives. */
static void written_and_read(void **state)
{
  const struct metes_snapshot want = sample();
  const struct metes_layout fresh = layout_of(&want.profile, &want.config);
  struct metes_error err = UNTOUCHED;
  struct metes_snapshot s;
  struct metes_layout l;

  (void)state;
  write_sample();
  assert_memory_equal(record, "METESNAP\1\0\0\0\0\0\0\0", 16);
  assert_int_equal(word(METES_SNAP_SIZE), BYTES);
  assert_int_equal(word(METES_SNAP_LAST_GVA), 0x50043FFFFFFF);
  assert_int_equal(word(METES_SNAP_RESERVED + 2), 0xFEC00000);
  assert_int_equal(word(METES_SNAP_RESERVED + 4), 0);
  assert_int_equal(word(METES_SNAP_OUTPUT_DATA_SIZE), 0x5000);
  assert_int_equal(word(METES_SNAP_OPTIONS), 2);
  assert_int_equal(word(METES_SNAP_GENERATION), 77);
  memset(&s, 0, sizeof s);
  assert_int_equal(read_and_check(BYTES + 1, &s, &l, &err), METES_OK);
  assert_untouched(&err);
  assert_memory_equal(&l, &fresh, sizeof l);
  assert_memory_equal(&s.config, &want.config, sizeof s.config);
  assert_true(s.generation == want.generation && s.entry == want.entry && s.stack == want.stack);
  assert_int_equal(s.profile.n_reserved, 2);
  for (int i = 0; i < 8; i++) {
    assert_int_equal(s.profile.reserved[i].start, i < 2 ? want.profile.reserved[i].start : 0);
    assert_int_equal(s.profile.reserved[i].end, i < 2 ? want.profile.reserved[i].end : 0);
  }
  memcpy(before, record, sizeof record);
  assert_int_equal(metes_snapshot_write(&s, record, BYTES, &err), METES_OK);
  assert_memory_equal(record, before, sizeof record);
}

/* SNAP-2 to SNAP-7: by which byte, and what stands there. */
static void headers(void **state)
{
  struct metes_error err;

  (void)state;
  write_sample();
  for (uint64_t len = 0; len < BYTES; len++) {
    assert_int_equal(refused(len, &err), METES_E_SNAPSHOT_SHORT);
    assert_error(&err, len, BYTES, 0);
  }
  forge(METES_SNAP_MAGIC, 0);
  assert_read_refused(METES_E_SNAPSHOT_MAGIC, 0, 0);
  write_sample();
  forge(METES_SNAP_VERSION, 2);
  assert_read_refused(METES_E_SNAPSHOT_VERSION, 8, 2);
  write_sample();
  forge(METES_SNAP_SIZE, BYTES + 8);
  assert_read_refused(METES_E_SNAPSHOT_SIZE, 16, BYTES + 8);
  write_sample();
  metes_put64(record, 24, word(METES_SNAP_CHECKSUM) + (1ULL << 32));
  assert_read_refused(METES_E_SNAPSHOT_CHECKSUM, 24, word(METES_SNAP_CHECKSUM));
}

/* SNAP-6: every bit of a record, flipped. */
static void bits(void **state)
{
  struct metes_error err;

  (void)state;
  write_sample();
  for (int i = 0; i < 8 * BYTES; i++) {
    record[i / 8] ^= (uint8_t)(1 << i % 8);
    const enum metes_status got = refused(BYTES, &err);

    assert_int_equal(got, i / 64 > 2 ? METES_E_SNAPSHOT_CHECKSUM : METES_E_SNAPSHOT_MAGIC + i / 64);
    assert_int_equal(err.requested, i / 64 > 2 ? 24 : 8 * (i / 64));
    record[i / 8] ^= (uint8_t)(1 << i % 8);
  }
}

/* SNAP-7: more than a field holds; something in a range that is not in use. */
static void fields(void **state)
{
  static const int narrow[] = {METES_SNAP_N_RESERVED, METES_SNAP_PERMISSIONS, METES_SNAP_OPTIONS};
  struct metes_error err;
  struct metes_snapshot s;
  struct metes_layout l;

  (void)state;
  for (int i = 0; i < 3; i++) {
    write_sample();
    const uint64_t v = word(narrow[i]) + (1ULL << 32);

    forge(narrow[i], v);
    assert_read_refused(METES_E_SNAPSHOT_FIELD, 8 * (uint64_t)narrow[i], v);
    forge(narrow[i], UINT32_MAX); /* fits; what it means is asked later */
    assert_int_not_equal(read_and_check(BYTES, &s, &l, &err), METES_E_SNAPSHOT_FIELD);
  }
  for (int k = METES_SNAP_RESERVED + 4; k < METES_SNAP_RESERVED + 16; k++) {
    write_sample();
    forge(k, 1);
    assert_read_refused(METES_E_SNAPSHOT_FIELD, 8 * (uint64_t)k, 1);
  }
}

/* SNAP-9: a whole record whose configuration has no layout. */
static void no_layout(void **state)
{
  struct metes_snapshot s = sample();
  struct metes_error err;

  (void)state;
  write_sample();
  forge(METES_SNAP_SCRATCH_SIZE, 0x1001);
  assert_read_refused(METES_E_SCRATCH_TOO_SMALL, 0x1001, 0x15000);
  s.config.scratch_size = 0x1001;
  assert_check_refused(&s, METES_E_SCRATCH_TOO_SMALL, 0x1001, 0x15000);
  write_sample();
  forge(METES_SNAP_CODE_SIZE, UINT64_MAX);
  assert_read_refused(METES_E_MEMORY_TOO_BIG, UINT64_MAX, 0x3FFFFF000);
  write_sample();
  forge(METES_SNAP_N_RESERVED, 9);
  assert_int_equal(refused(BYTES, &err), METES_E_PROFILE);
  assert_error(&err, 0, 0, 7);
  s.profile.n_reserved = 9;
  assert_int_equal(metes_snapshot_write(&s, record, BYTES, &err), METES_OK);
  write_sample();
  forge(METES_SNAP_SNAPSHOT_GPA, 0);
  assert_int_equal(refused(BYTES, &err), METES_E_PROFILE);
  assert_error(&err, 0, 0, 1);
}

/* SNAP-10, SNAP-11: nobody starts a guest where it cannot run. */
static void entries_and_stacks(void **state)
{
  const struct metes_snapshot good = sample();
  const uint64_t gva = good.profile.snapshot_gva;
  const uint64_t entries[] = {0, gva - 1, gva + 0x1000, 0x8000000000000000, UINT64_MAX};
  const uint64_t stacks[] = {0, 8, 0x7FFFFFFFFFF8, 0x800000000000, 0xFFFF800000000000, UINT64_MAX};
  const uint64_t fine[] = {16, 0x7FFFFFFFFFF0, 0xFFFF800000000010, 0xFFFFFFFFFFFFFFF0};
  struct metes_error err = UNTOUCHED;
  struct metes_layout l;

  (void)state;
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    struct metes_snapshot s = good;

    s.entry = entries[i];
    assert_check_refused(&s, METES_E_SNAPSHOT_ENTRY, 8 * METES_SNAP_ENTRY, entries[i]);
    write_sample();
    forge(METES_SNAP_ENTRY, entries[i]);
    assert_read_refused(METES_E_SNAPSHOT_ENTRY, 8 * METES_SNAP_ENTRY, entries[i]);
  }
  for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
    struct metes_snapshot s = good;

    s.stack = stacks[i];
    assert_check_refused(&s, METES_E_SNAPSHOT_STACK, 8 * METES_SNAP_STACK, stacks[i]);
    write_sample();
    forge(METES_SNAP_STACK, stacks[i]);
    assert_read_refused(METES_E_SNAPSHOT_STACK, 8 * METES_SNAP_STACK, stacks[i]);
  }
  for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
    struct metes_snapshot s = good;

    s.stack = fine[i];
    s.entry = gva + (i % 2 ? 0xFFF : 0);
    assert_int_equal(metes_snapshot_check(&s, &l, &err), METES_OK);
  }
  assert_untouched(&err);
}

/* SNAP-9 to SNAP-11: asked without a record, the same answers; no layout is given. */
static void checked_alone(void **state)
{
  struct metes_snapshot s = sample();
  struct metes_error err = UNTOUCHED;
  struct metes_layout l, l_before;

  (void)state;
  memset(&l, 0x5A, sizeof l);
  l_before = l;
  s.stack = 8;
  assert_int_equal(metes_snapshot_check(&s, &l, &err), METES_E_SNAPSHOT_STACK);
  assert_error(&err, 8 * METES_SNAP_STACK, 8, 0);
  s.entry = 0;
  assert_int_equal(metes_snapshot_check(&s, &l, &err), METES_E_SNAPSHOT_ENTRY);
  assert_error(&err, 8 * METES_SNAP_ENTRY, 0, 0);
  s.config.scratch_size = 0x1001;
  assert_int_equal(metes_snapshot_check(&s, &l, &err), METES_E_SCRATCH_TOO_SMALL);
  assert_memory_equal(&l, &l_before, sizeof l);
}

/* A buffer that is too short is not written to. */
static void no_room(void **state)
{
  const struct metes_snapshot s = sample();

  (void)state;
  assert_write_refused(&s, BYTES - 1, METES_E_BUFFER, BYTES, BYTES - 1);
  assert_write_refused(&s, 0, METES_E_BUFFER, BYTES, 0);
}

/* SNAP-6: known sums, and more bytes than one block of them. */
static void checksums(void **state)
{
  static uint8_t m[3 * 4096 + 1];
  uint64_t a = 1, b = 0;

  (void)state;
  assert_int_equal(metes_checksum(NULL, 0), 1);
  assert_int_equal(metes_checksum((const uint8_t *)"a", 1), 0x00620062);
  assert_int_equal(metes_checksum((const uint8_t *)"abc", 3), 0x024D0127);
  assert_int_equal(metes_checksum((const uint8_t *)"Wikipedia", 9), 0x11E60398);
  memset(m, 0xFF, sizeof m);
  for (uint64_t i = 0; i < sizeof m; i++) {
    if (i % 4096 < 2 || i % 4096 == 4095)
      assert_int_equal(metes_checksum(m, i), b << 16 | a);
    a = (a + 0xFF) % 65521;
    b = (b + a) % 65521;
  }
}

int test_snapshot(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(written_and_read), cmocka_unit_test(headers),
      cmocka_unit_test(bits),             cmocka_unit_test(fields),
      cmocka_unit_test(no_layout),        cmocka_unit_test(entries_and_stacks),
      cmocka_unit_test(no_room),          cmocka_unit_test(checked_alone),
      cmocka_unit_test(checksums),
  };

  return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
