/* SPDX-License-Identifier: Apache-2.0
 * Guests started from one snapshot, in one process: how soon each answers, beside one made from its image; what
 * the next one costs when many live, and what memory each takes, the kernel's included.
 * usage: clones CALC     prints `name nanoseconds`, in the exact machine instructions; `clone-memory bytes` */
#include <sys/resource.h>

#include "clock.h"
#include "guests.h"
#include "vmm/vm_snapshot.h"

enum { TIMES = 5, LIVE = 100 };

static const struct metes_budget plenty = {.exits = UINT64_MAX, .output = UINT64_MAX};
static struct metes_guest_args args;
static struct metes_kvm kvm;
static struct metes_sandbox *live[LIVE];

static void answer(struct metes_sandbox *s)
{
  uint8_t room[1 << 14];
  struct metes_answer to = {.at = room, .room = sizeof room};
  struct metes_failure f = {.status = 0};
  struct metes_stop stop;

  must(metes_sandbox_call(s, "echo", "12345678", 8, &to, &plenty, &stop, &f), &f);
  if (stop.outcome != METES_OUTCOME_WELL || to.size != 8)
    exit(70);
}

static struct metes_sandbox *from_image(void)
{
  struct metes_failure f = {.status = 0};
  struct metes_sandbox *s;
  struct metes_stop stop;

  must(metes_sandbox_create(&kvm, &args, &s, &f), &f);
  must(metes_sandbox_run(s, &plenty, &stop, &f), &f);
  return s;
}

static struct metes_sandbox *from_snapshot(struct metes_vm_snapshot *from)
{
  struct metes_failure f = {.status = 0};
  struct metes_sandbox *s;

  must(metes_sandbox_start(&kvm, from, &s, &f), &f);
  return s;
}

/* To an answer, the fastest of a few. Null: from the image. */
static uint64_t to_answer(struct metes_vm_snapshot *from)
{
  uint64_t best = UINT64_MAX;

  for (int i = 0; i < TIMES; i++) {
    const uint64_t began = now();
    struct metes_sandbox *const s = from == NULL ? from_image() : from_snapshot(from);

    answer(s);
    const uint64_t took = now() - began;

    best = took < best ? took : best;
    metes_sandbox_close(s);
  }
  return best;
}

static uint64_t free_memory(void)
{
  FILE *const file = fopen("/proc/meminfo", "r");
  unsigned long long total, unused;

  if (file == NULL || fscanf(file, "MemTotal: %llu kB MemFree: %llu", &total, &unused) != 2)
    exit(71);
  fclose(file);
  return unused << 10;
}

/* All of them live at once and have answered. Told: the mean of the last tenth of the first 10, and 100. */
static void many(struct metes_vm_snapshot *from)
{
  const uint64_t before = free_memory();
  uint64_t took = 0;

  for (int n = 0, next = 10; n < LIVE; n++) {
    const uint64_t began = now();

    live[n] = from_snapshot(from);
    answer(live[n]);
    took = n >= next - next / 10 ? took + now() - began : 0;
    if (n + 1 == next) {
      printf("clone-to-answer/%d-live %llu\n", next, (unsigned long long)took / (unsigned)(next / 10));
      next *= 10;
    }
  }
  printf("clone-memory %llu\n", (unsigned long long)(before - free_memory()) / LIVE);
  for (int n = 0; n < LIVE; n++)
    metes_sandbox_close(live[n]);
}

int main(int argc, char **argv)
{
  const struct rlimit files = {1 << 16, 1 << 16};
  struct metes_failure f = {.status = 0};
  struct metes_vm_snapshot *from;
  struct metes_sandbox *s;

  if (argc != 2 || setrlimit(RLIMIT_NOFILE, &files) != 0)
    return 64;
  metes_guest_args_init(&args);
  read_image(argv[1], &args);
  must(metes_kvm_open(&kvm, &f), &f);
  s = from_image();
  must(metes_sandbox_take(s, &from, &f), &f);
  printf("image-to-answer %llu\n", (unsigned long long)to_answer(NULL));
  printf("clone-to-answer %llu\n", (unsigned long long)to_answer(from));
  many(from);
  metes_sandbox_close(s);
  metes_snapshot_free(from);
  metes_kvm_close(&kvm);
  return 0;
}
