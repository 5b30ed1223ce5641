/* SPDX-License-Identifier: Apache-2.0
 * A deadline for a guest that may never exit by itself. */
#ifndef METES_DEADLINE_H
#define METES_DEADLINE_H

#include <linux/kvm.h>

#include "failure.h"

/* From `seconds` on, every KVM_RUN of this processor comes back with EINTR: a timer's
 * handler stores 1 to immediate_exit, again and again, so that no moment is missed.
 * One at a time. Returns 0, or the status of *f. */
int metes_deadline_arm(struct kvm_run *run, double seconds, struct metes_failure *f);

/* No handler runs any more once this has returned: `run` may then be unmapped. */
void metes_deadline_disarm(void);

#endif
