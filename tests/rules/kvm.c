/* SPDX-License-Identifier: Apache-2.0
 * The least of KVM that the rules need. */
#define _GNU_SOURCE
#include "kvm.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static void need(int well, const char *what)
{
  if (well)
    return;
  printf("Bail out! %s: %s\n", what, strerror(errno));
  exit(1);
}

struct kvm kvm_open(void)
{
  uint32_t a, b, c, d;
  struct kvm k = {.dev = open("/dev/kvm", O_RDWR | O_CLOEXEC)};

  need(k.dev >= 0, "/dev/kvm");
  need(ioctl(k.dev, KVM_GET_API_VERSION, 0) == KVM_API_VERSION, "KVM_GET_API_VERSION");
  k.max_slots = (uint32_t)ioctl(k.dev, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS);
  __cpuid(0x80000008, a, b, c, d);
  k.phys_bits = a & 0xFF;
  __cpuid(1, a, b, c, d);
  k.vmx = (c >> 5 & 1) != 0;
  k.vm = kvm_new_vm(&k);
  return k;
}

int kvm_new_vm(const struct kvm *k)
{
  const int vm = ioctl(k->dev, KVM_CREATE_VM, 0);

  need(vm >= 0, "KVM_CREATE_VM");
  return vm;
}

int kvm_set(int vm, const struct metes_memslot *s)
{
  struct kvm_userspace_memory_region r = {
      .slot = s->slot, .flags = s->flags, .guest_phys_addr = s->gpa, .memory_size = s->size, .userspace_addr = s->host};

  return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r) == 0 ? 0 : errno;
}

uint32_t kvm_set_all(int vm, const struct metes_memslot *s, uint32_t n, int *answer)
{
  uint32_t i = 0;

  *answer = 0;
  while (i < n && (*answer = kvm_set(vm, &s[i])) == 0)
    i++;
  return i;
}

void kvm_clear(int vm, const struct metes_memslot *s, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) {
    const struct metes_memslot gone = {.slot = s[i].slot};

    kvm_set(vm, &gone); /* one that was given twice is gone already */
  }
}

int kvm_set_tss(int vm, uint64_t gpa)
{
  if (ioctl(vm, KVM_SET_TSS_ADDR, gpa) != 0)
    return errno;
  need(ioctl(vm, KVM_CREATE_VCPU, 0) >= 0, "KVM_CREATE_VCPU");
  return 0;
}

/* Real mode, flat: all segments at 0, rip at 0x1000. */
static int vcpu_at_0x1000(int vm)
{
  const int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  struct kvm_regs regs = {.rip = 0x1000, .rax = 0x5A, .rflags = 2};
  struct kvm_sregs sregs;

  need(vcpu >= 0, "KVM_CREATE_VCPU");
  need(ioctl(vcpu, KVM_GET_SREGS, &sregs) == 0, "KVM_GET_SREGS");
  sregs.cs.base = 0;
  sregs.cs.selector = 0;
  need(ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0, "KVM_SET_SREGS");
  need(ioctl(vcpu, KVM_SET_REGS, &regs) == 0, "KVM_SET_REGS");
  return vcpu;
}

uint32_t kvm_run_code(const struct kvm *k, const uint8_t *code, uint64_t n, uint32_t flags, uint8_t *memory,
                      uint64_t *mmio, int *write)
{
  const int vm = kvm_new_vm(k);
  const struct metes_memslot slot = {0, flags, 0x1000, 0x1000, (uint64_t)(uintptr_t)memory};

  memcpy(memory, code, n);
  need(kvm_set(vm, &slot) == 0, "the slot that holds the code");

  const int vcpu = vcpu_at_0x1000(vm);
  const size_t size = (size_t)ioctl(k->dev, KVM_GET_VCPU_MMAP_SIZE, 0);
  struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

  need(run != MAP_FAILED, "mmap of kvm_run");
  need(ioctl(vcpu, KVM_RUN, 0) == 0, "KVM_RUN");

  const uint32_t reason = run->exit_reason;

  if (reason == KVM_EXIT_MMIO) {
    *mmio = run->mmio.phys_addr;
    *write = run->mmio.is_write;
  }
  munmap(run, size);
  close(vcpu);
  close(vm);
  return reason;
}
