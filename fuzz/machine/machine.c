/* SPDX-License-Identifier: Apache-2.0
 * One real VM, used again and again, by the monitor's own steps: vm.c itself, so that they can be taken one by one. */
#include "vmm/vm.c"

#include "fuzz/machine/machine.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SPARE 5u /* a slot that no plan has */

static struct metes_kvm kvm;
static struct metes_vm vm;
static struct metes_cpu_state at_entry;
static bool ready; /* the processor has its CPUID */
static timer_t timer;
static char said[700];

static void need(int status, const struct metes_failure *f)
{
  if (status == 0)
    return;
  fprintf(stderr, "%s\n", f->text);
  exit(status);
}

static const char *tell(const struct metes_failure *f)
{
  snprintf(said, sizeof said, "%s", f->text);
  return said;
}

static void on_time(int number)
{
  (void)number;
  vm.run->immediate_exit = 1;
}

static void make_timer(void)
{
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
  const struct sigaction a = {.sa_handler = on_time};
  static bool made;

  if (made)
    return;
  made = true;
  if (sigaction(SIGRTMIN + 3, &a, NULL) != 0 || timer_create(CLOCK_MONOTONIC, &e, &timer) != 0)
    exit(71);
}

struct metes_vm *machine_open(void)
{
  struct metes_failure f = {0};

  if (vm.run != NULL)
    return &vm;
  vm = (struct metes_vm){.fd = -1, .vcpu = -1};
  need(metes_kvm_open(&kvm, &f), &f);
  vm.fd = metes_vm_request(kvm.fd, KVM_CREATE_VM, NULL);
  need(vm.fd < 0 ? metes_fail_call(&f, "KVM_CREATE_VM") : 0, &f);
  need(metes_cpu_bound(&vm, &f), &f);
  need(create_vcpu(&vm, &kvm, &f), &f);
  make_timer();
  return &vm;
}

void machine_close(void)
{
  munmap(vm.run, vm.run_size);
  close(vm.vcpu);
  close(vm.fd);
  close(kvm.fd);
  vm.run = NULL;
  ready = false;
}

static int put_slot(uint32_t number, uint64_t gpa, uint64_t size, const void *host)
{
  struct kvm_userspace_memory_region r = {.slot = number, .guest_phys_addr = gpa, .memory_size = size,
      .userspace_addr = (uintptr_t)host};

  return metes_vm_request(vm.fd, KVM_SET_USER_MEMORY_REGION, &r) == 0 ? 0 : errno;
}

/* KVM takes the processor's CPUID only before it first runs: the widest physical address of all profiles. */
static int set_up(const struct machine_guest *g, struct metes_failure *f)
{
  if (!ready) {
    struct metes_profile p = g->memory.profile;

    p.last_gpa = (1ull << 38) - 1;
    need(set_wider_cpuid(&vm, &kvm, &p, f), f);
    ready = true;
  }
  if (set_slots(&vm, &kvm, &g->memory, 0, false, f) != 0 || set_special(&vm, &g->memory.entry, f) != 0 ||
      set_registers(&vm, &g->memory.entry, f) != 0)
    return f->status;
  return metes_cpu_take(&vm, &at_entry, f);
}

const char *machine_plug(const struct machine_guest *g)
{
  struct metes_failure f = {0};

  if (metes_cpu_abandon(&vm, &f) != 0)
    return tell(&f);
  return set_up(g, &f) == 0 ? NULL : tell(&f);
}

void machine_unplug(void)
{
  put_slot(0, 0, 0, NULL);
  put_slot(1, 0, 0, NULL);
}

static bool page_answers(uint64_t gpa, const void *host, int wanted)
{
  const int got = put_slot(SPARE, gpa, METES_PAGE_SIZE, host);

  if (got == 0)
    put_slot(SPARE, gpa, 0, host);
  return got == wanted;
}

const char *machine_edges(const struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;
  const struct {
    uint64_t start, size;
  } slots[] = {{l->snapshot_gpa, l->snapshot_size}, {l->scratch_gpa, l->scratch_size}};

  for (unsigned i = 0; i < 2; i++) {
    const uint64_t start = slots[i].start, end = start + slots[i].size, other = slots[1 - i].start;

    if (!page_answers(start, g->memory.scratch, EEXIST) || !page_answers(end - METES_PAGE_SIZE, g->memory.scratch,
        EEXIST))
      return "KVM lets a slot overlap what should be one of the plan's";
    if ((end != other && !page_answers(end, g->memory.scratch, 0)) ||
        (start != other + slots[1 - i].size && !page_answers(start - METES_PAGE_SIZE, g->memory.scratch, 0)))
      return "KVM has memory beside the plan's";
  }
  return NULL;
}

const char *machine_leave(void)
{
  struct metes_failure f = {0};

  return metes_cpu_abandon(&vm, &f) == 0 ? NULL : tell(&f);
}

const char *machine_restart(void)
{
  struct metes_failure f = {0};

  if (metes_cpu_put(&vm, &at_entry, true, &f) != 0)
    return tell(&f);
  vm.run->immediate_exit = 0;
  return NULL;
}

static void set_timer(unsigned microseconds)
{
  const struct itimerspec when = {.it_value = {microseconds / 1000000, microseconds % 1000000 * 1000}};

  if (timer_settime(timer, 0, &when, NULL) != 0)
    exit(71);
}

int machine_run(unsigned microseconds)
{
  int error;

  if (microseconds > 0)
    set_timer(microseconds);
  error = ioctl(vm.vcpu, KVM_RUN, NULL) == 0 ? 0 : errno;
  if (microseconds > 0)
    set_timer(0);
  return error;
}
