/* SPDX-License-Identifier: Apache-2.0
 * Whatever a guest does, its layout, the plan and the snapshot with its page tables stay what they were; nor can the
 * monitor itself change them, nor touch what lies beside its memory.
 * usage: sealed HOSTILE SEEDS     TAP: three lines for each seed */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guests.h"
#include "vmm/vm_snapshot.h"

static unsigned told, bad;

static void tell(bool good, uint64_t seed, const char *what)
{
  bad += !good;
  printf("%sok %u - hostile %lu: %s\n", good ? "" : "not ", ++told, seed, what);
}

/* Whether a write there ends a process. */
static bool faults(const uint8_t *at)
{
  const pid_t child = fork();
  int status;

  if (child == 0) {
    volatile uint8_t *const byte = (volatile uint8_t *)(uintptr_t)at;

    *byte = (uint8_t)(*byte + 1);
    _exit(0);
  }
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
         (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS); /* the latter: behind the end of a file */
}

static bool all_fault(const struct metes_guest_memory *g)
{
  const uint8_t *const layout = (const uint8_t *)g;
  const uint64_t size = g->layout.snapshot_size;

  return faults(layout) && faults(layout + sizeof *g - 1) && faults((const uint8_t *)&g->layout) &&
         faults((const uint8_t *)&g->entry) && faults(g->snapshot) && faults(g->snapshot + size / 2) &&
         faults(g->snapshot + size - 1) && !faults(g->scratch);
}

static bool alone(const struct metes_sandbox *s)
{
  const struct metes_guest_memory *const g = metes_sandbox_memory(s);

  return faults(g->snapshot - 1) && faults(g->snapshot + g->layout.snapshot_size) && faults(g->scratch - 1) &&
         faults(g->scratch + g->layout.scratch_size);
}

/* A guest, and one that is started from it. */
static bool both_alone(const struct metes_kvm *kvm, struct metes_sandbox *s)
{
  struct metes_vm_snapshot *from;
  struct metes_sandbox *other;
  struct metes_failure f;
  const bool before = alone(s);

  must(metes_sandbox_take(s, &from, &f), &f);
  must(metes_sandbox_start(kvm, from, &other, &f), &f);
  const bool after = alone(s) && alone(other);

  metes_sandbox_close(other);
  metes_snapshot_free(from);
  return before && after;
}

static void look_at(const struct metes_kvm *kvm, const struct metes_guest_args *args)
{
  const struct metes_budget budget = {.seconds = 0.2, .exits = 100000, .output = 10000};
  struct metes_sandbox *s;
  struct metes_failure f;
  struct metes_stop stop;

  must(metes_sandbox_create(kvm, args, &s, &f), &f);
  const struct metes_guest_memory *const g = metes_sandbox_memory(s);
  tell(both_alone(kvm, s), args->seed, "beside its memory each access faults");
  const uint64_t layout = digest(0, g, sizeof *g), snapshot = digest_of_snapshot(g);

  must(metes_sandbox_run(s, &budget, &stop, &f), &f);
  tell(digest(0, g, sizeof *g) == layout && digest_of_snapshot(g) == snapshot, args->seed, "nothing sealed has changed");
  tell(all_fault(g), args->seed, "a write to it faults");
  metes_sandbox_close(s);
}

int main(int argc, char **argv)
{
  struct metes_guest_args args;
  struct metes_failure f;
  struct metes_kvm kvm;

  if (argc != 3)
    return 64;
  metes_guest_args_init(&args);
  args.image = file_of(argv[1]);
  must(metes_kvm_open(&kvm, &f), &f);
  for (args.seed = 0; args.seed < strtoull(argv[2], NULL, 10); args.seed++)
    look_at(&kvm, &args);
  printf("1..%u\n", told);
  return bad != 0;
}
