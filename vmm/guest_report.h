/* SPDX-License-Identifier: Apache-2.0
 * How a guest ended, and what is told of it: to people, and as JSON. */
#ifndef METES_GUEST_REPORT_H
#define METES_GUEST_REPORT_H

#include <stdio.h>

#include "image.h"
#include "stop.h"

int metes_outcome_exit(enum metes_outcome o);
const char *metes_outcome_name(enum metes_outcome o);

/* Sentences on `to`, each line beginning with "metes: ". Nothing where all is well. */
void metes_report(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g);

/* What there is to tell: whether registers are of interest, and whether cr2 is the address at fault. */
bool metes_stop_tells(const struct metes_stop *s);
bool metes_stop_has_address(const struct metes_stop *s);

/* guest_processor.c: where it stood, what lies there, its registers, who had called. */
void metes_report_processor(FILE *to, const struct metes_stop *s, const struct metes_guest_memory *g);

/* guest_json.c: the same as members of an object that is open. */
struct metes_json;
void metes_report_json(struct metes_json *j, const struct metes_stop *s,
                       const struct metes_guest_memory *g);

/* guest_place.c: where an address belongs, in words: "its heap (rw-)". */
void metes_words_of_gpa(const struct metes_guest_memory *g, uint64_t gpa, char *text, size_t n);
void metes_words_of_gva(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, char *text,
                        size_t n);
/* Where its page tables at cr3 lead, as they are now; and what they allow it there: METES_READ | …, 0
 * where nothing is mapped. */
struct metes_walk metes_walk_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva);
uint32_t metes_permissions_of(const struct metes_walk *w);
/* The bytes of its code from `gva` on, as far as they can be read; how many. */
size_t metes_code_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, uint8_t *code,
                     size_t n);
const char *metes_place_name(enum metes_place place);

#endif
