/* SPDX-License-Identifier: Apache-2.0
 * Reading the table of file mappings: functions without effects. Internal to core. */
#ifndef METES_FILETABLE_H
#define METES_FILETABLE_H

#include "filemap.h"
#include "verdict.h"

#define METES_TABLE_SIZE \
  (METES_PEB_HEADER_SIZE + METES_MAX_FILE_MAPPINGS * METES_FILE_MAPPING_SIZE)
#define METES_COUNT_OFFSET 64u

/* What the table says of itself, and whether that can be. */
struct metes_table_found {
  struct metes_verdict verdict;
  uint64_t count;
};

/* A mapping, and whether it is sound. */
struct metes_mapping_found {
  struct metes_verdict verdict;
  struct metes_file_mapping mapping;
};

/* Where entry i begins. */
/*@ requires EntryPlace(peb, i) <= UINT64_MAX && i <= 32;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == EntryPlace(peb, i);
  @*/
static inline uint64_t metes_entry_place(uint64_t peb, uint64_t i)
{
  return peb + METES_PEB_HEADER_SIZE + i * METES_FILE_MAPPING_SIZE;
}

/* The characters before the NUL, or 64 where there is none. (FM-7) */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures LabelLength(f, \result);
  @*/
static inline uint32_t metes_label_length(struct metes_file_mapping f)
{
  /*@ loop invariant 0 <= k <= 64;
    @ loop invariant text: \forall integer j; 0 <= j < k ==> f.label[j] != 0;
    @ loop assigns k;
    @ loop variant 64 - k;
    @*/
  for (uint32_t k = 0; k < METES_LABEL_SIZE; k++)
    if (f.label[k] == 0)
      return k;
  return METES_LABEL_SIZE;
}

/* FM-2 to FM-4: the one reading of the count. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.verdict.status == METES_OK <==> TableSound(m, peb, options, len);
  @ ensures count: \result.verdict.status == METES_OK ==> \result.count == MappingCount(m, peb);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   \result.verdict.status == METES_E_BUFFER || \result.verdict.status == METES_E_NO_TABLE ||
  @   \result.verdict.status == METES_E_MAPPING_COUNT;
  @ ensures table: TableRefused(\result.verdict.status, m, peb, options, len);
  @ ensures numbers: TableNumbers(\result.verdict.status, \result.verdict.requested,
  @   \result.verdict.limit, m, peb, options, len);
  @ ensures index: \result.verdict.index == 0;
  @*/
struct metes_table_found metes_table_read(uint64_t peb, uint32_t options, const uint8_t *m,
                                          uint64_t len);

/* The same and FM-6: whether `place` is one of the table's. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.verdict.status == METES_OK <==> PlaceSound(m, peb, options, len, place);
  @ ensures count: \result.verdict.status == METES_OK ==> \result.count == MappingCount(m, peb);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   \result.verdict.status == METES_E_BUFFER || \result.verdict.status == METES_E_NO_TABLE ||
  @   \result.verdict.status == METES_E_MAPPING_COUNT ||
  @   \result.verdict.status == METES_E_MAPPING_PLACE;
  @ ensures table: TableRefused(\result.verdict.status, m, peb, options, len);
  @ ensures numbers: TableNumbers(\result.verdict.status, \result.verdict.requested,
  @   \result.verdict.limit, m, peb, options, len);
  @ ensures fm_6: \result.verdict.status == METES_E_MAPPING_PLACE <==>
  @   TableSound(m, peb, options, len) && MappingCount(m, peb) <= place;
  @ ensures err_6: \result.verdict.status == METES_E_MAPPING_PLACE ==>
  @   \result.verdict.requested == place && \result.verdict.limit == MappingCount(m, peb);
  @ ensures index: \result.verdict.index == 0;
  @*/
struct metes_table_found metes_table_place(uint64_t peb, uint32_t options, const uint8_t *m,
                                           uint64_t len, uint32_t place);

/* The same, FM-5 and FM-7 to FM-9: whether the table takes f. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.verdict.status == METES_OK <==>
  @   TableSound(m, peb, options, len) && MappingCount(m, peb) < 32 && MappingSound(f);
  @ ensures count: \result.verdict.status == METES_OK ==> \result.count == MappingCount(m, peb);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   \result.verdict.status == METES_E_BUFFER || \result.verdict.status == METES_E_NO_TABLE ||
  @   \result.verdict.status == METES_E_MAPPING_COUNT ||
  @   \result.verdict.status == METES_E_MAPPING_FULL ||
  @   METES_E_MAPPING_LABEL <= \result.verdict.status <= METES_E_MAPPING_END;
  @ ensures table: TableRefused(\result.verdict.status, m, peb, options, len);
  @ ensures numbers: TableNumbers(\result.verdict.status, \result.verdict.requested,
  @   \result.verdict.limit, m, peb, options, len);
  @ ensures fm_5: \result.verdict.status == METES_E_MAPPING_FULL <==>
  @   TableSound(m, peb, options, len) && MappingCount(m, peb) == 32;
  @ ensures err_5: \result.verdict.status == METES_E_MAPPING_FULL ==>
  @   \result.verdict.requested == 33 && \result.verdict.limit == 32;
  @ ensures wrong: \result.verdict.status >= METES_E_MAPPING_LABEL ==>
  @   MappingWrong(\result.verdict.status, f) && MappingNumbers(\result.verdict.status,
  @   \result.verdict.requested, \result.verdict.limit, f);
  @ ensures index: \result.verdict.index ==
  @   (\result.verdict.status >= METES_E_MAPPING_LABEL ? MappingCount(m, peb) : 0);
  @*/
struct metes_table_found metes_table_room(uint64_t peb, uint32_t options, const uint8_t *m,
                                          uint64_t len, struct metes_file_mapping f);

/* FM-11: the mapping at `place`, and FM-7 to FM-9. */
/*@ requires place < 32 && EntryPlace(peb, place + 1) <= len && \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures entry: MappingAt(m, EntryPlace(peb, place), \result.mapping);
  @ ensures ok: \result.verdict.status == METES_OK <==> MappingSound(\result.mapping);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_MAPPING_LABEL <= \result.verdict.status <= METES_E_MAPPING_END;
  @ ensures wrong: \result.verdict.status != METES_OK ==>
  @   MappingWrong(\result.verdict.status, \result.mapping) &&
  @   MappingNumbers(\result.verdict.status, \result.verdict.requested, \result.verdict.limit,
  @     \result.mapping) && \result.verdict.index == place;
  @*/
struct metes_mapping_found metes_mapping_read(uint64_t peb, const uint8_t *m, uint64_t len,
                                              uint32_t place);

#endif
