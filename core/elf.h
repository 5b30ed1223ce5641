/* SPDX-License-Identifier: Apache-2.0
 * ELF64 images: from the bytes of a file, which may be anyone's, to the code region. */
#ifndef METES_ELF_H
#define METES_ELF_H

#include "layout.h"
#include "le.h"

#define METES_MAX_SEGMENTS 16u        /* ELF-8 */
#define METES_MAX_PROGRAM_HEADERS 64u /* ELF-6 */

/* Option bits of metes_elf_parse. */
#define METES_ELF_WRITABLE_CODE 1u /* a segment may be writable and executable at once */

/* A loadable segment. `offset` counts from the start of the code region, that is
 * from snapshot offset 0; [file_offset, file_offset + file_size) of the file goes
 * there, and the rest of mem_size is zero. */
struct metes_segment {
  uint64_t offset;
  uint64_t file_offset;
  uint64_t file_size;
  uint64_t mem_size;
  uint32_t flags; /* METES_READ | … */
};

/* What an image needs. A plain value: copy it freely. */
struct metes_image {
  uint64_t entry; /* of the entry point, from the start of the code region */
  uint64_t span;  /* bytes of code region that it needs, whole pages: the config's code_size */
  uint32_t n;     /* segments in use below, by rising offset, no two in one page */
  struct metes_segment segments[METES_MAX_SEGMENTS];
};

#include "../spec/elf.acsl"

/* Reads the image in the file m[0 .. len - 1]: static ELF64, x86-64, ET_EXEC or
 * ET_DYN. Total: the bytes may be any.
 *
 * `code_gva` is where the code region lies, the profile's snapshot_gva: an
 * ET_EXEC image is linked there, and its offsets are its addresses less code_gva;
 * an ET_DYN one is linked at 0. `options`: METES_ELF_…; unknown bits mean nothing.
 *
 * Returns METES_OK with *image filled: it is sound for this file (ELF-16), its
 * segments are those of the program headers, in order (ELF-17), its entry lies in
 * an executable one (ELF-15, ELF-18). Otherwise the first rule that is broken, METES_E_ELF_SHORT
 * to METES_E_ELF_ENTRY (see enum metes_status for where the error points), the rules
 * for the program headers header by header; *image is then untouched. */
/*@ requires \valid_read(m + (0 .. len - 1)) && \valid(image) && \valid(err);
  @ requires \separated(image, err) && \separated(image, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns *image, *err;
  @ ensures ok: \result == METES_OK <==> \old(ElfSound(m, len, code_gva, options));
  @ ensures known: \result == METES_OK || METES_E_ELF_SHORT <= \result <= METES_E_ELF_ENTRY;
  @ ensures elf_1: \old(FileFlaw(m, len)) != METES_OK ==> \result == \old(FileFlaw(m, len));
  @ ensures elf_6: METES_E_ELF_SHORT <= \result <= METES_E_ELF_HEADERS ==>
  @   \result == \old(FileFlaw(m, len)) && err->index == 0 &&
  @   FilePoints{Pre}(m, len, \result, err->requested, err->limit);
  @ ensures elf_7: METES_E_ELF_INTERP <= \result <= METES_E_ELF_FLAGS ==>
  @   FirstFlaw{Pre}(m, len, code_gva, options, err->index, \result) &&
  @   HeaderPoints{Pre}(m, Le64{Pre}(m, 32) + 56 * err->index, \result, err->requested, err->limit);
  @ ensures elf_15: \result == METES_E_ELF_ENTRY ==>
  @   \old(FileFlaw(m, len) == METES_OK && AllHeadersSound(m, len, code_gva, options) &&
  @     !EntryHeld(m, code_gva)) && ErrorIs(err, 24, Le64{Pre}(m, 24), 0);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *image == \old(*image);
  @ ensures elf_16: \result == METES_OK ==> ImageSound(*image, len);
  @ ensures elf_17: \result == METES_OK ==> ImageOf{Pre}(*image, m, code_gva);
  @ ensures elf_18: \result == METES_OK ==> EntryInside(*image);
  @*/
enum metes_status metes_elf_parse(const uint8_t *m, uint64_t len, uint64_t code_gva,
                                  uint32_t options, struct metes_image *image,
                                  struct metes_error *err);

/* Loads *image from its file into the code region, the first image->span bytes of
 * the snapshot's memory: every byte of them is written, from the file or with 0.
 * Total: the image need not come from metes_elf_parse.
 * Returns METES_OK; or, with nothing written,
 *   METES_E_BUFFER (requested: span, limit: snapshot_len) where it does not fit;
 *   METES_E_ELF_IMAGE (ELF-16) with index 16 where there are more segments (requested: how
 *     many, limit: 16), or the first that is not sound for a file of len bytes. */
/*@ requires \valid_read(image) && \valid(err);
  @ requires \valid_read(m + (0 .. len - 1)) && \valid(snapshot + (0 .. snapshot_len - 1));
  @ requires \separated(image, err) && \separated(image, snapshot + (0 .. snapshot_len - 1)) &&
  @   \separated(err, m + (0 .. len - 1)) && \separated(err, snapshot + (0 .. snapshot_len - 1)) &&
  @   \separated(m + (0 .. len - 1), snapshot + (0 .. snapshot_len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns snapshot[0 .. snapshot_len - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER || \result == METES_E_ELF_IMAGE;
  @ ensures ok: \result == METES_OK <==> \old(ImageSound(*image, len) && image->span <= snapshot_len);
  @ ensures buffer: \result == METES_E_BUFFER <==> \old(image->span) > snapshot_len;
  @ ensures err_buffer: \result == METES_E_BUFFER ==>
  @   ErrorIs(err, \old(image->span), snapshot_len, 0);
  @ ensures err_image: \result == METES_E_ELF_IMAGE ==>
  @   (\old(image->n) > 16 ? ErrorIs(err, \old(image->n), 16, 16) :
  @    err->index < \old(image->n) && ErrorIs(err, 0, 0, err->index) &&
  @    SegmentsSound(\old(*image), err->index, len) &&
  @    !SegmentSound(\old(*image), err->index, len));
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(snapshot, snapshot_len, 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(snapshot, snapshot_len, 0, \old(image->span));
  @ ensures elf_20: \result == METES_OK ==>
  @   Loaded{Pre,Post}(snapshot, \old(*image), m, \old(image->n)) &&
  @   Zeroes(snapshot, FilledTo(\old(*image), \old(image->n)), \old(image->span));
  @*/
enum metes_status metes_elf_load(const struct metes_image *image, const uint8_t *m, uint64_t len,
                                 uint8_t *snapshot, uint64_t snapshot_len,
                                 struct metes_error *err);

#endif
