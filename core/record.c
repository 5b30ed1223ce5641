/* SPDX-License-Identifier: Apache-2.0
 * The record of a snapshot as bytes: is it whole, what does it say. */
#include "record.h"
#include "checksumof.h"

/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1)) && k < METES_SNAP_WORDS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Word(m, k);
  @*/
static inline uint64_t word(const uint8_t *m, uint32_t k)
{
  return metes_get64(m, 8ULL * k);
}

uint64_t metes_record_checksum(const uint8_t *m)
{
  return metes_checksum_of(m, 8 * METES_SNAP_FIRST, METES_SNAPSHOT_BYTES);
}

/* SNAP-7: word k. */
/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ requires METES_SNAP_FIRST <= k < METES_SNAP_WORDS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> WordFits(m, k);
  @*/
static int fits(const uint8_t *m, uint32_t k)
{
  const uint64_t used = word(m, METES_SNAP_N_RESERVED), v = word(m, k);

  if (k == METES_SNAP_N_RESERVED || k == METES_SNAP_PERMISSIONS || k == METES_SNAP_OPTIONS)
    return v <= UINT32_MAX;
  if (k >= METES_SNAP_RESERVED && k < METES_SNAP_CODE_SIZE)
    return (k - METES_SNAP_RESERVED) / 2 < used || v == 0;
  return 1;
}

/* A refusal that points to word k. */
/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1)) && k < METES_SNAP_WORDS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures Says(\result, status, 8 * k, Word(m, k));
  @*/
static struct metes_verdict at_word(const uint8_t *m, enum metes_status status, uint32_t k)
{
  return metes_verdict_of(status, 8ULL * k, word(m, k), 0);
}

struct metes_verdict metes_record_check(const uint8_t *m, uint64_t len)
{
  if (len < METES_SNAPSHOT_BYTES)
    return metes_verdict_of(METES_E_SNAPSHOT_SHORT, len, METES_SNAPSHOT_BYTES, 0);
  if (word(m, METES_SNAP_MAGIC) != METES_SNAPSHOT_MAGIC)
    return at_word(m, METES_E_SNAPSHOT_MAGIC, METES_SNAP_MAGIC);
  if (word(m, METES_SNAP_VERSION) != METES_SNAPSHOT_VERSION)
    return at_word(m, METES_E_SNAPSHOT_VERSION, METES_SNAP_VERSION);
  if (word(m, METES_SNAP_SIZE) != METES_SNAPSHOT_BYTES)
    return at_word(m, METES_E_SNAPSHOT_SIZE, METES_SNAP_SIZE);
  if (word(m, METES_SNAP_CHECKSUM) != metes_record_checksum(m))
    return at_word(m, METES_E_SNAPSHOT_CHECKSUM, METES_SNAP_CHECKSUM);
  //@ assert header: RecordFlaw(m, len) == METES_OK;
  /*@ loop invariant METES_SNAP_FIRST <= k <= METES_SNAP_WORDS;
    @ loop invariant fit: WordsFit(m, k);
    @ loop assigns k;
    @ loop variant METES_SNAP_WORDS - k;
    @*/
  for (uint32_t k = METES_SNAP_FIRST; k < METES_SNAP_WORDS; k++)
    if (!fits(m, k))
      return at_word(m, METES_E_SNAPSHOT_FIELD, k);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* Words of 32 bits. */
/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1)) && k < METES_SNAP_WORDS;
  @ requires Word(m, k) <= UINT32_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Word(m, k);
  @*/
static inline uint32_t narrow(const uint8_t *m, uint32_t k)
{
  return (uint32_t)word(m, k);
}

/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ requires WordsFit(m, METES_SNAP_WORDS);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures numbers: NumbersAt(m, \result);
  @ ensures ranges: RangesAt(m, \result, METES_SNAP_CODE_SIZE);
  @*/
static struct metes_profile read_profile(const uint8_t *m)
{
  struct metes_profile p;

  //@ assert fits: WordFits(m, METES_SNAP_N_RESERVED);
  p.snapshot_gpa = word(m, METES_SNAP_SNAPSHOT_GPA);
  p.snapshot_gva = word(m, METES_SNAP_SNAPSHOT_GVA);
  p.last_gpa = word(m, METES_SNAP_LAST_GPA);
  p.last_gva = word(m, METES_SNAP_LAST_GVA);
  p.max_size = word(m, METES_SNAP_MAX_SIZE);
  p.alignment = word(m, METES_SNAP_ALIGNMENT);
  p.n_reserved = narrow(m, METES_SNAP_N_RESERVED);
  /*@ loop invariant 0 <= i <= METES_MAX_RESERVED;
    @ loop invariant numbers: NumbersAt(m, p);
    @ loop invariant ranges: RangesAt(m, p, METES_SNAP_RESERVED + 2 * i);
    @ loop assigns i, p.reserved[0 .. METES_MAX_RESERVED - 1];
    @ loop variant METES_MAX_RESERVED - i;
    @*/
  for (uint32_t i = 0; i < METES_MAX_RESERVED; i++) {
    //@ assert start: WordFits(m, METES_SNAP_RESERVED + 2 * i);
    //@ assert end: WordFits(m, METES_SNAP_RESERVED + 2 * i + 1);
    p.reserved[i].start = word(m, METES_SNAP_RESERVED + 2 * i);
    p.reserved[i].end = word(m, METES_SNAP_RESERVED + 2 * i + 1);
    /*@ assert this:
      @   Word(m, METES_SNAP_RESERVED + 2 * i) == RangeWord(p, METES_SNAP_RESERVED + 2 * i);
      @*/
  }
  return p;
}

/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ requires WordsFit(m, METES_SNAP_WORDS);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures sizes: SizesAt(m, \result);
  @ ensures scratch: ScratchAt(m, \result);
  @*/
static struct metes_config read_config(const uint8_t *m)
{
  struct metes_config c;

  //@ assert permissions: WordFits(m, METES_SNAP_PERMISSIONS);
  //@ assert options: WordFits(m, METES_SNAP_OPTIONS);
  c.code_size = word(m, METES_SNAP_CODE_SIZE);
  c.heap_size = word(m, METES_SNAP_HEAP_SIZE);
  c.init_data_size = word(m, METES_SNAP_INIT_DATA_SIZE);
  c.input_data_size = word(m, METES_SNAP_INPUT_DATA_SIZE);
  c.output_data_size = word(m, METES_SNAP_OUTPUT_DATA_SIZE);
  c.scratch_size = word(m, METES_SNAP_SCRATCH_SIZE);
  c.pt_size = word(m, METES_SNAP_PT_SIZE);
  c.init_data_permissions = narrow(m, METES_SNAP_PERMISSIONS);
  c.options = narrow(m, METES_SNAP_OPTIONS);
  return c;
}

struct metes_snapshot metes_record_read(const uint8_t *m)
{
  struct metes_snapshot s;

  s.profile = read_profile(m);
  s.config = read_config(m);
  s.generation = word(m, METES_SNAP_GENERATION);
  s.entry = word(m, METES_SNAP_ENTRY);
  s.stack = word(m, METES_SNAP_STACK);
  return s;
}
