/* SPDX-License-Identifier: Apache-2.0
 * What every function of core answers: a status, and an error that says how much was too much. */
#ifndef METES_STATUS_H
#define METES_STATUS_H

#include <stdint.h>

/* Each status names one clause of the specification (spec/). Within one function
 * the checks are made in the order of this list and the first that fails is the
 * answer. `requested`, `limit` and `index` are the fields of struct metes_error. */
enum metes_status {
  METES_OK = 0,

  /* metes_layout_compute: LAY-20 to LAY-33 */
  METES_E_PROFILE,             /* LAY-20  index: the PRO clause that is broken */
  METES_E_OPTIONS,             /* LAY-21  requested: the options; limit: all known ones */
  METES_E_PERMISSIONS,         /* LAY-22  requested: the bits; limit: 7 */
  METES_E_SCRATCH_TOO_BIG,     /* LAY-23  requested: scratch size; limit: largest region */
  METES_E_SCRATCH_TOO_SMALL,   /* LAY-24  requested: scratch size; limit: least that will do */
  METES_E_MEMORY_TOO_BIG,      /* LAY-25  requested: memory size; limit: largest region */
  METES_E_SCRATCH_UNALIGNED,   /* LAY-26  requested: scratch size; limit: page size */
  METES_E_OVERLAP_GPA,         /* LAY-27  requested: snapshot + scratch; limit: room for both */
  METES_E_OVERLAP_GVA,         /* LAY-28  the same in guest-virtual space */
  METES_E_PT_TOO_BIG,          /* LAY-29  requested: scratch size; limit: least that will do */
  METES_E_PT_UNALIGNED,        /* LAY-30  requested: page-table size; limit: page size */
  METES_E_PT_OVERLAP_GPA,      /* LAY-31  as LAY-27, page tables included */
  METES_E_PT_OVERLAP_GVA,      /* LAY-32  as LAY-28, page tables included */
  METES_E_RESERVED,            /* LAY-33  requested: start, limit: end of the reserved range;
                                *         index: its place in the profile's list */

  /* writers into the snapshot: PEB-9, MEM-2, MEM-3 */
  METES_E_BUFFER,              /* requested: bytes needed; limit: bytes there */
  METES_E_LENGTH,              /* requested: bytes given; limit: bytes announced */

  /* metes_plan_check, metes_plan_layout, metes_plan_add: PLAN-17, PLAN-1 to PLAN-11; index: the
   * slot's place in the plan */
  METES_E_LIMITS,              /* PLAN-17 requested: reserved ranges of the limits; limit: 8 */
  METES_E_SLOT_BUDGET,         /* PLAN-1  requested: number of slots; limit: budget */
  METES_E_SLOT_NUMBER,         /* PLAN-2  requested: slot number; limit: budget */
  METES_E_SLOT_FLAGS,          /* PLAN-3  requested: flags; limit: all known ones */
  METES_E_SLOT_EMPTY,          /* PLAN-4  requested: start; limit: end */
  METES_E_SLOT_UNALIGNED,      /* PLAN-5  requested: the value; limit: page size */
  METES_E_SLOT_PAGES,          /* PLAN-6  requested: size; limit: largest size */
  METES_E_SLOT_GPA,            /* PLAN-7  requested: size; limit: room above its gpa */
  METES_E_SLOT_HOST,           /* PLAN-8  requested: size; limit: room above its host address */
  METES_E_SLOT_RESERVED,       /* PLAN-9  requested: start, limit: end of the reserved range */
  METES_E_SLOT_TWICE,          /* PLAN-10 requested: slot number; limit: place of its twin */
  METES_E_SLOT_OVERLAP,        /* PLAN-11 requested: gpa; limit: place of the slot it meets */
  METES_E_SLOT_LENGTHS,        /* PLAN-12 requested: guest length; limit: host length */

  /* metes_regions_resolve: GPA-1 */
  METES_E_UNMAPPED,            /* requested: gpa; limit: length */

  /* metes_elf_parse: ELF-1 to ELF-14. From ELF-2 on, requested: the byte offset in the file of
   * the field that is wrong; limit: what stands there; index: the number of its program header */
  METES_E_ELF_SHORT,           /* ELF-1  requested: bytes in the file; limit: 64, a file header's */
  METES_E_ELF_MAGIC,           /* ELF-2  does not begin with 7f 'E' 'L' 'F' (at 0) */
  METES_E_ELF_CLASS,           /* ELF-3  not 64-bit (at 4), little-endian (at 5), version 1 (at 6) */
  METES_E_ELF_TYPE,            /* ELF-4  neither ET_EXEC nor ET_DYN (at 16) */
  METES_E_ELF_MACHINE,         /* ELF-5  not x86-64 (at 18) */
  METES_E_ELF_HEADERS,         /* ELF-6  program headers: size not 56 (at 54), none or more than
                                *        64 (at 56), beyond the file's end (at 32) */
  METES_E_ELF_INTERP,          /* ELF-7  asks for an interpreter (p_type) */
  METES_E_ELF_SEGMENTS,        /* ELF-8  more than 16 segments (p_type) */
  METES_E_ELF_EMPTY,           /* ELF-9  a segment of no memory (p_memsz) */
  METES_E_ELF_FILE_SIZE,       /* ELF-10 more bytes in the file than in memory (p_filesz) */
  METES_E_ELF_FILE_RANGE,      /* ELF-11 bytes beyond the file's end (p_offset) */
  METES_E_ELF_ADDRESS,         /* ELF-12 below the code region or too far above it (p_vaddr) */
  METES_E_ELF_OVERLAP,         /* ELF-13 not in order, or in a page of the segment before (p_vaddr) */
  METES_E_ELF_FLAGS,           /* ELF-14 not readable, or writable and executable unasked (p_flags) */
  METES_E_ELF_ENTRY,           /* ELF-15 the entry point is in no executable segment (at 24) */

  /* metes_elf_load: ELF-20 */
  METES_E_ELF_IMAGE,           /* index: the segment that is not sound for this file; or 16, with
                                *        requested: how many segments, limit: 16 */

  /* metes_pt_init: PT-1; metes_pt_map, metes_pt_map_large and metes_pt_reserve: PT-2 to PT-7 */
  METES_E_PT_POOL,             /* PT-1  requested: tables, limit: 65535, index 0: none or too many;
                                *       requested: address, limit: 2^52, index 1: unusable */
  METES_E_MAP_FLAGS,           /* PT-2  requested: the flags; limit: all known ones */
  METES_E_MAP_UNALIGNED,       /* PT-3  requested: the address; limit: page size; index 0 gva, 1 gpa,
                                *       2 length (of large pages) */
  METES_E_MAP_GVA,             /* PT-4  requested: gva; limit: pages: not canonical throughout */
  METES_E_MAP_GPA,             /* PT-5  requested: gpa; limit: pages: reaches beyond 2^52 */
  METES_E_MAP_TWICE,           /* PT-6  requested: gva of the first page that is mapped already;
                                *       limit: its entry (of level 2 for metes_pt_map_large) */
  METES_E_MAP_FULL,            /* PT-7  requested: tables that surely suffice; limit: tables left */

  /* metes_pt_walk: PT-8, PT-9, PT-18; also METES_E_MAP_GVA, METES_E_UNMAPPED */
  METES_E_WALK_LARGE,          /* PT-8  a page of 1 GiB, or the reserved bit 7 of the root's entry */
  METES_E_WALK_LINK,           /* PT-9  a link out of the pool */

  /* metes_buffer_push, metes_buffer_peek, metes_buffer_pop: BUF-1 to BUF-7 */
  METES_E_STACK,               /* BUF-2 requested: the stack pointer found; limit: the buffer's size */
  METES_E_STACK_FULL,          /* BUF-3 requested: bytes needed, the link included; limit: bytes left */
  METES_E_ELEMENT,             /* BUF-4 requested: bytes given; limit: the least that its prefix asks */
  METES_E_STACK_EMPTY,         /* BUF-5 requested: 0; limit: 0 */
  METES_E_LINK,                /* BUF-6 requested: the link found; limit: the highest that will do */
  METES_E_PREFIX,              /* BUF-7 requested: bytes that the prefix asks; limit: bytes there */

  /* metes_plan_remove: PLAN-18, PLAN-19; also what metes_plan_check says */
  METES_E_SLOT_KEPT,           /* PLAN-18 requested: slot number; limit: 2, the first that can go */
  METES_E_SLOT_UNKNOWN,        /* PLAN-19 requested: slot number; limit: slots of the plan */

  /* metes_file_mapping_…: FM-3 to FM-9; also METES_E_BUFFER (FM-2) */
  METES_E_NO_TABLE,            /* FM-3  requested: the layout's options; limit: the one it lacks */
  METES_E_MAPPING_COUNT,       /* FM-4  requested: the count found; limit: 32 */
  METES_E_MAPPING_FULL,        /* FM-5  requested: 33; limit: 32 */
  METES_E_MAPPING_PLACE,       /* FM-6  requested: place; limit: the count */
  METES_E_MAPPING_LABEL,       /* FM-7  requested: characters before the NUL, 64 where there is none;
                                *       limit: 63. Of this and the next two, index: the place */
  METES_E_MAPPING_PAGES,       /* FM-8  requested: the size, or where that will do the address;
                                *       limit: page size */
  METES_E_MAPPING_END,         /* FM-9  requested: size; limit: room up to 2^64 - 1 */

  /* metes_snapshot_read: SNAP-2 to SNAP-11; the layout (SNAP-9) is computed before the last two.
   * From SNAP-3 on, requested: the byte of the record where it is wrong; limit: the word there */
  METES_E_SNAPSHOT_SHORT,      /* SNAP-2  requested: bytes there; limit: a record's */
  METES_E_SNAPSHOT_MAGIC,      /* SNAP-3  does not begin with "METESNAP" */
  METES_E_SNAPSHOT_VERSION,    /* SNAP-4  of another version */
  METES_E_SNAPSHOT_SIZE,       /* SNAP-5  does not say how many bytes it has */
  METES_E_SNAPSHOT_CHECKSUM,   /* SNAP-6  its bytes are not those that were written */
  METES_E_SNAPSHOT_FIELD,      /* SNAP-7  more than its field holds, or in a range that is not used */
  METES_E_SNAPSHOT_ENTRY,      /* SNAP-10 the entry point is not in the code region */
  METES_E_SNAPSHOT_STACK,      /* SNAP-11 the stack pointer is unaligned, 0 or not canonical */

  /* metes_gpa_write, metes_gva_write: GPA-8, GVA-7 */
  METES_E_READ_ONLY,           /* requested: gpa; limit: length: in the snapshot */

  /* metes_pt_walk, one more */
  METES_E_WALK_RESERVED,       /* PT-18 a page of 2 MiB with a bit of 13 to 20 set */

  /* metes_message_parse, metes_message_put: MSG-2 to MSG-7. From MSG-4 on, requested: the byte of
   * the message where it is wrong; limit: what stands there, as a number */
  METES_E_MESSAGE_SHORT,       /* MSG-2 requested: bytes there; limit: 16, a header's */
  METES_E_MESSAGE_LENGTH,      /* MSG-3 requested: bytes of the whole message; limit: bytes there, or
                                *       the most that a length can say */
  METES_E_MESSAGE_KIND,        /* MSG-4 (at 4) */
  METES_E_MESSAGE_CODE,        /* MSG-5 (at 8) */
  METES_E_MESSAGE_NAME,        /* MSG-6, MSG-7: the name's length (at 12), or a byte of it */

  /* metes_file_place; also what metes_plan_check says, and METES_E_MAPPING_PAGES */
  METES_E_MAPPING_ROOM,        /* FM-16 requested: size; limit: all between snapshot and scratch */
};

/* Why something was refused. Written only when the answer is not METES_OK, and
 * then wholly; untouched otherwise. Numbers are exact; a mathematical value of
 * 2^64 or more is given as 2^64 - 1 (LAY-4). */
struct metes_error {
  uint64_t requested;
  uint64_t limit;
  uint32_t index;
};

/*@ predicate ErrorIs{L}(struct metes_error *e, integer requested, integer limit, integer index) =
  @   e->requested == requested && e->limit == limit && e->index == index;
  @*/

/* Fills *e and hands `s` back, so that a refusal is one line.
 * No error of its own; implements no clause: it only carries. */
/*@ requires \valid(e);
  @ terminates \true;
  @ exits \false;
  @ assigns *e;
  @ ensures ErrorIs(e, requested, limit, index);
  @ ensures \result == s;
  @*/
static inline enum metes_status metes_refuse(struct metes_error *e, enum metes_status s,
                                             uint64_t requested, uint64_t limit, uint32_t index)
{
  e->requested = requested;
  e->limit = limit;
  e->index = index;
  return s;
}

#endif
