/* SPDX-License-Identifier: Apache-2.0
 * What must hold of every trial: core and the second model agree. */
#ifndef METES_AGREE_H
#define METES_AGREE_H

#include "trial.h"

/* Each returns NULL, or the name of what does not hold. */

/* Status, error and every field of the layout; nothing touched that should not be. */
const char *agree_layout(const struct trial *t, struct metes_layout *l, enum metes_status *status);

/* Of a sound layout: regions tile, the PEB's bytes, its pointers, places, resolving. */
const char *agree_regions(const struct metes_layout *l, struct source *s);
const char *agree_peb(const struct metes_layout *l, struct source *s);
const char *agree_places(const struct metes_layout *l, struct source *s);

/* Its plan, extra regions added to it, and any plan at all. */
const char *agree_plan(const struct metes_layout *l, struct source *s);
const char *agree_any_plan(struct source *s);

/* Page tables: a few mappings, then addresses near them. */
const char *agree_page_tables(struct source *s);

/* The same, by pages of 2 MiB too. */
const char *agree_large_pages(struct source *s);

/* Tables that hold anything, walked twice. */
const char *agree_walks(struct source *s);

/* The trial by another alignment: its layout, and every boundary, region and slot of it. */
const char *agree_alignment(struct source *s, struct trial *t);

/* Buffers: pushed, popped, and written by a hostile guest. */
const char *agree_buffers(struct source *s);

/* File mappings: added, removed, and written by a hostile guest. */
const char *agree_files(struct source *s);

/* Slots that are added to a plan and taken out of it. */
const char *agree_slots(struct source *s);

/* Snapshot records: of this trial's profile and configuration, then damaged. */
const char *agree_snapshots(const struct trial *t, struct source *s);

/* Any bytes as a record: read, laid out. */
const char *agree_record(const uint8_t *m, uint64_t len);

/* The checksum of a record's bytes, of any bytes. */
const char *agree_checksums(struct source *s);

/* The memory of a guest, by physical and virtual address, through hostile page tables. */
const char *agree_door(struct source *s);

/* What of a guest is mapped: of a sound layout, and an image in its code region. */
const char *agree_mappings(const struct metes_layout *l, struct source *s);

/* Messages: written, then damaged; and any bytes as a message. */
const char *agree_messages(struct source *s);
const char *agree_message(const uint8_t *m, uint64_t len);

/* A guest's input and output buffer, by its layout or by none that is sound. */
const char *agree_exchange(struct source *s);

/* Where files are mapped, in the gap of a sound layout. */
const char *agree_file_places(const struct metes_layout *l, struct source *s);

/* All of the above for one trial. */
const char *agree(struct source *s, struct trial *t);

/* How often each status was the answer. */
enum { AGREE_STATUSES = METES_E_MAPPING_ROOM + 1 };
extern unsigned long agree_seen[AGREE_STATUSES];

/* Small things that every check wants. */
static inline int same_error(const struct metes_error *a, const struct metes_error *b)
{
  return a->requested == b->requested && a->limit == b->limit && a->index == b->index;
}

/* Counts the answer, and holds it against the second model's: NULL, or `what` it was. */
static inline const char *same_answer(enum metes_status got, const struct metes_error *err,
                                      const struct model_answer *want, const char *what)
{
  static const struct metes_error untouched = {7, 7, 7};

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  return got == want->status && same_error(err, got == METES_OK ? &untouched : &want->err) ? NULL : what;
}

#endif
