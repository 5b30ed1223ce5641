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

/* LAY-35, once nothing can wrap any more. */
/*@ requires \valid_read(p) && \valid_read(c);
  @ requires ProfileNumbers(p) && z.peb_offset <= z.heap_offset <= z.init_data_offset <= z.memory_size;
  @ requires z.memory_size + c->pt_size + c->scratch_size <= RoomGpa(p);
  @ requires z.memory_size + c->pt_size + c->scratch_size <= RoomGva(p);
  @ requires z.pt_scratch_offset + c->pt_size <= c->scratch_size;
  @ requires z.input_data_size <= c->scratch_size;
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
  @*/
static inline struct metes_layout lay_out(const struct metes_profile *p,
                                          const struct metes_config *c, struct metes_sizes z)
{
  const uint64_t gpa = p->snapshot_gpa, gva = p->snapshot_gva;
  const uint64_t scratch_gpa = p->last_gpa + 1 - c->scratch_size;
  const uint64_t scratch_gva = p->last_gva + 1 - c->scratch_size;
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
  l.snapshot_size = z.memory_size + c->pt_size;
  l.pt_scratch_offset = z.pt_scratch_offset;

  l.snapshot_gpa = gpa;
  l.peb_gpa = gpa + z.peb_offset;
  l.heap_gpa = gpa + z.heap_offset;
  l.init_data_gpa = gpa + z.init_data_offset;
  l.memory_end_gpa = gpa + z.memory_size;
  l.scratch_gpa = scratch_gpa;
  l.pt_gpa = scratch_gpa + z.pt_scratch_offset;
  l.free_gpa = scratch_gpa + z.pt_scratch_offset + c->pt_size;

  l.snapshot_gva = gva;
  l.peb_gva = gva + z.peb_offset;
  l.heap_gva = gva + z.heap_offset;
  l.init_data_gva = gva + z.init_data_offset;
  l.scratch_gva = scratch_gva;
  l.output_gva = scratch_gva + z.input_data_size;
  return l;
}

enum metes_status metes_layout_compute(const struct metes_profile *p, const struct metes_config *c,
                                       struct metes_layout *l, struct metes_error *err)
{
  const struct metes_sizes z = metes_measure(c);
  const struct metes_verdict v = metes_check(p, c, z);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  //@ assert whole: z.memory_size == MemorySize(c) && z.pt_scratch_offset == PtScratchOffset(c);
  //@ assert offsets: z.peb_offset == PebOffset(c) && z.heap_offset == HeapOffset(c) && z.init_data_offset == InitDataOffset(c);
  //@ assert apart: SizesApart(c, z) && BuffersApart(z);
  const struct metes_layout r = lay_out(p, c, z);
  //@ assert lay_35: LayoutOf(p, c, r);
  //@ assert numbers: ProfileNumbers(p) && r.snapshot_size + r.scratch_size <= RoomGpa(p);
  //@ assert room: r.snapshot_size + r.scratch_size <= RoomGva(p) && r.scratch_size <= p->max_size && r.snapshot_size <= 2 * p->max_size;
  //@ assert aligned: PageAligned(p->last_gpa + 1) && PageAligned(p->last_gva + 1) && PageAligned(c->scratch_size);
  //@ assert end_gpa: PageAligned((p->last_gpa + 1) - c->scratch_size);
  //@ assert end_gva: PageAligned((p->last_gva + 1) - c->scratch_size);
  //@ assert ends: PageAligned(r.scratch_gpa) && PageAligned(r.scratch_gva);
  //@ assert lay_36: SnapshotSound(r);
  //@ assert lay_37: ScratchSound(r);
  //@ assert lay_38: GpasSound(r);
  //@ assert canonical: CanonicalWindow(r.snapshot_gva, r.snapshot_size) && CanonicalWindow(r.scratch_gva, r.scratch_size);
  //@ assert lay_39: GvasSound(r);
  *l = r;
  return METES_OK;
}
