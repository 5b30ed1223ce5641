/* SPDX-License-Identifier: Apache-2.0
 * What a guest finds in its scratch, and the registers it starts with. */
#include "scratch.h"
#include "bytes.h"
#include "verdict.h"

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.start == start && \result.end == end;
  @*/
static inline struct metes_range range(uint64_t start, uint64_t end)
{
  struct metes_range r;

  r.start = start;
  r.end = end;
  return r;
}

/* a - b, or 0 where b is larger: the case of no sound layout. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == (a < b ? 0 : a - b);
  @*/
static inline uint64_t below(uint64_t a, uint64_t b)
{
  return a < b ? 0 : a - b;
}

struct metes_scratch_areas metes_scratch_areas(const struct metes_layout *l)
{
  const uint64_t input = l->input_data_size, pt = l->pt_scratch_offset;
  const uint64_t output = metes_sat_add(input, l->output_data_size);
  const uint64_t free = metes_sat_add(pt, l->pt_size);
  const uint64_t stack = below(l->scratch_size, METES_EXCEPTION_PAGES_SIZE);
  const uint64_t words = below(l->scratch_size, METES_EXCEPTION_STACK_BELOW);
  struct metes_scratch_areas a;

  a.input = range(0, input);
  a.output = range(input, output);
  a.page_tables = range(pt, free);
  a.free = range(free, stack);
  a.exception_stack = range(stack, words);
  a.bookkeeping = range(words, l->scratch_size);
  return a;
}

/* Writes v at offset o of the `len` bytes from m. */
/*@ requires \valid(m + (0 .. len - 1)) && 0 <= o && o + 8 <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns m[o .. o + 7];
  @ ensures word: U64At(m, o, v);
  @ ensures frame: SameExcept{Pre,Post}(m, len, o, o + 8);
  @*/
static inline void put_at(uint8_t *m, uint64_t len, uint64_t o, uint64_t v)
{
  (void)len; /* the contract speaks of it */
  metes_put64(m, o, v);
}

/* SCR-2, of the values. */
/*@ requires \valid(m + (0 .. len - 1)) && 0x20 <= size <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns m[size - 0x20 .. size - 1];
  @ ensures size: U64At(m, size - 0x08, size);
  @ ensures free: U64At(m, size - 0x10, free);
  @ ensures pt: U64At(m, size - 0x18, pt);
  @ ensures generation: U64At(m, size - 0x20, generation);
  @ ensures frame: SameExcept{Pre,Post}(m, len, size - 0x20, size);
  @*/
static inline void put_words(uint64_t size, uint64_t free, uint64_t pt, uint64_t generation,
                             uint8_t *m, uint64_t len)
{
  put_at(m, len, size - METES_SCRATCH_GENERATION_BELOW, generation);
  put_at(m, len, size - METES_SCRATCH_PT_BELOW, pt);
  //@ assert generation: U64At(m, size - 0x20, generation);
  put_at(m, len, size - METES_SCRATCH_FREE_BELOW, free);
  //@ assert generation: U64At(m, size - 0x20, generation);
  //@ assert pt: U64At(m, size - 0x18, pt);
  put_at(m, len, size - METES_SCRATCH_SIZE_BELOW, size);
  //@ assert generation: U64At(m, size - 0x20, generation);
  //@ assert pt: U64At(m, size - 0x18, pt);
  //@ assert free: U64At(m, size - 0x10, free);
}

/* SCR-2. */
/*@ requires \valid_read(l) && \valid(m + (0 .. len - 1)) && \separated(l, m + (0 .. len - 1));
  @ requires 0x20 <= l->scratch_size <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns m[l->scratch_size - 0x20 .. l->scratch_size - 1];
  @ ensures scr_2: BookkeepingAt(m, *l, generation);
  @ ensures frame: SameExcept{Pre,Post}(m, len, l->scratch_size - 0x20, l->scratch_size);
  @*/
static inline void write_words(const struct metes_layout *l, uint64_t generation, uint8_t *m,
                               uint64_t len)
{
  const struct metes_layout v = *l;

  put_words(v.scratch_size, v.free_gpa, v.pt_gpa, generation, m, len);
  //@ assert words: BookkeepingAt(m, v, generation);
}

/* SCR-5: do the words have their places, in memory of `len` bytes? */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_SCRATCH_TOO_SMALL ||
  @   \result.status == METES_E_BUFFER;
  @ ensures ok: \result.status == METES_OK <==> WordsApart(*l) && l->scratch_size <= len;
  @ ensures small: \result.status == METES_E_SCRATCH_TOO_SMALL <==> !WordsApart(*l);
  @ ensures at_small: \result.status == METES_E_SCRATCH_TOO_SMALL ==>
  @   Gives(\result, l->scratch_size, Sat(LeastScratch(*l)));
  @ ensures at_buffer: \result.status == METES_E_BUFFER ==> Gives(\result, l->scratch_size, len);
  @*/
static struct metes_verdict check_words(const struct metes_layout *l, uint64_t len)
{
  const uint64_t size = l->scratch_size, output = l->input_data_size;
  const uint64_t words = METES_EMPTY_BUFFER + METES_EXCEPTION_STACK_BELOW;
  const uint64_t least = metes_sat_add(output < 8 ? 8 : output, words);

  if (output < 8 || size < words || size - words < output)
    return metes_verdict_of(METES_E_SCRATCH_TOO_SMALL, size, least, 0);
  if (size > len)
    return metes_verdict_of(METES_E_BUFFER, size, len, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

enum metes_status metes_scratch_init(const struct metes_layout *l, uint64_t generation, uint8_t *m,
                                     uint64_t len, struct metes_error *err)
{
  const struct metes_verdict v = check_words(l, len);
  const uint64_t output = l->input_data_size;

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  put_at(m, len, 0, METES_EMPTY_BUFFER);
  //@ assert input: U64At(m, 0, 8);
  put_at(m, len, output, METES_EMPTY_BUFFER);
  //@ assert empty: BuffersEmpty(m, *l);
  write_words(l, generation, m, len);
  //@ assert input_still: U64At(m, 0, 8);
  //@ assert output_still: U64At(m, output, 8);
  return METES_OK;
}

enum metes_status metes_scratch_set_generation(const struct metes_layout *l, uint64_t generation,
                                               uint8_t *m, uint64_t len, struct metes_error *err)
{
  const struct metes_verdict v = check_words(l, len);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  put_at(m, len, l->scratch_size - METES_SCRATCH_GENERATION_BELOW, generation);
  return METES_OK;
}

enum metes_status metes_scratch_copy_pt(const struct metes_layout *l, const uint8_t *snapshot,
                                        uint64_t snapshot_len, uint8_t *scratch,
                                        uint64_t scratch_len, struct metes_error *err)
{
  const uint64_t from = l->memory_size, to = l->pt_scratch_offset, n = l->pt_size;

  if (from > snapshot_len || n > snapshot_len - from)
    return metes_refuse(err, METES_E_BUFFER, metes_sat_add(from, n), snapshot_len, 0);
  if (to > scratch_len || n > scratch_len - to)
    return metes_refuse(err, METES_E_BUFFER, metes_sat_add(to, n), scratch_len, 1);
  metes_copy(scratch, scratch_len, to, snapshot, from, n);
  return METES_OK;
}

struct metes_entry metes_entry_of(const struct metes_layout *l, uint64_t entry_gva)
{
  const uint64_t end = metes_sat_add(l->scratch_gva, l->scratch_size);
  struct metes_entry e;

  e.cr3 = l->pt_gpa;
  e.rip = entry_gva;
  e.rsp = below(end, METES_EXCEPTION_STACK_BELOW + 8);
  e.rdi = l->peb_gva;
  e.rsi = 0;
  e.rdx = METES_PAGE_SIZE;
  e.rcx = 0;
  e.rflags = 2;
  return e;
}
