/* SPDX-License-Identifier: Apache-2.0
 * What `metes run` says: a guest's words while it runs, its end, and why it could not be run. */
#ifndef METES_RUN_TELL_H
#define METES_RUN_TELL_H

#include "run_calls.h"
#include "sandbox.h"

/* With --json standard output is one object, so the guest's text waits in memory until then. */
struct metes_telling {
  bool json;
  uint8_t *text; /* what it printed; null without --json */
  size_t used;
  uint64_t room; /* for the text and a byte 0 */
};

/* Takes all the memory that will be needed. Returns 0, or the status of *f; metes_telling_end in both cases. */
int metes_telling_begin(struct metes_telling *t, bool json, uint64_t output, struct metes_failure *f);
void metes_telling_end(struct metes_telling *t);

/* Printed text to standard output, log lines to standard error. */
struct metes_voice metes_telling_voice(struct metes_telling *t);

/* Each returns the exit status. */
int metes_tell(struct metes_telling *t, const struct metes_stop *s, const struct metes_guest_memory *g,
               const struct metes_call_list *calls);
int metes_tell_failure(const struct metes_failure *f, bool json);

#endif
