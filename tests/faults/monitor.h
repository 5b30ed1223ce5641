/* SPDX-License-Identifier: Apache-2.0
 * The whole monitor as a function of a string of bytes: for random tests, and for fuzzers. */
#ifndef METES_FAULTS_MONITOR_H
#define METES_FAULTS_MONITOR_H

#include <stdbool.h>

#include "tests/properties/source.h"

/* A sandbox is made, runs a few times, and is given back; the bytes say what KVM answers, what the
 * guest does in between, which calls fail. Returns null, or what was wrong. */
const char *monitor(struct source *s);

/* Of the last life: was the guest accepted? */
extern bool monitor_accepted;

/* Of the lives so far: the runs, and how often each outcome came of them. */
extern unsigned long monitor_runs, monitor_outcomes[16], monitor_failures;

#endif
