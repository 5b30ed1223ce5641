/* SPDX-License-Identifier: Apache-2.0
 * Following threads through the calls that an audit looks at: each is read before it is made, and told when it is
 * answered. One change at a time: threads that want to make another wait at its door, as they would at KVM's lock. */
#include "audit_follow_parts.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "sys.h"

/* Where KVM puts the identity map of a VM that was not told (VMX_EPT_IDENTITY_PAGETABLE_ADDR). */
#define IDENTITY_DEFAULT 0xfffbc000u
#define APIC_PAGE 0xfee00000u

/* Lets a thread go on; one that was killed meanwhile tells of it when it is waited for. */
void metes_thread_go(int request, pid_t thread, int signal)
{
  (void)metes_sys.ptrace(request, thread, NULL, (void *)(intptr_t)signal);
}

/* The same VM, or one that nobody saw being made. */
static uint32_t known_vm(struct metes_follower *w, const struct metes_stopped *s)
{
  const uint32_t vm = metes_audit_vm_of(&w->files, s->process, s->call.fd);
  struct metes_change c = {.kind = METES_CHANGE_VM, .vm = w->vms + 1, .process = s->process, .unseen = true};

  if (vm != 0)
    return vm;
  metes_audit_name(s->process, c.name, sizeof c.name);
  w->vms++;
  w->sink(w->mine, &c);
  w->failed |= !metes_audit_set_vm(&w->files, s->process, s->call.fd, c.vm);
  return c.vm;
}

/* The first form's words, and in the second the same before others. */
static void read_slot(struct metes_stopped *s)
{
  struct kvm_userspace_memory_region r;
  struct metes_change *c = &s->change;

  s->unread = metes_audit_read(s->thread, s->call.argument, &r, sizeof r) != 0;
  c->slot = (struct metes_memslot){r.slot, r.flags, r.guest_phys_addr, r.memory_size, r.userspace_addr};
  c->kind = METES_CHANGE_SLOT;
  c->private = s->call.kind == METES_CALL_SLOT_2 && (r.flags & METES_KVM_MEM_GUEST_MEMFD) != 0;
  if (c->private)
    c->slot.flags &= ~METES_KVM_MEM_GUEST_MEMFD;
}

static void own(struct metes_stopped *s, enum metes_own what, uint64_t gpa)
{
  s->change.kind = METES_CHANGE_OWN;
  s->change.own = what;
  s->change.gpa = gpa;
}

/* Reads what a call asks for. False where nothing of it is for an audit. */
static bool read_call(struct metes_follower *w, struct metes_stopped *s)
{
  uint64_t word = 0;

  switch (s->call.kind) {
  case METES_CALL_SLOT:
  case METES_CALL_SLOT_2: read_slot(s); return true;
  case METES_CALL_TSS: own(s, METES_OWN_TSS, s->call.argument); return true;
  case METES_CALL_IDENTITY:
    s->unread = metes_audit_read(s->thread, s->call.argument, &word, sizeof word) != 0;
    own(s, METES_OWN_IDENTITY, word == 0 ? IDENTITY_DEFAULT : word);
    return true;
  case METES_CALL_IRQCHIP: own(s, METES_OWN_APIC, APIC_PAGE); return true;
  case METES_CALL_CAP:
    s->unread = metes_audit_read(s->thread, s->call.argument, &word, sizeof word) != 0;
    own(s, METES_OWN_APIC, APIC_PAGE);
    return s->unread || (uint32_t)word == KVM_CAP_SPLIT_IRQCHIP;
  case METES_CALL_VCPU:
    own(s, METES_OWN_IDENTITY, IDENTITY_DEFAULT);
    return !metes_identity_known(w, s->change.vm);
  default: return false;
  }
}

/* Reads the call of a thread that is about to make it, and lets it. */
static void begin(struct metes_follower *w, struct metes_stopped *s)
{
  bool ours = true;

  s->waits = false;
  if (s->call.kind == METES_CALL_DUP) {
    s->change.vm = metes_audit_is_vm(s->process, s->call.fd) ? metes_audit_vm_of(&w->files, s->process, s->call.fd) : 0;
    ours = s->change.vm != 0 || s->call.other >= 0;
  } else if (s->call.kind != METES_CALL_VM) {
    ours = metes_audit_is_vm(s->process, s->call.fd);
    s->change.vm = ours ? known_vm(w, s) : 0;
    ours = ours && read_call(w, s);
  }
  if (ours) {
    metes_thread_go(PTRACE_SYSCALL, s->thread, 0);
    return;
  }
  metes_thread_go(PTRACE_CONT, s->thread, 0);
  metes_drop(w, s->thread);
}

static void new_vm(struct metes_follower *w, const struct metes_stopped *s, int fd)
{
  struct metes_change c = {.kind = METES_CHANGE_VM, .vm = w->vms + 1, .process = s->process};

  if (!metes_audit_is_vm(s->process, fd))
    return;
  metes_audit_name(s->process, c.name, sizeof c.name);
  w->vms++;
  w->failed |= !metes_audit_set_vm(&w->files, s->process, fd, c.vm);
  w->sink(w->mine, &c);
}

/* KVM has answered: what is told of it. */
static void tell(struct metes_follower *w, struct metes_stopped *s, int64_t answer)
{
  struct metes_change *c = &s->change;

  c->answer = answer < 0 ? (int)-answer : 0;
  if (s->call.kind == METES_CALL_VCPU && c->answer != 0)
    return;
  if (s->unread)
    c->kind = METES_CHANGE_UNREAD;
  if (c->kind == METES_CHANGE_OWN && c->own == METES_OWN_IDENTITY && c->answer == 0)
    w->failed |= !metes_identity_set(w, c->vm);
  w->sink(w->mine, c);
}

void metes_call_ends(struct metes_follower *w, pid_t thread)
{
  struct metes_stopped *s = metes_find(w, thread);
  const int64_t answer = metes_audit_answer(thread);

  if (s != NULL && answer > -METES_ERRNO_END) { /* else it is to be made again, and stops again */
    if (s->call.kind == METES_CALL_DUP && answer >= 0)
      w->failed |= !metes_audit_set_vm(&w->files, s->process, (int)answer, s->change.vm);
    else if (s->call.kind == METES_CALL_VM && answer >= 0)
      new_vm(w, s, (int)answer);
    else if (s->call.kind != METES_CALL_DUP && s->call.kind != METES_CALL_VM)
      tell(w, s, answer);
  }
  metes_drop(w, thread);
  metes_thread_go(PTRACE_CONT, thread, 0);
}

/* A thread that waits may go when no change is being made. */
static bool may_begin(const struct metes_follower *w)
{
  for (uint32_t i = 0; i < w->n; i++)
    if (!w->stopped[i].waits && w->stopped[i].call.kind != METES_CALL_DUP)
      return false;
  return true;
}

void metes_wake(struct metes_follower *w)
{
  for (uint32_t i = 0; i < w->n; i++)
    if (w->stopped[i].waits && may_begin(w)) {
      begin(w, &w->stopped[i]);
      i = UINT32_MAX; /* the list may be another one now */
    }
}

void metes_call_begins(struct metes_follower *w, pid_t thread)
{
  const struct metes_call call = metes_audit_call(thread);
  struct metes_stopped *s = call.kind == METES_CALL_NONE ? NULL : metes_add(w, thread);

  if (s == NULL) {
    metes_thread_go(PTRACE_CONT, thread, 0);
    return;
  }
  s->call = call;
  s->process = metes_audit_process(thread);
  s->waits = true;
  if (call.kind == METES_CALL_DUP)
    begin(w, s);
  else
    metes_wake(w);
}
