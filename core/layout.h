/* SPDX-License-Identifier: Apache-2.0
 * From a configuration to a layout: where everything lies, or why it cannot. */
#ifndef METES_LAYOUT_H
#define METES_LAYOUT_H

#include "profile.h"

/* Permission bits, of init data and of regions. */
#define METES_READ 1u
#define METES_WRITE 2u
#define METES_EXECUTE 4u

/* Option bits of a configuration. */
#define METES_OPT_FILE_MAPPINGS 1u   /* the PEB carries a table of 32 file mappings */
#define METES_OPT_EXECUTABLE_HEAP 2u /* the heap region is also executable */

/* What metes_config_default fills in (reference: SandboxConfiguration). Bytes. */
#define METES_DEFAULT_BUFFER_SIZE 0x4000u
#define METES_DEFAULT_HEAP_SIZE 131072u
#define METES_DEFAULT_SCRATCH_SIZE 0x48000u
#define METES_MIN_BUFFER_SIZE 0x2000u

/* The scratch that a guest needs beside buffers and page tables (LAY-14): 2
 * pages TSS and IDT, 4 page tables that map them, 1 stack, 3 to map it, 2
 * exception stack and bookkeeping. */
#define METES_SCRATCH_OVERHEAD (12 * METES_PAGE_SIZE)

/* Bytes of the PEB (PEB-1): 8 words; with file mappings 10 and 32 entries of 80 bytes. */
#define METES_PEB_SIZE 64u
#define METES_PEB_HEADER_SIZE 80u
#define METES_FILE_MAPPING_SIZE 80u
#define METES_MAX_FILE_MAPPINGS 32u

/* What is asked for. Sizes in bytes; any value is allowed in any field, and
 * metes_layout_compute says whether it has a layout. */
struct metes_config {
  uint64_t code_size;
  uint64_t heap_size;             /* 0 means 131072 (LAY-6) */
  uint64_t init_data_size;
  uint64_t input_data_size;       /* less than 0x2000 is raised to it (LAY-5) */
  uint64_t output_data_size;      /* likewise */
  uint64_t scratch_size;
  uint64_t pt_size;               /* bytes of page tables behind the snapshot's memory */
  uint32_t init_data_permissions; /* METES_READ | … */
  uint32_t options;               /* METES_OPT_… */
};

/* Where everything lies. Offsets and sizes in bytes; every area is half-open,
 * [start, start + size). A plain value: copy it freely. */
struct metes_layout {
  /* the sizes in force */
  uint64_t code_size;
  uint64_t heap_size;
  uint64_t init_data_size;
  uint64_t input_data_size;
  uint64_t output_data_size;
  uint64_t scratch_size;
  uint64_t pt_size;
  uint32_t init_data_permissions;
  uint32_t options;
  /* offsets from the start of the snapshot; code is at 0 */
  uint64_t peb_offset;
  uint64_t heap_offset;
  uint64_t init_data_offset;
  uint64_t memory_size;   /* end of the last region */
  uint64_t snapshot_size; /* with the page tables behind it */
  /* offset from the start of scratch; input is at 0, output at input_data_size */
  uint64_t pt_scratch_offset;
  /* guest-physical addresses */
  uint64_t snapshot_gpa;
  uint64_t peb_gpa;
  uint64_t heap_gpa;
  uint64_t init_data_gpa;
  uint64_t memory_end_gpa;
  uint64_t scratch_gpa;
  uint64_t pt_gpa;   /* where the page tables lie when the guest runs, in scratch */
  uint64_t free_gpa; /* the first byte of scratch that is the guest's own */
  /* guest-virtual addresses */
  uint64_t snapshot_gva;
  uint64_t peb_gva;
  uint64_t heap_gva;
  uint64_t init_data_gva;
  uint64_t scratch_gva; /* and of the input buffer */
  uint64_t output_gva;
};

#include "../spec/layout.acsl"

/* Fills *c with the defaults: 131072 bytes of heap, input and output of 0x4000,
 * scratch of 0x48000, readable init data, everything else 0. (LAY-3) */
/*@ requires \valid(c);
  @ terminates \true;
  @ exits \false;
  @ assigns *c;
  @ ensures c->heap_size == 131072 && c->scratch_size == 0x48000;
  @ ensures c->input_data_size == 0x4000 && c->output_data_size == 0x4000;
  @ ensures c->code_size == 0 && c->init_data_size == 0 && c->pt_size == 0;
  @ ensures c->init_data_permissions == METES_READ && c->options == 0;
  @*/
void metes_config_default(struct metes_config *c);

/* Computes the layout of configuration *c in profile *p. Total: any values will do.
 *
 * Returns METES_OK if and only if the configuration is sound (LAY-34); *l is
 * then the layout (LAY-35), it is sound (LAY-40) and on boundaries (LAY-41), and *err is
 * untouched.
 * Otherwise the first check that fails, in the order of enum metes_status from
 * METES_E_PROFILE to METES_E_RESERVED; *err then says how much was too much and
 * *l is untouched. The four objects must not overlap; nothing is kept of them. */
/*@ requires \valid_read(p) && \valid_read(c) && \valid(l) && \valid(err);
  @ requires \separated(p, c, l, err);
  @ terminates \true;
  @ exits \false;
  @ assigns *l, *err;
  @ ensures lay_34: \result == METES_OK <==> \old(ConfigSound(p, c));
  @ ensures lay_35: \result == METES_OK ==> LayoutOf{Pre}(p, c, *l);
  @ ensures lay_40: \result == METES_OK ==> LayoutSound(*l);
  @ ensures lay_41: \result == METES_OK ==> LayoutAligned(*l, \old(p->alignment));
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures unchanged: \result != METES_OK ==> *l == \old(*l);
  @ ensures known: METES_OK <= \result <= METES_E_RESERVED;
  @ ensures lay_20: \result == METES_E_PROFILE <==> \old(!ProfileSound(p));
  @ ensures lay_21: \result == METES_E_OPTIONS <==> \old(ProfileSound(p) && c->options > 3);
  @ ensures lay_22: \result == METES_E_PERMISSIONS <==>
  @   \old(ProfileSound(p) && c->options <= 3 && c->init_data_permissions > 7);
  @ ensures lay_23: \result == METES_E_SCRATCH_TOO_BIG <==>
  @   \old(Passes22(p, c) && c->scratch_size > p->max_size);
  @ ensures lay_24: \result == METES_E_SCRATCH_TOO_SMALL <==>
  @   \old(Passes22(p, c) && c->scratch_size <= p->max_size && c->scratch_size < MinScratch(p, c));
  @ ensures lay_25: \result == METES_E_MEMORY_TOO_BIG <==>
  @   \old(Passes24(p, c) && MemorySize(p, c) > p->max_size);
  @ ensures lay_26: \result == METES_E_SCRATCH_UNALIGNED <==>
  @   \old(Passes25(p, c) && !Aligned(c->scratch_size, p->alignment));
  @ ensures lay_27: \result == METES_E_OVERLAP_GPA <==> \old(Passes26(p, c) && !Passes27(p, c));
  @ ensures lay_28: \result == METES_E_OVERLAP_GVA <==> \old(Passes27(p, c) && !Passes28(p, c));
  @ ensures lay_29: \result == METES_E_PT_TOO_BIG <==> \old(Passes28(p, c) && !Passes29(p, c));
  @ ensures lay_30: \result == METES_E_PT_UNALIGNED <==> \old(Passes29(p, c) && !Passes30(p, c));
  @ ensures lay_31: \result == METES_E_PT_OVERLAP_GPA <==> \old(Passes30(p, c) && !Passes31(p, c));
  @ ensures lay_32: \result == METES_E_PT_OVERLAP_GVA <==> \old(Passes31(p, c) && !Passes32(p, c));
  @ ensures lay_33: \result == METES_E_RESERVED <==> \old(Passes32(p, c) && !ConfigSound(p, c));
  @ ensures err_20: \result == METES_E_PROFILE ==>
  @   (1 <= err->index <= 8 || err->index == 12) && ErrorIs(err, 0, 0, err->index);
  @ ensures err_21: \result == METES_E_OPTIONS ==> ErrorIs(err, \old(c->options), 3, 0);
  @ ensures err_22: \result == METES_E_PERMISSIONS ==> ErrorIs(err, \old(c->init_data_permissions), 7, 0);
  @ ensures err_23: \result == METES_E_SCRATCH_TOO_BIG ==>
  @   ErrorIs(err, \old(c->scratch_size), \old(p->max_size), 0);
  @ ensures err_24: \result == METES_E_SCRATCH_TOO_SMALL ==>
  @   ErrorIs(err, \old(c->scratch_size), \old(Sat(MinScratch(p, c))), 0);
  @ ensures err_25: \result == METES_E_MEMORY_TOO_BIG ==>
  @   ErrorIs(err, \old(Sat(MemorySize(p, c))), \old(p->max_size), 0);
  @ ensures err_26: \result == METES_E_SCRATCH_UNALIGNED ==>
  @   ErrorIs(err, \old(c->scratch_size), \old(p->alignment), 0);
  @ ensures err_27: \result == METES_E_OVERLAP_GPA ==>
  @   ErrorIs(err, \old(MemorySize(p, c) + c->scratch_size), \old(RoomGpa(p)), 0);
  @ ensures err_28: \result == METES_E_OVERLAP_GVA ==>
  @   ErrorIs(err, \old(MemorySize(p, c) + c->scratch_size), \old(RoomGva(p)), 0);
  @ ensures err_29: \result == METES_E_PT_TOO_BIG ==>
  @   ErrorIs(err, \old(c->scratch_size), \old(Sat(MinScratch(p, c) + c->pt_size)), 0);
  @ ensures err_30: \result == METES_E_PT_UNALIGNED ==>
  @   ErrorIs(err, \old(c->pt_size), \old(p->alignment), 0);
  @ ensures err_31: \result == METES_E_PT_OVERLAP_GPA ==>
  @   ErrorIs(err, \old(MemorySize(p, c) + c->pt_size + c->scratch_size), \old(RoomGpa(p)), 0);
  @ ensures err_32: \result == METES_E_PT_OVERLAP_GVA ==>
  @   ErrorIs(err, \old(MemorySize(p, c) + c->pt_size + c->scratch_size), \old(RoomGva(p)), 0);
  @ ensures err_33: \result == METES_E_RESERVED ==> err->index < p->n_reserved &&
  @   ErrorIs(err, p->reserved[err->index].start, p->reserved[err->index].end, err->index);
  @*/
enum metes_status metes_layout_compute(const struct metes_profile *p, const struct metes_config *c,
                                       struct metes_layout *l, struct metes_error *err);

#endif
