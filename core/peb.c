/* SPDX-License-Identifier: Apache-2.0
 * The process environment block and the init data, written into the snapshot. */
#include "peb.h"

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

void metes_peb_encode(const struct metes_peb *b, uint32_t options, uint8_t *m)
{
  metes_put64(m, b->input_size);
  metes_put64(m + 8, b->input_gva);
  metes_put64(m + 16, b->output_size);
  metes_put64(m + 24, b->output_gva);
  metes_put64(m + 32, b->init_data_size);
  metes_put64(m + 40, b->init_data_gva);
  metes_put64(m + 48, b->heap_size);
  metes_put64(m + 56, b->heap_gva);
  if (options % 2 == 1) {
    metes_put64(m + 64, b->file_mapping_count);
    metes_put64(m + 72, b->file_mappings_gva);
  }
}

enum metes_status metes_peb_write(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                  struct metes_error *err)
{
  const uint64_t at = l->peb_offset, bytes = metes_peb_bytes(l->options);
  const struct metes_peb b = metes_peb_of(l);

  if (at > len || bytes > len - at)
    return metes_refuse(err, METES_E_BUFFER, metes_sat_add(at, bytes), len, 0);
  metes_peb_encode(&b, l->options, m + at);
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
  /*@ loop invariant 0 <= i <= n;
    @ loop invariant copied: \forall integer k; at <= k < at + i ==> m[k] == data[k - at];
    @ loop invariant rest: SameExcept{Pre,Here}(m, len, at, at + i);
    @ loop assigns i, m[at .. at + n - 1];
    @ loop variant n - i;
    @*/
  for (uint64_t i = 0; i < n; i++)
    m[at + i] = data[i];
  return METES_OK;
}
