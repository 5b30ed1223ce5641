/* SPDX-License-Identifier: Apache-2.0
 * The sentences for all statuses of the core. Internal to describe.c. */
#ifndef METES_DESCRIBE_TABLE_H
#define METES_DESCRIBE_TABLE_H

#include <stddef.h>

/* One row for each status. In the sentence stand for numbers:
 *   {r} {l}  requested and limit as sizes         {R} {L}  the same as addresses
 *   {d} {D}  the same as plain numbers            {i}      index
 *   {p}      the guest-physical window of the profile, {v} the guest-virtual one
 *   {s} {t}  the plan's slot at `index` and at `limit`, {f} the flaw of a profile
 *   {u}      which field of the slot at `index` is unaligned */
struct metes_sentence {
  const char *code;
  const char *clause;
  const char *kvm_rule;
  const char *sentence;
};

/* By enum metes_status. */
extern const struct metes_sentence metes_sentences[];
extern const size_t metes_n_sentences;

#endif
