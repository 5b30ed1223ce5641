/* SPDX-License-Identifier: Apache-2.0
 * Running a guest from its entry to its end. */
#ifndef METES_GUEST_RUN_H
#define METES_GUEST_RUN_H

#include "guest_report.h"

struct metes_budget {
  double seconds;
  uint64_t exits;
};

/* Runs until an end that *s then describes. Returns 0, or the status of *f where the
 * monitor itself failed. */
int metes_guest_run(struct metes_vm *vm, const struct metes_budget *b, struct metes_ports *p,
                    struct metes_stop *s, struct metes_failure *f);

#endif
