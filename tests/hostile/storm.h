/* SPDX-License-Identifier: Apache-2.0
 * What the campaigns of hostile guests share: a guest from its file, put back as often as is needed. */
#ifndef METES_TESTS_HOSTILE_STORM_H
#define METES_TESTS_HOSTILE_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/sandbox.h"
#include "vmm/vm_snapshot.h"

/* A guest, and itself as it was when it was made, or had become ready. */
struct guest {
  struct metes_kvm kvm;
  struct metes_guest_args args;
  struct metes_sandbox *sandbox;
  struct metes_vm_snapshot *snapshot;
};

/* Each ends the process with a sentence where the monitor itself fails. */
void guest_open(struct guest *g, const char *path, uint64_t seed, uint32_t options);
void guest_make_ready(struct guest *g); /* runs it to its HLT first */
void guest_keep(struct guest *g);       /* takes the snapshot that guest_restore goes back to */
void guest_restore(struct guest *g);
bool guest_same(const struct guest *g); /* put back, is every byte of scratch but its generation the snapshot's? */
void guest_close(struct guest *g);

/* TAP. */
extern int failed;
__attribute__((format(printf, 2, 3))) bool check(bool good, const char *format, ...);

uint64_t nanoseconds(void);   /* of a clock that goes on */
int descriptors(void);        /* that are open */
uint64_t random64(uint64_t *state); /* splitmix64 (S. Vigna, public domain) */

#endif
