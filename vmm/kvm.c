/* SPDX-License-Identifier: Apache-2.0
 * Asking KVM. Every question may fail, and each failure has its sentence. */
#include "kvm.h"

#include <asm/kvm_para.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "again.h"
#include "sys.h"

/* The end of user space with four-level page tables of the host: one page below 2^47
 * (TASK_SIZE_MAX, arch/x86). mmap gives nothing above it unasked. (K3) */
#define HOST_END 0x7ffffffff000ull

/* Most machines have fewer entries, and the kernel clears no more than a page for them. */
#define CPUID_FEW 100u
#define CPUID_1_VMX 0x20u
#define CPUID_80000001_SVM 0x4u
#define CPUID_WIDTH 0x80000008u /* eax, bits 7 to 0: of a physical address */

const struct metes_kvm_need metes_kvm_needs[] = {
  {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY", "memory slots"},
  {KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM", "the snapshot is a read-only slot"},
  {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT", "deadlines"},
  {KVM_CAP_X86_MSR_FILTER, "KVM_CAP_X86_MSR_FILTER", "no register outlives a restore"},
  {KVM_CAP_XCRS, "KVM_CAP_XCRS", "snapshots of the processor"},
  {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS", "calls of the guest"},
  {KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID", "the guest's CPUID"},
};
const unsigned metes_kvm_n_needs = sizeof metes_kvm_needs / sizeof *metes_kvm_needs;

int metes_kvm_open_file(struct metes_kvm *k, struct metes_failure *f)
{
  k->fd = metes_open("/dev/kvm", O_RDWR, 0);
  if (k->fd >= 0)
    return 0;
  switch (errno) {
  case ENOENT:
  case ENODEV:
  case ENXIO: return metes_fail(f, METES_EXIT_NO_KVM, "open /dev/kvm: %s", strerror(errno));
  case EACCES:
  case EPERM: return metes_fail(f, METES_EXIT_NO_PERMISSION, "open /dev/kvm: %s", strerror(errno));
  default: return metes_fail_call(f, "open /dev/kvm");
  }
}

int metes_kvm_version(const struct metes_kvm *k, struct metes_failure *f)
{
  const int version = metes_sys.ioctl(k->fd, KVM_GET_API_VERSION, NULL);

  if (version == KVM_API_VERSION)
    return 0;
  if (version < 0)
    return metes_fail(f, METES_EXIT_NO_KVM, "KVM_GET_API_VERSION: %s", strerror(errno));
  return metes_fail(f, METES_EXIT_NO_KVM, "KVM_GET_API_VERSION: version %d, needed is %d", version,
                    KVM_API_VERSION);
}

/* Its answer: 0 for no, -1 and errno where it could not be asked. */
static int extension(const struct metes_kvm *k, long capability)
{
  return metes_sys.ioctl(k->fd, KVM_CHECK_EXTENSION, (void *)capability);
}

int metes_kvm_has(const struct metes_kvm *k, const struct metes_kvm_need *need,
                  struct metes_failure *f)
{
  const int answer = extension(k, need->capability);

  if (answer > 0)
    return 0;
  if (answer < 0)
    return metes_fail_call(f, "KVM_CHECK_EXTENSION %s", need->name);
  return metes_fail(f, METES_EXIT_NO_KVM, "KVM_CHECK_EXTENSION: no %s (%s)", need->name, need->why);
}

/* A processor without that leaf has 36 bits (SDM 3A, 4.1.4). */
static uint32_t physical_bits(const struct metes_cpuid *c)
{
  for (uint32_t i = 0; i < c->n; i++)
    if (c->entries[i].function == CPUID_WIDTH)
      return c->entries[i].eax & 0xff;
  return 36;
}

/* What has state that could not be put back is not there: machines within the guest's, and what KVM
 * itself writes to a guest's memory. */
static void hide(struct kvm_cpuid_entry2 *e)
{
  if (e->function == 1)
    e->ecx &= ~CPUID_1_VMX;
  else if (e->function == 0x80000001)
    e->ecx &= ~CPUID_80000001_SVM;
  else if (e->function == KVM_CPUID_FEATURES)
    e->eax = 0;
}

static int ask_cpuid(struct metes_kvm *k, uint32_t most)
{
  k->cpuid.n = most;
  return metes_sys.ioctl(k->fd, KVM_GET_SUPPORTED_CPUID, &k->cpuid);
}

int metes_kvm_ask_bounds(struct metes_kvm *k, struct metes_failure *f)
{
  const int slots = extension(k, KVM_CAP_NR_MEMSLOTS);

  if (slots < 0)
    return metes_fail_call(f, "KVM_CHECK_EXTENSION KVM_CAP_NR_MEMSLOTS");
  k->max_slots = slots == 0 ? 32 : (uint32_t)slots; /* 0: before it could be asked */
  if (ask_cpuid(k, CPUID_FEW) < 0 && (errno != E2BIG || ask_cpuid(k, METES_CPUID_MOST) < 0))
    return metes_fail_call(f, "KVM_GET_SUPPORTED_CPUID");
  for (uint32_t i = 0; i < k->cpuid.n; i++)
    hide(&k->cpuid.entries[i]);
  k->physical_bits = physical_bits(&k->cpuid);
  return 0;
}

static uint32_t bits_of(uint64_t last)
{
  uint32_t n = 0;

  for (; last != 0; last /= 2)
    n++;
  return n;
}

bool metes_kvm_wide(const struct metes_kvm *k, const struct metes_profile *p)
{
  return k->physical_bits >= bits_of(p->last_gpa);
}

void metes_kvm_widen(struct metes_cpuid *c, const struct metes_kvm *k, const struct metes_profile *p)
{
  c->n = k->cpuid.n;
  c->padding = 0;
  memcpy(c->entries, k->cpuid.entries, c->n * sizeof *c->entries);
  for (uint32_t i = 0; i < c->n; i++)
    if (c->entries[i].function == CPUID_WIDTH)
      c->entries[i].eax = (c->entries[i].eax & ~0xffu) | bits_of(p->last_gpa);
}

static int ask(struct metes_kvm *k, struct metes_failure *f)
{
  int status = metes_kvm_version(k, f);

  for (unsigned i = 0; status == 0 && i < metes_kvm_n_needs; i++)
    status = metes_kvm_has(k, &metes_kvm_needs[i], f);
  return status != 0 ? status : metes_kvm_ask_bounds(k, f);
}

int metes_kvm_open(struct metes_kvm *k, struct metes_failure *f)
{
  k->max_slots = k->physical_bits = k->cpuid.n = k->cpuid.padding = 0; /* to clear all entries takes memory */
  return metes_kvm_open_file(k, f) != 0 ? f->status : ask(k, f);
}

void metes_kvm_close(struct metes_kvm *k)
{
  if (k->fd >= 0)
    metes_sys.close(k->fd);
  k->fd = -1;
}

struct metes_limits metes_kvm_limits(const struct metes_kvm *k, const struct metes_profile *p)
{
  struct metes_limits m = {.gpa_end = k->physical_bits < 64 ? 1ull << k->physical_bits : UINT64_MAX,
                           .host_end = HOST_END,
                           .max_slots = k->max_slots,
                           .n_reserved = p->n_reserved};

  memcpy(m.reserved, p->reserved, sizeof m.reserved);
  return m;
}
