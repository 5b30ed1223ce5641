/* SPDX-License-Identifier: Apache-2.0
 * Going back, again and again: nothing of the guest's survives, nothing of the host's is lost. */
#include <string.h>

#include "snapshots.h"
#include "vmm/sandbox_parts.h"

#define RESTORES many("METES_RESTORES", 1000, 1000000)
#define SIZE 0x100000

/* After it each of these ends must be undone. */
static const struct {
  enum command command;
  uint64_t argument;
  enum metes_outcome outcome;
} ends[] = {
  {COMMAND_DIRTY, 64, METES_OUTCOME_WELL},          {COMMAND_SCRIBBLE, 0, METES_OUTCOME_WELL},
  {COMMAND_REGISTERS, 0, METES_OUTCOME_WELL},       {COMMAND_SHUTDOWN, 0, METES_OUTCOME_SHUTDOWN},
  {COMMAND_PORT, 0, METES_OUTCOME_UNSUPPORTED},     {COMMAND_STRING, 1 << 20, METES_OUTCOME_BUDGET},
  {COMMAND_READ_ONLY, 0, METES_OUTCOME_FAULT},      {COMMAND_FOREVER, 0, METES_OUTCOME_DEADLINE},
  {COMMAND_REST, 0, METES_OUTCOME_WELL},            {COMMAND_MSR, 0, METES_OUTCOME_WELL},
};

/* Little output, and time only where there is no other end. */
static struct metes_budget small(enum command command)
{
  return (struct metes_budget){command == COMMAND_FOREVER ? 0.05 : 10, 100, 50};
}

static void each_end(struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  struct metes_failure f = {0};

  for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
    const struct metes_stop stop = ask_for(s, ends[i].command, ends[i].argument, small(ends[i].command));

    ok(stop.outcome == ends[i].outcome, "command %d ends with outcome %d: %d %.*s %s", (int)ends[i].command,
       (int)ends[i].outcome, (int)stop.outcome, (int)stop.message_used, stop.message, stop.what);
    must(metes_sandbox_restore(s, first, &f), &f);
    ok(same_memory(metes_sandbox_memory(s), metes_snapshot_memory(first)), "each byte is back");
    const struct metes_stop after = ask(s, COMMAND_LOOK, 0);
    ok(after.outcome == METES_OUTCOME_WELL && after.verdict == 0, "and the guest sees nothing of it (flaw %u, outcome %d)",
       after.verdict, (int)after.outcome);
    must(metes_sandbox_restore(s, first, &f), &f);
  }
}

/* A snapshot at any stop goes on from there. */
static void any_stop(const struct metes_kvm *k, struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
    struct metes_failure f = {0};
    struct metes_vm_snapshot *here = NULL;
    struct metes_sandbox *other = NULL;

    if (ends[i].command == COMMAND_STRING)
      continue;
    must(metes_sandbox_restore(s, first, &f), &f);
    (void)ask_for(s, ends[i].command, ends[i].argument, small(ends[i].command));
    must(metes_sandbox_take(s, &here, &f), &f);
    ok(same_memory(metes_sandbox_memory(s), metes_snapshot_memory(here)), "taken after command %d: all of it",
       (int)ends[i].command);
    must(metes_sandbox_start(k, here, &other, &f), &f);
    ok(same_memory(metes_sandbox_memory(other), metes_snapshot_memory(here)), "and started from");
    if (ends[i].command == COMMAND_PORT || ends[i].command == COMMAND_READ_ONLY) {
      const struct metes_stop stop = ask(other, COMMAND_REST, 0);

      ok(stop.outcome == METES_OUTCOME_WELL, "the instruction that ended it is done: it goes on behind it (%d)",
         (int)stop.outcome);
    }
    metes_sandbox_close(other);
    must(metes_sandbox_restore(s, first, &f), &f);
    ok(same_memory(metes_sandbox_memory(s), metes_snapshot_memory(first)), "from one snapshot to another");
    metes_snapshot_free(here);
  }
}

/* One instruction, two accesses: between them it is neither taken nor lost, and can be put back. */
static void in_the_middle(struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  const struct metes_budget rest = {0, 1000, 1 << 20};
  struct metes_failure f = {0};
  struct metes_vm_snapshot *here;
  struct metes_stop stop = ask(s, COMMAND_STRADDLE, 0);

  ok(stop.outcome == METES_OUTCOME_FAULT && metes_sandbox_take(s, &here, &f) == METES_EXIT_REFUSED && here == NULL,
     "no snapshot in the middle of an instruction: %s", f.text);
  must(metes_sandbox_run(s, &rest, &stop, &f), &f);
  ok(stop.outcome == METES_OUTCOME_FAULT && stop.exits == 1, "and nothing of it is lost");
  must(metes_sandbox_run(s, &rest, &stop, &f), &f);
  ok(stop.outcome == METES_OUTCOME_WELL, "it goes on behind it");
  (void)ask(s, COMMAND_STRADDLE, 0);
  must(metes_sandbox_restore(s, first, &f), &f);
  ok(ask(s, COMMAND_LOOK, 0).verdict == 0, "from there it is put back, too");
  must(metes_sandbox_restore(s, first, &f), &f);
}

/* Between two of its repetitions a string instruction is as good as between two instructions. */
static void string(struct metes_sandbox *s, struct metes_vm_snapshot *first, const struct metes_kvm *k)
{
  const struct metes_budget rest = {0, 1000, 1 << 20};
  struct metes_failure f = {0};
  struct metes_vm_snapshot *here;
  struct metes_sandbox *other;
  struct metes_stop stop = ask_for(s, COMMAND_STRING, 150, small(COMMAND_STRING));
  const uint64_t before = stop.exits;

  must(metes_sandbox_take(s, &here, &f), &f);
  must(metes_sandbox_start(k, here, &other, &f), &f);
  must(metes_sandbox_run(other, &rest, &stop, &f), &f);
  ok(stop.outcome == METES_OUTCOME_WELL && before + stop.exits == 151, "a string instruction goes on where it was: %lu + %lu",
     (unsigned long)before, (unsigned long)stop.exits);
  metes_sandbox_close(other);
  metes_snapshot_free(here);
  must(metes_sandbox_restore(s, first, &f), &f);
}

static void host_writes(struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  const struct metes_memory door = metes_guest_door(metes_sandbox_memory(s));
  struct metes_failure f = {0};
  struct metes_error err;

  if (metes_gpa_write(&door, door.layout.scratch_gpa + 5000, (const uint8_t *)"host", 4, &err) != METES_OK)
    ok(false, "the host writes");
  metes_sandbox_wrote(s, 5000, 4);
  must(metes_sandbox_restore(s, first, &f), &f);
  ok(same_memory(metes_sandbox_memory(s), metes_snapshot_memory(first)), "what the host wrote is put back, too");
}

static void ten_thousand(struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  const unsigned fds = descriptors(), maps = mappings();
  struct metes_failure f = {0};
  unsigned long before = 0;
  unsigned wrong = 0, bad = 0;

  for (unsigned i = 0; i < RESTORES; i++) {
    if (i == 100)
      before = resident();
    bad += ask(s, COMMAND_DIRTY, i % 50 == 0 ? 64 : i % 3).outcome != METES_OUTCOME_WELL;
    must(metes_sandbox_restore(s, first, &f), &f);
    wrong += i % 50 == 0 && !same_memory(metes_sandbox_memory(s), metes_snapshot_memory(first));
  }
  ok(wrong == 0 && bad == 0, "%u restores: each byte the same (%u, %u)", RESTORES, wrong, bad);
  ok(resident() <= before + 64, "nothing resident is added: %lu kB, %lu kB", before, resident());
  ok(descriptors() == fds && mappings() == maps, "no descriptor, no mapping: %u of %u, %u of %u", descriptors(), fds,
     mappings(), maps);
}

static void generations(struct metes_sandbox *s, struct metes_vm_snapshot *first, const struct metes_kvm *k)
{
  struct metes_failure f = {0};
  struct metes_sandbox *other;
  const uint32_t before = ask(s, COMMAND_GENERATION, 0).verdict;

  must(metes_sandbox_restore(s, first, &f), &f);
  ok(ask(s, COMMAND_GENERATION, 0).verdict == before + 1, "each restore raises the generation: %u", before + 1);
  must(metes_sandbox_restore(s, first, &f), &f);
  must(metes_sandbox_start(k, first, &other, &f), &f);
  ok(ask(other, COMMAND_GENERATION, 0).verdict == 1, "a guest that is started from a snapshot has its next one");
  metes_sandbox_close(other);
}

void test_ends(const struct metes_kvm *k)
{
  const unsigned fds = descriptors(), maps = mappings();
  struct metes_sandbox *const s = guest(k, SIZE, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *first;

  must(metes_sandbox_take(s, &first, &f), &f);
  each_end(s, first);
  in_the_middle(s, first);
  host_writes(s, first);
  generations(s, first, k);
  metes_sandbox_close(s);
  metes_snapshot_free(first);
  ok(descriptors() == fds && mappings() <= maps + 1, "all is given back: %u descriptors of %u, %u mappings of %u",
     descriptors(), fds, mappings(), maps);
}

void test_stops(const struct metes_kvm *k)
{
  struct metes_sandbox *const s = guest(k, SIZE, 0x20000), *const another = guest(k, SIZE, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *first;

  must(metes_sandbox_take(s, &first, &f), &f);
  ok(metes_sandbox_restore(another, first, &f) == METES_EXIT_REFUSED, "another guest is not put back to it: %s", f.text);
  metes_sandbox_close(another);
  any_stop(k, s, first);
  string(s, first, k);
  metes_sandbox_close(s);
  metes_snapshot_free(first);
}

void test_restores(const struct metes_kvm *k)
{
  struct metes_sandbox *const s = guest(k, SIZE, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *first;

  must(metes_sandbox_take(s, &first, &f), &f);
  ten_thousand(s, first);
  metes_snapshot_free(first);
  must(metes_sandbox_take(s, &first, &f), &f); /* of the same guest again */
  (void)ask(s, COMMAND_SCRIBBLE, 0);
  must(metes_sandbox_restore(s, first, &f), &f);
  ok(same_memory(metes_sandbox_memory(s), metes_snapshot_memory(first)), "a second snapshot takes the place of the first");
  metes_sandbox_close(s);
  metes_snapshot_free(first);
}
