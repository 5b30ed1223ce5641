/* SPDX-License-Identifier: Apache-2.0
 * KVM's system calls for one VM, in their order. */
#include "vm.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "cpu_state.h"
#include "sys.h"

#define CR0_PE 0x1ull
#define CR0_MP 0x2ull
#define CR0_ET 0x10ull
#define CR0_NE 0x20ull
#define CR0_WP 0x10000ull
#define CR0_PG 0x80000000ull
#define CR4_PAE 0x20ull
#define CR4_OSFXSR 0x200ull
#define CR4_OSXMMEXCPT 0x400ull
#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull
#define EFER_NXE 0x800ull

/* A request that a signal may interrupt before anything is done. */
int metes_vm_request(int fd, unsigned long what, void *argument)
{
  int answer;

  do
    answer = metes_sys.ioctl(fd, what, argument);
  while (answer < 0 && errno == EINTR);
  return answer;
}

int metes_vm_set_slot(const struct metes_vm *vm, const struct metes_memslot *m, struct metes_failure *f)
{
  struct kvm_userspace_memory_region slot = {.slot = m->slot,
                                             .flags = m->flags,
                                             .guest_phys_addr = m->gpa,
                                             .memory_size = m->size,
                                             .userspace_addr = m->host};

  if (metes_vm_request(vm->fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
    return metes_fail_call(f, "KVM_SET_USER_MEMORY_REGION of slot %u", m->slot);
  return 0;
}

/* The plan's slots from number `first` on; that of scratch `logged` or not. */
static int set_slots(const struct metes_vm *vm, const struct metes_kvm *k, const struct metes_guest_memory *g,
                     unsigned first, bool logged, struct metes_failure *f)
{
  const struct metes_limits limits = metes_kvm_limits(k, &g->profile);
  struct metes_memslot plan[2];
  struct metes_error err;
  const enum metes_status s =
    metes_plan_layout(&g->layout, (uintptr_t)g->snapshot, (uintptr_t)g->scratch, &limits, plan, &err);

  if (s != METES_OK)
    return metes_fail_core(f, "memory slots", s, &err, NULL);
  if (logged)
    plan[1].flags |= METES_SLOT_LOG_DIRTY_PAGES;
  for (unsigned i = first; i < 2; i++)
    if (metes_vm_set_slot(vm, &plan[i], f) != 0)
      return f->status;
  return 0;
}

int metes_vm_log(const struct metes_vm *vm, const struct metes_kvm *k, const struct metes_guest_memory *g,
                 struct metes_failure *f)
{
  return set_slots(vm, k, g, METES_SLOT_SCRATCH, true, f);
}

static int set_cpuid(const struct metes_vm *vm, const struct metes_cpuid *c, struct metes_failure *f)
{
  if (metes_vm_request(vm->vcpu, KVM_SET_CPUID2, (void *)(uintptr_t)c) < 0)
    return metes_fail_call(f, "KVM_SET_CPUID2");
  return 0;
}

/* Only a host whose processor is narrower than the profile's addresses pays for a copy. */
static __attribute__((noinline)) int set_wider_cpuid(const struct metes_vm *vm, const struct metes_kvm *k,
                                                     const struct metes_profile *p, struct metes_failure *f)
{
  struct metes_cpuid c; /* as much of it as there is: the rest would take pages of the stack */

  metes_kvm_widen(&c, k, p);
  return set_cpuid(vm, &c, f);
}

static struct kvm_segment flat(uint16_t selector, uint8_t type, bool code)
{
  return (struct kvm_segment){.limit = 0xffffffff,
                              .selector = selector,
                              .type = type,
                              .present = 1,
                              .db = !code,
                              .s = 1,
                              .l = code,
                              .g = 1};
}

static int set_special(const struct metes_vm *vm, const struct metes_entry *e,
                       struct metes_failure *f)
{
  struct kvm_sregs s;

  if (metes_vm_request(vm->vcpu, KVM_GET_SREGS, &s) < 0)
    return metes_fail_call(f, "KVM_GET_SREGS");
  s.cs = flat(8, 11, true);
  s.ds = s.es = s.fs = s.gs = s.ss = flat(16, 3, false);
  s.gdt.limit = s.idt.limit = 0; /* a guest brings its own */
  s.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
  s.cr3 = e->cr3;
  s.cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
  s.efer = EFER_LME | EFER_LMA | EFER_NXE;
  if (metes_vm_request(vm->vcpu, KVM_SET_SREGS, &s) < 0)
    return metes_fail_call(f, "KVM_SET_SREGS");
  return 0;
}

static int set_registers(const struct metes_vm *vm, const struct metes_entry *e,
                         struct metes_failure *f)
{
  struct kvm_regs r = {.rip = e->rip,
                       .rsp = e->rsp,
                       .rdi = e->rdi,
                       .rsi = e->rsi,
                       .rdx = e->rdx,
                       .rcx = e->rcx,
                       .rflags = e->rflags};

  if (metes_vm_request(vm->vcpu, KVM_SET_REGS, &r) < 0)
    return metes_fail_call(f, "KVM_SET_REGS");
  return 0;
}

static int create_vcpu(struct metes_vm *vm, const struct metes_kvm *k, struct metes_failure *f)
{
  const int size = metes_sys.ioctl(k->fd, KVM_GET_VCPU_MMAP_SIZE, NULL);
  void *run;

  if (size < 0)
    return metes_fail_call(f, "KVM_GET_VCPU_MMAP_SIZE");
  if ((size_t)size < sizeof *vm->run)
    return metes_fail(f, METES_EXIT_SYSTEM, "KVM_GET_VCPU_MMAP_SIZE: %d bytes, needed are %zu", size,
                      sizeof *vm->run);
  vm->vcpu = metes_vm_request(vm->fd, KVM_CREATE_VCPU, NULL);
  if (vm->vcpu < 0)
    return metes_fail_call(f, "KVM_CREATE_VCPU");
  run = metes_sys.mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
  if (run == MAP_FAILED)
    return metes_fail_call(f, "mmap of the vCPU");
  vm->run = run;
  vm->run_size = (size_t)size;
  return 0;
}

int metes_vm_make(struct metes_vm *vm, const struct metes_kvm *k, const struct metes_guest_memory *g,
                  bool logged, struct metes_failure *f)
{
  int status;

  *vm = (struct metes_vm){.fd = -1, .vcpu = -1};
  vm->fd = metes_vm_request(k->fd, KVM_CREATE_VM, NULL);
  if (vm->fd < 0)
    return metes_fail_call(f, "KVM_CREATE_VM");
  if ((status = metes_cpu_bound(vm, f)) != 0 || (status = set_slots(vm, k, g, 0, logged, f)) != 0 ||
      (status = create_vcpu(vm, k, f)) != 0)
    return status;
  return metes_kvm_wide(k, &g->profile) ? set_cpuid(vm, &k->cpuid, f) : set_wider_cpuid(vm, k, &g->profile, f);
}

int metes_vm_create(struct metes_vm *vm, const struct metes_kvm *k,
                    const struct metes_guest_memory *g, struct metes_failure *f)
{
  int status = metes_vm_make(vm, k, g, false, f);

  if (status != 0 || (status = set_special(vm, &g->entry, f)) != 0)
    return status;
  return set_registers(vm, &g->entry, f);
}

void metes_vm_close(struct metes_vm *vm)
{
  if (vm->run != NULL)
    metes_sys.munmap(vm->run, vm->run_size);
  if (vm->vcpu >= 0)
    metes_sys.close(vm->vcpu);
  if (vm->fd >= 0)
    metes_sys.close(vm->fd);
  *vm = (struct metes_vm){.fd = -1, .vcpu = -1};
}

void metes_vm_jump(const struct metes_vm *vm, uint64_t rip, uint64_t rsp)
{
  vm->run->s.regs.regs = (struct kvm_regs){.rip = rip, .rsp = rsp, .rflags = 2};
  vm->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
}

int metes_vm_enter(struct metes_vm *vm, struct metes_failure *f)
{
  if (metes_sys.ioctl(vm->vcpu, KVM_RUN, NULL) == 0)
    return 0;
  if (errno == EINTR || errno == EAGAIN)
    return -1;
  const bool no_page = errno == EFAULT;
  const int status = metes_fail_call(f, "KVM_RUN");

  return no_page ? METES_VM_NO_PAGE : status;
}

void metes_vm_registers(const struct metes_vm *vm, struct metes_stop *stop)
{
  stop->has_registers = metes_vm_request(vm->vcpu, KVM_GET_REGS, &stop->regs) == 0 &&
                        metes_vm_request(vm->vcpu, KVM_GET_SREGS, &stop->sregs) == 0;
  stop->registers_error = stop->has_registers ? 0 : errno;
}

int metes_vm_set(const struct metes_vm *vm, struct kvm_regs *regs, struct metes_failure *f)
{
  return metes_vm_request(vm->vcpu, KVM_SET_REGS, regs) == 0 ? 0 : metes_fail_call(f, "KVM_SET_REGS");
}

int metes_vm_debug(const struct metes_vm *vm, struct kvm_guest_debug *debug, struct metes_failure *f)
{
  return metes_vm_request(vm->vcpu, KVM_SET_GUEST_DEBUG, debug) == 0 ? 0 : metes_fail_call(f, "KVM_SET_GUEST_DEBUG");
}
