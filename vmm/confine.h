/* SPDX-License-Identifier: Apache-2.0
 * Giving up what a guest's run does not need, for good: of the whole process, and so its last step before the run.
 *
 *   metes_sandbox_create(&kvm, &args, &sandbox, &f);
 *   metes_sandbox_arm(sandbox, 10.0, &f);                  a timer cannot be made later
 *   metes_confine(sandbox, &(struct metes_confinement){0}, &f);
 *   metes_sandbox_run(sandbox, &budget, &stop, &f);        with budget.seconds 0
 *   …                                                      write to 1 and 2: of memory that is there already
 *   _exit(status);                                         exit() may make other calls
 *
 * What is left: four system calls, their arguments bound.
 *
 *   ioctl          of the sandbox's processor: KVM_RUN, KVM_GET_REGS, KVM_GET_SREGS
 *   write          to descriptors 1, 2 and those of struct metes_confinement
 *   rt_sigreturn   from the handler of the deadline
 *   exit_group
 *
 * Descriptor and request are ints: like the kernel, the filter takes 32 bits of each. The argument of KVM_RUN is 0.
 * Any other, by any ABI, and any other argument kills the process: SIGSYS, in a shell status 159. So
 * nothing may allocate (stdio's buffers are set before), open, close, map, or ask for the time; nor may
 * metes_sandbox_arm, _disarm, _close or _cancel be called. */
#ifndef METES_CONFINE_H
#define METES_CONFINE_H

#include "sandbox.h"

/* What must go on working besides; zero is nothing of it. Descriptor 0 is none: it gets closed. */
struct metes_confinement {
  int out[2]; /* descriptors that may be written to. For what may be written there the processor may be asked
                 for all its state: KVM_GET_XSAVE, _XCRS, _DEBUGREGS, _VCPU_EVENTS, _MSRS */
  int debug;  /* a debugger's socket, accepted. It widens the filter: read and write of this one, poll of one
                 descriptor, which does not wait, and the processor's KVM_SET_REGS and KVM_SET_GUEST_DEBUG:
                 who speaks there has the guest, and still not the host */
};

/* The process must have one thread. Closes every descriptor but 1, 2, the processor's and those of *c:
 * also KVM's and the VM's, which lives on. Drops all capabilities and the right to gain any by execve;
 * no other process may look into this one, no core is dumped; no descriptor, no process can be made;
 * no file system, no network is left (Landlock, where the kernel has it: see metes_landlock_abi). Then
 * installs the filter. Returns 0, or the status of *f: 71 with the call that failed; the process is then
 * confined by halves and can only end. */
int metes_confine(struct metes_sandbox *s, const struct metes_confinement *c, struct metes_failure *f);

/* The version of the kernel's Landlock, 0: it has none. */
int metes_landlock_abi(void);

/* Whether the kernel can kill a process by a filter. */
bool metes_seccomp_there(void);

#endif
