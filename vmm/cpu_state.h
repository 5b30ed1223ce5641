/* SPDX-License-Identifier: Apache-2.0
 * All that a guest can change of its processor: taken, and put back. */
#ifndef METES_CPU_STATE_H
#define METES_CPU_STATE_H

#include "vm.h"

/* The MSRs that a guest may write, beside those that are parts of struct kvm_sregs (EFER, FS and GS). */
#define METES_CPU_MSRS 9u

/* struct kvm_msrs with its entries. */
struct metes_cpu_msrs {
  uint32_t n;
  uint32_t padding;
  struct kvm_msr_entry entries[METES_CPU_MSRS];
};

/* As KVM hands it out: plain values without pointers, and so also what a file holds. */
struct metes_cpu_state {
  struct kvm_regs regs;
  struct kvm_sregs sregs;
  struct kvm_debugregs debug;
  struct kvm_vcpu_events events;
  struct kvm_xcrs xcrs;
  struct kvm_xsave xsave; /* all of it: AMX, which needs more, KVM gives only to who asked arch_prctl for it */
  struct metes_cpu_msrs msrs;
};

/* Of a new VM: its guest can write no MSR but those above; a write of any other is a general protection
 * fault. So a processor that has registers which this source does not know leaks none of them. The
 * alternative, all of KVM_GET_MSR_INDEX_LIST each time, costs some hundred times as much and depends
 * on KVM's list. What no restore puts back: the TSC, which goes on. A triple fault that is due is part of the
 * events from here on, where KVM can tell of it. Returns 0, or the status of *f. */
int metes_cpu_bound(const struct metes_vm *vm, struct metes_failure *f);

/* Finishes what the guest's last instruction began: an OUT is done only with the next KVM_RUN. Returns 0; or
 * -1 where that made another exit, now in vm->run, for the instruction has more to say; or the status of *f. */
int metes_cpu_settle(struct metes_vm *vm, struct metes_failure *f);

/* Lets go of whatever instruction it stands in: its state is to be replaced. */
int metes_cpu_abandon(struct metes_vm *vm, struct metes_failure *f);

/* All zero, with the numbers of the MSRs above. */
void metes_cpu_blank(struct metes_cpu_state *c);

/* Returns 0, or the status of *f. The guest stands between two instructions (metes_cpu_settle). */
int metes_cpu_take(const struct metes_vm *vm, struct metes_cpu_state *c, struct metes_failure *f);

/* Does it hold just the MSRs above, in their order? What the other registers hold, KVM judges. */
bool metes_cpu_known(const struct metes_cpu_state *c);

/* Puts all of it back. `flush`: forgets translations of addresses, too. */
int metes_cpu_put(const struct metes_vm *vm, const struct metes_cpu_state *c, bool flush,
                  struct metes_failure *f);

#endif
