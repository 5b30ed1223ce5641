/* SPDX-License-Identifier: Apache-2.0
 * Where the monitor's instructions go: the steps of `metes run hello`, and what making a guest costs as it grows.
 * usage: sandbox HELLO     prints `name nanoseconds`, of five times the fastest; in the exact machine, instructions */
#include "clock.h"
#include "guests.h"

enum { TIMES = 5, STEPS = 5 };

static uint64_t first_line; /* when the guest had said one */

static void hear(void *mine, const char *text, size_t n)
{
  (void)mine;
  if (first_line == 0 && memchr(text, '\n', n) != NULL)
    first_line = now();
}

/* A guest from nothing to its first line; when each step was done. */
static void live(const struct metes_guest_args *a, uint64_t done[STEPS])
{
  const struct metes_budget budget = {.exits = 1000, .output = 1 << 20};
  struct metes_failure f = {.status = 0};
  struct metes_sandbox *s;
  struct metes_stop stop;
  struct metes_kvm kvm;

  first_line = 0;
  done[0] = now();
  must(metes_sandbox_build(a, &s, &f), &f);
  done[1] = now();
  must(metes_kvm_open(&kvm, &f), &f);
  done[2] = now();
  must(metes_sandbox_attach(s, &kvm, &f), &f);
  done[3] = now();
  metes_sandbox_hear(s, (struct metes_voice){.print = hear});
  must(metes_sandbox_run(s, &budget, &stop, &f), &f);
  done[4] = first_line;
  metes_sandbox_close(s);
  metes_kvm_close(&kvm);
}

static void fastest(const struct metes_guest_args *a, uint64_t best[STEPS])
{
  uint64_t done[STEPS];

  memset(best, 0xff, STEPS * sizeof *best);
  for (int i = 0; i < TIMES; i++) {
    live(a, done);
    for (int k = 1; k < STEPS; k++)
      best[k] = done[k] - done[k - 1] < best[k] ? done[k] - done[k - 1] : best[k];
  }
}

static void steps_of(const char *path)
{
  static const char *const names[STEPS] = {NULL, "build", "open-kvm", "make-vm", "to-first-line"};
  struct metes_guest_args a;
  uint64_t best[STEPS];

  metes_guest_args_init(&a);
  read_image(path, &a);
  fastest(&a, best);
  for (int k = 1; k < STEPS; k++)
    printf("hello-%s %llu\n", names[k], (unsigned long long)best[k]);
}

/* Let go for one exit at a time, until it has said a line. */
static void exits_of(const char *path)
{
  const struct metes_budget budget = {.exits = 1, .output = 1 << 20};
  struct metes_failure f = {.status = 0};
  struct metes_guest_args a;
  struct metes_sandbox *s;
  struct metes_stop stop;
  struct metes_kvm kvm;
  unsigned exits = 0;

  metes_guest_args_init(&a);
  read_image(path, &a);
  must(metes_kvm_open(&kvm, &f), &f);
  must(metes_sandbox_create(&kvm, &a, &s, &f), &f);
  metes_sandbox_hear(s, (struct metes_voice){.print = hear});
  for (first_line = 0; first_line == 0; exits++)
    must(metes_sandbox_run(s, &budget, &stop, &f), &f);
  printf("metes-run-hello-exits %u\n", exits);
  metes_sandbox_close(s);
  metes_kvm_close(&kvm);
}

static void curve(const char *unit, uint64_t size, bool heap)
{
  struct metes_guest_args a;
  uint64_t best[STEPS];

  metes_guest_args_init(&a);
  a.image = image_of(heap ? HEADERS : size);
  a.config.heap_size = heap ? size : a.config.heap_size;
  fastest(&a, best);
  printf("guest-build/%llu-bytes-of-%s %llu\n", (unsigned long long)size, unit, (unsigned long long)best[1]);
  printf("guest-make-vm/%llu-bytes-of-%s %llu\n", (unsigned long long)size, unit, (unsigned long long)best[3]);
}

int main(int argc, char **argv)
{
  if (argc != 2)
    return 64;
  steps_of(argv[1]);
  exits_of(argv[1]);
  for (uint64_t size = 16 << 10; size <= LARGEST; size *= 8)
    curve("image", size, false);
  for (uint64_t size = 64 << 10; size <= 256 << 20; size *= 16)
    curve("heap", size, true);
  return 0;
}
