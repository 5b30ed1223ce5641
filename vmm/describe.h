/* SPDX-License-Identifier: Apache-2.0
 * A refusal in words: what the core's status and error say, as a code and as a sentence. */
#ifndef METES_DESCRIBE_H
#define METES_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/metes.h"

/* What the refused thing was, as far as the caller knows: it makes the sentence
 * more precise. Each may be null. */
struct metes_subject {
  const struct metes_profile *profile;
  const struct metes_config *config;
  const struct metes_memslot *slots; /* the plan, for METES_E_SLOT_* */
  const struct metes_extra *extra;   /* what metes_plan_add refused to add to it, at place n_slots */
  uint32_t n_slots;
  bool placeless; /* the plan has no order that anybody knows */
};

/* The error code, one lower_snake_case word: `too_big`, `unaligned`, `overlap` … */
const char *metes_error_code(enum metes_status s);

/* The clause of the specification that was broken, for instance "LAY-24". */
const char *metes_error_clause(enum metes_status s);

/* KVM's rule behind a METES_E_SLOT_* status of this slot, for instance "K11"; null for others. */
const char *metes_error_kvm_rule(enum metes_status s, const struct metes_memslot *slot);

/* Writes a full sentence to text[0 .. n): what, where, how much and how much was
 * allowed. Always ended with a NUL, cut where n is too small (512 is enough). */
void metes_describe(enum metes_status s, const struct metes_error *e,
                    const struct metes_subject *subject, char *text, size_t n);

/* "128 KiB", "4.9 KiB", "17 B": a size for people, rounded where it has a decimal. */
void metes_size_short(uint64_t size, char *text, size_t n);

/* "4.9 KiB (5000 bytes)", "17 bytes": the same with the exact size. */
void metes_size_words(uint64_t size, char *text, size_t n);

#endif
