/* SPDX-License-Identifier: Apache-2.0
 * Scratch: what the guest finds in it when it starts, and the registers it starts with. */
#ifndef METES_SCRATCH_H
#define METES_SCRATCH_H

#include "layout.h"
#include "le.h"

/* Distances of the bookkeeping words below the end of scratch (SCR-2). */
#define METES_SCRATCH_SIZE_BELOW 0x08u
#define METES_SCRATCH_FREE_BELOW 0x10u
#define METES_SCRATCH_PT_BELOW 0x18u
#define METES_SCRATCH_GENERATION_BELOW 0x20u

/* The exception stack begins this far below the end of scratch and grows down;
 * it has the rest of the last two pages. (SCR-3) */
#define METES_EXCEPTION_STACK_BELOW 0x30u
#define METES_EXCEPTION_PAGES_SIZE (2 * METES_PAGE_SIZE)

/* The first word of an empty input or output buffer: its stack begins behind the word. (SCR-4) */
#define METES_EMPTY_BUFFER 8u

/* The areas of scratch, in the order in which they lie: offsets from its start. (SCR-1) */
struct metes_scratch_areas {
  struct metes_range input;
  struct metes_range output;
  struct metes_range page_tables;
  struct metes_range free;
  struct metes_range exception_stack;
  struct metes_range bookkeeping;
};

/* The registers of a guest that starts; 64-bit mode with paging, rflags 2. (SCR-6) */
struct metes_entry {
  uint64_t cr3; /* guest-physical address of the root page table, in scratch */
  uint64_t rip;
  uint64_t rsp; /* top of the exception stack, less 8: as if called */
  uint64_t rdi; /* guest-virtual address of the PEB */
  uint64_t rsi; /* seed: 0, the caller's to set */
  uint64_t rdx; /* page size */
  uint64_t rcx; /* log level: 0, the caller's to set */
  uint64_t rflags;
};

#include "../spec/scratch.acsl"

/* The areas of scratch. Total; of a sound layout they lie one behind the other,
 * none empty but perhaps the page tables, all within scratch (SCR-1). */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures scr_1: LayoutSound(*l) ==> AreasOf(*l, \result) && AreasApart(*l, \result);
  @*/
struct metes_scratch_areas metes_scratch_areas(const struct metes_layout *l);

/* Writes what a guest expects in its scratch, the `len` bytes from m: the four
 * bookkeeping words (SCR-2) and the first words of the empty buffers (SCR-4).
 * Returns METES_OK; or, with nothing written (SCR-5),
 *   METES_E_SCRATCH_TOO_SMALL (requested: scratch size, limit: least that will do)
 *     where the words would meet: never for a sound layout;
 *   METES_E_BUFFER (requested: scratch size, limit: len) where scratch does not fit. */
/*@ requires \valid_read(l) && \valid(err) && \valid(m + (0 .. len - 1));
  @ requires \separated(l, err) && \separated(l, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_SCRATCH_TOO_SMALL ||
  @   \result == METES_E_BUFFER;
  @ ensures ok: \result == METES_OK <==> \old(WordsApart(*l) && l->scratch_size <= len);
  @ ensures small: \result == METES_E_SCRATCH_TOO_SMALL <==> \old(!WordsApart(*l));
  @ ensures sound: \old(LayoutSound(*l)) ==> (\result == METES_OK <==> l->scratch_size <= len);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures err_small: \result == METES_E_SCRATCH_TOO_SMALL ==>
  @   ErrorIs(err, l->scratch_size, Sat(LeastScratch(*l)), 0);
  @ ensures err_buffer: \result == METES_E_BUFFER ==> ErrorIs(err, l->scratch_size, len, 0);
  @ ensures scr_5: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0);
  @ ensures scr_2: \result == METES_OK ==> BookkeepingAt(m, *l, generation);
  @ ensures scr_4: \result == METES_OK ==> BuffersEmpty(m, *l);
  @ ensures frame: \result == METES_OK ==> \forall integer k; 0 <= k < len &&
  @   !(0 <= k < 8) && !(l->input_data_size <= k < l->input_data_size + 8) &&
  @   !(l->scratch_size - 0x20 <= k < l->scratch_size) ==> m[k] == \old(m[k]);
  @*/
enum metes_status metes_scratch_init(const struct metes_layout *l, uint64_t generation, uint8_t *m,
                                     uint64_t len, struct metes_error *err);

/* Writes the generation, one of the bookkeeping words (SCR-2), into scratch that metes_scratch_init
 * or a guest has written: nothing else changes. For a guest that is put back. (SCR-8)
 * Returns METES_OK; or, with nothing written, what metes_scratch_init refuses. */
/*@ requires \valid_read(l) && \valid(err) && \valid(m + (0 .. len - 1));
  @ requires \separated(l, err) && \separated(l, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_SCRATCH_TOO_SMALL ||
  @   \result == METES_E_BUFFER;
  @ ensures ok: \result == METES_OK <==> \old(WordsApart(*l) && l->scratch_size <= len);
  @ ensures small: \result == METES_E_SCRATCH_TOO_SMALL <==> \old(!WordsApart(*l));
  @ ensures sound: \old(LayoutSound(*l)) ==> (\result == METES_OK <==> l->scratch_size <= len);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures err_small: \result == METES_E_SCRATCH_TOO_SMALL ==>
  @   ErrorIs(err, l->scratch_size, Sat(LeastScratch(*l)), 0);
  @ ensures err_buffer: \result == METES_E_BUFFER ==> ErrorIs(err, l->scratch_size, len, 0);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0);
  @ ensures frame: \result == METES_OK ==> SameExcept{Pre,Post}(m, len, l->scratch_size - 0x20,
  @   l->scratch_size - 0x18);
  @ ensures scr_8: \result == METES_OK ==> U64At(m, l->scratch_size - 0x20, generation);
  @*/
enum metes_status metes_scratch_set_generation(const struct metes_layout *l, uint64_t generation,
                                               uint8_t *m, uint64_t len, struct metes_error *err);

/* Copies the page tables from behind the snapshot's memory, where the host built
 * them, to their place in scratch, where the guest runs on them (SCR-7).
 * Returns METES_OK; or METES_E_BUFFER with nothing written:
 *   index 0: the snapshot is too short (requested: bytes that are needed, limit: snapshot_len);
 *   index 1: scratch is (requested: bytes that are needed, limit: scratch_len). */
/*@ requires \valid_read(l) && \valid(err);
  @ requires \valid_read(snapshot + (0 .. snapshot_len - 1));
  @ requires \valid(scratch + (0 .. scratch_len - 1));
  @ requires \separated(l, err) && \separated(l, scratch + (0 .. scratch_len - 1)) &&
  @   \separated(err, scratch + (0 .. scratch_len - 1)) &&
  @   \separated(err, snapshot + (0 .. snapshot_len - 1)) &&
  @   \separated(snapshot + (0 .. snapshot_len - 1), scratch + (0 .. scratch_len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns scratch[0 .. scratch_len - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER;
  @ ensures ok: \result == METES_OK <==> \old(l->memory_size + l->pt_size <= snapshot_len &&
  @   l->pt_scratch_offset + l->pt_size <= scratch_len);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures err_snapshot: \old(l->memory_size + l->pt_size > snapshot_len) ==>
  @   ErrorIs(err, Sat(l->memory_size + l->pt_size), snapshot_len, 0);
  @ ensures err_scratch: \result != METES_OK && \old(l->memory_size + l->pt_size <= snapshot_len) ==>
  @   ErrorIs(err, Sat(l->pt_scratch_offset + l->pt_size), scratch_len, 1);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(scratch, scratch_len, 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(scratch, scratch_len, l->pt_scratch_offset,
  @   l->pt_scratch_offset + l->pt_size);
  @ ensures scr_7: \result == METES_OK ==> \forall integer k;
  @   l->pt_scratch_offset <= k < l->pt_scratch_offset + l->pt_size ==>
  @   scratch[k] == snapshot[l->memory_size + (k - l->pt_scratch_offset)];
  @*/
enum metes_status metes_scratch_copy_pt(const struct metes_layout *l, const uint8_t *snapshot,
                                        uint64_t snapshot_len, uint8_t *scratch,
                                        uint64_t scratch_len, struct metes_error *err);

/* The registers to start a guest with at guest-virtual address `entry_gva`. Total;
 * of a sound layout the root table lies in scratch, and the stack pointer in the
 * exception stack, 8 above a multiple of 16, as the ABI has it at a function's entry (SCR-6). */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures scr_6: EntryOf(*l, entry_gva, \result);
  @ ensures stack: LayoutSound(*l) ==> \result.rsp % 16 == 8 &&
  @   l->scratch_gva + l->scratch_size - 2 * 4096 <= \result.rsp &&
  @   \result.rsp + 8 == l->scratch_gva + l->scratch_size - 0x30;
  @*/
struct metes_entry metes_entry_of(const struct metes_layout *l, uint64_t entry_gva);

#endif
