/* SPDX-License-Identifier: Apache-2.0
 * TAP, and guests from their files, for the tests of the API on KVM. */
#ifndef METES_TESTS_KVM_TAP_H
#define METES_TESTS_KVM_TAP_H

#include "vmm/sandbox.h"

/* The part of the test that runs alone, and then ends at its first failure; null: all of them. */
extern const char *part;
bool part_runs(const char *name);

__attribute__((format(printf, 2, 3))) bool check(bool good, const char *format, ...);
int check_end(void); /* prints the plan; the exit status */

/* A guest of at most 1 MiB; ends the process where there is none. */
struct metes_bytes read_file(const char *path);

/* KVM, or one failure and the end of the process. */
void open_kvm(struct metes_kvm *kvm);

#endif
