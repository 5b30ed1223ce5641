/* SPDX-License-Identifier: Apache-2.0
 * The floor of `metes run hello`: the same system calls in a straight line, with nothing around them.
 * Two slots, one vCPU, CPUID and registers; the guest is a dozen bytes of 16-bit code that prints one line, four
 * bytes to an exit as the kit of the sample guests does.
 * usage: bare [--exits]     prints the line, or how many exits it took */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SNAPSHOT = 0x25000, SCRATCH = 0x48000, PORT = 103, CPUIDS = 256 };
#define SCRATCH_GPA 0xFFFFB8000ULL

/* mov si, 0x1010; mov dx, 103; again: lodsd; out dx, eax; jmp again */
static const unsigned char code[] = {0xBE, 0x10, 0x10, 0xBA, PORT, 0x00, 0x66, 0xAD, 0x66, 0xEF, 0xEB, 0xFA};
static const char line[] = "Hello from inside. The PEB says:\n";

static struct {
  struct kvm_cpuid2 head;
  struct kvm_cpuid_entry2 entries[CPUIDS];
} cpuid = {.head = {.nent = CPUIDS}};

static void *pages(size_t size)
{
  return mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int set_up(int kvm, int vm, char *snapshot, char *scratch)
{
  struct kvm_userspace_memory_region slots[2] = {
      {0, KVM_MEM_READONLY, 0x1000, SNAPSHOT, (unsigned long)snapshot},
      {1, 0, SCRATCH_GPA, SCRATCH, (unsigned long)scratch}};
  struct kvm_regs regs = {.rip = 0x1000, .rflags = 2};
  struct kvm_sregs sregs;
  int vcpu;

  if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slots[0]) || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slots[1]))
    return -1;
  vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) || ioctl(vcpu, KVM_SET_CPUID2, &cpuid) ||
      ioctl(vcpu, KVM_GET_SREGS, &sregs))
    return -1;
  sregs.cs.base = 0;
  sregs.cs.selector = 0;
  if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
    return -1;
  return vcpu;
}

int main(int argc, char **argv)
{
  (void)argv;
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm = ioctl(kvm, KVM_CREATE_VM, 0);
  char *snapshot = pages(SNAPSHOT), *scratch = pages(SCRATCH), said[sizeof line + 3];
  size_t n = 0, exits = 0;

  memcpy(snapshot, code, sizeof code);
  memcpy(snapshot + 0x10, line, sizeof line);
  const int vcpu = set_up(kvm, vm, snapshot, scratch);
  const int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

  if (vcpu < 0 || size < 0)
    return 71;
  struct kvm_run *run = mmap(0, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

  while (n < sizeof line - 1) {
    if (ioctl(vcpu, KVM_RUN, 0) != 0 || run->exit_reason != KVM_EXIT_IO || run->io.port != PORT)
      return 70;
    memcpy(said + n, (char *)run + run->io.data_offset, run->io.size);
    n += run->io.size;
    exits++;
  }
  if (argc > 1)
    return dprintf(1, "%zu\n", exits) > 0 ? 0 : 74;
  return write(1, said, sizeof line - 1) == sizeof line - 1 ? 0 : 74;
}
