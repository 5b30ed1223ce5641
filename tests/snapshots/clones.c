/* SPDX-License-Identifier: Apache-2.0
 * What guests of one snapshot take when many live at once, and each answers: the pages of scratch that it wrote, a
 * little of the monitor's beside, and nothing that is larger where the snapshot is larger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/memslot.h"
#include "own_memory.h"
#include "snapshots.h"

#define MANY many("METES_GUESTS", 100, MOST)
#define FEW many("METES_GUESTS", 100, 100)
#define MOST 1000u
#define PAGE 4096ull
#define MIB (1ull << 20)
#define SCRATCH (2 * MIB)
#define WRITES 4     /* pages that each is told to write to */
#define OWN_PAGES 4  /* that the host writes: three that it copies early, and the generation's */
#define MAPPINGS 6   /* 5 when this was written */
#define BESIDE_KB 24 /* of the monitor, for a guest: 16 when this was written */
#define KERNEL_KB 1  /* of KVM, for a MiB of a guest: half when this was written, two bytes for a page */

static struct metes_sandbox *all[MOST + 1];

/* Kilobytes: this process's, then the whole machine's, of which the kernel's for a VM are a part. */
struct memory {
  unsigned long resident, scratch, beside, machine, slab, tables;
};

/* Pages that are free, on lists of processors, and are not counted so: tens of MiB. */
static unsigned long kept_free(void)
{
  return field("/proc/zoneinfo", "              count:");
}

static struct memory memory(void)
{
  struct memory m = {.resident = resident(), .scratch = own_memory().scratch >> 10};

  m.beside = field("/proc/self/smaps_rollup", "Pss:") - m.scratch;
  m.machine = field("/proc/meminfo", "MemTotal:") - field("/proc/meminfo", "MemAvailable:") - kept_free() * 4;
  m.slab = field("/proc/meminfo", "Slab:");
  m.tables = field("/proc/meminfo", "PageTables:");
  return m;
}

/* It gives back a number that no other is given. */
static bool answers(struct metes_sandbox *s, uint64_t number)
{
  struct kvm_regs r = {0};

  return ask(s, COMMAND_ECHO, number).outcome == METES_OUTCOME_WELL &&
         metes_vm_request(metes_sandbox_vm(s)->vcpu, KVM_GET_REGS, &r) == 0 && r.rbx == number;
}

/* Pages of scratch that the guest has written, as KVM knows them. */
static unsigned long written_by(const struct metes_sandbox *s)
{
  static uint64_t bits[4096 / 64];
  struct kvm_dirty_log log = {.slot = METES_SLOT_SCRATCH, .dirty_bitmap = bits};
  const uint64_t pages = metes_sandbox_memory(s)->layout.scratch_size / PAGE;
  unsigned long n = 0;

  if (pages > sizeof bits * 8 || metes_vm_request(metes_sandbox_vm(s)->fd, KVM_GET_DIRTY_LOG, &log) < 0)
    exit(71);
  for (uint64_t i = 0; i < pages; i++)
    n += bits[i / 64] >> i % 64 & 1;
  return n;
}

/* With so many bytes of the guest's own, no page of which is like another. */
static struct metes_vm_snapshot *snapshot_of(const struct metes_kvm *k, uint64_t size)
{
  uint64_t *const words = malloc(size);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *from;
  struct metes_sandbox *s;

  if (words == NULL)
    exit(71);
  for (uint64_t i = 0; i < size / 8; i++)
    words[i] = (i + 1) * 0x9e3779b97f4a7c15;
  give((uint8_t *)words, size);
  s = guest(k, SCRATCH, 0x20000);
  give(NULL, 0);
  free(words);
  must(metes_sandbox_take(s, &from, &f), &f);
  metes_sandbox_close(s);
  return from;
}

/* They live from now on; how many did not answer. */
static unsigned start(const struct metes_kvm *k, unsigned first, unsigned end, struct metes_vm_snapshot *from)
{
  struct metes_failure f = {0};
  unsigned wrong = 0;

  for (unsigned i = first; i < end; i++) {
    must(metes_sandbox_start(k, from, &all[i], &f), &f);
    wrong += !answers(all[i], i + 1);
  }
  for (unsigned i = first; i < end; i++)
    wrong += ask(all[i], COMMAND_DIRTY, WRITES).outcome != METES_OUTCOME_WELL || !answers(all[i], 2 * MOST + i);
  return wrong;
}

static struct memory taken_by_each(const struct memory *before, const struct memory *now, unsigned n)
{
  return (struct memory){(now->resident - before->resident) / n, (now->scratch - before->scratch) / n,
                         (now->beside - before->beside) / n,     (now->machine - before->machine) / n,
                         (now->slab - before->slab) / n,         (now->tables - before->tables) / n};
}

static void judge(const struct memory *each, unsigned long written)
{
  ok(each->scratch >= written * 4 && each->scratch <= (written + OWN_PAGES) * 4,
     "each has copied the %lu pages of scratch that it wrote, and at most %d that the host did: %lu kB", written,
     OWN_PAGES, each->scratch);
  ok(each->beside <= BESIDE_KB, "beside them it takes %lu kB of this process, and may take %d", each->beside,
     BESIDE_KB);
  printf("# resident, with what all share: %lu kB; of the machine: %lu kB, of these %lu in slabs, %lu of page tables\n",
         each->resident, each->machine, each->slab, each->tables);
}

static struct memory measure(const struct metes_kvm *k, unsigned n, unsigned mib)
{
  struct metes_vm_snapshot *const from = snapshot_of(k, mib * MIB);
  unsigned wrong = start(k, 0, 1, from); /* one that is there already: what all share */
  const unsigned fds = descriptors(), maps = mappings();
  const struct memory before = memory();

  wrong += start(k, 1, n + 1, from);
  const struct memory now = memory(), each = taken_by_each(&before, &now, n);
  unsigned long written = 0;

  ok(wrong == 0, "%u guests of one snapshot of %u MiB, all alive: each answers, as itself (%u wrong)", n, mib, wrong);
  ok(descriptors() - fds == 2 * n && mappings() - maps <= MAPPINGS * n,
     "each takes 2 descriptors and at most %d mappings: %u, %u", MAPPINGS, descriptors() - fds, mappings() - maps);
  for (unsigned i = 0; i <= n; i++) {
    written += i == 0 ? 0 : written_by(all[i]);
    metes_sandbox_close(all[i]);
  }
  metes_snapshot_free(from);
  judge(&each, written / n);
  return each;
}

void test_clones(const struct metes_kvm *k)
{
  const struct rlimit files = {3 * MOST, 3 * MOST};
  const char *const machine = getenv("METES_MACHINE");
  struct memory small, large;

  setrlimit(RLIMIT_NOFILE, &files);
  small = measure(k, FEW, 1);
  large = measure(k, MANY, 64);
  ok(large.scratch + large.beside <= small.scratch + small.beside + 4,
     "of 64 MiB it takes no page more than of 1 MiB: %lu kB, %lu kB", large.scratch + large.beside,
     small.scratch + small.beside);
  if (machine != NULL) /* nobody else is there who takes memory */
    ok(large.machine <= small.machine + 63 * KERNEL_KB, "and of the kernel at most %d kB more: %lu kB, %lu kB",
       63 * KERNEL_KB, large.machine, small.machine);
}
