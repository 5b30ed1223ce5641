/* SPDX-License-Identifier: Apache-2.0
 * Calls that are answered: by results, by errors, one within the other, of every size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/* What the host has room for, of each buffer's 16 KiB. */
#define BUFFER 0x4000u
#define ROOM (BUFFER - 16u - METES_MESSAGE_HEADER)

static void of_calc(struct fixture *x)
{
  struct trial t = ready(x, "calc");

  CHECK(hear_echo(&t, "host.echo"), "a function of the host is registered");
  CHECK(call(&t, "echo", "hello", 5) == 0 && answers(&t, "hello"), "a call is answered");
  CHECK(t.stop.exits == 1 && !t.stop.answered && t.stop.verdict == 0, "with one exit");
  CHECK(call(&t, "echo", NULL, 0) == 0 && answers(&t, ""), "also one with no argument");
  CHECK(call(&t, "add", "1 2 39", 6) == 0 && answers(&t, "42"), "another function answers");
  CHECK(call(&t, "relay", "there and back", 14) == 0 && answers(&t, "there and back") && t.served == 1,
        "the guest calls the host while it is called");
  CHECK(!t.bare, "the host's function is given a copy");
  CHECK(call(&t, "add", "1 x", 3) == 0 && t.stop.outcome == METES_OUTCOME_FAILED && t.stop.answered &&
          t.stop.verdict == 2 && strstr(t.stop.what, "'add' with error 2") != NULL &&
          memcmp(t.stop.message, "byte 2: only digits", 19) == 0,
        "an error has its code and its text");
  CHECK(call(&t, "nobody", "", 0) == 0 && t.stop.answered && t.stop.verdict == METES_ERROR_NO_FUNCTION,
        "a function that the guest has not is an error: %.*s", (int)t.stop.message_used, t.stop.message);
  CHECK(call(&t, "echo", "still", 5) == 0 && answers(&t, "still"), "after errors it is called on");
  CHECK(run(&t) == 0 && call(&t, "echo", "on", 2) == 0 && answers(&t, "on"), "run on, it is as ready as before");
  metes_sandbox_close(t.s);
}

static void print(void *mine, const char *text, size_t n)
{
  char *const heard = mine;

  strncat(heard, text, n);
}

static void log_line(void *mine, unsigned level, const char *line, size_t n)
{
  char one[100];

  snprintf(one, sizeof one, "[%u %.*s]", level, (int)n, line);
  strcat(mine, one);
}

static void words(struct fixture *x)
{
  struct trial t = ready(x, "calc");
  char heard[1000] = "";

  metes_sandbox_hear(t.s, (struct metes_voice){.print = print, .log = log_line, .mine = heard});
  CHECK(call(&t, "talk", "abc", 3) == 0 && answers(&t, "said"), "a call in which it talks");
  CHECK(strcmp(heard, "[1 an error][2 a warning][3 for information]printed, with an argument of 3 bytes\n") == 0,
        "is heard, its log lines to the level it was told: %.44s", heard);
  CHECK(t.stop.output == 3 * 2 + 8 + 9 + 15 + 37, "and counted: %lu bytes", (unsigned long)t.stop.output);
  CHECK(call(&t, "stop", "", 0) == 0 && t.stop.outcome == METES_OUTCOME_ABORTED && t.stop.code == 9 &&
          t.stop.message_used == 14,
        "an abort in a call has code and text");
  metes_sandbox_close(t.s);
}

static bool echoes(struct trial *t, const char *name, size_t n)
{
  uint8_t bytes[ROOM];

  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t)(i * 7);
  return call(t, name, bytes, n) == 0 && t->stop.outcome == METES_OUTCOME_WELL && t->answer.size == n &&
         memcmp(t->answer.at, bytes, n) == 0;
}

static void sizes(struct fixture *x)
{
  struct trial t = ready(x, "calc");
  const size_t most = ROOM - strlen("echo");
  const size_t each[] = {0, 1, 3, 4, 7, 8, 100, 4095, 4096, 8000, most - 1, most};
  uint8_t bytes[ROOM + 1] = {0};
  bool good = true;

  hear_echo(&t, "host.echo");
  for (unsigned i = 0; i < sizeof each / sizeof *each; i++)
    good &= echoes(&t, "echo", each[i]);
  CHECK(good, "arguments and answers of every size, to the largest that fits");
  CHECK(call(&t, "echo", bytes, most + 1) == METES_EXIT_REFUSED && strstr(t.f.text, "has room for 16348") != NULL,
        "one byte more is refused: %s", t.f.text);
  CHECK(echoes(&t, "echo", most), "and spoils nothing");
  CHECK(echoes(&t, "relay", 8000), "through guest and host and back, both buffers half full");
  CHECK(call(&t, "relay", bytes, 9000) == 0 && t.stop.answered && t.stop.verdict == METES_ERROR_TOO_LONG,
        "an answer for which the guest left no room is an error for it");
  CHECK(echoes(&t, "relay", 100), "after which it is called on");
  metes_sandbox_close(t.s);
  t = ready(x, NULL);
  CHECK(call(&t, "large", "16352", 5) == 0 && t.answer.size == ROOM, "the largest answer of a guest");
  CHECK(call(&t, "large", "16353", 5) == 0 && t.stop.answered && t.stop.verdict == METES_ERROR_TOO_LONG,
        "one byte more is its error");
  t.answer.room = 100;
  CHECK(call(&t, "large", "100", 3) == 0 && t.answer.size == 100, "an answer that just fits the caller's room");
  x->room[100] = 7;
  CHECK(call(&t, "large", "101", 3) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE && x->room[100] == 7,
        "one that does not: %s", t.stop.what);
  metes_sandbox_close(t.s);
}

static uint32_t too_long(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)mine, (void)argument, (void)n;
  a->size = SIZE_MAX;
  return 0;
}

static uint32_t refusing(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)mine, (void)argument, (void)n;
  a->size = (size_t)snprintf((char *)a->at, a->room, "not today");
  return 77;
}

static uint32_t all_of_it(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)mine, (void)argument, (void)n;
  memset(a->at, 'x', a->room);
  a->size = a->room;
  return 0;
}

static void of_the_host(struct fixture *x)
{
  struct trial t = ready(x, NULL);

  hear_echo(&t, "echo");
  CHECK(call(&t, "many", "between", 7) == 0 && answers(&t, "between") && t.served == 1000,
        "a thousand calls of the host within one of the guest, %u served", t.served);
  CHECK(call(&t, "by-name", "unheard", 7) == 0 && t.stop.answered && t.stop.verdict == METES_ERROR_NO_FUNCTION &&
          memcmp(t.stop.message, "the host has no function 'unheard'", 34) == 0,
        "a function that the host has not is an error, which names it");
  CHECK(call(&t, "by-name", "echo", 4) == 0 && answers(&t, ""), "and no end of the guest");
  metes_sandbox_register(t.s, "refusing", refusing, NULL, &t.f);
  metes_sandbox_register(t.s, "too-long", too_long, NULL, &t.f);
  metes_sandbox_register(t.s, "all-of-it", all_of_it, NULL, &t.f);
  CHECK(call(&t, "by-name", "refusing", 8) == 0 && t.stop.answered && t.stop.verdict == 77 &&
          t.stop.message_used == 9 && memcmp(t.stop.message, "not today", 9) == 0,
        "a function's own code and text arrive");
  CHECK(call(&t, "by-name", "too-long", 8) == 0 && t.stop.answered && t.stop.verdict == METES_ERROR_TOO_LONG,
        "a function that answers more than there is room is an error: %.*s", (int)t.stop.message_used, t.stop.message);
  CHECK(call(&t, "by-name", "all-of-it", 9) == 0 && t.stop.answered && t.stop.verdict == METES_ERROR_TOO_LONG,
        "likewise where what the guest has not popped is in the way: %.*s", (int)t.stop.message_used, t.stop.message);
  CHECK(call(&t, "many", "x", 1) == 0 && answers(&t, "x"), "it is called on");
  metes_sandbox_close(t.s);
}

static void entry(struct fixture *x)
{
  struct trial t = begin(x, NULL, 11, NULL);
  const uint64_t *const word = (const uint64_t *)(const void *)x->room;
  bool zero = true;
  uint64_t stack;

  run(&t);
  stack = t.stop.regs.rsp;
  CHECK(call(&t, "any", "", 0) == 0 && t.answer.size == 17 * 8, "a guest without the kit is called");
  for (unsigned i = 0; i < 15; i++)
    zero &= word[i] == 0;
  CHECK(zero && word[15] == 2 && word[16] == stack && stack % 16 == 0,
        "and finds rax to r15 0, rflags 2 and the stack that it left");
  metes_sandbox_close(t.s);
}

static void input(struct fixture *x)
{
  struct trial t = begin(x, NULL, 0, "to begin with");

  run(&t);
  CHECK(call(&t, "started", "", 0) == 0 && answers(&t, "to begin with"), "what it was given before its start");
  metes_sandbox_close(t.s);
  t = ready(x, NULL);
  CHECK(call(&t, "started", "", 0) == 0 && t.stop.answered && t.stop.verdict == 4, "or was not");
  metes_sandbox_close(t.s);
}

static void ports(struct fixture *x)
{
  struct trial t = ready(x, NULL);

  hear_echo(&t, "echo");
  CHECK(call(&t, "port", "long", 4) == 0 && answers(&t, "4 ") && t.served == 1, "a call by a word");
  CHECK(call(&t, "port", "rep", 3) == 0 && answers(&t, "3 3 ") && t.served == 3, "two by one string instruction");
  CHECK(call(&t, "port", "in", 2) == 0 && t.stop.outcome == METES_OUTCOME_UNSUPPORTED, "none by reading: %s",
        t.stop.what);
  metes_sandbox_close(t.s);
}

static void early(struct fixture *x)
{
  struct trial t = begin(x, NULL, 12, NULL);

  hear_echo(&t, "echo");
  run(&t);
  CHECK(t.served == 1 && call(&t, "started", "", 0) == 0 && answers(&t, "early"), "a guest calls before it is ready");
  metes_sandbox_close(t.s);
}

/* Two guests, turn by turn. */
static void two(struct fixture *x)
{
  struct trial a = ready(x, "calc"), b = ready(x, "calc");
  bool good = hear_echo(&a, "host.echo") && hear_echo(&b, "host.echo");

  for (unsigned i = 0; i < 100; i++)
    good &= echoes(&a, "echo", i) && echoes(&b, "relay", 2 * i);
  CHECK(good && a.served == 0 && b.served == 100, "two guests, each with its own calls");
  metes_sandbox_close(a.s);
  metes_sandbox_close(b.s);
}

void good_calls(struct fixture *x)
{
  of_calc(x);
  words(x);
  sizes(x);
  of_the_host(x);
  entry(x);
  input(x);
  ports(x);
  early(x);
  two(x);
}
