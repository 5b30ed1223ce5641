/* SPDX-License-Identifier: Apache-2.0
 * All registers of a processor that the host can ask for are the same after a restore, whatever the guest did. */
#include <stdio.h>
#include <string.h>

#include "snapshots.h"

/* All that KVM knows of: beyond what a snapshot takes. */
struct everything {
  struct metes_cpu_state cpu;
  struct kvm_mp_state mp;
  struct kvm_fpu fpu;
  uint32_t n;
  uint32_t padding;
  struct kvm_msr_entry msrs[600];
};

/* Clocks go on: the time stamp counter, APERF and MPERF, and two of Hyper-V. */
static bool goes_on(uint32_t msr)
{
  return msr == 0x10 || msr == 0xe7 || msr == 0xe8 || msr == 0x40000010 || msr == 0x40000020;
}

static void get_all(const struct metes_kvm *k, const struct metes_vm *vm, struct everything *e)
{
  static struct {
    uint32_t n;
    uint32_t indices[600];
  } list;
  struct metes_failure f = {0};

  memset(e, 0, sizeof *e);
  must(metes_cpu_take(vm, &e->cpu, &f), &f);
  (void)metes_vm_request(vm->vcpu, KVM_GET_MP_STATE, &e->mp);
  (void)metes_vm_request(vm->vcpu, KVM_GET_FPU, &e->fpu);
  list.n = 600;
  if (metes_vm_request(k->fd, KVM_GET_MSR_INDEX_LIST, &list) < 0)
    ok(false, "KVM lists its MSRs");
  for (uint32_t i = 0; i < list.n; i++) {
    struct metes_cpu_msrs one = {.n = 1, .entries[0].index = list.indices[i]};

    if (!goes_on(list.indices[i]) && metes_vm_request(vm->vcpu, KVM_GET_MSRS, &one) == 1)
      e->msrs[e->n++] = one.entries[0];
  }
}

static bool equal(const struct everything *a, const struct everything *b, char *what, size_t n)
{
  const struct {
    const char *name;
    size_t at, size;
  } parts[] = {{"regs", offsetof(struct everything, cpu.regs), sizeof a->cpu.regs},
               {"sregs", offsetof(struct everything, cpu.sregs), sizeof a->cpu.sregs},
               {"debug", offsetof(struct everything, cpu.debug), sizeof a->cpu.debug},
               {"events", offsetof(struct everything, cpu.events), sizeof a->cpu.events},
               {"xcrs", offsetof(struct everything, cpu.xcrs), sizeof a->cpu.xcrs},
               {"xsave", offsetof(struct everything, cpu.xsave), sizeof a->cpu.xsave},
               {"fpu", offsetof(struct everything, fpu), sizeof a->fpu},
               {"mp", offsetof(struct everything, mp), sizeof a->mp},
               {"number of msrs", offsetof(struct everything, n), sizeof a->n},
               {"msrs", offsetof(struct everything, msrs), sizeof a->msrs}};
  bool same = true;

  *what = '\0';
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    if (memcmp((const char *)a + parts[i].at, (const char *)b + parts[i].at, parts[i].size) != 0) {
      snprintf(what + strlen(what), n - strlen(what), " %s", parts[i].name);
      same = false;
    }
  for (uint32_t i = 0; i < a->n && i < b->n; i++)
    if (a->msrs[i].data != b->msrs[i].data)
      snprintf(what + strlen(what), n - strlen(what), " 0x%x", a->msrs[i].index);
  return same;
}

/* A deadline may come between a triple fault and its telling: it is due then, whatever is put back. Found by fuzzing. */
static void test_triple_fault(struct metes_sandbox *s, struct metes_vm_snapshot *snapshot)
{
  const struct metes_vm *const vm = metes_sandbox_vm(s);
  struct kvm_enable_cap cap = {.cap = KVM_CAP_X86_TRIPLE_FAULT_EVENT, .args = {1}};
  struct kvm_vcpu_events events;
  struct metes_failure f = {0};
  struct metes_stop stop;

  if (metes_vm_request(vm->fd, KVM_ENABLE_CAP, &cap) < 0) {
    ok(true, "this KVM cannot be asked for a triple fault");
    return;
  }
  ok(metes_vm_request(vm->vcpu, KVM_GET_VCPU_EVENTS, &events) == 0 && events.triple_fault.pending == 0, "no triple fault is due");
  events.flags |= KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
  events.triple_fault.pending = 1;
  ok(metes_vm_request(vm->vcpu, KVM_SET_VCPU_EVENTS, &events) == 0, "one is");
  must(metes_sandbox_restore(s, snapshot, &f), &f);
  stop = ask(s, COMMAND_PORT, 0);
  ok(stop.outcome != METES_OUTCOME_SHUTDOWN, "the guest that is put back does not end by it: outcome %d", (int)stop.outcome);
}

/* KVM_RUN sets the task priority anew, from the page that it shares: what the guest left there is not to come back. */
static void test_task_priority(struct metes_sandbox *s, struct metes_vm_snapshot *snapshot, const struct everything *first)
{
  static struct metes_cpu_state now;
  struct metes_failure f = {0};

  (void)ask(s, COMMAND_REGISTERS, 0);
  must(metes_cpu_take(metes_sandbox_vm(s), &now, &f), &f);
  ok(now.sregs.cr8 != first->cpu.sregs.cr8, "the guest has set its task priority: %llu", now.sregs.cr8);
  must(metes_sandbox_restore(s, snapshot, &f), &f);
  (void)ask(s, COMMAND_PORT, 0);
  must(metes_cpu_take(metes_sandbox_vm(s), &now, &f), &f);
  ok(now.sregs.cr8 == first->cpu.sregs.cr8, "put back and run again, it has the first one: %llu", now.sregs.cr8);
}

void test_registers(const struct metes_kvm *k)
{
  static const enum command commands[] = {COMMAND_REGISTERS, COMMAND_SHUTDOWN, COMMAND_PORT, COMMAND_READ_ONLY,
                                          COMMAND_MSR, COMMAND_SCRIBBLE};
  static struct everything first, dirty, after;
  struct metes_sandbox *const s = guest(k, 0x100000, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *snapshot;
  char what[200];

  must(metes_sandbox_take(s, &snapshot, &f), &f);
  get_all(k, metes_sandbox_vm(s), &first);
  for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
    const struct metes_stop stop = ask(s, commands[i], 0);

    get_all(k, metes_sandbox_vm(s), &dirty);
    (void)equal(&first, &dirty, what, sizeof what);
    ok(*what != '\0', "command %d, outcome %d, changes%s, of %u MSRs", (int)commands[i], (int)stop.outcome, what, dirty.n);
    must(metes_sandbox_restore(s, snapshot, &f), &f);
    get_all(k, metes_sandbox_vm(s), &after);
    ok(equal(&first, &after, what, sizeof what), "all registers are back:%s", *what == '\0' ? " each" : what);
  }
  test_triple_fault(s, snapshot);
  must(metes_sandbox_restore(s, snapshot, &f), &f);
  test_task_priority(s, snapshot, &first);
  metes_sandbox_close(s);
  metes_snapshot_free(snapshot);
}
