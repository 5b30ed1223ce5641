/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the test of calls share. */
#ifndef METES_TESTS_KVM_CALLS_H
#define METES_TESTS_KVM_CALLS_H

#include "tap.h"

struct fixture {
  struct metes_kvm kvm;
  struct metes_bytes calc; /* vmm/guest/calc.c */
  struct metes_bytes liar; /* tests/kvm/liar.c */
  uint64_t seed;
  uint64_t rounds;
  uint8_t room[65536];
};

/* A guest in its sandbox, and what came of it last. */
struct trial {
  struct metes_sandbox *s;
  struct metes_budget budget;
  struct metes_stop stop;
  struct metes_failure f;
  struct metes_answer answer;
  unsigned served; /* how often the echo of the host was called */
  bool bare;       /* with an argument in the guest's own memory */
};

/* The same where the words tell what the condition has done: it comes first. */
#define CHECK(condition, ...)      \
  do {                             \
    const bool good_ = (condition); \
    check(good_, __VA_ARGS__);     \
  } while (0)

/* A sandbox that has not run; `guest` null is the liar, which does as its seed says. */
struct trial begin(struct fixture *x, const char *guest, uint64_t seed, const char *input);
struct trial ready(struct fixture *x, const char *guest); /* that has, to its HLT */
int run(struct trial *t);
bool run_on(struct trial *t); /* to its next HLT; what came of it last stays */
int call(struct trial *t, const char *name, const void *argument, size_t n);

/* Registers the host's echo by this name. *t must stay where it is. */
bool hear_echo(struct trial *t, const char *name);

/* The last call was answered by this text. */
bool answers(const struct trial *t, const char *text);

void good_calls(struct fixture *x); /* calls_good.c */
void bad_calls(struct fixture *x);  /* calls_bad.c: refusals, bad ends */
void lies(struct fixture *x);       /* calls_lies.c: nonsense in the buffers */

#endif
