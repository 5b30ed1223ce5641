/* SPDX-License-Identifier: Apache-2.0
 * Writing the record of a snapshot, word by word. */
#include "record.h"

/*@ // The words but those from lo to hi - 1 say what they said.
  @ predicate WordsKept{A,B}(uint8_t *m, integer lo, integer hi) =
  @   \forall integer j; 0 <= j < METES_SNAP_WORDS && !(lo <= j < hi) ==>
  @   Word{B}(m, j) == Word{A}(m, j);
  @*/

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1)) && k < METES_SNAP_WORDS;
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * k .. 8 * k + 7];
  @ ensures word: Word(m, k) == v;
  @ ensures kept: WordsKept{Pre,Post}(m, k, k + 1);
  @*/
static inline void put(uint8_t *m, uint32_t k, uint64_t v)
{
  metes_put_word(m, 8ULL * k, v);
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_SNAPSHOT_GPA .. 8 * METES_SNAP_MAX_SIZE - 1];
  @ ensures gpa: Word(m, METES_SNAP_SNAPSHOT_GPA) == p.snapshot_gpa;
  @ ensures gva: Word(m, METES_SNAP_SNAPSHOT_GVA) == p.snapshot_gva;
  @ ensures last_gpa: Word(m, METES_SNAP_LAST_GPA) == p.last_gpa;
  @ ensures last_gva: Word(m, METES_SNAP_LAST_GVA) == p.last_gva;
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_SNAPSHOT_GPA, METES_SNAP_MAX_SIZE);
  @*/
static void put_windows(struct metes_profile p, uint8_t *m)
{
  put(m, METES_SNAP_SNAPSHOT_GPA, p.snapshot_gpa);
  put(m, METES_SNAP_SNAPSHOT_GVA, p.snapshot_gva);
  put(m, METES_SNAP_LAST_GPA, p.last_gpa);
  put(m, METES_SNAP_LAST_GVA, p.last_gva);
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_MAX_SIZE .. 8 * METES_SNAP_RESERVED - 1];
  @ ensures size: Word(m, METES_SNAP_MAX_SIZE) == p.max_size;
  @ ensures alignment: Word(m, METES_SNAP_ALIGNMENT) == p.alignment;
  @ ensures reserved: Word(m, METES_SNAP_N_RESERVED) == p.n_reserved;
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_MAX_SIZE, METES_SNAP_RESERVED);
  @*/
static void put_limits(struct metes_profile p, uint8_t *m)
{
  put(m, METES_SNAP_MAX_SIZE, p.max_size);
  put(m, METES_SNAP_ALIGNMENT, p.alignment);
  put(m, METES_SNAP_N_RESERVED, p.n_reserved);
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_SNAPSHOT_GPA .. 8 * METES_SNAP_RESERVED - 1];
  @ ensures numbers: NumbersAt(m, p);
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_SNAPSHOT_GPA, METES_SNAP_RESERVED);
  @*/
static void put_numbers(struct metes_profile p, uint8_t *m)
{
  put_windows(p, m);
  put_limits(p, m);
}

/*@ requires METES_SNAP_RESERVED <= k < METES_SNAP_CODE_SIZE;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == RangeWord(p, k);
  @*/
static uint64_t range_word(struct metes_profile p, uint32_t k)
{
  const uint32_t i = (k - METES_SNAP_RESERVED) / 2;

  if (i >= p.n_reserved)
    return 0;
  return (k - METES_SNAP_RESERVED) % 2 == 0 ? p.reserved[i].start : p.reserved[i].end;
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_RESERVED .. 8 * METES_SNAP_CODE_SIZE - 1];
  @ ensures ranges: RangesAt(m, p, METES_SNAP_CODE_SIZE);
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_RESERVED, METES_SNAP_CODE_SIZE);
  @*/
static void put_ranges(struct metes_profile p, uint8_t *m)
{
  /*@ loop invariant METES_SNAP_RESERVED <= k <= METES_SNAP_CODE_SIZE;
    @ loop invariant ranges: RangesAt(m, p, k);
    @ loop invariant kept: WordsKept{Pre,Here}(m, METES_SNAP_RESERVED, k);
    @ loop assigns k, m[8 * METES_SNAP_RESERVED .. 8 * METES_SNAP_CODE_SIZE - 1];
    @ loop variant METES_SNAP_CODE_SIZE - k;
    @*/
  for (uint32_t k = METES_SNAP_RESERVED; k < METES_SNAP_CODE_SIZE; k++)
    put(m, k, range_word(p, k));
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_CODE_SIZE .. 8 * METES_SNAP_SCRATCH_SIZE - 1];
  @ ensures sizes: SizesAt(m, c);
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_CODE_SIZE, METES_SNAP_SCRATCH_SIZE);
  @*/
static void put_sizes(struct metes_config c, uint8_t *m)
{
  put(m, METES_SNAP_CODE_SIZE, c.code_size);
  put(m, METES_SNAP_HEAP_SIZE, c.heap_size);
  put(m, METES_SNAP_INIT_DATA_SIZE, c.init_data_size);
  put(m, METES_SNAP_INPUT_DATA_SIZE, c.input_data_size);
  put(m, METES_SNAP_OUTPUT_DATA_SIZE, c.output_data_size);
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_SCRATCH_SIZE .. 8 * METES_SNAP_GENERATION - 1];
  @ ensures scratch: ScratchAt(m, c);
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_SCRATCH_SIZE, METES_SNAP_GENERATION);
  @*/
static void put_scratch(struct metes_config c, uint8_t *m)
{
  put(m, METES_SNAP_SCRATCH_SIZE, c.scratch_size);
  put(m, METES_SNAP_PT_SIZE, c.pt_size);
  put(m, METES_SNAP_PERMISSIONS, c.init_data_permissions);
  put(m, METES_SNAP_OPTIONS, c.options);
}

/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_GENERATION .. 8 * METES_SNAP_WORDS - 1];
  @ ensures state: StateAt(m, s);
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_GENERATION, METES_SNAP_WORDS);
  @*/
static void put_state(struct metes_snapshot s, uint8_t *m)
{
  put(m, METES_SNAP_GENERATION, s.generation);
  put(m, METES_SNAP_ENTRY, s.entry);
  put(m, METES_SNAP_STACK, s.stack);
}

/* SNAP-6: the checksum, when all that it counts is written. */
/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[8 * METES_SNAP_CHECKSUM .. 8 * METES_SNAP_CHECKSUM + 7];
  @ ensures sum: Word(m, METES_SNAP_CHECKSUM) == RecordSum(m);
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_CHECKSUM, METES_SNAP_FIRST);
  @*/
static void seal(uint8_t *m)
{
  put(m, METES_SNAP_CHECKSUM, metes_record_checksum(m));
  //@ assert rest: \forall integer k; 32 <= k < METES_SNAPSHOT_BYTES ==> m[k] == \at(m[k], Pre);
  /*@ ghost
    @ uint64_t i = 32;
    @ /@ loop invariant 32 <= i <= METES_SNAPSHOT_BYTES;
    @  @ loop invariant a: SumA{Here}(m, 32, i) == SumA{Pre}(m, 32, i);
    @  @ loop invariant b: SumB{Here}(m, 32, i) == SumB{Pre}(m, 32, i);
    @  @ loop assigns i;
    @  @ loop variant METES_SNAPSHOT_BYTES - i;
    @  @/
    @ while (i < METES_SNAPSHOT_BYTES) {
    @   /@ assert byte: m[i] == \at(m[\at(i, Here)], Pre); @/
    @   /@ assert now: SumA{Here}(m, 32, i + 1) == (SumA{Here}(m, 32, i) + m[i]) % 65521; @/
    @   /@ assert then: SumA{Pre}(m, 32, i + 1) == (SumA{Pre}(m, 32, i) + m[i]) % 65521; @/
    @   i++;
    @ }
    @*/
}

/* SNAP-3 to SNAP-5. */
/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. 8 * METES_SNAP_CHECKSUM - 1];
  @ ensures magic: Word(m, METES_SNAP_MAGIC) == METES_SNAPSHOT_MAGIC;
  @ ensures version: Word(m, METES_SNAP_VERSION) == METES_SNAPSHOT_VERSION;
  @ ensures size: Word(m, METES_SNAP_SIZE) == METES_SNAPSHOT_BYTES;
  @ ensures kept: WordsKept{Pre,Post}(m, METES_SNAP_MAGIC, METES_SNAP_CHECKSUM);
  @*/
static void put_header(uint8_t *m)
{
  put(m, METES_SNAP_MAGIC, METES_SNAPSHOT_MAGIC);
  put(m, METES_SNAP_VERSION, METES_SNAPSHOT_VERSION);
  put(m, METES_SNAP_SIZE, METES_SNAPSHOT_BYTES);
}

void metes_record_write(struct metes_snapshot s, uint8_t *m)
{
  put_numbers(s.profile, m);
  put_ranges(s.profile, m);
  //@ assert numbers: NumbersAt(m, s.profile);
  put_sizes(s.config, m);
  //@ assert numbers: NumbersAt(m, s.profile);
  //@ assert ranges: RangesAt(m, s.profile, METES_SNAP_CODE_SIZE);
  put_scratch(s.config, m);
  //@ assert numbers: NumbersAt(m, s.profile);
  //@ assert ranges: RangesAt(m, s.profile, METES_SNAP_CODE_SIZE);
  //@ assert sizes: SizesAt(m, s.config);
  put_state(s, m);
  //@ assert numbers: NumbersAt(m, s.profile);
  //@ assert ranges: RangesAt(m, s.profile, METES_SNAP_CODE_SIZE);
  //@ assert sizes: SizesAt(m, s.config);
  //@ assert scratch: ScratchAt(m, s.config);
  put_header(m);
  seal(m);
  //@ assert numbers: NumbersAt(m, s.profile);
  //@ assert ranges: RangesAt(m, s.profile, METES_SNAP_CODE_SIZE);
  //@ assert sizes: SizesAt(m, s.config);
  //@ assert scratch: ScratchAt(m, s.config);
  //@ assert state: StateAt(m, s);
  //@ assert narrow: \forall integer k; Narrow(k) ==> WordFits(m, k);
  //@ assert unused: \forall integer k; Unused(m, k) && METES_SNAP_FIRST <= k ==> WordFits(m, k);
}
