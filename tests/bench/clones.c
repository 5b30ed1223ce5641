/* SPDX-License-Identifier: Apache-2.0
 * Guests started from one snapshot, in one process: how soon each answers, beside one made from its image, in a VM of
 * its own or in that of one that is not needed any more; what the next one costs when many live, each of which has
 * answered, and what each takes: of scratch, of the monitor's memory beside it, of the kernel's, and descriptors.
 * usage: clones CALC [GUESTS]     prints `name nanoseconds`, in the exact machine instructions; others by their names.
 * 100 guests, in seconds; 1,000, in minutes: tests/machine/kvm-run --timeout 500 -- build/tests/bench/clones
 * build/guest/calc 1000 */
#include <dirent.h>
#include <sys/resource.h>

#include "clock.h"
#include "guests.h"
#include "tests/snapshots/own_memory.h"
#include "vmm/vm_snapshot.h"

enum { TIMES = 5, MOST = 1000 };

static const struct metes_budget plenty = {.exits = UINT64_MAX, .output = UINT64_MAX};
static struct metes_guest_args args;
static struct metes_kvm kvm;
static struct metes_sandbox *live[MOST];
static unsigned guests = 100;

/* It gives back the words that it is given. */
static void answer_words(struct metes_sandbox *s, const char words[8])
{
  uint8_t room[1 << 14];
  struct metes_answer to = {.at = room, .room = sizeof room};
  struct metes_failure f = {.status = 0};
  struct metes_stop stop;

  must(metes_sandbox_call(s, "echo", words, 8, &to, &plenty, &stop, &f), &f);
  if (stop.outcome != METES_OUTCOME_WELL || to.size != 8 || memcmp(room, words, 8) != 0)
    exit(70);
}

static void answer(struct metes_sandbox *s)
{
  answer_words(s, "12345678");
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

static struct metes_sandbox *renewed(struct metes_sandbox *s, struct metes_vm_snapshot *from)
{
  struct metes_failure f = {.status = 0};

  must(metes_sandbox_renew(s, from, &f), &f);
  return s;
}

static struct metes_sandbox *make(struct metes_vm_snapshot *from, struct metes_sandbox *old)
{
  if (from == NULL)
    return from_image();
  return old == NULL ? from_snapshot(from) : renewed(old, from);
}

/* To an answer, the fastest of a few: from the image where there is no snapshot; in the VM of `old`, or in its own. */
static uint64_t to_answer(struct metes_vm_snapshot *from, struct metes_sandbox *old)
{
  uint64_t best = UINT64_MAX;

  for (int i = 0; i < TIMES; i++) {
    const uint64_t began = now();
    struct metes_sandbox *const s = make(from, old);

    answer(s);
    const uint64_t took = now() - began;

    best = took < best ? took : best;
    if (s != old)
      metes_sandbox_close(s);
  }
  return best;
}

static uint64_t renewed_to_answer(struct metes_vm_snapshot *from)
{
  struct metes_sandbox *const old = from_snapshot(from);
  uint64_t best;

  answer(old);
  best = to_answer(from, old);
  metes_sandbox_close(old);
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

static unsigned descriptors(void)
{
  DIR *const all = opendir("/proc/self/fd");
  unsigned n = 0;

  if (all == NULL)
    exit(71);
  while (readdir(all) != NULL)
    n++;
  closedir(all);
  return n;
}

/* One more, which has answered, n times. Told: the mean of the last tenth of the first 10, 100, and 1,000. */
static void start_all(struct metes_vm_snapshot *from)
{
  uint64_t took = 0;

  for (unsigned n = 0, next = 10; n < guests; n++) {
    const uint64_t began = now();

    live[n] = from_snapshot(from);
    answer(live[n]);
    took = n >= next - next / 10 ? took + now() - began : 0;
    if (n + 1 == next) {
      printf("clone-to-answer/%u-live %llu\n", next, (unsigned long long)took / (unsigned)(next / 10));
      next *= 10;
    }
  }
}

/* All live at once: each is asked again, for words of its own. */
static void ask_all(void)
{
  char words[16];

  for (unsigned n = 0; n < guests; n++) {
    snprintf(words, sizeof words, "%08u", n);
    answer_words(live[n], words);
  }
}

static void many(struct metes_vm_snapshot *from)
{
  const uint64_t before = free_memory();
  const struct own_memory had = own_memory();
  const unsigned open = descriptors();

  start_all(from);
  ask_all();
  const struct own_memory has = own_memory();

  printf("clone-scratch-memory %llu\n", (unsigned long long)(has.scratch - had.scratch) / guests);
  printf("clone-beside-memory %llu\n", (unsigned long long)(has.beside - had.beside) / guests);
  if (descriptors() - open != 2 * guests) /* a VM and its processor */
    exit(70);
  printf("clone-memory %llu\n", (unsigned long long)(before - free_memory()) / guests);
  for (unsigned n = 0; n < guests; n++)
    metes_sandbox_close(live[n]);
  if (descriptors() != open)
    exit(70);
}

int main(int argc, char **argv)
{
  const struct rlimit files = {1 << 16, 1 << 16};
  struct metes_failure f = {.status = 0};
  struct metes_vm_snapshot *from;
  struct metes_sandbox *s;

  if (argc == 3)
    guests = (unsigned)strtoul(argv[2], NULL, 10);
  if (argc < 2 || argc > 3 || guests < 1 || guests > MOST || setrlimit(RLIMIT_NOFILE, &files) != 0)
    return 64;
  setvbuf(stdout, NULL, _IOLBF, 0);
  metes_guest_args_init(&args);
  read_image(argv[1], &args);
  must(metes_kvm_open(&kvm, &f), &f);
  s = from_image();
  must(metes_sandbox_take(s, &from, &f), &f);
  printf("image-to-answer %llu\n", (unsigned long long)to_answer(NULL, NULL));
  printf("clone-to-answer %llu\n", (unsigned long long)to_answer(from, NULL));
  printf("renewed-clone-to-answer %llu\n", (unsigned long long)renewed_to_answer(from));
  many(from);
  metes_sandbox_close(s);
  metes_snapshot_free(from);
  metes_kvm_close(&kvm);
  return 0;
}
