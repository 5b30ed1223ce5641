/* SPDX-License-Identifier: Apache-2.0
 * One VM with one virtual processor: made from a filled memory, run until something is to be said. */
#ifndef METES_VM_H
#define METES_VM_H

#include "image.h"
#include "kvm.h"
#include "stop.h"

struct metes_vm {
  int fd;
  int vcpu;
  struct kvm_run *run; /* shared with the kernel, run_size bytes */
  size_t run_size;
};

/* Makes the VM with exactly the plan's slots, and its processor with the entry's
 * registers. Returns 0, or the status of *f; metes_vm_close in both cases. */
int metes_vm_create(struct metes_vm *vm, const struct metes_kvm *k,
                    const struct metes_guest_memory *g, struct metes_failure *f);
/* The same but for the registers, which the caller sets (cpu_state.h); `logged`: see metes_vm_log. */
int metes_vm_make(struct metes_vm *vm, const struct metes_kvm *k, const struct metes_guest_memory *g,
                  bool logged, struct metes_failure *f);
void metes_vm_close(struct metes_vm *vm);

/* Makes a slot of a plan, or takes it away where its size is 0. Returns 0, or the status of *f. */
int metes_vm_set_slot(const struct metes_vm *vm, const struct metes_memslot *m, struct metes_failure *f);

/* From now on KVM notes which pages of scratch the guest writes: KVM_GET_DIRTY_LOG of its slot. */
int metes_vm_log(const struct metes_vm *vm, const struct metes_kvm *k, const struct metes_guest_memory *g,
                 struct metes_failure *f);

/* An ioctl that a signal may interrupt before anything is done. As ioctl answers. */
int metes_vm_request(int fd, unsigned long what, void *argument);

/* At its next entry the processor begins there, with rflags 2 and all other general registers 0. */
void metes_vm_jump(const struct metes_vm *vm, uint64_t rip, uint64_t rsp);

/* Enters the guest until its next exit, which is then in vm->run. Returns 0; or -1 where
 * a signal or immediate_exit came first; or the status of *f: METES_VM_NO_PAGE where the host has
 * no page for memory of the guest that a slot has, such as of a file that was cut short. */
#define METES_VM_NO_PAGE (-2)
int metes_vm_enter(struct metes_vm *vm, struct metes_failure *f);

/* For a debugger: sets the registers, and what the processor stops at. Each returns 0, or the status of *f. */
int metes_vm_set(const struct metes_vm *vm, struct kvm_regs *regs, struct metes_failure *f);
int metes_vm_debug(const struct metes_vm *vm, struct kvm_guest_debug *debug, struct metes_failure *f);

/* Asks the processor where it stands: fills the registers of *stop, where it answers. */
void metes_vm_registers(const struct metes_vm *vm, struct metes_stop *stop);

#endif
