/* SPDX-License-Identifier: Apache-2.0
 * What the tests of snapshots share: TAP, a guest, and asking it for something. */
#ifndef METES_SNAPSHOTS_H
#define METES_SNAPSHOTS_H

#include <stdbool.h>

#include "commands.h"
#include "vmm/cpu_state.h"
#include "vmm/vm_snapshot.h"

/* One line of TAP. Returns `good`. */
__attribute__((format(printf, 2, 3))) bool ok(bool good, const char *format, ...);
int done(void); /* the plan, and the exit status */

/* Ends the program where the monitor itself could not do it. */
void must(int status, const struct metes_failure *f);

/* The guest's image; a sandbox of it, with so much scratch, and heap; run to its first halt, but for no `kvm`. */
void read_guest(const char *path, struct metes_guest_args *a);
void give(uint8_t *bytes, size_t n); /* init data of the next ones; null: none */
struct metes_sandbox *guest(const struct metes_kvm *k, uint64_t scratch, uint64_t heap);

/* Tells it in rbx and rcx; then runs it. */
void tell(struct metes_sandbox *s, enum command command, uint64_t argument);
struct metes_stop ask(struct metes_sandbox *s, enum command command, uint64_t argument);
struct metes_stop ask_for(struct metes_sandbox *s, enum command command, uint64_t argument, struct metes_budget b);

/* Each byte of scratch that the guest sees, but for its generation. */
bool same_memory(const struct metes_guest_memory *a, const struct metes_guest_memory *b);

/* How many of something: the variable of that name, `usual` without it. */
unsigned many(const char *name, unsigned usual, unsigned most);

/* Open descriptors; mappings; resident and private kilobytes of this process. */
unsigned descriptors(void);
unsigned lines_of(const char *path, const char *start); /* that begin so */
unsigned mappings(void);
unsigned long resident(void);
unsigned long private_memory(void);
unsigned long field(const char *path, const char *name); /* the sum of a file's lines `name number` */

void test_ends(const struct metes_kvm *k);
void test_stops(const struct metes_kvm *k);
void test_restores(const struct metes_kvm *k);
void test_registers(const struct metes_kvm *k);
void test_starts(const struct metes_kvm *k);
void test_clones(const struct metes_kvm *k);
void test_renews(const struct metes_kvm *k);
void test_files(const struct metes_kvm *k);

#endif
