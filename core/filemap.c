/* SPDX-License-Identifier: Apache-2.0
 * Writing the table of file mappings, and its public face. */
#include "filetable.h"
#include "bytes.h"

/* The label's n characters and zeroes, 64 bytes in all, at m[at]. */
/*@ requires at + 64 <= len && \valid(m + (0 .. len - 1)) && n <= 64;
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 63];
  @ ensures text: \forall integer k; at <= k < at + n ==> m[k] == f.label[k - at];
  @ ensures rest: \forall integer k; at + n <= k < at + 64 ==> m[k] == 0;
  @ ensures frame: SameExcept{Pre,Post}(m, len, at, at + 64);
  @*/
static void put_label(uint8_t *m, uint64_t len, uint64_t at, struct metes_file_mapping f,
                      uint32_t n)
{
  const uint64_t end = at + METES_LABEL_SIZE;

  (void)len; /* the contract speaks of it */
  /*@ loop invariant at <= k <= end;
    @ loop invariant text: \forall integer j; at <= j < k && j < at + n ==>
    @   m[j] == f.label[j - at];
    @ loop invariant rest: \forall integer j; at + n <= j < k ==> m[j] == 0;
    @ loop invariant frame: SameExcept{Pre,Here}(m, len, at, k);
    @ loop assigns k, m[at .. at + 63];
    @ loop variant end - k;
    @*/
  for (uint64_t k = at; k < end; k++)
    m[k] = k - at < n ? f.label[k - at] : 0;
}

/* FM-10: an entry whose label has n characters, at m[at]. */
/*@ requires at + 80 <= len && \valid(m + (0 .. len - 1)) && n <= 64;
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 79];
  @ ensures written: MappingWritten(m, at, f, n);
  @ ensures frame: SameExcept{Pre,Post}(m, len, at, at + 80);
  @*/
static void put_entry(uint8_t *m, uint64_t len, uint64_t at, struct metes_file_mapping f,
                      uint32_t n)
{
  put_label(m, len, at + 16, f, n);
  //@ ghost Labelled: ;
  metes_put_word(m, at, f.gva);
  metes_put_word(m, at + 8, f.size);
  //@ assert gva: Le64(m, at) == f.gva;
  //@ assert kept: \forall integer k; at + 16 <= k < at + 80 ==> m[k] == \at(m[k], Labelled);
}

/* FM-10: the entry that ends the table, at m[at], then the count. */
/*@ requires peb + 80 <= at && at + 80 <= len && \valid(m + (0 .. len - 1)) && count < 32;
  @ terminates \true;
  @ exits \false;
  @ assigns m[peb + 64 .. peb + 71], m[at .. at + 79];
  @ ensures written: \forall integer n; LabelLength(f, n) ==> MappingWritten(m, at, f, n);
  @ ensures counted: MappingCount(m, peb) == count + 1;
  @ ensures frame: EntryFrame{Pre,Post}(m, len, peb, at);
  @*/
static void put_counted(uint8_t *m, uint64_t len, uint64_t peb, uint64_t at, uint64_t count,
                        struct metes_file_mapping f)
{
  const uint32_t n = metes_label_length(f);

  put_entry(m, len, at, f, n);
  //@ ghost Put: ;
  metes_put_word(m, peb + METES_COUNT_OFFSET, count + 1);
  //@ assert kept: \forall integer k; at <= k < at + 80 ==> m[k] == \at(m[k], Put);
  //@ assert written: MappingWritten(m, at, f, n);
  //@ assert one: \forall integer j; LabelLength(f, j) ==> j == n;
}

/* FM-12: the last entry, at m[from], goes to m[to] too; then the count. */
/*@ requires peb + 80 <= to && peb + 80 <= from && to + 80 <= len && from + 80 <= len;
  @ requires \valid(m + (0 .. len - 1)) && (to == from || to + 80 <= from);
  @ terminates \true;
  @ exits \false;
  @ assigns m[peb + 64 .. peb + 71], m[to .. to + 79];
  @ ensures moved: CopyOf{Pre,Post}(m, to, m, from, 80);
  @ ensures counted: MappingCount(m, peb) == count;
  @ ensures frame: EntryFrame{Pre,Post}(m, len, peb, to);
  @*/
static void move_counted(uint8_t *m, uint64_t len, uint64_t peb, uint64_t to, uint64_t from,
                         uint64_t count)
{
  if (to < from)
    metes_copy(m, len, to, m, from, METES_FILE_MAPPING_SIZE);
  //@ assert moved: CopyOf{Pre,Here}(m, to, m, from, 80);
  //@ ghost Moved: ;
  metes_put_word(m, peb + METES_COUNT_OFFSET, count);
  //@ assert kept: \forall integer k; to <= k < to + 80 ==> m[k] == \at(m[k], Moved);
}

enum metes_status metes_file_mapping_count(const struct metes_layout *l, const uint8_t *m,
                                           uint64_t len, uint32_t *n, struct metes_error *err)
{
  const struct metes_table_found t = metes_table_read(l->peb_offset, l->options, m, len);

  if (t.verdict.status != METES_OK)
    return metes_refuse_as(err, t.verdict);
  *n = (uint32_t)t.count;
  return METES_OK;
}

enum metes_status metes_file_mapping_get(const struct metes_layout *l, const uint8_t *m,
                                         uint64_t len, uint32_t place,
                                         struct metes_file_mapping *f, struct metes_error *err)
{
  const uint64_t peb = l->peb_offset;
  const struct metes_table_found t = metes_table_place(peb, l->options, m, len, place);

  if (t.verdict.status != METES_OK)
    return metes_refuse_as(err, t.verdict);
  const struct metes_mapping_found x = metes_mapping_read(peb, m, len, place);
  if (x.verdict.status != METES_OK)
    return metes_refuse_as(err, x.verdict);
  *f = x.mapping;
  return METES_OK;
}

enum metes_status metes_file_mapping_add(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                         struct metes_file_mapping f, struct metes_error *err)
{
  const uint64_t peb = l->peb_offset;
  const struct metes_table_found t = metes_table_room(peb, l->options, m, len, f);

  if (t.verdict.status != METES_OK)
    return metes_refuse_as(err, t.verdict);
  put_counted(m, len, peb, metes_entry_place(peb, t.count), t.count, f);
  return METES_OK;
}

enum metes_status metes_file_mapping_remove(const struct metes_layout *l, uint8_t *m, uint64_t len,
                                            uint32_t place, struct metes_error *err)
{
  const uint64_t peb = l->peb_offset;
  const struct metes_table_found t = metes_table_place(peb, l->options, m, len, place);

  if (t.verdict.status != METES_OK)
    return metes_refuse_as(err, t.verdict);
  const uint64_t last = t.count - 1;
  move_counted(m, len, peb, metes_entry_place(peb, place), metes_entry_place(peb, last), last);
  return METES_OK;
}
