// SPDX-License-Identifier: Apache-2.0
// A guest on KVM from C++: the core says where everything lies, KVM's own calls do the rest.   usage: guest IMAGE
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <cstdio>
#include <metes/metes.hpp>
#include <metes/vmm/guest/abi.h>
template <class T = std::uint8_t> T *map(std::size_t n, int fd = -1, int flags = MAP_PRIVATE | MAP_ANONYMOUS)
{ return static_cast<T *>(mmap(nullptr, n, PROT_READ | PROT_WRITE, flags, fd, 0)); }
int main(int argc, char **argv)
{
  static std::uint8_t elf[1 << 20];
  std::FILE *const file = std::fopen(argc > 1 ? argv[1] : "IMAGE", "rb");
  if (!file) return std::perror(argc > 1 ? argv[1] : "IMAGE"), 66;
  const std::size_t size = std::fread(elf, 1, sizeof elf, file);
  std::fclose(file);
  const auto guest = metes::guest::of(metes::profile(METES_PROFILE_HYPERLIGHT), metes::config(), elf, size);
  if (!guest) return std::fprintf(stderr, "%s is refused: status %d\n", argv[1], guest.status()), 65;
  const auto snapshot = map(guest->where().snapshot_size()), scratch = map(guest->where().scratch_size());
  const auto plan = metes::plan<>::of(guest->where(), snapshot, scratch, {1ull << 36, 1ull << 47, 32, 0, {}});
  if (!plan || !guest->fill(elf, size, snapshot, scratch, map<std::uint32_t>(4 * guest->notes()))) return 65;
  const int kvm = open("/dev/kvm", O_RDWR), vm = ioctl(kvm, KVM_CREATE_VM, 0), cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  if (cpu < 0) return std::perror("/dev/kvm"), 69;
  for (const metes_memslot &slot : *plan) ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot);
  std::uint32_t id[2 + 256 * 10] = {256}; // struct kvm_cpuid2, whose size, and so KVM_SET_CPUID2, C++ may get wrong
  ioctl(kvm, _IOC(3, KVMIO, 5, 8), id), ioctl(cpu, _IOC(1, KVMIO, 0x90, 8), id); // supported, set
  const metes_entry e = guest->entry();
  kvm_sregs s;
  ioctl(cpu, KVM_GET_SREGS, &s), s.cr0 = 0x80010033, s.cr3 = e.cr3, s.cr4 = 0x620, s.efer = 0xd00; // 64 bits, NX
  s.cs = {0, ~0u, 8, 11, 1, 0, 0, 1, 1, 1, 0, 0, 0}, s.ds = s.es = s.ss = {0, ~0u, 16, 3, 1, 0, 1, 1, 0, 1, 0, 0, 0};
  const kvm_regs r{0, 0, 3, e.rdx, e.rsi, e.rdi, e.rsp, 0, 0, 0, 0, 0, 0, 0, 0, 0, e.rip, e.rflags}; // rcx: log level
  ioctl(cpu, KVM_SET_SREGS, &s), ioctl(cpu, KVM_SET_REGS, &r);
  const auto run = map<kvm_run>(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), cpu, MAP_SHARED);
  for (const char *at; ioctl(cpu, KVM_RUN, 0) == 0 && run->exit_reason == KVM_EXIT_IO;)
    if (at = reinterpret_cast<char *>(run) + run->io.data_offset; run->io.port == METES_PORT_HALT) return *at;
    else if (run->io.port == METES_PORT_PRINT) std::fwrite(at, 1, run->io.size, stdout);
  return 70;
}
