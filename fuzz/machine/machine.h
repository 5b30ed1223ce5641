/* SPDX-License-Identifier: Apache-2.0
 * One real VM for the fuzz target `kvm`, used again and again: each guest gets it with slots and registers of its
 * own. */
#ifndef METES_FUZZ_MACHINE_H
#define METES_FUZZ_MACHINE_H

#include "fuzz/machine/guest.h"
#include "vmm/vm.h"

/* Opens KVM, makes the VM: once. Ends the process where there is none. */
struct metes_vm *machine_open(void);
/* Gives the VM up: machine_open makes a new one. */
void machine_close(void);

/* The VM's slots are now those of this guest's plan, its processor stands at the entry. Null, or what was wrong. */
const char *machine_plug(const struct machine_guest *g);
/* Does KVM hold just these slots? It is asked for others: that meet them, and that touch them. */
const char *machine_edges(const struct machine_guest *g);
void machine_unplug(void);

/* Ends whatever instruction the guest stands in. That may still write to its memory: to be called before this is put
 * back. */
const char *machine_leave(void);

/* The processor at the entry again, whatever the guest did to it. */
const char *machine_restart(void);

/* Enters it. 0: an exit is in run; EINTR: `microseconds` are over, where that is not 0; else KVM's errno. */
int machine_run(unsigned microseconds);

#endif
