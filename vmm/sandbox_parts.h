/* SPDX-License-Identifier: Apache-2.0
 * What a sandbox consists of, for the sources of the monitor alone. */
#ifndef METES_SANDBOX_PARTS_H
#define METES_SANDBOX_PARTS_H

#include <stdatomic.h>

#include "calls.h"
#include "deadline.h"
#include "files.h"
#include "sandbox.h"
#include "vm.h"
#include "vm_snapshot_parts.h"

struct metes_sandbox {
  struct metes_guest_memory *guest; /* in pages of its own, sealed once it is filled */
  const struct metes_kvm *kvm;
  struct metes_vm vm;
  struct metes_ports ports;
  struct metes_deadline deadline;
  struct metes_dirt dirt;
  uint64_t *notes;     /* room for `dirt` */
  uint64_t generation; /* how often it has been put back */
  bool left_over;      /* an exit that is in vm.run and was not looked at */
  atomic_bool cancelled;
  bool shared;         /* the snapshot's users are counted */
  bool held; /* by a debugger: what the guest was saying goes on with the next run */
  struct metes_calls calls;
  struct metes_files files; /* last are tables: what each start touches is one page */
};

/* Memory for one, all zero but for what closing it must know, and for its guest, which is then its own. */
struct metes_sandbox *metes_sandbox_make(const struct metes_guest_memory *g, struct metes_failure *f);
int metes_sandbox_seal(const struct metes_sandbox *s, struct metes_failure *f);

/* The host wrote [offset, offset + length) of its scratch, or may have: a restore puts that back, too. Each source
 * of the monitor that writes there, by whatever function of core, says so. */
void metes_sandbox_wrote(struct metes_sandbox *s, uint64_t offset, uint64_t length);

/* files.c: the guest's table says what is mapped, whatever was there. */
int metes_sandbox_tell_files(struct metes_sandbox *s, struct metes_failure *f);

/* Runs it within a budget, to whatever end. */
int metes_sandbox_enter(struct metes_sandbox *s, const struct metes_budget *b,
                        struct metes_stop *stop, struct metes_failure *f);

/* Enters the guest again and again until it stops. `exits`: how many there may be. */
int metes_guest_run(struct metes_sandbox *s, uint64_t exits, struct metes_stop *stop,
                    struct metes_failure *f);

#endif
