/* SPDX-License-Identifier: Apache-2.0
 * Calls both ways on KVM, with a good guest and one that lies: each path of the API. Prints TAP.
 * usage: calls CALC LIAR [SEED [ROUNDS [good|bad|lies]]]    one part ends at its first failure */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

static unsigned number, failures;
static const char *part; /* alone; null: all of them */

bool check(bool good, const char *format, ...)
{
  va_list list;

  number++;
  failures += !good;
  printf("%s %u - ", good ? "ok" : "not ok", number);
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
  if (!good && part != NULL)
    exit(1);
  return good;
}

static struct metes_bytes read_file(const char *path)
{
  struct metes_bytes b = {.at = malloc(1 << 20)};
  FILE *const file = fopen(path, "rb");

  if (file == NULL || b.at == NULL)
    exit(66);
  b.n = fread(b.at, 1, 1 << 20, file);
  fclose(file);
  return b;
}

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

static void run_part(const char *name, void (*f)(struct fixture *), struct fixture *x)
{
  if (part == NULL || strcmp(part, name) == 0)
    f(x);
}

int main(int argc, char **argv)
{
  static struct fixture x;
  struct metes_failure f;

  if (argc < 3)
    return 64;
  x.calc = read_file(argv[1]);
  x.liar = read_file(argv[2]);
  x.seed = argc > 3 ? strtoull(argv[3], NULL, 0) : 2026;
  x.rounds = argc > 4 ? strtoull(argv[4], NULL, 0) : 1000;
  part = argc > 5 ? argv[5] : NULL;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (metes_kvm_open(&x.kvm, &f) != 0) {
    printf("not ok 1 - KVM: %s\n1..1\n", f.text);
    return 1;
  }
  run_part("good", good_calls, &x);
  run_part("bad", bad_calls, &x);
  run_part("lies", lies, &x);
  metes_kvm_close(&x.kvm);
  printf("1..%u\n", number);
  return failures != 0;
}
