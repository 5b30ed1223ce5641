/* SPDX-License-Identifier: Apache-2.0
 * From a configuration to a layout. First sizes, then checks, then addresses. */
#include "check.h"

void metes_config_default(struct metes_config *c)
{
  c->code_size = 0;
  c->heap_size = METES_DEFAULT_HEAP_SIZE;
  c->init_data_size = 0;
  c->input_data_size = METES_DEFAULT_BUFFER_SIZE;
  c->output_data_size = METES_DEFAULT_BUFFER_SIZE;
  c->scratch_size = METES_DEFAULT_SCRATCH_SIZE;
  c->pt_size = 0;
  c->init_data_permissions = METES_READ;
  c->options = 0;
}

/* base + offset, where both are boundaries: another one. (LAY-41) */
/*@ requires base + offset <= UINT64_MAX;
  @ requires Aligned(base, alignment) && Aligned(offset, alignment);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures sum: \result == base + offset;
  @ ensures lay_41: Aligned(\result, alignment);
  @*/
static inline uint64_t boundary(uint64_t base, uint64_t offset, uint64_t alignment)
{
  (void)alignment; /* the contract speaks of it */
  return base + offset;
}

/* Where `size` bytes begin whose last is `last`. (LAY-16, LAY-19, LAY-41) */
/*@ requires size <= last && EndsAligned(last, alignment) && Aligned(size, alignment);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures start: \result == last + 1 - size;
  @ ensures lay_41: Aligned(\result, alignment);
  @*/
static inline uint64_t start_of(uint64_t last, uint64_t size, uint64_t alignment)
{
  (void)alignment; /* the contract speaks of it */
  return last + 1 - size;
}

/*@ predicate SizesAligned(struct metes_sizes z, integer a) =
  @   Aligned(z.peb_offset, a) && Aligned(z.heap_offset, a) && Aligned(z.init_data_offset, a) &&
  @   Aligned(z.memory_size, a) && Aligned(z.pt_scratch_offset, a);
  @*/

/* LAY-35 and LAY-41, once nothing can wrap any more. */
/*@ requires \valid_read(p) && \valid_read(c);
  @ requires ProfileNumbers(p) && z.peb_offset <= z.heap_offset <= z.init_data_offset <= z.memory_size;
  @ requires z.memory_size + c->pt_size + c->scratch_size <= RoomGpa(p);
  @ requires z.memory_size + c->pt_size + c->scratch_size <= RoomGva(p);
  @ requires z.pt_scratch_offset + c->pt_size <= c->scratch_size;
  @ requires z.input_data_size <= c->scratch_size;
  @ requires SizesAligned(z, p->alignment);
  @ requires Aligned(c->pt_size, p->alignment) && Aligned(c->scratch_size, p->alignment);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures given: \result.code_size == c->code_size && \result.init_data_size == c->init_data_size &&
  @   \result.scratch_size == c->scratch_size && \result.pt_size == c->pt_size &&
  @   \result.init_data_permissions == c->init_data_permissions && \result.options == c->options;
  @ ensures sized: \result.heap_size == z.heap_size && \result.input_data_size == z.input_data_size &&
  @   \result.output_data_size == z.output_data_size;
  @ ensures offsets: \result.peb_offset == z.peb_offset && \result.heap_offset == z.heap_offset &&
  @   \result.init_data_offset == z.init_data_offset && \result.memory_size == z.memory_size &&
  @   \result.snapshot_size == z.memory_size + c->pt_size && \result.pt_scratch_offset == z.pt_scratch_offset;
  @ ensures gpas: LayoutGpas(p, \result);
  @ ensures gvas: LayoutGvas(p, \result);
  @ ensures snapshot_41: Aligned(\result.snapshot_gpa, p->alignment) &&
  @   Aligned(\result.snapshot_gva, p->alignment);
  @ ensures peb_41: Aligned(\result.peb_gpa, p->alignment) &&
  @   Aligned(\result.peb_gva, p->alignment);
  @ ensures heap_41: Aligned(\result.heap_gpa, p->alignment) &&
  @   Aligned(\result.heap_gva, p->alignment);
  @ ensures init_data_41: Aligned(\result.init_data_gpa, p->alignment) &&
  @   Aligned(\result.init_data_gva, p->alignment);
  @ ensures ends_41: Aligned(\result.memory_end_gpa, p->alignment) &&
  @   Aligned(\result.snapshot_size, p->alignment);
  @ ensures scratch_41: Aligned(\result.scratch_gpa, p->alignment) &&
  @   Aligned(\result.scratch_gva, p->alignment);
  @ ensures pt_41: Aligned(\result.pt_gpa, p->alignment) &&
  @   Aligned(\result.free_gpa, p->alignment);
  @*/
static inline struct metes_layout lay_out(const struct metes_profile *p,
                                          const struct metes_config *c, struct metes_sizes z)
{
  const uint64_t gpa = p->snapshot_gpa, gva = p->snapshot_gva, a = p->alignment;
  const uint64_t scratch_gpa = start_of(p->last_gpa, c->scratch_size, a);
  const uint64_t scratch_gva = start_of(p->last_gva, c->scratch_size, a);
  const uint64_t pt_gpa = boundary(scratch_gpa, z.pt_scratch_offset, a);
  struct metes_layout l;

  l.code_size = c->code_size;
  l.heap_size = z.heap_size;
  l.init_data_size = c->init_data_size;
  l.input_data_size = z.input_data_size;
  l.output_data_size = z.output_data_size;
  l.scratch_size = c->scratch_size;
  l.pt_size = c->pt_size;
  l.init_data_permissions = c->init_data_permissions;
  l.options = c->options;

  l.peb_offset = z.peb_offset;
  l.heap_offset = z.heap_offset;
  l.init_data_offset = z.init_data_offset;
  l.memory_size = z.memory_size;
  l.snapshot_size = boundary(z.memory_size, c->pt_size, a);
  l.pt_scratch_offset = z.pt_scratch_offset;

  l.snapshot_gpa = gpa;
  l.peb_gpa = boundary(gpa, z.peb_offset, a);
  l.heap_gpa = boundary(gpa, z.heap_offset, a);
  l.init_data_gpa = boundary(gpa, z.init_data_offset, a);
  l.memory_end_gpa = boundary(gpa, z.memory_size, a);
  l.scratch_gpa = scratch_gpa;
  l.pt_gpa = pt_gpa;
  l.free_gpa = boundary(pt_gpa, c->pt_size, a);

  l.snapshot_gva = gva;
  l.peb_gva = boundary(gva, z.peb_offset, a);
  l.heap_gva = boundary(gva, z.heap_offset, a);
  l.init_data_gva = boundary(gva, z.init_data_offset, a);
  l.scratch_gva = scratch_gva;
  l.output_gva = scratch_gva + z.input_data_size;
  return l;
}

/* The layout of a sound configuration, and what is true of it (LAY-35 to LAY-41). */
/*@ requires \valid_read(p) && \valid_read(c) && ConfigSound(p, c);
  @ requires SizesOf(p, c, z) && SizesApart(c, z, p->alignment) && BuffersApart(z, p->alignment);
  @ requires z.memory_size < UINT64_MAX && z.pt_scratch_offset < UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures lay_35: LayoutOf(p, c, \result);
  @ ensures lay_40: LayoutSound(\result);
  @ ensures lay_41: LayoutAligned(\result, p->alignment);
  @*/
static inline struct metes_layout sound_layout(const struct metes_profile *p,
                                               const struct metes_config *c, struct metes_sizes z)
{
  //@ assert whole: z.memory_size == MemorySize(p, c) && z.pt_scratch_offset == PtScratchOffset(p, c);
  //@ assert offsets: z.peb_offset == PebOffset(p, c) && z.heap_offset == HeapOffset(p, c) && z.init_data_offset == InitDataOffset(p, c);
  //@ assert sizes_41: SizesAligned(z, p->alignment);
  const struct metes_layout r = lay_out(p, c, z);
  //@ assert lay_35: LayoutOf(p, c, r);
  //@ assert numbers: ProfileNumbers(p) && r.snapshot_size + r.scratch_size <= RoomGpa(p);
  //@ assert room: r.snapshot_size + r.scratch_size <= RoomGva(p) && r.scratch_size <= p->max_size && r.snapshot_size <= 2 * p->max_size;
  //@ assert offsets_41: OffsetsAligned(r, p->alignment);
  //@ assert gpas_41: GpasAligned(r, p->alignment);
  //@ assert gvas_41: GvasAligned(r, p->alignment);
  //@ assert pages: PageAligned(r.pt_size) && PageAligned(r.scratch_size) && PageAligned(r.scratch_gpa) && PageAligned(r.scratch_gva);
  //@ assert lay_36: SnapshotSound(r);
  //@ assert lay_37: ScratchSound(r);
  //@ assert lay_38: GpasSound(r);
  //@ assert canonical: CanonicalWindow(r.snapshot_gva, r.snapshot_size) && CanonicalWindow(r.scratch_gva, r.scratch_size);
  //@ assert lay_39: GvasSound(r);
  return r;
}

enum metes_status metes_layout_compute(const struct metes_profile *p, const struct metes_config *c,
                                       struct metes_layout *l, struct metes_error *err)
{
  const struct metes_sizes z = metes_measure(p, c);
  const struct metes_verdict v = metes_check(p, c, z);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  //@ assert whole: z.memory_size < UINT64_MAX && z.pt_scratch_offset < UINT64_MAX;
  *l = sound_layout(p, c, z);
  return METES_OK;
}
