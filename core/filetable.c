/* SPDX-License-Identifier: Apache-2.0
 * Reading the table of file mappings. The guest may have written it: read once, checked. */
#include "filetable.h"

/* FM-2, FM-3. */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> TableThere(peb, options, len);
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_BUFFER ||
  @   \result.status == METES_E_NO_TABLE;
  @ ensures fm_2: \result.status == METES_E_BUFFER <==> !TableFits(peb, len);
  @ ensures err_2: \result.status == METES_E_BUFFER ==>
  @   Gives(\result, Sat(EntryPlace(peb, 32)), len);
  @ ensures err_3: \result.status == METES_E_NO_TABLE ==> Gives(\result, options, 1);
  @ ensures index: \result.index == 0;
  @*/
static inline struct metes_verdict check_there(uint64_t peb, uint32_t options, uint64_t len)
{
  if (peb > len || METES_TABLE_SIZE > len - peb)
    return metes_verdict_of(METES_E_BUFFER, metes_sat_add(peb, METES_TABLE_SIZE), len, 0);
  if (options % 2 == 0)
    return metes_verdict_of(METES_E_NO_TABLE, options, METES_OPT_FILE_MAPPINGS, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

struct metes_table_found metes_table_read(uint64_t peb, uint32_t options, const uint8_t *m,
                                          uint64_t len)
{
  struct metes_table_found t = {{METES_OK, 0, 0, 0}, 0};

  t.verdict = check_there(peb, options, len);
  if (t.verdict.status != METES_OK)
    return t;
  t.count = metes_get64(m, peb + METES_COUNT_OFFSET);
  if (t.count > METES_MAX_FILE_MAPPINGS)
    t.verdict = metes_verdict_of(METES_E_MAPPING_COUNT, t.count, METES_MAX_FILE_MAPPINGS, 0);
  return t;
}

struct metes_table_found metes_table_place(uint64_t peb, uint32_t options, const uint8_t *m,
                                           uint64_t len, uint32_t place)
{
  struct metes_table_found t = metes_table_read(peb, options, m, len);

  if (t.verdict.status == METES_OK && place >= t.count)
    t.verdict = metes_verdict_of(METES_E_MAPPING_PLACE, place, t.count, 0);
  return t;
}

/* FM-7 to FM-9, of a mapping whose label has n characters; it stands, or will, at `place`. */
/*@ requires LabelLength(f, n);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> MappingSound(f);
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_MAPPING_LABEL <= \result.status <= METES_E_MAPPING_END;
  @ ensures wrong: \result.status != METES_OK ==> MappingWrong(\result.status, f) &&
  @   MappingNumbers(\result.status, \result.requested, \result.limit, f);
  @ ensures index: \result.index == (\result.status == METES_OK ? 0 : place);
  @*/
static inline struct metes_verdict check_mapping(struct metes_file_mapping f, uint32_t n,
                                                 uint32_t place)
{
  const uint64_t most = METES_LABEL_SIZE - 1;

  if (n == 0 || n > most)
    return metes_verdict_of(METES_E_MAPPING_LABEL, n, most, place);
  //@ assert labelled: Labelled(f);
  if (f.size == 0 || f.size % METES_PAGE_SIZE != 0)
    return metes_verdict_of(METES_E_MAPPING_PAGES, f.size, METES_PAGE_SIZE, place);
  if (f.gva % METES_PAGE_SIZE != 0)
    return metes_verdict_of(METES_E_MAPPING_PAGES, f.gva, METES_PAGE_SIZE, place);
  if (f.size > UINT64_MAX - f.gva)
    return metes_verdict_of(METES_E_MAPPING_END, f.size, UINT64_MAX - f.gva, place);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

struct metes_table_found metes_table_room(uint64_t peb, uint32_t options, const uint8_t *m,
                                          uint64_t len, struct metes_file_mapping f)
{
  struct metes_table_found t = metes_table_read(peb, options, m, len);

  if (t.verdict.status != METES_OK)
    return t;
  if (t.count == METES_MAX_FILE_MAPPINGS)
    t.verdict = metes_verdict_of(METES_E_MAPPING_FULL, t.count + 1, METES_MAX_FILE_MAPPINGS, 0);
  else
    t.verdict = check_mapping(f, metes_label_length(f), (uint32_t)t.count);
  return t;
}

/* The entry at m[at], whatever it says. */
/*@ requires at + 80 <= len && \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures MappingAt(m, at, \result);
  @*/
static struct metes_file_mapping read_entry(const uint8_t *m, uint64_t len, uint64_t at)
{
  const uint64_t first = at + 16, end = at + METES_FILE_MAPPING_SIZE;
  struct metes_file_mapping f = {0, 0, {0}};

  (void)len; /* the contract speaks of it */
  f.gva = metes_get64(m, at);
  f.size = metes_get64(m, at + 8);
  /*@ loop invariant first <= k <= end;
    @ loop invariant words: f.gva == Le64(m, at) && f.size == Le64(m, at + 8);
    @ loop invariant read: \forall integer j; first <= j < k ==> f.label[j - first] == m[j];
    @ loop assigns k, f.label[0 .. 63];
    @ loop variant end - k;
    @*/
  for (uint64_t k = first; k < end; k++)
    f.label[k - first] = m[k];
  return f;
}

struct metes_mapping_found metes_mapping_read(uint64_t peb, const uint8_t *m, uint64_t len,
                                              uint32_t place)
{
  struct metes_mapping_found f;

  f.mapping = read_entry(m, len, metes_entry_place(peb, place));
  f.verdict = check_mapping(f.mapping, metes_label_length(f.mapping), place);
  return f;
}
