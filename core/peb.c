/* SPDX-License-Identifier: Apache-2.0
 * The process environment block and the init data, written into the snapshot. */
#include "peb.h"
#include "bytes.h"

struct metes_peb metes_peb_of(const struct metes_layout *l)
{
  struct metes_peb b;

  b.input_size = l->input_data_size;
  b.input_gva = l->scratch_gva;
  b.output_size = l->output_data_size;
  b.output_gva = l->output_gva;
  b.init_data_size = l->init_data_size;
  b.init_data_gva = l->init_data_gva;
  b.heap_size = l->heap_size;
  b.heap_gva = l->heap_gva;
  b.file_mapping_count = 0;
  b.file_mappings_gva = metes_sat_add(l->peb_gva, METES_PEB_HEADER_SIZE);
  return b;
}

/* A size and the address of what it measures: the PEB is a row of these. */
/*@ requires \valid(m + (at .. at + 15)) && at <= UINT64_MAX - 16;
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 15];
  @ ensures PairAt(m, at, size, gva);
  @*/
static inline void put_pair(uint8_t *m, uint64_t at, uint64_t size, uint64_t gva)
{
  metes_put64(m, at, size);
  metes_put64(m, at + 8, gva);
  //@ assert size: U64At(m, at, size);
}

/* The first four pairs. */
/*@ requires \valid(m + (at .. at + 63)) && at <= UINT64_MAX - 64;
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 63];
  @ ensures PebAt(m, at, v);
  @*/
static inline void put_block(struct metes_peb v, uint8_t *m, uint64_t at)
{
  put_pair(m, at, v.input_size, v.input_gva);
  put_pair(m, at + 16, v.output_size, v.output_gva);
  //@ assert PairAt(m, at, v.input_size, v.input_gva);
  put_pair(m, at + 32, v.init_data_size, v.init_data_gva);
  //@ assert PairAt(m, at, v.input_size, v.input_gva);
  //@ assert PairAt(m, at + 16, v.output_size, v.output_gva);
  put_pair(m, at + 48, v.heap_size, v.heap_gva);
  //@ assert PairAt(m, at, v.input_size, v.input_gva);
  //@ assert PairAt(m, at + 16, v.output_size, v.output_gva);
  //@ assert PairAt(m, at + 32, v.init_data_size, v.init_data_gva);
}

/* All of them. */
/*@ requires \valid(m + (at .. at + (options % 2 == 1 ? 80 : 64) - 1));
  @ requires at <= UINT64_MAX - (options % 2 == 1 ? 80 : 64);
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + (options % 2 == 1 ? 80 : 64) - 1];
  @ ensures block: PebAt(m, at, v);
  @ ensures tail: options % 2 == 1 ==> PebTailAt(m, at, v);
  @*/
static inline void put_peb(struct metes_peb v, uint32_t options, uint8_t *m, uint64_t at)
{
  if (options % 2 == 1)
    put_pair(m, at + 64, v.file_mapping_count, v.file_mappings_gva);
  put_block(v, m, at);
  //@ assert tail: options % 2 == 1 ==> PebTailAt(m, at, v);
}

void metes_peb_encode(const struct metes_peb *b, uint32_t options, uint8_t *m)
{
  put_peb(*b, options, m, 0);
}

enum metes_status metes_peb_write(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                  struct metes_error *err)
{
  const uint64_t at = l->peb_offset, bytes = metes_peb_bytes(l->options);
  const struct metes_peb b = metes_peb_of(l);

  if (at > len || bytes > len - at)
    return metes_refuse(err, METES_E_BUFFER, metes_sat_add(at, bytes), len, 0);
  put_peb(b, l->options, m, at);
  return METES_OK;
}

enum metes_status metes_init_data_write(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                        const uint8_t *data, uint64_t n, struct metes_error *err)
{
  const uint64_t at = l->init_data_offset;

  if (n != l->init_data_size)
    return metes_refuse(err, METES_E_LENGTH, n, l->init_data_size, 0);
  if (at > len || n > len - at)
    return metes_refuse(err, METES_E_BUFFER, metes_sat_add(at, n), len, 0);
  metes_copy(m, len, at, data, 0, n);
  return METES_OK;
}
