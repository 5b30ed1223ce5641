/* SPDX-License-Identifier: Apache-2.0
 * Stopping a guest that may never exit by itself: at a deadline, or because another thread says so. */
#ifndef METES_DEADLINE_H
#define METES_DEADLINE_H

#include <linux/kvm.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "failure.h"

/* The first real-time signal that libc leaves free. Its handler, for the whole process, does one store. */
#define METES_DEADLINE_SIGNAL SIGRTMIN

/* Of one processor. All zero: not armed, not watched. */
struct metes_deadline {
  bool armed;
  timer_t timer;
  _Atomic pid_t thread; /* that runs the processor now; 0: none */
};

/* From here to metes_deadline_leave the signal stops this processor where this thread runs it.
 * The first time in a process it installs the handler, the first time in a thread it asks for its
 * number; after that it makes no system call. Returns 0, or the status of *f. */
int metes_deadline_watch(struct metes_deadline *d, struct kvm_run *run, struct metes_failure *f);

/* The handler does not touch the processor any more: it may be unmapped. */
void metes_deadline_leave(struct metes_deadline *d);

/* Sends the signal to the thread that watches, if there is one. From any thread. */
void metes_deadline_wake(struct metes_deadline *d);

/* In `seconds`, and then again and again so that no moment is missed, the signal comes to this
 * thread. Returns 0, or the status of *f. */
int metes_deadline_arm(struct metes_deadline *d, double seconds, struct metes_failure *f);
void metes_deadline_disarm(struct metes_deadline *d);

#endif
