/* SPDX-License-Identifier: Apache-2.0
 * The process environment block: what a guest is told of its memory. */
#ifndef METES_PEB_H
#define METES_PEB_H

#include "layout.h"
#include "le.h"

/* The block's words, in wire order (PEB-1). Sizes in bytes, addresses guest-virtual. */
struct metes_peb {
  uint64_t input_size;
  uint64_t input_gva;
  uint64_t output_size;
  uint64_t output_gva;
  uint64_t init_data_size;
  uint64_t init_data_gva;
  uint64_t heap_size;
  uint64_t heap_gva;
  uint64_t file_mapping_count; /* this and the next only with METES_OPT_FILE_MAPPINGS */
  uint64_t file_mappings_gva;  /* of the table: 32 entries of 80 bytes */
};

#include "../spec/peb.acsl"

/* The PEB of a layout (PEB-2 to PEB-7). Total; for a sound layout each pointer
 * leads into its own region in both address spaces (PEB-8). */
/*@ requires \valid_read(l);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures peb_2: PebOf(*l, \result);
  @ ensures peb_8: LayoutSound(*l) ==> PebLeads(*l, \result);
  @*/
struct metes_peb metes_peb_of(const struct metes_layout *l);

/* Bytes that the block takes: 64, or 80 with METES_OPT_FILE_MAPPINGS (the table follows). (PEB-1) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == (options % 2 == 1 ? 80 : 64);
  @*/
static inline uint64_t metes_peb_bytes(uint32_t options)
{
  return options % 2 == 1 ? METES_PEB_HEADER_SIZE : METES_PEB_SIZE;
}

/* Writes the block's words, little-endian, at m[0 .. metes_peb_bytes(options) - 1]. (PEB-1) */
/*@ requires \valid_read(b) && \valid(m + (0 .. (options % 2 == 1 ? 80 : 64) - 1));
  @ requires \separated(b, m + (0 .. (options % 2 == 1 ? 80 : 64) - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. (options % 2 == 1 ? 80 : 64) - 1];
  @ ensures peb_1: PebAt(m, 0, \old(*b));
  @ ensures tail: options % 2 == 1 ==> PebTailAt(m, 0, \old(*b));
  @*/
void metes_peb_encode(const struct metes_peb *b, uint32_t options, uint8_t *m);

/* Writes the PEB of *l into the snapshot's memory, the `len` bytes from m, at peb_offset.
 * Returns METES_OK, or METES_E_BUFFER (requested: bytes that are needed, limit: len)
 * where it does not fit (PEB-9); nothing is then written. */
/*@ requires \valid_read(l) && \valid(err) && \valid(m + (0 .. len - 1));
  @ requires \separated(l, err) && \separated(l, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures ok: \result == METES_OK <==>
  @   \old(l->peb_offset + (l->options % 2 == 1 ? 80 : 64)) <= len;
  @ ensures refused: \result == METES_OK || \result == METES_E_BUFFER;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures peb_9: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0) &&
  @   ErrorIs(err, \old(Sat(l->peb_offset + (l->options % 2 == 1 ? 80 : 64))), len, 0);
  @ ensures frame: SameExcept{Pre,Post}(m, len, \old(l->peb_offset),
  @   \old(l->peb_offset + (l->options % 2 == 1 ? 80 : 64)));
  @ ensures peb_1: \result == METES_OK ==> PebWords(m, \old(l->peb_offset), \old(*l));
  @ ensures tail: \result == METES_OK && \old(l->options) % 2 == 1 ==>
  @   PebTailWords(m, \old(l->peb_offset), \old(*l));
  @*/
enum metes_status metes_peb_write(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                  struct metes_error *err);

/* Copies the init data into the snapshot's memory at init_data_offset. (MEM-2, MEM-3)
 * Returns METES_OK; or, with nothing written,
 *   METES_E_LENGTH (requested: n, limit: init_data_size) where n is not what was announced;
 *   METES_E_BUFFER (requested: bytes that are needed, limit: len) where it does not fit. */
/*@ requires \valid_read(l) && \valid(err) && \valid(m + (0 .. len - 1)) &&
  @   \valid_read(data + (0 .. n - 1));
  @ requires \separated(l, err) && \separated(l, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1)) && \separated(err, data + (0 .. n - 1)) &&
  @   \separated(data + (0 .. n - 1), m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *err;
  @ ensures known: \result == METES_OK || \result == METES_E_LENGTH || \result == METES_E_BUFFER;
  @ ensures mem_2: \result == METES_E_LENGTH <==> \old(l->init_data_size) != n;
  @ ensures ok: \result == METES_OK <==>
  @   \old(l->init_data_size) == n && \old(l->init_data_offset) + n <= len;
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures err_length: \result == METES_E_LENGTH ==> ErrorIs(err, n, \old(l->init_data_size), 0);
  @ ensures err_buffer: \result == METES_E_BUFFER ==>
  @   ErrorIs(err, \old(Sat(l->init_data_offset + n)), len, 0);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0);
  @ ensures frame: SameExcept{Pre,Post}(m, len, \old(l->init_data_offset),
  @   \old(l->init_data_offset) + n);
  @ ensures mem_3: \result == METES_OK ==> \forall integer k;
  @   \old(l->init_data_offset) <= k < \old(l->init_data_offset) + n ==>
  @   m[k] == data[k - \old(l->init_data_offset)];
  @*/
enum metes_status metes_init_data_write(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                        const uint8_t *data, uint64_t n, struct metes_error *err);

#endif
