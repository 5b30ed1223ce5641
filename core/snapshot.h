/* SPDX-License-Identifier: Apache-2.0
 * Snapshots on disk: the record that says how a guest was laid out and where it goes on. */
#ifndef METES_SNAPSHOT_H
#define METES_SNAPSHOT_H

#include "checksum.h"
#include "layout.h"
#include "le.h"

/* What a record holds. The layout is not in it: whoever reads computes it anew. */
struct metes_snapshot {
  struct metes_profile profile;
  struct metes_config config;
  uint64_t generation; /* how often the guest has been put back */
  uint64_t entry;      /* guest-virtual address of its dispatch function, in the code region */
  uint64_t stack;      /* guest-virtual: its stack pointer, a multiple of 16 */
};

/* The words of a record, in wire order; each takes 8 bytes, little-endian. (SNAP-1) */
enum metes_snapshot_word {
  METES_SNAP_MAGIC,    /* "METESNAP" */
  METES_SNAP_VERSION,
  METES_SNAP_SIZE,     /* of the record, in bytes */
  METES_SNAP_CHECKSUM, /* of all that follows (SNAP-6) */
  METES_SNAP_FIRST,    /* behind the header: the fields of the profile */
  METES_SNAP_SNAPSHOT_GPA = METES_SNAP_FIRST,
  METES_SNAP_SNAPSHOT_GVA,
  METES_SNAP_LAST_GPA,
  METES_SNAP_LAST_GVA,
  METES_SNAP_MAX_SIZE,
  METES_SNAP_ALIGNMENT,
  METES_SNAP_N_RESERVED,
  METES_SNAP_RESERVED, /* 8 ranges, start and end of each; 0 where not in use */
  METES_SNAP_CODE_SIZE = METES_SNAP_RESERVED + 16, /* the fields of the configuration */
  METES_SNAP_HEAP_SIZE,
  METES_SNAP_INIT_DATA_SIZE,
  METES_SNAP_INPUT_DATA_SIZE,
  METES_SNAP_OUTPUT_DATA_SIZE,
  METES_SNAP_SCRATCH_SIZE,
  METES_SNAP_PT_SIZE,
  METES_SNAP_PERMISSIONS,
  METES_SNAP_OPTIONS,
  METES_SNAP_GENERATION, /* the rest */
  METES_SNAP_ENTRY,
  METES_SNAP_STACK,
  METES_SNAP_WORDS, /* how many there are */
};

#define METES_SNAPSHOT_BYTES (8ULL * METES_SNAP_WORDS)
#define METES_SNAPSHOT_MAGIC 0x50414E534554454DULL
#define METES_SNAPSHOT_VERSION 1ULL

#include "../spec/snapshot.acsl"

/* Writes the record of *s at m[0 .. METES_SNAPSHOT_BYTES - 1]; the rest of the len bytes stays.
 * Any snapshot has a record; whether a guest can be started from it, metes_snapshot_check says.
 * Returns METES_OK: the record is whole and says *s, so metes_snapshot_read gives it back (SNAP-8).
 * Otherwise METES_E_BUFFER (requested: METES_SNAPSHOT_BYTES, limit: len), with nothing written. */
/*@ requires \valid_read(s) && \valid(err) && \valid(m + (0 .. len - 1));
  @ requires \separated(s, err) && \separated(s, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures ok: \result == METES_OK <==> len >= METES_SNAPSHOT_BYTES;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER;
  @ ensures err: \result != METES_OK ==> ErrorIs(err, METES_SNAPSHOT_BYTES, len, 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(m, len, 0, METES_SNAPSHOT_BYTES);
  @ ensures snap_8: \result == METES_OK ==> RecordWhole(m, len);
  @ ensures snap_1: \result == METES_OK ==> RecordIs(m, \old(*s));
  @*/
enum metes_status metes_snapshot_write(const struct metes_snapshot *s, uint8_t *m, uint64_t len,
                                       struct metes_error *err);

/* Reads the record at m[0 ..]; what follows it in the len bytes is not looked at. Total: the
 * bytes may be anyone's. The checksum finds accidents, not attackers: what was read is believed
 * only when metes_snapshot_check has laid it out.
 * Returns METES_OK if and only if the record is whole (SNAP-8): *s is then what it says (SNAP-1).
 * Otherwise, with *s untouched, METES_E_SNAPSHOT_SHORT to METES_E_SNAPSHOT_FIELD. */
/*@ requires \valid_read(m + (0 .. len - 1)) && \valid(s) && \valid(err);
  @ requires \separated(s, err) && \separated(s, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns *s, *err;
  @ ensures ok: \result == METES_OK <==> RecordWhole{Pre}(m, len);
  @ ensures known: \result == METES_OK ||
  @   METES_E_SNAPSHOT_SHORT <= \result <= METES_E_SNAPSHOT_FIELD;
  @ ensures snap_2: RecordSays{Pre}(m, len, \result);
  @ ensures snap_7: \result != METES_OK ==>
  @   RecordPoints{Pre}(m, len, \result, err->requested, err->limit);
  @ ensures record: \result != METES_OK ==> err->index == 0;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures no_profile: \result != METES_OK ==>
  @   s->profile.snapshot_gpa == \old(s->profile.snapshot_gpa) &&
  @   s->profile.snapshot_gva == \old(s->profile.snapshot_gva) &&
  @   s->profile.last_gpa == \old(s->profile.last_gpa) &&
  @   s->profile.last_gva == \old(s->profile.last_gva) &&
  @   s->profile.max_size == \old(s->profile.max_size) &&
  @   s->profile.alignment == \old(s->profile.alignment) &&
  @   s->profile.n_reserved == \old(s->profile.n_reserved);
  @ ensures no_ranges: \result != METES_OK ==> \forall integer i; 0 <= i < 8 ==>
  @   s->profile.reserved[i].start == \old(s->profile.reserved[i].start) &&
  @   s->profile.reserved[i].end == \old(s->profile.reserved[i].end);
  @ ensures no_config: \result != METES_OK ==>
  @   s->config.code_size == \old(s->config.code_size) &&
  @   s->config.heap_size == \old(s->config.heap_size) &&
  @   s->config.init_data_size == \old(s->config.init_data_size) &&
  @   s->config.input_data_size == \old(s->config.input_data_size) &&
  @   s->config.output_data_size == \old(s->config.output_data_size) &&
  @   s->config.scratch_size == \old(s->config.scratch_size) &&
  @   s->config.pt_size == \old(s->config.pt_size) &&
  @   s->config.init_data_permissions == \old(s->config.init_data_permissions) &&
  @   s->config.options == \old(s->config.options);
  @ ensures no_state: \result != METES_OK ==> s->generation == \old(s->generation) &&
  @   s->entry == \old(s->entry) && s->stack == \old(s->stack);
  @ ensures snap_1: \result == METES_OK ==> RecordIs{Pre}(m, *s);
  @*/
enum metes_status metes_snapshot_read(const uint8_t *m, uint64_t len, struct metes_snapshot *s,
                                      struct metes_error *err);

/* Can a guest be started from *s? Computes its layout anew and looks at entry point and stack.
 * Total: the values may be anyone's. Returns METES_OK with *l filled: the layout of s->config in
 * s->profile, a sound one; the entry point is a canonical address in its code region, the stack
 * pointer stands (SNAP-12, SNAP-13). Otherwise, with *l untouched: what metes_layout_compute
 * answers, numbers and all (SNAP-9); METES_E_SNAPSHOT_ENTRY (SNAP-10) or METES_E_SNAPSHOT_STACK
 * (SNAP-11), with the byte of the record where the field stands (requested) and its value (limit). */
/*@ requires \valid_read(s) && \valid(l) && \valid(err) && \separated(s, l, err);
  @ terminates \true;
  @ exits \false;
  @ assigns *l, *err;
  @ ensures known: METES_OK <= \result <= METES_E_RESERVED ||
  @   \result == METES_E_SNAPSHOT_ENTRY || \result == METES_E_SNAPSHOT_STACK;
  @ ensures snap_12: \result == METES_OK <==> \old(StateSound(s));
  @ ensures snap_9: METES_E_PROFILE <= \result <= METES_E_RESERVED <==>
  @   \old(!ConfigSound(&s->profile, &s->config));
  @ ensures snap_10: \result == METES_E_SNAPSHOT_ENTRY ==> \old(!EntryInCode(s)) &&
  @   ErrorIs(err, 8 * METES_SNAP_ENTRY, \old(s->entry), 0);
  @ ensures snap_11: \result == METES_E_SNAPSHOT_STACK ==> \old(!StackStands(s->stack)) &&
  @   ErrorIs(err, 8 * METES_SNAP_STACK, \old(s->stack), 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures unchanged: \result != METES_OK ==> *l == \old(*l);
  @ ensures lay_35: \result == METES_OK ==> LayoutOf{Pre}(&s->profile, &s->config, *l);
  @ ensures lay_40: \result == METES_OK ==> LayoutSound(*l);
  @ ensures snap_13: \result == METES_OK ==> CanonicalEntry(*l, \old(s->entry));
  @*/
enum metes_status metes_snapshot_check(const struct metes_snapshot *s, struct metes_layout *l,
                                       struct metes_error *err);

#endif
