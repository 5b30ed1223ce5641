/* SPDX-License-Identifier: Apache-2.0
 * Every kind of hang, again and again: each is stopped in time, and the guest is well when it is put back: right before
 * the next hang it adds some bytes and prints the sum. The deadline is armed as that comes, so that each hang has all
 * of it, however busy the machine is.
 * usage: hangs GUEST FIRST END TIMES MILLISECONDS [ALLOWED]    kinds, the deadline, how many behind it may be late */
#include <stdio.h>
#include <stdlib.h>

#include "storm.h"

enum { KINDS = 22 };

static const char *const names[KINDS] = {
  "cli; jmp",       "pause",           "rdtsc",         "cpuid",          "mov to cr3",     "invlpg",
  "wbinvd",         "rep movsb",       "lock xadd",     "split lock",     "sqrtpd, divpd",  "debug registers",
  "vmmcall",        "mov to cr8",      "undefined",     "page faults",    "not canonical",  "int3",
  "single steps",   "rdmsr",           "division by 0", "its own tables",
};

struct tally {
  unsigned stopped, same;
  uint64_t latest, total; /* microseconds behind the deadline */
};

/* A guest on its way into a hang. */
struct watch {
  struct guest *guest;
  double seconds;
  uint8_t sum; /* that it shall print */
  bool right;
  uint64_t begun;
};

static void hear(void *mine, const char *text, size_t n)
{
  struct watch *const w = mine;
  struct metes_failure f;

  w->begun = nanoseconds();
  w->right = n == 1 && (uint8_t)*text == w->sum && metes_sandbox_arm(w->guest->sandbox, w->seconds, &f) == 0;
}

static void once(struct watch *w, const uint8_t *call, size_t n, struct tally *t)
{
  const struct metes_budget b = {.seconds = 30, .exits = 1 << 20, .output = 1 << 16};
  struct metes_answer none = {.room = 0};
  struct metes_stop stop;
  struct metes_failure f;

  w->right = false;
  const int status = metes_sandbox_call(w->guest->sandbox, "hang", call, n, &none, &b, &stop, &f);
  const uint64_t took = (nanoseconds() - w->begun) / 1000, deadline = (uint64_t)(w->seconds * 1e6);
  const uint64_t late = took > deadline ? took - deadline : 0;

  t->stopped += status == 0 && w->right && stop.outcome == METES_OUTCOME_DEADLINE && took >= deadline;
  t->latest = late > t->latest ? late : t->latest;
  t->total += late;
  guest_restore(w->guest);
  t->same += guest_same(w->guest);
}

static void kind(struct watch *w, uint8_t k, unsigned times, double allowed)
{
  const int open_before = descriptors();
  uint64_t random = k;
  struct tally t = {0};

  for (unsigned i = 0; i < times; i++) {
    uint64_t call[3] = {random64(&random), random64(&random), random64(&random)};
    uint8_t *const bytes = (uint8_t *)call;

    bytes[0] = k;
    w->sum = 0;
    for (size_t j = 0; j < sizeof call; j++)
      w->sum += bytes[j];
    once(w, bytes, sizeof call, &t);
  }
  check(t.stopped == times && t.same == times && (double)t.latest <= allowed && descriptors() == open_before,
        "%s: stopped %u and put back %u of %u times, late by %.2f ms at most, %.2f ms in the mean", names[k], t.stopped,
        t.same, times, (double)t.latest / 1e3, (double)t.total / 1e3 / times);
}

int main(int argc, char **argv)
{
  struct guest g;
  struct watch w = {.guest = &g};

  if (argc != 6 && argc != 7)
    return 64;
  const unsigned first = (unsigned)atoi(argv[2]), end = (unsigned)atoi(argv[3]), times = (unsigned)atoi(argv[4]);
  const double allowed = argc == 7 ? atof(argv[6]) * 1e3 : 1e9; /* microseconds; on a busy machine none is too many */
  const uint64_t begun = nanoseconds();

  if (first >= end || end > KINDS)
    return 64;
  printf("1..%u\n", end - first);
  w.seconds = atof(argv[5]) / 1e3;
  guest_open(&g, argv[1], 0, 0);
  metes_sandbox_hear(g.sandbox, (struct metes_voice){.mine = &w, .print = hear});
  guest_make_ready(&g);
  guest_keep(&g);
  for (unsigned k = first; k < end; k++)
    kind(&w, (uint8_t)k, times, allowed);
  printf("# %u hangs in %.1f s\n", (end - first) * times, (double)(nanoseconds() - begun) / 1e9);
  guest_close(&g);
  return failed;
}
