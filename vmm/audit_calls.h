/* SPDX-License-Identifier: Apache-2.0
 * Which system calls an audit stops: those that change slots, make VMs, or give a VM another file descriptor. */
#ifndef METES_AUDIT_CALLS_H
#define METES_AUDIT_CALLS_H

#include <stdint.h>
#include <sys/types.h>

enum metes_call_kind {
  METES_CALL_NONE,
  METES_CALL_VM,       /* KVM_CREATE_VM */
  METES_CALL_SLOT,     /* KVM_SET_USER_MEMORY_REGION */
  METES_CALL_SLOT_2,   /* KVM_SET_USER_MEMORY_REGION2 */
  METES_CALL_TSS,      /* KVM_SET_TSS_ADDR */
  METES_CALL_IDENTITY, /* KVM_SET_IDENTITY_MAP_ADDR */
  METES_CALL_IRQCHIP,  /* KVM_CREATE_IRQCHIP: with it comes a local APIC */
  METES_CALL_CAP,      /* KVM_ENABLE_CAP: KVM_CAP_SPLIT_IRQCHIP brings one too */
  METES_CALL_VCPU,     /* KVM_CREATE_VCPU: where there is no identity map yet, one is made */
  METES_CALL_DUP,      /* dup, dup2, dup3, fcntl(F_DUPFD) */
};

/* A call that a thread is about to make. */
struct metes_call {
  enum metes_call_kind kind;
  int fd;            /* its first argument */
  int other;         /* dup2 and dup3: the second, else -1 */
  uint64_t argument; /* an ioctl's */
};

/* In the process that is to be audited, with its tracer there: from here on only those calls stop
 * (PTRACE_EVENT_SECCOMP), by the ABIs of x86-64, x32 and i386. 0, or -1 and errno. */
int metes_audit_filter(void);

/* What a stopped thread is about to do. METES_CALL_NONE where that is not known. */
struct metes_call metes_audit_call(pid_t thread);

/* What the call answered, at its end: its result, or -errno. */
int64_t metes_audit_answer(pid_t thread);

/* Reads n bytes, a multiple of 8, of a stopped thread's memory. 0 or errno. */
int metes_audit_read(pid_t thread, uint64_t from, void *to, size_t n);

#endif
