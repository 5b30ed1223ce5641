/* SPDX-License-Identifier: Apache-2.0
 * The filter that stops what an audit looks at and nothing else, and the reading of what was stopped. */
#include "audit_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include "sys.h"

/* In headers of Linux 6.8 and later. */
#define SET_USER_MEMORY_REGION2 0x40a0ae49u

/* Numbers of the calls, by ABI. Those of x32 have bit 30, and its ioctl a number of its own. */
enum {
  X32 = 0x40000000,
  IOCTL_64 = 16, DUP_64 = 32, DUP2_64 = 33, FCNTL_64 = 72, DUP3_64 = 292,
  IOCTL_X32 = X32 | 514,
  DUP_32 = 41, IOCTL_32 = 54, FCNTL_32 = 55, DUP2_32 = 63, FCNTL64_32 = 221, DUP3_32 = 330,
};

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define LET BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define STOP BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)
#define STOP_IF(value) UNLESS(value, 1), STOP
/* The kernel takes 32 bits of a request and of a command. x86 is little-endian. */
#define IOCTL(number)                                                                                        \
  UNLESS(number, 18), LOAD(args[1]), STOP_IF(KVM_SET_USER_MEMORY_REGION), STOP_IF(SET_USER_MEMORY_REGION2),   \
    STOP_IF(KVM_CREATE_VM), STOP_IF(KVM_SET_TSS_ADDR), STOP_IF(KVM_SET_IDENTITY_MAP_ADDR),                   \
    STOP_IF(KVM_CREATE_IRQCHIP), STOP_IF(KVM_ENABLE_CAP), STOP_IF(KVM_CREATE_VCPU), LET
#define FCNTL(number) UNLESS(number, 6), LOAD(args[1]), STOP_IF(F_DUPFD), STOP_IF(F_DUPFD_CLOEXEC), LET
#define LENGTH_64 (1 + 2 * 19 + 2 * 7 + 6 * 2 + 1)

static const struct sock_filter program[] = {
  LOAD(arch), UNLESS(AUDIT_ARCH_X86_64, LENGTH_64),
  LOAD(nr), IOCTL(IOCTL_64), IOCTL(IOCTL_X32), FCNTL(FCNTL_64), FCNTL(X32 | FCNTL_64),
  STOP_IF(DUP_64), STOP_IF(DUP2_64), STOP_IF(DUP3_64),
  STOP_IF(X32 | DUP_64), STOP_IF(X32 | DUP2_64), STOP_IF(X32 | DUP3_64), LET,
  UNLESS(AUDIT_ARCH_I386, 40),
  LOAD(nr), IOCTL(IOCTL_32), FCNTL(FCNTL_32), FCNTL(FCNTL64_32),
  STOP_IF(DUP_32), STOP_IF(DUP2_32), STOP_IF(DUP3_32), LET,
};

int metes_audit_filter(void)
{
  struct sock_fprog all = {sizeof program / sizeof *program, (struct sock_filter *)(uintptr_t)program};
  const unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW; /* without it some kernels slow the process down */

  if (metes_sys.seccomp(SECCOMP_SET_MODE_FILTER, flags, &all) == 0)
    return 0;
  if (errno != EACCES || metes_sys.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return -1;
  return metes_sys.seccomp(SECCOMP_SET_MODE_FILTER, flags, &all);
}

static enum metes_call_kind kind_of(uint32_t request)
{
  switch (request) {
  case KVM_CREATE_VM: return METES_CALL_VM;
  case KVM_SET_USER_MEMORY_REGION: return METES_CALL_SLOT;
  case SET_USER_MEMORY_REGION2: return METES_CALL_SLOT_2;
  case KVM_SET_TSS_ADDR: return METES_CALL_TSS;
  case KVM_SET_IDENTITY_MAP_ADDR: return METES_CALL_IDENTITY;
  case KVM_CREATE_IRQCHIP: return METES_CALL_IRQCHIP;
  case KVM_ENABLE_CAP: return METES_CALL_CAP;
  case KVM_CREATE_VCPU: return METES_CALL_VCPU;
  default: return METES_CALL_NONE;
  }
}

/* The filter has let all others go on. */
static struct metes_call call_64(uint64_t number, const uint64_t *args)
{
  struct metes_call c = {.kind = METES_CALL_DUP, .fd = (int)args[0], .other = -1, .argument = args[2]};

  if (number == IOCTL_64 || number == IOCTL_X32)
    c.kind = kind_of((uint32_t)args[1]);
  else if ((number & ~(uint64_t)X32) == DUP2_64 || (number & ~(uint64_t)X32) == DUP3_64)
    c.other = (int)args[1];
  return c;
}

static struct metes_call call_32(uint64_t number, const uint64_t *args)
{
  struct metes_call c = {.kind = METES_CALL_DUP, .fd = (int)args[0], .other = -1, .argument = (uint32_t)args[2]};

  if (number == IOCTL_32)
    c.kind = kind_of((uint32_t)args[1]);
  else if (number == DUP2_32 || number == DUP3_32)
    c.other = (int)args[1];
  return c;
}

static bool info(pid_t thread, struct __ptrace_syscall_info *i, int op)
{
  return metes_sys.ptrace(PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof *i, i) > 0 && i->op == op;
}

struct metes_call metes_audit_call(pid_t thread)
{
  struct __ptrace_syscall_info i;

  if (!info(thread, &i, PTRACE_SYSCALL_INFO_SECCOMP))
    return (struct metes_call){.kind = METES_CALL_NONE};
  return i.arch == AUDIT_ARCH_I386 ? call_32(i.seccomp.nr, i.seccomp.args) : call_64(i.seccomp.nr, i.seccomp.args);
}

int64_t metes_audit_answer(pid_t thread)
{
  struct __ptrace_syscall_info i;

  return info(thread, &i, PTRACE_SYSCALL_INFO_EXIT) ? i.exit.rval : -EIO;
}

int metes_audit_read(pid_t thread, uint64_t from, void *to, size_t n)
{
  for (size_t at = 0; at < n; at += sizeof(long)) {
    long word;

    errno = 0;
    word = metes_sys.ptrace(PTRACE_PEEKDATA, thread, (void *)(uintptr_t)(from + at), NULL);
    if (word == -1 && errno != 0)
      return errno;
    memcpy((char *)to + at, &word, sizeof word);
  }
  return 0;
}
