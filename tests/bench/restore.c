/* SPDX-License-Identifier: Apache-2.0
 * What it costs to put a guest back and run it on, beside the same system calls in a straight line; and to start
 * one from a snapshot, beside making one from its image.
 * usage: restore GUEST ROUNDS       GUEST is that of tests/snapshots. Prints `name nanoseconds`, the median of the
 * rounds, which in the exact machine are instructions: of this program, the kernel and the guest together. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "core/scratch.h"
#include "tests/bench/clock.h"
#include "tests/snapshots/snapshots.h"
#include "vmm/sandbox_parts.h"

enum { MOST = 100 };

static const uint64_t sizes[] = {1 << 20, 256 << 20};
static const unsigned pages[] = {1, 8, 64};
static int rounds;

static int by_size(const void *a, const void *b)
{
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

  return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t took[MOST])
{
  qsort(took, (size_t)rounds, sizeof *took, by_size);
  return took[rounds / 2];
}

/* The floor: no function of the monitor, no check but of what a call returns. */
static int straight(const struct metes_vm *vm, const struct metes_guest_memory *g, struct metes_vm_snapshot *from,
                    uint64_t *log, uint64_t words, uint64_t generation)
{
  struct kvm_dirty_log dirty = {.slot = 1, .dirty_bitmap = log};
  const struct metes_cpu_state *c = &from->cpu;

  if (ioctl(vm->fd, KVM_GET_DIRTY_LOG, &dirty) != 0)
    return -1;
  for (uint64_t i = 0; i < words; i++)
    for (uint64_t word = log[i]; word != 0; word &= word - 1) {
      const uint64_t at = (64 * i + (uint64_t)__builtin_ctzll(word)) * 4096;

      memcpy(g->scratch + at, from->guest.scratch + at, 4096);
    }
  memcpy(g->scratch + g->layout.scratch_size - METES_SCRATCH_GENERATION_BELOW, &generation, 8);
  if (ioctl(vm->vcpu, KVM_SET_SREGS, &c->sregs) != 0 || ioctl(vm->vcpu, KVM_SET_XCRS, &c->xcrs) != 0 ||
      ioctl(vm->vcpu, KVM_SET_XSAVE, &c->xsave) != 0 || ioctl(vm->vcpu, KVM_SET_DEBUGREGS, &c->debug) != 0 ||
      ioctl(vm->vcpu, KVM_SET_REGS, &c->regs) != 0 || ioctl(vm->vcpu, KVM_SET_VCPU_EVENTS, &c->events) != 0 ||
      ioctl(vm->vcpu, KVM_SET_MSRS, &c->msrs) < 0)
    return -1;
  return ioctl(vm->vcpu, KVM_RUN, 0);
}

static uint64_t bare_restore(struct metes_sandbox *s, struct metes_vm_snapshot *from)
{
  const struct metes_guest_memory *const g = metes_sandbox_memory(s);
  const uint64_t words = g->layout.scratch_size / 4096 / 64;
  uint64_t took[MOST], *const log = calloc(words, 8);

  for (int i = -3; i < rounds; i++) {
    const uint64_t began = now();

    if (straight(metes_sandbox_vm(s), g, from, log, words, (uint64_t)i) != 0)
      exit(71);
    if (i >= 0)
      took[i] = now() - began;
  }
  free(log);
  return median(took);
}

static uint64_t restore(struct metes_sandbox *s, struct metes_vm_snapshot *from)
{
  const struct metes_budget b = {0, 1000, 1 << 20};
  struct metes_failure f = {0};
  struct metes_stop stop;
  uint64_t took[MOST];

  for (int i = -3; i < rounds; i++) {
    const uint64_t began = now();

    must(metes_sandbox_restore(s, from, &f), &f);
    must(metes_sandbox_run(s, &b, &stop, &f), &f);
    if (i >= 0)
      took[i] = now() - began;
  }
  return median(took);
}

static void one(const struct metes_kvm *k, uint64_t size, unsigned n)
{
  struct metes_sandbox *const s = guest(k, size, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *from;

  tell(s, COMMAND_DIRTY, n);
  must(metes_sandbox_take(s, &from, &f), &f);
  printf("restore-%luM/%u-dirty-pages %lu\n", (unsigned long)(size >> 20), n, (unsigned long)restore(s, from));
  printf("restore-%luM-bare/%u-dirty-pages %lu\n", (unsigned long)(size >> 20), n, (unsigned long)bare_restore(s, from));
  metes_sandbox_close(s);
  metes_snapshot_free(from);
}

/* To the next halt: each with its own VM, made and run once. */
static void starts(const struct metes_kvm *k)
{
  struct metes_sandbox *s = guest(k, 1 << 20, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *from;
  uint64_t cold[MOST], warm[MOST];

  tell(s, COMMAND_DIRTY, 1);
  must(metes_sandbox_take(s, &from, &f), &f);
  for (int i = 0; i < rounds; i++) {
    const struct metes_budget b = {0, 1000, 1 << 20};
    struct metes_sandbox *other;
    struct metes_stop stop;
    uint64_t began = now();

    must(metes_sandbox_start(k, from, &other, &f), &f);
    must(metes_sandbox_run(other, &b, &stop, &f), &f);
    warm[i] = now() - began;
    metes_sandbox_close(other);
    began = now();
    other = guest(k, 1 << 20, 0x20000);
    cold[i] = now() - began;
    metes_sandbox_close(other);
  }
  printf("start-from-snapshot %lu\nstart-from-image %lu\n", (unsigned long)median(warm), (unsigned long)median(cold));
  metes_sandbox_close(s);
  metes_snapshot_free(from);
}

int main(int argc, char **argv)
{
  struct metes_guest_args args;
  struct metes_failure f = {0};
  struct metes_kvm k;

  rounds = argc > 2 ? atoi(argv[2]) : 0;
  if (rounds < 1 || rounds > MOST)
    return 64;
  read_guest(argv[1], &args);
  must(metes_kvm_open(&k, &f), &f);
  for (unsigned i = 0; i < 2; i++)
    for (unsigned j = 0; j < 3; j++)
      one(&k, sizes[i], pages[j]);
  starts(&k);
  metes_kvm_close(&k);
  return 0;
}
