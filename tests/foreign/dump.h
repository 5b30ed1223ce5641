/* SPDX-License-Identifier: Apache-2.0
 * The parts of the dump: each adds what core answers to the sum of its column. */
#ifndef METES_FOREIGN_DUMP_H
#define METES_FOREIGN_DUMP_H

#include <string.h>

#include "core/metes.h"
#include "tests/properties/source.h"

enum column { LAYOUT, PEB, PLAN, TABLES, SCRATCH, BUFFERS, RECORD, COLUMNS };

void eat(enum column c, uint64_t v); /* as 8 bytes, least first */
void eat_bytes(enum column c, const uint8_t *m, uint64_t n);
void eat_words(enum column c, const void *from, size_t at, size_t n); /* n numbers of a struct, from byte `at` on */
void eat_answer(enum column c, enum metes_status s, const struct metes_error *err);

/* Of any configuration: the record of a snapshot of it. */
void dump_record(struct source *s, const struct metes_profile *p, const struct metes_config *c);

/* Of a layout: its fields, regions and plan; where it is small enough, its memory. */
void dump_layout(struct source *s, const struct metes_profile *p, const struct metes_layout *l);

/* Of its memory: PEB, init data, page tables, scratch and what lies in its buffers. */
void dump_memory(struct source *s, const struct metes_layout *l);

/* An image and its code region. */
void dump_elf(const uint8_t *file, uint64_t n);

/* How many layouts, memories and page tables there were. */
extern uint64_t dump_counts[3];

#endif
