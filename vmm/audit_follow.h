/* SPDX-License-Identifier: Apache-2.0
 * Running a program under an audit: it, its threads and its children, with nothing of them changed. */
#ifndef METES_AUDIT_FOLLOW_H
#define METES_AUDIT_FOLLOW_H

#include "audit.h"
#include "failure.h"

/* Gets each change, when KVM has answered it, in the order in which KVM was asked. */
typedef void metes_change_sink(void *mine, const struct metes_change *c);

/* Runs argv[0], found in PATH, and waits until it and all that it started have ended. *status is then
 * the wait status of the program itself. Signals that somebody sends to this process go to it. Returns 0, or
 * the status of *f: 66 or 77 where the program cannot be started, 77 or 71 where it cannot be followed. */
int metes_audit_follow(char **argv, metes_change_sink *sink, void *mine, int *status, struct metes_failure *f);

#endif
