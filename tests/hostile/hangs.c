/* SPDX-License-Identifier: Apache-2.0
 * Every kind of hang, again and again: each is stopped in time, and the guest is well when it is put back.
 * usage: hangs GUEST TIMES MILLISECONDS */
#include <stdio.h>
#include <stdlib.h>

#include "storm.h"

enum { KINDS = 22, ALLOWED_LATE_US = 25000 };

static const char *const names[KINDS] = {
  "cli; jmp",       "pause",           "rdtsc",         "cpuid",          "mov to cr3",     "invlpg",
  "wbinvd",         "rep movsb",       "lock xadd",     "split lock",     "sqrtpd, divpd",  "debug registers",
  "vmmcall",        "mov to cr8",      "undefined",     "page faults",    "not canonical",  "int3",
  "single steps",   "rdmsr",           "division by 0", "its own tables",
};

struct tally {
  unsigned stopped;
  uint64_t latest, total; /* microseconds behind the deadline */
};

static void once(struct guest *g, double seconds, struct tally *t)
{
  const struct metes_budget b = {.seconds = seconds, .exits = 1 << 20, .output = 1 << 16};
  const uint64_t begun = nanoseconds();
  struct metes_stop stop;
  struct metes_failure f;
  const int status = metes_sandbox_run(g->sandbox, &b, &stop, &f);
  const uint64_t took = (nanoseconds() - begun) / 1000, deadline = (uint64_t)(seconds * 1e6);
  const uint64_t late = took > deadline ? took - deadline : 0;

  t->stopped += status == 0 && stop.outcome == METES_OUTCOME_DEADLINE && took >= deadline;
  t->latest = late > t->latest ? late : t->latest;
  t->total += late;
  guest_restore(g);
}

static void kind(const char *path, unsigned k, unsigned times, double seconds)
{
  struct tally t = {0};
  struct guest g;

  guest_open(&g, path, k, 0);
  guest_keep(&g);
  const int open_before = descriptors();
  for (unsigned i = 0; i < times; i++)
    once(&g, seconds, &t);
  check(t.stopped == times && t.latest <= ALLOWED_LATE_US && descriptors() == open_before,
        "%s: stopped %u of %u times, late by %.2f ms at most, %.2f ms in the mean", names[k], t.stopped,
        times, (double)t.latest / 1e3, (double)t.total / 1e3 / times);
  guest_close(&g);
}

int main(int argc, char **argv)
{
  if (argc != 4)
    return 64;
  const unsigned times = (unsigned)atoi(argv[2]);

  printf("1..%d\n", KINDS);
  for (unsigned k = 0; k < KINDS; k++)
    kind(argv[1], k, times, atof(argv[3]) / 1e3);
  return failed;
}
