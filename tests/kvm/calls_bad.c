/* SPDX-License-Identifier: Apache-2.0
 * Calls that are refused, and calls that end badly: each is said, and no call comes after it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

static uint32_t nothing(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)mine, (void)argument, (void)n, (void)a;
  return 0;
}

static bool refuses(struct trial *t, const char *name, const char *why)
{
  t->f.text[0] = '\0';
  return metes_sandbox_register(t->s, name, nothing, NULL, &t->f) == METES_EXIT_REFUSED &&
         strstr(t->f.text, why) != NULL;
}

static void names(struct fixture *x)
{
  struct trial t = ready(x, NULL);
  char name[66];
  bool good = true;

  memset(name, 'n', sizeof name);
  name[65] = '\0';
  CHECK(refuses(&t, "", "1 to 64"), "no name: %s", t.f.text);
  CHECK(refuses(&t, name, "1 to 64"), "a name of 65 characters: %s", t.f.text);
  CHECK(refuses(&t, "a b", "byte 1 is 0x20"), "a space in it: %s", t.f.text);
  CHECK(refuses(&t, "a\x7f", "byte 1 is 0x7f") && refuses(&t, "\xc3\xa4", "byte 0 is 0xc3"), "no ASCII: %s", t.f.text);
  name[64] = '\0';
  CHECK(metes_sandbox_register(t.s, name, nothing, NULL, &t.f) == 0, "a name of 64");
  CHECK(refuses(&t, name, "already"), "the same again: %s", t.f.text);
  CHECK(call(&t, "by-name", name, 64) == 0 && answers(&t, ""), "it is found");
  for (unsigned i = 1; i < 64; i++) {
    snprintf(name, sizeof name, "f%u", i);
    good &= metes_sandbox_register(t.s, name, nothing, NULL, &t.f) == 0;
    good &= call(&t, "by-name", name, strlen(name)) == 0 && answers(&t, "");
  }
  CHECK(good, "64 functions are found");
  CHECK(refuses(&t, "f64", "64 is the most"), "a 65th is one too many: %s", t.f.text);
  CHECK(call(&t, "by-name", "f6", 2) == 0 && answers(&t, "") && call(&t, "by-name", "f", 1) == 0 && t.stop.answered,
        "no name is found by its beginning");
  CHECK(call(&t, "a b", "", 0) == METES_EXIT_REFUSED, "a call by no name: %s", t.f.text);
  CHECK(call(&t, "by-name", "f1", 2) == 0 && answers(&t, ""), "which spoils nothing");
  metes_sandbox_close(t.s);
}

/* The host's function runs and calls its guest. */
static uint32_t entering(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  struct trial *const t = mine;
  struct metes_stop stop;
  struct metes_failure f;
  struct metes_answer answer = *a;
  bool good = metes_sandbox_call(t->s, "echo", argument, n, &answer, &t->budget, &stop, &f) == METES_EXIT_REFUSED;

  good &= metes_sandbox_run(t->s, &t->budget, &stop, &f) == METES_EXIT_REFUSED;
  a->size = (size_t)snprintf((char *)a->at, a->room, "%s: %s", good ? "refused" : "entered", f.text);
  return 0;
}

static void inside(struct fixture *x)
{
  struct trial t = ready(x, NULL);

  metes_sandbox_register(t.s, "entering", entering, &t, &t.f);
  CHECK(call(&t, "by-name", "entering", 8) == 0 && memcmp(x->room, "refused", 7) == 0,
        "a function of the host may not enter its guest: %.*s", (int)t.answer.size, (const char *)x->room);
  CHECK(call(&t, "by-name", "entering", 8) == 0 && t.stop.outcome == METES_OUTCOME_WELL, "and nothing is spoilt");
  metes_sandbox_close(t.s);
}

/* By seed, as in liar.c. */
static void not_ready(struct fixture *x)
{
  static const char *const why[] = {NULL, "no function", "no function", "no function", "no function", "no function",
                                    "no stack", "no stack", "no stack", "no function"};
  struct trial t = begin(x, NULL, 0, NULL);

  CHECK(call(&t, "poke", "", 0) == METES_EXIT_REFUSED && strstr(t.f.text, "not run yet") != NULL,
        "before its run: %s", t.f.text);
  metes_sandbox_close(t.s);
  for (unsigned seed = 1; seed <= 9; seed++) {
    t = begin(x, NULL, seed, NULL);
    CHECK(run(&t) == 0 && t.stop.outcome == METES_OUTCOME_WELL && call(&t, "poke", "", 0) == METES_EXIT_REFUSED &&
            strstr(t.f.text, why[seed]) != NULL,
          "not ready, %u: %s", seed, t.f.text);
    metes_sandbox_close(t.s);
  }
  t = begin(x, NULL, 10, NULL);
  CHECK(run(&t) == 0 && call(&t, "poke", "", 0) == 0 && t.stop.outcome >= METES_OUTCOME_ABORTED,
        "the last byte of its code, which is none of it: outcome %u", t.stop.outcome);
  metes_sandbox_close(t.s);
}

/* After it, no call; and once run on, where it can be, again. */
static void ends_badly(struct fixture *x, const char *function, const char *how, enum metes_outcome outcome,
                       const char *what, bool again)
{
  struct trial t = ready(x, NULL);

  hear_echo(&t, "echo");
  t.budget = (struct metes_budget){.seconds = how[0] == 'l' ? 0.2 : 5, .exits = 300, .output = 200};
  CHECK(call(&t, function, how, strlen(how)) == 0 && t.stop.outcome == outcome && strstr(t.stop.what, what) != NULL &&
          t.stop.has_registers,
        "%s %s: %s", function, how, t.stop.what);
  CHECK(call(&t, "many", "x", 1) == METES_EXIT_REFUSED && strstr(t.f.text, "ended badly") != NULL,
        "after that: %s", t.f.text);
  if (again) {
    t.budget.exits = 2000;
    CHECK(run(&t) == 0 && call(&t, "many", "x", 1) == 0 && answers(&t, "x"), "and run on, it is called again");
  }
  metes_sandbox_close(t.s);
}

static void cancelled(struct fixture *x)
{
  struct trial t = ready(x, "calc");

  metes_sandbox_cancel(t.s);
  CHECK(call(&t, "echo", "x", 1) == 0 && t.stop.outcome == METES_OUTCOME_CANCELLED, "a call that is cancelled");
  CHECK(call(&t, "echo", "x", 1) == METES_EXIT_REFUSED, "after that: %s", t.f.text);
  metes_sandbox_close(t.s);
}

static void *cancel_soon(void *s)
{
  usleep(100000);
  metes_sandbox_cancel(s);
  return NULL;
}

static void cancelled_in_it(struct fixture *x)
{
  struct trial t = ready(x, NULL);
  pthread_t thread;

  t.budget.seconds = 30;
  pthread_create(&thread, NULL, cancel_soon, t.s);
  CHECK(call(&t, "end", "l", 1) == 0 && t.stop.outcome == METES_OUTCOME_CANCELLED, "by another thread, in a loop");
  pthread_join(thread, NULL);
  metes_sandbox_close(t.s);
}

void bad_calls(struct fixture *x)
{
  names(x);
  inside(x);
  not_ready(x);
  ends_badly(x, "end", "0", METES_OUTCOME_BAD_MESSAGE, "ended (port 108) without an answer", false);
  ends_badly(x, "end", "3", METES_OUTCOME_FAILED, "", false);
  ends_badly(x, "end", "a", METES_OUTCOME_ABORTED, "", false);
  ends_badly(x, "end", "f", METES_OUTCOME_ABORTED, "", false);
  ends_badly(x, "end", "t", METES_OUTCOME_SHUTDOWN, "", false);
  ends_badly(x, "end", "l", METES_OUTCOME_DEADLINE, "", false);
  ends_badly(x, "end", "h", METES_OUTCOME_BAD_MESSAGE, "left no answer: the buffer is empty (BUF-5)", true);
  ends_badly(x, "storm", "x", METES_OUTCOME_BUDGET, "exits", false);
  cancelled(x);
  cancelled_in_it(x);
}
