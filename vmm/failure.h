/* SPDX-License-Identifier: Apache-2.0
 * Why a command could not do its work: the exit status and a sentence, carried up to where it is told. */
#ifndef METES_FAILURE_H
#define METES_FAILURE_H

#include <stdbool.h>

#include "describe.h"
#include "exit.h"

struct metes_failure {
  int status; /* enum metes_exit */
  bool said;  /* on stderr, already */
  char text[640];
};

/* Each fills *f and hands the status back, so that a failure is one line. */
__attribute__((format(printf, 3, 4))) int metes_fail(struct metes_failure *f, int status,
                                                     const char *format, ...);

/* A system call that failed: its name, perhaps with details, then the text of errno. Status 71. */
__attribute__((format(printf, 2, 3))) int metes_fail_call(struct metes_failure *f,
                                                          const char *format, ...);

/* What the core refused. Status 65. `what` comes first: a file's name, "layout", "page tables". */
int metes_fail_core(struct metes_failure *f, const char *what, enum metes_status s,
                    const struct metes_error *e, const struct metes_subject *subject);

#endif
