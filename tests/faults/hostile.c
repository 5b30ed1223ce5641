/* SPDX-License-Identifier: Apache-2.0
 * Random lives of a sandbox, and every exit reason with random contents. TAP.
 * usage: hostile [RUNS [SEED]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "monitor.h"
#include "scenarios.h"
#include "vmm/guest_report.h"

#define REASONS 4096u
#define TRIALS 8u

static uint64_t state;

static uint64_t random_64(void)
{
  uint64_t z = state += 0x9e3779b97f4a7c15;

  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static void random_bytes(uint8_t *to, size_t n)
{
  for (size_t i = 0; i < n; i++)
    to[i] = (uint8_t)random_64();
}

/* One string; the first half of it all bytes, then more of those that mean something. */
static const char *one(unsigned long i)
{
  uint8_t bytes[768];
  const size_t n = 256 + random_64() % 512;
  const char *wrong;

  random_bytes(bytes, n);
  if (i % 4 != 0)
    bytes[0] = 0; /* no fault */
  wrong = monitor(&(struct source){.data = bytes, .left = n});
  if (wrong == NULL)
    return NULL;
  printf("# life %lu: %s\n#   by these bytes:", i, wrong);
  for (size_t k = 0; k < n; k++)
    printf(" %02x", bytes[k]);
  putchar('\n');
  return wrong;
}

static bool lives(unsigned long runs)
{
  bool good = true;

  for (unsigned long i = 0; monitor_runs < runs && good; i++)
    good = one(i) == NULL;
  for (int o = 0; o <= METES_OUTCOME_TRAP; o++)
    printf("# %7lu %s\n", monitor_outcomes[o], metes_outcome_name((enum metes_outcome)o));
  printf("# %7lu system calls that failed\n", monitor_failures);
  return good;
}

/* Now every reason. */
struct exit_of {
  uint32_t reason;
  struct model model;
  uint64_t gpa;
};

static int leave(struct kvm_run *run, size_t size, unsigned nth, void *mine)
{
  struct exit_of *const e = mine;

  if (nth == 1) {
    random_bytes((uint8_t *)&run->io, sizeof *run - offsetof(struct kvm_run, io));
    run->exit_reason = e->reason;
    if (random_64() % 2 == 0) { /* half of those of IO are sound */
      run->io.direction = KVM_EXIT_IO_OUT;
      run->io.port = (uint16_t)(95 + random_64() % 16);
      run->io.size = (uint8_t)(1u << random_64() % 3);
      run->io.count = (uint32_t)(random_64() % 5);
      run->io.data_offset = sizeof *run + random_64() % (size - sizeof *run - 16);
    }
    e->gpa = run->mmio.phys_addr;
  }
  model_exit(&e->model, run, size);
  return 0;
}

static const char *look(const struct exit_of *e, const struct metes_stop *s)
{
  char number[16];

  snprintf(number, sizeof number, "reason %" PRIu32 ",", e->reason);
  if (e->model.due == METES_OUTCOME_UNSUPPORTED && e->reason != KVM_EXIT_IO && strstr(s->what, number) == NULL)
    return "its number is not told";
  if (s->outcome == METES_OUTCOME_FAULT && s->gpa != e->gpa)
    return "another address";
  return model_judge(&e->model, s);
}

static const char *leave_by(struct metes_sandbox *s, uint32_t reason)
{
  static const struct metes_budget b = {0, 3, 3};
  struct exit_of e = {.reason = reason};
  struct metes_failure f = {0};
  struct metes_stop stop;

  model_begin(&e.model, &b);
  fake.run = leave;
  fake.mine = &e;
  fake.runs = fake.n_events = 0;
  if (checked(metes_sandbox_run(s, &b, &stop, &f), &f) != 0)
    return "the run failed";
  return look(&e, &stop);
}

static const char *by_every_reason(struct metes_sandbox *s)
{
  const char *wrong = NULL;

  for (uint32_t reason = 0; reason < REASONS && wrong == NULL; reason++)
    for (unsigned trial = 0; trial < TRIALS && wrong == NULL; trial++)
      if ((wrong = leave_by(s, reason)) != NULL)
        printf("# reason %u: %s\n", reason, wrong);
  return wrong;
}

static bool reasons(void)
{
  struct metes_sandbox *sandbox = NULL;
  struct metes_failure f = {0};
  struct metes_kvm kvm;
  struct metes_guest_args a;
  bool good;

  fake_begin();
  forget();
  metes_guest_args_init(&a);
  a.image.at = (uint8_t *)(uintptr_t)sample_image(&a.image.n);
  good = metes_kvm_open(&kvm, &f) == 0 && metes_sandbox_create(&kvm, &a, &sandbox, &f) == 0 &&
         by_every_reason(sandbox) == NULL;
  metes_sandbox_close(sandbox);
  metes_kvm_close(&kvm);
  fake_end();
  return good && fake.wrong[0] == '\0';
}

/* And what the command makes of it: the exit status of the outcome. */
static bool commands(void)
{
  for (uint32_t reason = 0; reason < 64; reason++) {
    static const struct metes_budget b = {0, UINT64_MAX, 16 << 20};
    struct exit_of e = {.reason = reason};
    struct told t;

    fake_begin();
    forget();
    model_begin(&e.model, &b);
    fake.run = leave;
    fake.mine = &e;
    run_command(&t, (const char *const[]){"guest", reason % 2 ? "--json" : NULL, NULL});
    fake_end();
    if (fake.wrong[0] == '\0' &&
        (e.model.due == MODEL_ANY || t.status == metes_outcome_exit((enum metes_outcome)e.model.due)))
      continue;
    printf("# reason %u: status %d, outcome %d: %s%s\n", reason, t.status, e.model.due, fake.wrong, t.text);
    return false;
  }
  return true;
}

int main(int argc, char **argv)
{
  const unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
  bool good[3];

  state = argc > 2 ? strtoull(argv[2], NULL, 0) : 2026;
  printf("1..3\n");
  good[0] = reasons();
  printf("%sok 1 - every exit reason to %u, %u times, with random contents: the outcome of vmm/stop.h\n",
         good[0] ? "" : "not ", REASONS - 1, TRIALS);
  good[1] = commands();
  printf("%sok 2 - metes run exits with that outcome's status\n", good[1] ? "" : "not ");
  good[2] = lives(runs);
  printf("%sok 3 - %lu runs by random bytes: none ends otherwise than it may\n", good[2] ? "" : "not ", monitor_runs);
  return good[0] && good[1] && good[2] ? 0 : 1;
}
