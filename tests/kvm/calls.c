/* SPDX-License-Identifier: Apache-2.0
 * Calls both ways on KVM, with a good guest and one that lies: each path of the API. Prints TAP.
 * usage: calls CALC LIAR [SEED [ROUNDS [good|bad|lies]]]    one part ends at its first failure */
#include <stdlib.h>
#include <string.h>

#include "calls.h"

static uint32_t echo(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  struct trial *const t = mine;
  const uint8_t *const scratch = metes_sandbox_memory(t->s)->scratch;

  t->served++;
  t->bare |= argument >= scratch && argument < scratch + metes_sandbox_memory(t->s)->layout.scratch_size;
  a->size = n;
  if (n <= a->room)
    memcpy(a->at, argument, n);
  return 0;
}

struct trial begin(struct fixture *x, const char *guest, uint64_t seed, const char *input)
{
  struct trial t = {.budget = {.seconds = 5, .exits = 100000, .output = 10000}};
  struct metes_guest_args args;

  metes_guest_args_init(&args);
  args.image = guest == NULL ? x->liar : x->calc;
  args.seed = seed;
  t.answer = (struct metes_answer){.at = x->room, .room = sizeof x->room};
  if (metes_sandbox_create(&x->kvm, &args, &t.s, &t.f) != 0 ||
      (input != NULL && metes_sandbox_input(t.s, input, strlen(input), &t.f) != 0)) {
    check(false, "a sandbox: %s", t.f.text);
    exit(1);
  }
  return t;
}

int run(struct trial *t)
{
  return metes_sandbox_run(t->s, &t->budget, &t->stop, &t->f);
}

bool run_on(struct trial *t)
{
  struct metes_stop stop;

  return metes_sandbox_run(t->s, &t->budget, &stop, &t->f) == 0 && stop.outcome == METES_OUTCOME_WELL;
}

int call(struct trial *t, const char *name, const void *argument, size_t n)
{
  t->f.text[0] = '\0';
  return metes_sandbox_call(t->s, name, argument, n, &t->answer, &t->budget, &t->stop, &t->f);
}

struct trial ready(struct fixture *x, const char *guest)
{
  struct trial t = begin(x, guest, 0, NULL);

  if (run(&t) != 0 || t.stop.outcome != METES_OUTCOME_WELL)
    check(false, "the guest gets ready: %s %s", t.f.text, t.stop.what);
  return t;
}

bool hear_echo(struct trial *t, const char *name)
{
  return metes_sandbox_register(t->s, name, echo, t, &t->f) == 0;
}

bool answers(const struct trial *t, const char *text)
{
  return t->stop.outcome == METES_OUTCOME_WELL && t->answer.size == strlen(text) &&
         memcmp(t->answer.at, text, t->answer.size) == 0;
}

int main(int argc, char **argv)
{
  static struct fixture x;

  if (argc < 3)
    return 64;
  x.calc = read_file(argv[1]);
  x.liar = read_file(argv[2]);
  x.seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 2026;
  x.rounds = argc > 4 ? strtoull(argv[4], NULL, 0) : 1000;
  part = argc > 5 ? argv[5] : NULL;
  open_kvm(&x.kvm);
  if (part_runs("good"))
    good_calls(&x);
  if (part_runs("bad"))
    bad_calls(&x);
  if (part_runs("lies"))
    lies(&x);
  metes_kvm_close(&x.kvm);
  return check_end();
}
