/* SPDX-License-Identifier: Apache-2.0
 * A guest by a string of bytes: its image, its configuration; and whether what was made of them is right. */
#ifndef METES_FAULTS_MONITOR_GUEST_H
#define METES_FAULTS_MONITOR_GUEST_H

#include "choices.h"
#include "vmm/sandbox.h"

struct guest_asked {
  struct metes_guest_args args;
  bool plain; /* nothing in it is wrong, or large: it must be accepted */
};

/* Takes the same number of bytes each time. The image stays until the next. */
void guest_ask(struct source *c, struct guest_asked *a);

/* What the last was asked for with. */
const struct metes_guest_args *guest_last(void);

/* What is wrong with how it was refused, or with the sandbox that was made; or null. */
const char *guest_refused(const struct guest_asked *a, int status, const struct metes_failure *f);
const char *guest_made(const struct guest_asked *a, const struct metes_sandbox *s);

#endif
