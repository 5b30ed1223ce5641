/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel's KVM: one machine at a time, its processor driven by a test. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_parts.h"
#include "vmm/kvm.h"

#define N_SLOTS 8
#define PHYSICAL_BITS 40u

static struct kvm_userspace_memory_region slots[N_SLOTS];
static struct kvm_run *run; /* the vCPU's, once it is mapped: fake_kvm_mapped */
static bool made, ran;
static unsigned long last; /* request of the processor's registers */

void fake_kvm_begin(void)
{
  memset(slots, 0, sizeof slots);
  run = NULL;
  made = ran = false;
  last = 0;
}

/* As a snapshot has them. */
static struct {
  struct kvm_xcrs xcrs;
  struct kvm_xsave xsave;
  struct kvm_debugregs debug;
  struct kvm_vcpu_events events;
} kept;

static const struct request {
  unsigned long request;
  const char *name, *at_a_stop; /* where that is another matter */
  int kind;                     /* of the descriptor */
  const char *of_a_file;        /* the same, where KVM judges what a file says */
  void *state;                  /* that it gives, or takes */
  size_t size;
} requests[] = {
  {KVM_GET_API_VERSION, "KVM_GET_API_VERSION", NULL, FAKE_KVM, NULL, NULL, 0},
  {KVM_CHECK_EXTENSION, "KVM_CHECK_EXTENSION", NULL, FAKE_KVM, NULL, NULL, 0},
  {KVM_GET_SUPPORTED_CPUID, "KVM_GET_SUPPORTED_CPUID", NULL, FAKE_KVM, NULL, NULL, 0},
  {KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE", NULL, FAKE_KVM, NULL, NULL, 0},
  {KVM_CREATE_VM, "KVM_CREATE_VM", NULL, FAKE_KVM, NULL, NULL, 0},
  {KVM_X86_SET_MSR_FILTER, "KVM_X86_SET_MSR_FILTER", NULL, FAKE_VM, NULL, NULL, 0},
  {KVM_ENABLE_CAP, "KVM_ENABLE_CAP", NULL, FAKE_VM, NULL, NULL, 0},
  {KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION", NULL, FAKE_VM, NULL, NULL, 0},
  {KVM_GET_DIRTY_LOG, "KVM_GET_DIRTY_LOG", NULL, FAKE_VM, NULL, NULL, 0},
  {KVM_CREATE_VCPU, "KVM_CREATE_VCPU", NULL, FAKE_VM, NULL, NULL, 0},
  {KVM_SET_CPUID2, "KVM_SET_CPUID2", NULL, FAKE_VCPU, NULL, NULL, 0},
  {KVM_GET_SREGS, "KVM_GET_SREGS", "KVM_GET_SREGS at a stop", FAKE_VCPU, NULL, NULL, 0},
  {KVM_SET_SREGS, "KVM_SET_SREGS", NULL, FAKE_VCPU, "KVM_SET_SREGS of a file", NULL, 0},
  {KVM_GET_REGS, "KVM_GET_REGS", "KVM_GET_REGS at a stop", FAKE_VCPU, NULL, NULL, 0},
  {KVM_SET_REGS, "KVM_SET_REGS", NULL, FAKE_VCPU, "KVM_SET_REGS of a file", NULL, 0},
  {KVM_GET_XCRS, "KVM_GET_XCRS to keep", NULL, FAKE_VCPU, NULL, &kept.xcrs, sizeof kept.xcrs},
  {KVM_SET_XCRS, "KVM_SET_XCRS", NULL, FAKE_VCPU, "KVM_SET_XCRS of a file", &kept.xcrs, sizeof kept.xcrs},
  {KVM_GET_XSAVE, "KVM_GET_XSAVE to keep", NULL, FAKE_VCPU, NULL, &kept.xsave, sizeof kept.xsave},
  {KVM_SET_XSAVE, "KVM_SET_XSAVE", NULL, FAKE_VCPU, "KVM_SET_XSAVE of a file", &kept.xsave, sizeof kept.xsave},
  {KVM_GET_DEBUGREGS, "KVM_GET_DEBUGREGS to keep", NULL, FAKE_VCPU, NULL, &kept.debug, sizeof kept.debug},
  {KVM_SET_DEBUGREGS, "KVM_SET_DEBUGREGS", NULL, FAKE_VCPU, "KVM_SET_DEBUGREGS of a file", &kept.debug, sizeof kept.debug},
  {KVM_GET_VCPU_EVENTS, "KVM_GET_VCPU_EVENTS to keep", NULL, FAKE_VCPU, NULL, &kept.events, sizeof kept.events},
  {KVM_SET_VCPU_EVENTS, "KVM_SET_VCPU_EVENTS", NULL, FAKE_VCPU, "KVM_SET_VCPU_EVENTS of a file", &kept.events,
   sizeof kept.events},
  {KVM_GET_MSRS, "KVM_GET_MSRS to keep", NULL, FAKE_VCPU, NULL, NULL, 0},
  {KVM_SET_MSRS, "KVM_SET_MSRS", NULL, FAKE_VCPU, "KVM_SET_MSRS of a file", NULL, 0},
  {KVM_SET_GUEST_DEBUG, "KVM_SET_GUEST_DEBUG", NULL, FAKE_VCPU, NULL, NULL, 0},
  {KVM_RUN, "KVM_RUN", NULL, FAKE_VCPU, NULL, NULL, 0},
};

static int answer_extension(long capability)
{
  return capability == KVM_CAP_NR_MEMSLOTS ? 509 : 1;
}

static int give_cpuid(struct kvm_cpuid2 *c)
{
  if (c->nent < 2) {
    errno = E2BIG;
    return -1;
  }
  c->nent = 2;
  c->entries[0] = (struct kvm_cpuid_entry2){.function = 0, .eax = 0x10};
  c->entries[1] = (struct kvm_cpuid_entry2){.function = 0x80000008, .eax = PHYSICAL_BITS};
  return 0;
}

/* Whether the monitor keeps to what KVM asks of a slot, as far as can be seen here. */
static int set_slot(const struct kvm_userspace_memory_region *s)
{
  const int wanted = s->flags & KVM_MEM_READONLY ? PROT_READ : PROT_READ | PROT_WRITE;

  if (s->slot >= N_SLOTS) {
    fake_wrong("slot %u", s->slot);
    return 0;
  }
  if (s->memory_size != 0 && !fake_all_have(s->userspace_addr, s->memory_size, wanted))
    fake_wrong("slot %u: its memory is not mapped, or not protected, as it should be", s->slot);
  slots[s->slot] = *s;
  return 0;
}

/* What must hold each time that a guest may run: nobody but it writes to its memory's constant part. */
static void check_slots(void)
{
  for (unsigned i = 0; i < N_SLOTS; i++)
    if (slots[i].memory_size != 0)
      set_slot(&slots[i]);
}

uint8_t *fake_guest_memory(uint64_t gpa, size_t n)
{
  for (unsigned i = 0; i < N_SLOTS; i++) {
    const struct kvm_userspace_memory_region *const s = &slots[i];

    if (gpa >= s->guest_phys_addr && n <= s->memory_size && gpa - s->guest_phys_addr <= s->memory_size - n &&
        (s->flags & KVM_MEM_READONLY) == 0)
      return (uint8_t *)(s->userspace_addr + (gpa - s->guest_phys_addr));
  }
  return NULL;
}

bool fake_guest_write(uint64_t gpa, const void *bytes, size_t n)
{
  uint8_t *const to = fake_guest_memory(gpa, n);

  if (to != NULL)
    memcpy(to, bytes, n);
  return to != NULL;
}

uint64_t fake_slot_gpa(unsigned slot)
{
  return slots[slot].guest_phys_addr;
}

const struct kvm_userspace_memory_region *fake_slot(unsigned slot)
{
  return &slots[slot];
}

void fake_kvm_mapped(void *at)
{
  run = at;
}

static int enter(void)
{
  int error = 0;

  ran = true;
  fake.runs++;
  if (run == NULL) {
    fake_wrong("KVM_RUN without its page mapped");
    return -1;
  }
  check_slots();
  if (run->kvm_dirty_regs & KVM_SYNC_X86_REGS)
    fake.regs = run->s.regs.regs;
  run->kvm_dirty_regs = 0;
  if (!run->immediate_exit) {
    run->exit_reason = KVM_EXIT_HLT;
    error = fake.run == NULL ? 0 : fake.run(run, (size_t)fake.vcpu_size, fake.runs, fake.mine);
  }
  if (run->immediate_exit)
    error = EINTR;
  if (error == EINTR)
    run->exit_reason = KVM_EXIT_INTR;
  errno = error;
  return error == 0 ? 0 : -1;
}

bool fake_guest_ended(void)
{
  return run != NULL && (run->exit_reason == KVM_EXIT_HLT || run->exit_reason == KVM_EXIT_SHUTDOWN);
}

/* Any page of the slot may have been written. */
static int give_log(const struct kvm_dirty_log *log)
{
  const uint64_t pages = log->slot < N_SLOTS ? slots[log->slot].memory_size / 4096 : 0;

  if (pages == 0 || (slots[log->slot].flags & KVM_MEM_LOG_DIRTY_PAGES) == 0)
    fake_wrong("KVM_GET_DIRTY_LOG of slot %u, which is not logged", log->slot);
  for (uint64_t i = 0; i < pages; i++)
    ((uint64_t *)log->dirty_bitmap)[i / 64] |= 1ull << i % 64;
  return 0;
}

static int new_one(int kind)
{
  if (kind == FAKE_VM)
    fake_kvm_begin();
  return fake_descriptor(kind);
}

static int answer(unsigned long request, void *argument)
{
  switch (request) {
  case KVM_GET_API_VERSION: return KVM_API_VERSION;
  case KVM_CHECK_EXTENSION: return answer_extension((long)argument);
  case KVM_GET_SUPPORTED_CPUID: return give_cpuid(argument);
  case KVM_GET_VCPU_MMAP_SIZE: return fake.vcpu_size;
  case KVM_CREATE_VM: return new_one(FAKE_VM);
  case KVM_CREATE_VCPU: return new_one(FAKE_VCPU);
  case KVM_X86_SET_MSR_FILTER: return 0;
  case KVM_ENABLE_CAP: return 0;
  case KVM_SET_USER_MEMORY_REGION: return set_slot(argument);
  case KVM_SET_SREGS:
    if (!fake.strange)
      fake.sregs = *(struct kvm_sregs *)argument;
    made = true;
    return 0;
  case KVM_GET_SREGS:
    *(struct kvm_sregs *)argument = made ? fake.sregs : (struct kvm_sregs){0};
    return 0;
  case KVM_SET_REGS:
    if (!fake.strange)
      fake.regs = *(struct kvm_regs *)argument;
    return 0;
  case KVM_GET_REGS: *(struct kvm_regs *)argument = fake.regs; return 0;
  case KVM_RUN: return enter();
  case KVM_GET_DIRTY_LOG: return give_log(argument);
  case KVM_GET_MSRS:
  case KVM_SET_MSRS: return (int)((struct kvm_msrs *)argument)->nmsrs;
  default: return 0;
  }
}

static bool with_a_file(void)
{
  for (unsigned i = 2; i < N_SLOTS; i++)
    if (slots[i].memory_size != 0)
      return true;
  return false;
}

/* All registers that there are, in one direction or the other. */
static int state(const struct request *r, void *argument)
{
  const bool get = r->name[4] == 'G';

  memcpy(get ? argument : r->state, get ? r->state : argument, r->size);
  return 0;
}

/* Registers are asked for to be told at a stop, or to be kept: then sregs come first, and the others follow. */
static bool to_keep(unsigned long request)
{
  const bool first = request == KVM_GET_SREGS && last != KVM_GET_REGS;

  return first || (request == KVM_GET_REGS && last == KVM_GET_DEBUGREGS);
}

static const char *name_of(const struct request *r, const void *argument)
{
  const bool keep = ran && to_keep(r->request);

  if (r->request == KVM_GET_SUPPORTED_CPUID && ((const struct kvm_cpuid2 *)argument)->nent < METES_CPUID_MOST)
    return "KVM_GET_SUPPORTED_CPUID of few";
  if (r->request == KVM_RUN && with_a_file())
    return "KVM_RUN with a file";
  if (fake.from_file && r->of_a_file != NULL)
    return r->of_a_file;
  if (keep)
    return r->request == KVM_GET_REGS ? "KVM_GET_REGS to keep" : "KVM_GET_SREGS to keep";
  return ran && r->at_a_stop != NULL ? r->at_a_stop : r->name;
}

int fake_ioctl(int fd, unsigned long request, void *argument)
{
  for (const struct request *r = requests; r < requests + sizeof requests / sizeof *requests; r++) {
    bool fails;

    if (r->request != request)
      continue;
    if (fake_kind(fd) != r->kind)
      fake_wrong("%s of descriptor %d, which is another kind", r->name, fd);
    fails = fake_fails(name_of(r, argument));
    last = fails && errno == EINTR ? last : request; /* what is made again has the name that it had */
    return fails ? -1 : r->state != NULL ? state(r, argument) : answer(request, argument);
  }
  fake_wrong("fake_kvm.c does not know ioctl 0x%lx", request);
  errno = ENOTTY;
  return -1;
}
