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
struct metes_sentence { /* no pointers: each would be relocated at each start */
  char code[20];
  char clause[8];
  char kvm_rule[4]; /* or empty */
  char sentence[192];
};

/* By enum metes_status. */
extern const struct metes_sentence metes_sentences[];
extern const size_t metes_n_sentences;

#endif
