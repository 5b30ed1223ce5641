/* SPDX-License-Identifier: Apache-2.0
 * Registers of every kind, by KVM's calls; and which of them a guest may write at all. */
#include "cpu_state.h"

#include <errno.h>
#include <string.h>

#include "sys.h"

#define CR4_PGE 0x80ull
#define SETTLE_MOST 64 /* exits of one instruction, once its count of repetitions is 0 */

#define EFER 0xc0000080u /* the first of a range of MSRs up to KERNEL_GS_BASE */

/* SYSENTER's three, PAT, STAR, LSTAR, CSTAR, SFMASK, and what SWAPGS swaps, KERNEL_GS_BASE. */
static const uint32_t msrs[METES_CPU_MSRS] = {0x174,      0x175,      0x176,      0x277,     0xc0000081,
                                              0xc0000082, 0xc0000083, 0xc0000084, 0xc0000102};

/* A bit for each MSR of a range that is allowed; KVM reads whole longs. */
static const uint64_t of_sysenter[] = {7}, of_pat[] = {1};
static const uint64_t of_efer[] = {0x1f, 0, 7}; /* itself, STAR to SFMASK; FS, GS and KERNEL_GS_BASE */

static struct kvm_msr_filter_range range(uint32_t flags, uint32_t base, uint32_t n, const void *bits)
{
  return (struct kvm_msr_filter_range){
    .flags = flags, .base = base, .nmsrs = n, .bitmap = (uint8_t *)(uintptr_t)bits};
}

/* A triple fault may be due and not told yet: a deadline came first. With this capability it is one of the events that
 * are taken and put back; else the next run, of whatever guest was put back, would end by it. KVM before Linux 6.0
 * does not have it. */
static int see_triple_faults(const struct metes_vm *vm, struct metes_failure *f)
{
  struct kvm_enable_cap c = {.cap = KVM_CAP_X86_TRIPLE_FAULT_EVENT, .args = {1}};

  if (metes_vm_request(vm->fd, KVM_ENABLE_CAP, &c) == 0 || errno == EINVAL)
    return 0;
  return metes_fail_call(f, "KVM_ENABLE_CAP");
}

/* Reading changes nothing: all that KVM has may be read in the three ranges where processors have MSRs.
 * (KVM's own, which make it write to the guest's memory, are outside of them.) */
int metes_cpu_bound(const struct metes_vm *vm, struct metes_failure *f)
{
  const uint32_t reads = KVM_MSR_FILTER_READ, writes = KVM_MSR_FILTER_WRITE, n = 0x2000;
  uint8_t all[0x2000 / 8];
  struct kvm_msr_filter filter = {.flags = KVM_MSR_FILTER_DEFAULT_DENY,
                                  .ranges = {range(reads, 0, n, all), range(reads, 0xc0000000, n, all),
                                             range(reads, 0xc0010000, n, all),
                                             range(writes, 0x174, 3, of_sysenter), range(writes, 0x277, 1, of_pat),
                                             range(writes, EFER, 0x83, of_efer)}};

  memset(all, 0xff, sizeof all);
  if (metes_vm_request(vm->fd, KVM_X86_SET_MSR_FILTER, &filter) < 0)
    return metes_fail_call(f, "KVM_X86_SET_MSR_FILTER");
  return see_triple_faults(vm, f);
}

/* Only an exit for input or output leaves anything to be done. */
static bool settled(const struct kvm_run *run)
{
  return run->exit_reason != KVM_EXIT_IO && run->exit_reason != KVM_EXIT_MMIO;
}

int metes_cpu_settle(struct metes_vm *vm, struct metes_failure *f)
{
  int entered;

  if (settled(vm->run))
    return 0;
  if (vm->run->exit_reason == KVM_EXIT_MMIO && !vm->run->mmio.is_write)
    memset(vm->run->mmio.data, 0, sizeof vm->run->mmio.data); /* where no memory is, zero is read */
  vm->run->immediate_exit = 1;
  entered = metes_vm_enter(vm, f);
  vm->run->immediate_exit = 0;
  if (entered >= 0)
    return entered == 0 ? -1 : entered;
  vm->run->exit_reason = KVM_EXIT_INTR;
  return 0;
}

int metes_cpu_abandon(struct metes_vm *vm, struct metes_failure *f)
{
  struct kvm_regs r;
  int status = metes_cpu_settle(vm, f);

  for (int i = 0; status < 0 && i < SETTLE_MOST; i++) { /* REP stops when rcx is 0 */
    if (metes_vm_request(vm->vcpu, KVM_GET_REGS, &r) < 0)
      return metes_fail_call(f, "KVM_GET_REGS");
    r.rcx = 0;
    if (metes_vm_request(vm->vcpu, KVM_SET_REGS, &r) < 0)
      return metes_fail_call(f, "KVM_SET_REGS");
    status = metes_cpu_settle(vm, f);
  }
  return status >= 0 ? status : metes_fail(f, METES_EXIT_INTERNAL, "an instruction of the guest does not end");
}

static int all_msrs(const struct metes_vm *vm, unsigned long what, struct metes_cpu_msrs *m, const char *name,
                    struct metes_failure *f)
{
  const int n = metes_vm_request(vm->vcpu, what, m);

  if (n == (int)METES_CPU_MSRS)
    return 0;
  if (n < 0)
    return metes_fail_call(f, "%s", name);
  return metes_fail(f, METES_EXIT_SYSTEM, "%s: KVM refused MSR 0x%x", name, m->entries[n].index);
}

/* What KVM is asked for, in the order in which it takes them back: SET_REGS drops pending exceptions,
 * so they come after it. */
struct part {
  unsigned long get, set;
  size_t at;
  const char *asks, *name;
};

#define PART(get, set, member) {get, set, offsetof(struct metes_cpu_state, member), #get, #set}

static const struct part parts[] = {
  PART(KVM_GET_SREGS, KVM_SET_SREGS, sregs),
  PART(KVM_GET_XCRS, KVM_SET_XCRS, xcrs),
  PART(KVM_GET_XSAVE, KVM_SET_XSAVE, xsave),
  PART(KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS, debug),
  PART(KVM_GET_REGS, KVM_SET_REGS, regs),
  PART(KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS, events),
};

void metes_cpu_blank(struct metes_cpu_state *c)
{
  *c = (struct metes_cpu_state){.msrs.n = METES_CPU_MSRS};
  for (unsigned i = 0; i < METES_CPU_MSRS; i++)
    c->msrs.entries[i].index = msrs[i];
}

int metes_cpu_take(const struct metes_vm *vm, struct metes_cpu_state *c, struct metes_failure *f)
{
  metes_cpu_blank(c);
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    if (metes_vm_request(vm->vcpu, parts[i].get, (uint8_t *)c + parts[i].at) < 0)
      return metes_fail_call(f, "%s", parts[i].asks);
  return all_msrs(vm, KVM_GET_MSRS, &c->msrs, "KVM_GET_MSRS", f);
}

/* KVM keeps translations of addresses while CR4 stays as it was. */
static int forget(const struct metes_vm *vm, const struct kvm_sregs *now, struct metes_failure *f)
{
  struct kvm_sregs other = *now;

  other.cr4 ^= CR4_PGE;
  if (metes_vm_request(vm->vcpu, KVM_SET_SREGS, &other) < 0)
    return metes_fail_call(f, "KVM_SET_SREGS");
  return 0;
}

bool metes_cpu_known(const struct metes_cpu_state *c)
{
  if (c->msrs.n != METES_CPU_MSRS)
    return false;
  for (unsigned i = 0; i < METES_CPU_MSRS; i++)
    if (c->msrs.entries[i].index != msrs[i])
      return false;
  return true;
}

int metes_cpu_put(const struct metes_vm *vm, const struct metes_cpu_state *c, bool flush,
                  struct metes_failure *f)
{
  if (flush && forget(vm, &c->sregs, f) != 0)
    return f->status;
  vm->run->kvm_dirty_regs = 0; /* nobody's registers after this */
  vm->run->cr8 = c->sregs.cr8 % 16; /* KVM_RUN takes the task priority from here, whatever KVM_SET_SREGS said */
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    if (metes_vm_request(vm->vcpu, parts[i].set, (uint8_t *)(uintptr_t)c + parts[i].at) < 0)
      return metes_fail_call(f, "%s", parts[i].name);
  return all_msrs(vm, KVM_SET_MSRS, (struct metes_cpu_msrs *)(uintptr_t)&c->msrs, "KVM_SET_MSRS", f);
}
