/* SPDX-License-Identifier: Apache-2.0
 * How large everything of a configuration is: the sums of a layout, saturated, so that
 * what does not fit 64 bits is simply larger than any limit (LAY-4 to LAY-13). */
#ifndef METES_SIZES_H
#define METES_SIZES_H

#include "align.h"
#include "layout.h"

/* Sizes and offsets, in bytes, each the mathematical one or 2^64 - 1 where that is less. */
struct metes_sizes {
  uint64_t heap_size;
  uint64_t input_data_size;
  uint64_t output_data_size;
  uint64_t peb_offset;
  uint64_t heap_offset;
  uint64_t init_data_offset;
  uint64_t memory_size;
  uint64_t pt_scratch_offset;
};

/*@ predicate SizesOf{L}(struct metes_profile *p, struct metes_config *c, struct metes_sizes z) =
  @   z.heap_size == HeapSize(c->heap_size) &&
  @   z.input_data_size == BufferSize(c->input_data_size) &&
  @   z.output_data_size == BufferSize(c->output_data_size) &&
  @   z.peb_offset == Sat(PebOffset(p, c)) && z.heap_offset == Sat(HeapOffset(p, c)) &&
  @   z.init_data_offset == Sat(InitDataOffset(p, c)) && z.memory_size == Sat(MemorySize(p, c)) &&
  @   z.pt_scratch_offset == Sat(PtScratchOffset(p, c));
  @*/

/* What follows where nothing is saturated: each area ends before the next begins. */
/*@ predicate SizesApart{L}(struct metes_config *c, struct metes_sizes z, integer a) =
  @   c->code_size <= z.peb_offset && Aligned(z.peb_offset, a) &&
  @   z.peb_offset + PebSize(c->options) <= z.heap_offset && Aligned(z.heap_offset, a) &&
  @   z.heap_offset + z.heap_size <= z.init_data_offset && Aligned(z.init_data_offset, a) &&
  @   z.init_data_offset + c->init_data_size <= z.memory_size && Aligned(z.memory_size, a) &&
  @   (c->init_data_size == 0 <==> z.init_data_offset == z.memory_size);
  @ predicate BuffersApart(struct metes_sizes z, integer a) =
  @   z.input_data_size + z.output_data_size <= z.pt_scratch_offset &&
  @   Aligned(z.pt_scratch_offset, a);
  @*/

/* up(start + size), saturating: where an area ends that begins at `start`. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures up: \result == Sat(AlignUp(start + size, alignment));
  @ ensures least: \result >= start && \result >= size;
  @ ensures fits: \result < UINT64_MAX ==>
  @   Aligned(\result, alignment) && start + size <= \result;
  @ ensures none: \result < UINT64_MAX && Aligned(start, alignment) && size == 0 ==>
  @   \result == start;
  @*/
static inline uint64_t metes_end_of(uint64_t start, uint64_t size, uint64_t alignment)
{
  return metes_align_up(metes_sat_add(start, size), alignment);
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == BufferSize(asked);
  @*/
static inline uint64_t metes_buffer_size(uint64_t asked)
{
  return asked < METES_MIN_BUFFER_SIZE ? METES_MIN_BUFFER_SIZE : asked;
}

/* Measures *c, by the alignment of *p. (LAY-5 to LAY-13) */
/*@ requires \valid_read(p) && \valid_read(c);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures sizes: SizesOf(p, c, \result);
  @ ensures order: \result.peb_offset <= \result.heap_offset <= \result.init_data_offset <=
  @   \result.memory_size;
  @ ensures areas: \result.memory_size < UINT64_MAX ==> SizesApart(c, \result, p->alignment);
  @ ensures buffers: \result.pt_scratch_offset < UINT64_MAX ==> BuffersApart(\result, p->alignment);
  @*/
static inline struct metes_sizes metes_measure(const struct metes_profile *p,
                                               const struct metes_config *c)
{
  const uint64_t table = METES_MAX_FILE_MAPPINGS * METES_FILE_MAPPING_SIZE;
  const uint64_t peb_size = c->options % 2 == 1 ? METES_PEB_HEADER_SIZE + table : METES_PEB_SIZE;
  const uint64_t a = p->alignment;
  struct metes_sizes z;

  z.heap_size = c->heap_size == 0 ? METES_DEFAULT_HEAP_SIZE : c->heap_size;
  z.input_data_size = metes_buffer_size(c->input_data_size);
  z.output_data_size = metes_buffer_size(c->output_data_size);
  z.peb_offset = metes_align_up(c->code_size, a);
  //@ assert rise: 0 <= PebOffset(p, c) <= HeapOffset(p, c) <= InitDataOffset(p, c) <= MemorySize(p, c);
  z.heap_offset = metes_end_of(z.peb_offset, peb_size, a);
  //@ assert heap_fits: PebOffset(p, c) <= UINT64_MAX ==> z.heap_offset == Sat(HeapOffset(p, c));
  //@ assert heap: z.heap_offset == Sat(HeapOffset(p, c));
  z.init_data_offset = metes_end_of(z.heap_offset, z.heap_size, a);
  //@ assert init_data_fits: HeapOffset(p, c) <= UINT64_MAX ==> z.init_data_offset == Sat(InitDataOffset(p, c));
  //@ assert init_data: z.init_data_offset == Sat(InitDataOffset(p, c));
  z.memory_size = metes_end_of(z.init_data_offset, c->init_data_size, a);
  //@ assert memory_fits: InitDataOffset(p, c) <= UINT64_MAX ==> z.memory_size == Sat(MemorySize(p, c));
  //@ assert memory: z.memory_size == Sat(MemorySize(p, c));
  z.pt_scratch_offset = metes_end_of(z.input_data_size, z.output_data_size, a);
  //@ assert pt: z.pt_scratch_offset == Sat(PtScratchOffset(p, c));
  return z;
}

#endif
