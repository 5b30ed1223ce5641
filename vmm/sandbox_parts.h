/* SPDX-License-Identifier: Apache-2.0
 * What a sandbox consists of, for the sources of the monitor alone. */
#ifndef METES_SANDBOX_PARTS_H
#define METES_SANDBOX_PARTS_H

#include <stdatomic.h>

#include "calls.h"
#include "deadline.h"
#include "sandbox.h"
#include "vm.h"

struct metes_sandbox {
  struct metes_guest_memory *guest; /* in pages of its own, sealed once it is filled */
  const struct metes_kvm *kvm;
  struct metes_vm vm;
  struct metes_ports ports;
  struct metes_calls calls;
  struct metes_deadline deadline;
  atomic_bool cancelled;
  bool held; /* by a debugger: what the guest was saying goes on with the next run */
};

/* Runs it within a budget, to whatever end. */
int metes_sandbox_enter(struct metes_sandbox *s, const struct metes_budget *b,
                        struct metes_stop *stop, struct metes_failure *f);

/* Enters the guest again and again until it stops. `exits`: how many there may be. */
int metes_guest_run(struct metes_sandbox *s, uint64_t exits, struct metes_stop *stop,
                    struct metes_failure *f);

#endif
