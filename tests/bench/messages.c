/* SPDX-License-Identifier: Apache-2.0
 * What it costs to leave a guest and come back: bare, for a byte of text, for a call of the guest, and for one in
 * which it calls the host.
 * usage: messages CALC     prints `name nanoseconds`, of five times the fastest; in the exact machine, instructions */
#include <sys/ioctl.h>

#include "clock.h"
#include "guests.h"
#include "vmm/vm.h"

enum { TIMES = 5, ROUNDS = 100, MOST = 4096 };

static const struct metes_budget plenty = {.exits = UINT64_MAX, .output = UINT64_MAX};
static const struct metes_budget rounds = {.exits = ROUNDS, .output = UINT64_MAX};
static uint8_t argument[MOST], room[1 << 16];

/* One round of each kind. `n`: the bytes of an argument. */
static void exit_bare(struct metes_sandbox *s, size_t n)
{
  (void)n;
  for (int i = 0; i < ROUNDS; i++)
    if (ioctl(metes_sandbox_vm(s)->vcpu, KVM_RUN, 0) != 0)
      exit(70);
}

static void exit_metes(struct metes_sandbox *s, size_t n)
{
  struct metes_failure f = {.status = 0};
  struct metes_stop stop;

  (void)n;
  must(metes_sandbox_run(s, &rounds, &stop, &f), &f);
}

static void call(struct metes_sandbox *s, const char *name, size_t n)
{
  for (int i = 0; i < ROUNDS; i++) {
    struct metes_answer answer = {.at = room, .room = sizeof room};
    struct metes_failure f = {.status = 0};
    struct metes_stop stop;

    must(metes_sandbox_call(s, name, argument, n, &answer, &plenty, &stop, &f), &f);
    if (stop.outcome != METES_OUTCOME_WELL || answer.size != n)
      exit(70);
  }
}

static void call_guest(struct metes_sandbox *s, size_t n)
{
  call(s, "echo", n);
}

static void call_both(struct metes_sandbox *s, size_t n)
{
  call(s, "relay", n);
}

static uint32_t echo(void *mine, const uint8_t *bytes, size_t n, struct metes_answer *a)
{
  (void)mine;
  memcpy(a->at, bytes, n);
  a->size = n;
  return 0;
}

static void measure(const char *name, struct metes_sandbox *s, void (*round)(struct metes_sandbox *, size_t), size_t n)
{
  uint64_t best = UINT64_MAX;

  for (int i = 0; i < TIMES; i++) {
    const uint64_t began = now();

    round(s, n);
    const uint64_t took = (now() - began) / ROUNDS;

    best = took < best ? took : best;
  }
  printf("%s", name);
  if (n != 0)
    printf("/%zu-bytes", n);
  printf(" %llu\n", (unsigned long long)best);
}

/* A guest that writes bytes to port 103 and nothing else. */
static void exits(const struct metes_kvm *kvm)
{
  struct metes_failure f = {.status = 0};
  struct metes_guest_args a;
  struct metes_sandbox *s;

  metes_guest_args_init(&a);
  a.image = endless_image();
  must(metes_sandbox_create(kvm, &a, &s, &f), &f);
  measure("port-exit-bare", s, exit_bare, 0);
  measure("port-exit-metes", s, exit_metes, 0);
  metes_sandbox_close(s);
}

static void calls(const struct metes_kvm *kvm, const char *path)
{
  struct metes_failure f = {.status = 0};
  struct metes_guest_args a;
  struct metes_sandbox *s;
  struct metes_stop stop;

  metes_guest_args_init(&a);
  read_image(path, &a);
  must(metes_sandbox_create(kvm, &a, &s, &f), &f);
  must(metes_sandbox_register(s, "host.echo", echo, NULL, &f), &f);
  must(metes_sandbox_run(s, &plenty, &stop, &f), &f);
  for (size_t n = 8; n <= MOST; n *= 8) {
    measure("call-guest", s, call_guest, n);
    measure("call-guest-that-calls-host", s, call_both, n);
  }
  metes_sandbox_close(s);
}

int main(int argc, char **argv)
{
  struct metes_failure f = {.status = 0};
  struct metes_kvm kvm;

  if (argc != 2)
    return 64;
  must(metes_kvm_open(&kvm, &f), &f);
  exits(&kvm);
  calls(&kvm, argv[1]);
  metes_kvm_close(&kvm);
  return 0;
}
