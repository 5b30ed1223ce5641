/* SPDX-License-Identifier: Apache-2.0
 * What confine.c consists of beside itself. */
#ifndef METES_CONFINE_PARTS_H
#define METES_CONFINE_PARTS_H

#include "failure.h"

/* No file system, no network, no signal to others, as far as the kernel's Landlock knows them; where it has
 * none, nothing. Returns 0, or the status of *f. */
int metes_landlock(struct metes_failure *f);

#endif
