/* SPDX-License-Identifier: Apache-2.0
 * The table of file mappings in the PEB: which files a guest has in its memory, and where.
 *
 *   peb + 64   +72       +80                +160                    +2640
 *   | count | address | gva, size, label | gva, size, label | … 32 |
 *
 * The guest may write to it, so what stands there is believed only where it was checked; each
 * word is read once. The table says only what is mapped: the memory itself is an extra region
 * of the plan (metes_plan_add). (FM-1) */
#ifndef METES_FILEMAP_H
#define METES_FILEMAP_H

#include "layout.h"
#include "le.h"

/* Bytes of a label, its NUL included. */
#define METES_LABEL_SIZE 64u

/* One mapping. A plain value. */
struct metes_file_mapping {
  uint64_t gva;                    /* guest-virtual address of its first byte; whole pages */
  uint64_t size;                   /* bytes; whole pages, not 0 */
  uint8_t label[METES_LABEL_SIZE]; /* 1 to 63 characters and a NUL */
};

#include "../spec/filemap.acsl"

/* How many mappings does the table say there are? `m` is the snapshot's memory, `len` bytes.
 * Returns METES_OK and *n, at most 32; or, with *n untouched, the first of
 *   METES_E_BUFFER (requested: bytes that are needed, limit: len) where the table is not all
 *     within the memory;
 *   METES_E_NO_TABLE, METES_E_MAPPING_COUNT: see enum metes_status. */
/*@ requires \valid_read(l) && \valid_read(m + (0 .. len - 1)) && \valid(n) && \valid(err);
  @ requires \separated(l, n) && \separated(l, err) && \separated(n, err) &&
  @   \separated(n, m + (0 .. len - 1)) && \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns *n, *err;
  @ ensures ok: \result == METES_OK <==> \old(TableSound(m, l->peb_offset, l->options, len));
  @ ensures fm_1: \result == METES_OK ==> *n == \old(MappingCount(m, l->peb_offset));
  @ ensures table: TableRefused{Pre}(\result, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures numbers: \result != METES_OK ==> TableNumbers{Pre}(\result, err->requested,
  @   err->limit, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   METES_E_NO_TABLE <= \result <= METES_E_MAPPING_COUNT;
  @ ensures index: \result != METES_OK ==> err->index == 0;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *n == \old(*n);
  @*/
enum metes_status metes_file_mapping_count(const struct metes_layout *l, const uint8_t *m,
                                           uint64_t len, uint32_t *n, struct metes_error *err);

/* The mapping at `place`, which must be below the count. Returns METES_OK and *f, which is sound
 * (FM-7 to FM-9); or, with *f untouched, what metes_file_mapping_count says, or
 *   METES_E_MAPPING_PLACE (requested: place, limit: the count);
 *   METES_E_MAPPING_LABEL, METES_E_MAPPING_PAGES, METES_E_MAPPING_END (index: place) where what
 *     the guest left there is no sound mapping.
 * What stands behind the label's NUL is handed on as it is. */
/*@ requires \valid_read(l) && \valid_read(m + (0 .. len - 1)) && \valid(f) && \valid(err);
  @ requires \separated(l, f) && \separated(l, err) && \separated(f, err) &&
  @   \separated(f, m + (0 .. len - 1)) && \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns *f, *err;
  @ ensures fm_11: \result == METES_OK ==> MappingSound(*f) &&
  @   MappingAt{Pre}(m, \old(EntryPlace(l->peb_offset, place)), *f);
  @ ensures place: \result == METES_OK || \result >= METES_E_MAPPING_LABEL <==>
  @   \old(PlaceSound(m, l->peb_offset, l->options, len, place));
  @ ensures table: TableRefused{Pre}(\result, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures numbers: \result != METES_OK ==> TableNumbers{Pre}(\result, err->requested,
  @   err->limit, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures fm_6: \result == METES_E_MAPPING_PLACE <==> \old(
  @   TableSound(m, l->peb_offset, l->options, len) && MappingCount(m, l->peb_offset) <= place);
  @ ensures err_6: \result == METES_E_MAPPING_PLACE ==>
  @   ErrorIs(err, place, \old(MappingCount(m, l->peb_offset)), 0);
  @ ensures wrong: \result >= METES_E_MAPPING_LABEL ==> \exists struct metes_file_mapping x;
  @   MappingAt{Pre}(m, \old(EntryPlace(l->peb_offset, place)), x) && MappingWrong(\result, x) &&
  @   MappingNumbers(\result, err->requested, err->limit, x) && err->index == place;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   (METES_E_NO_TABLE <= \result <= METES_E_MAPPING_END && \result != METES_E_MAPPING_FULL);
  @ ensures index: \result != METES_OK && \result < METES_E_MAPPING_LABEL ==> err->index == 0;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *f == \old(*f);
  @*/
enum metes_status metes_file_mapping_get(const struct metes_layout *l, const uint8_t *m,
                                         uint64_t len, uint32_t place,
                                         struct metes_file_mapping *f, struct metes_error *err);

/* Adds f to the table, at the place that the count says: the entry is written first, with
 * zeroes behind the label's NUL, then the count is raised. Returns METES_OK; or, with nothing
 * written, what metes_file_mapping_count says, or
 *   METES_E_MAPPING_FULL (requested: 33, limit: 32);
 *   METES_E_MAPPING_LABEL, METES_E_MAPPING_PAGES, METES_E_MAPPING_END (index: the place). */
/*@ requires \valid_read(l) && \valid(m + (0 .. len - 1)) && \valid(err);
  @ requires \separated(l, err) && \separated(l, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures ok: \result == METES_OK <==> \old(TableSound(m, l->peb_offset, l->options, len) &&
  @   MappingCount(m, l->peb_offset) < 32) && MappingSound(f);
  @ ensures fm_10: \result == METES_OK ==> \forall integer n; LabelLength(f, n) ==>
  @   MappingWritten(m, \old(EntryPlace(l->peb_offset, MappingCount(m, l->peb_offset))), f, n);
  @ ensures counted: \result == METES_OK ==> MappingCount(m, \old(l->peb_offset)) ==
  @   \old(MappingCount(m, l->peb_offset)) + 1;
  @ ensures frame: \result == METES_OK ==> EntryFrame{Pre,Post}(m, len, \old(l->peb_offset),
  @   \old(EntryPlace(l->peb_offset, MappingCount(m, l->peb_offset))));
  @ ensures table: TableRefused{Pre}(\result, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures numbers: \result != METES_OK ==> TableNumbers{Pre}(\result, err->requested,
  @   err->limit, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures fm_5: \result == METES_E_MAPPING_FULL <==>
  @   \old(TableSound(m, l->peb_offset, l->options, len) && MappingCount(m, l->peb_offset) == 32);
  @ ensures err_5: \result == METES_E_MAPPING_FULL ==> ErrorIs(err, 33, 32, 0);
  @ ensures wrong: \result >= METES_E_MAPPING_LABEL ==> MappingWrong(\result, f) &&
  @   MappingNumbers(\result, err->requested, err->limit, f) &&
  @   err->index == \old(MappingCount(m, l->peb_offset));
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   (METES_E_NO_TABLE <= \result <= METES_E_MAPPING_END && \result != METES_E_MAPPING_PLACE);
  @ ensures index: \result != METES_OK && \result < METES_E_MAPPING_LABEL ==> err->index == 0;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0);
  @*/
enum metes_status metes_file_mapping_add(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                         struct metes_file_mapping f, struct metes_error *err);

/* Removes the mapping at `place`: the last one is copied there byte for byte, then the count is
 * lowered; the order is not kept. Returns METES_OK; or, with nothing written, what
 * metes_file_mapping_count says, or METES_E_MAPPING_PLACE as above. */
/*@ requires \valid_read(l) && \valid(m + (0 .. len - 1)) && \valid(err);
  @ requires \separated(l, err) && \separated(l, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures ok: \result == METES_OK <==>
  @   \old(PlaceSound(m, l->peb_offset, l->options, len, place));
  @ ensures fm_12: \result == METES_OK ==> CopyOf{Pre,Post}(m,
  @   \old(EntryPlace(l->peb_offset, place)), m,
  @   \old(EntryPlace(l->peb_offset, MappingCount(m, l->peb_offset) - 1)), 80);
  @ ensures counted: \result == METES_OK ==> MappingCount(m, \old(l->peb_offset)) ==
  @   \old(MappingCount(m, l->peb_offset)) - 1;
  @ ensures frame: \result == METES_OK ==> EntryFrame{Pre,Post}(m, len, \old(l->peb_offset),
  @   \old(EntryPlace(l->peb_offset, place)));
  @ ensures table: TableRefused{Pre}(\result, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures numbers: \result != METES_OK ==> TableNumbers{Pre}(\result, err->requested,
  @   err->limit, m, \old(l->peb_offset), \old(l->options), len);
  @ ensures fm_6: \result == METES_E_MAPPING_PLACE <==> \old(
  @   TableSound(m, l->peb_offset, l->options, len) && MappingCount(m, l->peb_offset) <= place);
  @ ensures err_6: \result == METES_E_MAPPING_PLACE ==>
  @   ErrorIs(err, place, \old(MappingCount(m, l->peb_offset)), 0);
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   (METES_E_NO_TABLE <= \result <= METES_E_MAPPING_PLACE && \result != METES_E_MAPPING_FULL);
  @ ensures index: \result != METES_OK ==> err->index == 0;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0);
  @*/
enum metes_status metes_file_mapping_remove(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                            uint32_t place, struct metes_error *err);

#endif
