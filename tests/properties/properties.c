/* SPDX-License-Identifier: Apache-2.0
 * Random configurations, profiles and plans: core against the second model. Prints TAP.
 *   METES_SEED    where to begin (default 1)
 *   METES_TRIALS  how many (default 3000000) */
#include <stdlib.h>

#include "agree.h"

static uint64_t setting(const char *name, uint64_t otherwise)
{
  const char *text = getenv(name);

  return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* Each trial has its own seed, so that one can be repeated alone. */
static const char *run(uint64_t seed, uint64_t trials)
{
  for (uint64_t i = 0; i < trials; i++) {
    struct source s = {.state = (seed + i) * 0x9E3779B97F4A7C15U};
    struct trial t;
    const char *why = agree(&s, &t);

    if (why) {
      printf("# this does not hold: %s\n# repeat it with METES_SEED=%" PRIu64 " METES_TRIALS=1\n", why, seed + i);
      trial_print(stdout, &t);
      return why;
    }
  }
  return NULL;
}

/* Those that layouts, plans, mappings, buffers, snapshots and memory answer; the others are asked for in tests/unit. */
static int ours(int status)
{
  return (status <= METES_E_UNMAPPED && status != METES_E_BUFFER && status != METES_E_LENGTH) ||
         status >= METES_E_MAP_FLAGS;
}

/* Is every one of them among the answers? Only asked where there were trials enough. */
static int seen_all(uint64_t trials)
{
  int all = 1;

  for (int i = 0; i < AGREE_STATUSES; i++)
    if (trials >= 100000 && ours(i) && agree_seen[i] < 20) {
      printf("# status %d was the answer %lu times\n", i, agree_seen[i]);
      all = 0;
    }
  return all;
}

int main(void)
{
  const uint64_t seed = setting("METES_SEED", 1), trials = setting("METES_TRIALS", 3000000);

  printf("1..2\n# METES_SEED=%" PRIu64 " METES_TRIALS=%" PRIu64 "\n", seed, trials);
  const char *why = run(seed, trials);

  printf("%s 1 - %" PRIu64 " random configurations and plans: core and the second model agree\n",
         why ? "not ok" : "ok", trials);
  const int all = seen_all(trials);

  printf("%s 2 - every status was the answer\n", all ? "ok" : "not ok");
  printf("# how often each status was the answer:");
  for (int i = 0; i < AGREE_STATUSES; i++)
    printf(" %d:%lu", i, agree_seen[i]);
  puts("");
  return why || !all;
}
