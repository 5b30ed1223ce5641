/* SPDX-License-Identifier: Apache-2.0
 * `metes layout --batch`: one configuration a line in, one answer a line out. */
#ifndef METES_BATCH_H
#define METES_BATCH_H

#include "core/metes.h"

/* Answers every line of file descriptor `from` on stdout, in order; what a line
 * does not say is as in *defaults. Whenever no more input is there yet, all
 * answers have been written: it can be talked to through pipes. Returns the exit status. */
int metes_batch(int from, const struct metes_profile *p, const struct metes_config *defaults);

#endif
