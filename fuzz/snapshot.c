/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the record of a snapshot, as it stands in a file that anyone may have written: read, laid out, written
 * again. The same bytes are choices too, of a record that is written and then damaged. The oracle is a second
 * reader. */
#include "fuzz/kit/target.h"
#include "tests/properties/agree.h"

/* SNAP-8: what was read is written as it stood. */
static const char *written_again(const uint8_t *data, size_t size)
{
  uint8_t again[METES_SNAPSHOT_BYTES];
  struct metes_snapshot s;
  struct metes_error err;
  const enum metes_status status = metes_snapshot_read(data, size, &s, &err);

  fuzz_first_check(status == METES_OK || status == METES_E_SNAPSHOT_FIELD);
  if (status != METES_OK)
    return NULL;
  if (metes_snapshot_write(&s, again, sizeof again, &err) != METES_OK || memcmp(again, data, sizeof again) != 0)
    return "a record that was read is written as it stood";
  return NULL;
}

static const char *choices(struct source *s)
{
  struct trial t;

  trial_make(s, &t);
  const char *why = agree_snapshots(&t, s);

  return why || pick(s, 8) ? why : agree_checksums(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const char *why = written_again(data, size);

  why = why ? why : agree_record(data, size);
  fuzz_verdict(why ? why : choices(&s));
  return 0;
}

/* What is too short becomes the record of a guest that can be started. */
static void whole(uint8_t *data)
{
  struct metes_snapshot v = {.entry = 0x1000, .stack = 0xFFFFFFFFFFFFEF80};
  struct metes_error err;

  metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &v.profile, &err);
  metes_config_default(&v.config);
  v.config.code_size = 4096;
  metes_snapshot_write(&v, data, METES_SNAPSHOT_BYTES, &err);
}

static const uint64_t head[3] = {METES_SNAPSHOT_MAGIC, METES_SNAPSHOT_VERSION, METES_SNAPSHOT_BYTES};

static void seal(uint8_t *data, uint32_t words)
{
  for (uint32_t i = 0; i < words; i++)
    metes_put64(data, 8 * i, i < 3 ? head[i] : metes_checksum(data + 32, METES_SNAPSHOT_BYTES - 32));
}

/* A record again, if there are bytes enough. */
size_t fuzz_mend(uint8_t *data, size_t size, size_t room)
{
  if (size < 64 || room < METES_SNAPSHOT_BYTES)
    return size;
  if (size < METES_SNAPSHOT_BYTES)
    memset(data + size, 0, METES_SNAPSHOT_BYTES - size);
  seal(data, 4);
  return METES_SNAPSHOT_BYTES;
}

/* A word of the record, then all that has to be right before any of it is believed. */
size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  const uint64_t near[6] = {1ULL << 32, 0x1000, 0xFFFFFFFFF, 0xFFFFFFFFFFFFEFFF, 0x40000, 1ULL << 47};

  if (room < METES_SNAPSHOT_BYTES || pick(chance, 4) == 0)
    return 0;
  if (size < METES_SNAPSHOT_BYTES)
    whole(data);
  for (uint32_t n = 1 + pick(chance, 3); n > 0; n--) {
    const uint64_t at = 8 * (METES_SNAP_FIRST + pick(chance, METES_SNAP_WORDS - METES_SNAP_FIRST));
    const uint64_t old = metes_get64(data, at), kind = pick(chance, 4);

    metes_put64(data, at, kind == 0 ? old + 4096 : kind == 1 ? old - 1 : pick_size(chance, near, 6));
  }
  seal(data, pick(chance, 8) ? 4 : pick(chance, 4));
  return METES_SNAPSHOT_BYTES - (pick(chance, 32) ? 0 : pick(chance, 32));
}
