/* SPDX-License-Identifier: Apache-2.0
 * Many guests from one snapshot: they share its memory, and nothing else. */
#include <string.h>

#include "snapshots.h"

#define GUESTS 100u /* clones.c has more */
#define SIZE 0x100000
#define OWN_KB 48 /* a guest that has not run: 10 pages when this was written, and two more */

static struct metes_sandbox *all[GUESTS];

static void start_all(const struct metes_kvm *k, struct metes_vm_snapshot *from)
{
  struct metes_failure f = {0};

  for (unsigned i = 0; i < GUESTS; i++)
    must(metes_sandbox_start(k, from, &all[i], &f), &f);
}

/* Each has its own pages, and sees nothing of the others'. */
static void apart(struct metes_vm_snapshot *from)
{
  unsigned wrong = 0;

  for (unsigned i = 0; i < GUESTS; i += 25)
    wrong += ask(all[i], COMMAND_SCRIBBLE, 0).outcome != METES_OUTCOME_WELL;
  for (unsigned i = 24; i < GUESTS; i += 25) {
    const struct metes_stop stop = ask(all[i], COMMAND_LOOK, 0);

    wrong += stop.outcome != METES_OUTCOME_WELL || stop.verdict != 0;
  }
  ok(wrong == 0, "some write to all their memory, others see nothing of it (%u wrong)", wrong);
  wrong = 0;
  for (unsigned i = 0; i < GUESTS; i++)
    wrong += metes_sandbox_memory(all[i])->snapshot != metes_snapshot_memory(from)->snapshot;
  ok(wrong == 0, "all share slot 0");
}

static void put_back(struct metes_vm_snapshot *from)
{
  struct metes_failure f = {0};
  unsigned wrong = 0;

  for (unsigned i = 0; i < GUESTS; i += 25) {
    must(metes_sandbox_restore(all[i], from, &f), &f);
    wrong += !same_memory(metes_sandbox_memory(all[i]), metes_snapshot_memory(from));
    const struct metes_stop stop = ask(all[i], COMMAND_LOOK, 0);
    wrong += stop.outcome != METES_OUTCOME_WELL || stop.verdict != 0;
  }
  ok(wrong == 0, "each can be put back (%u wrong)", wrong);
}

void test_starts(const struct metes_kvm *k)
{
  struct metes_sandbox *s = guest(k, SIZE, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *from;
  unsigned fds, maps;
  unsigned long before, after;

  must(metes_sandbox_take(s, &from, &f), &f);
  metes_sandbox_close(s); /* the snapshot needs it no more */
  fds = descriptors();
  maps = mappings();
  before = private_memory();
  start_all(k, from);
  after = private_memory();
  ok((after - before) / GUESTS <= OWN_KB, "%u guests from one snapshot: %lu kB each, and 1024 kB is each one's scratch",
     GUESTS, (after - before) / GUESTS);
  for (unsigned i = 0; i < GUESTS; i++) /* every 25th is to see nothing of it */
    (void)ask(all[i], i % 25 == 24 ? COMMAND_REST : COMMAND_DIRTY, 4);
  ok((private_memory() - after) / GUESTS <= 16 + 32, "writing to 4 pages each, beside its stack, adds %lu kB each",
     (private_memory() - after) / GUESTS);
  apart(from);
  put_back(from);
  for (unsigned i = 0; i < GUESTS / 2; i++)
    metes_sandbox_close(all[i]);
  metes_snapshot_free(from); /* before the others */
  const struct metes_stop stop = ask(all[GUESTS - 2], COMMAND_REST, 0);
  ok(stop.outcome == METES_OUTCOME_WELL, "one outlives its snapshot's user");
  for (unsigned i = GUESTS / 2; i < GUESTS; i++)
    metes_sandbox_close(all[GUESTS - 1 - (i - GUESTS / 2)]);
  ok(descriptors() == fds - 1 && mappings() < maps, "all is given back: %u descriptors of %u, %u mappings of %u",
     descriptors(), fds, mappings(), maps);
}
