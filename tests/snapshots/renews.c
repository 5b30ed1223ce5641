/* SPDX-License-Identifier: Apache-2.0
 * One guest after the other in one VM: each is as if it had been started, whatever those before it did. */
#include <string.h>

#include "snapshots.h"

#define SIZE 0x100000
#define HEAP 0x20000
#define ROW 1000u

static unsigned heard;

static void hear(void *mine, const char *text, size_t n)
{
  (void)mine;
  (void)text;
  heard += n != 0;
}

static uint32_t nothing(void *mine, const uint8_t *argument, size_t n, struct metes_answer *answer)
{
  (void)mine;
  (void)argument;
  (void)n;
  answer->size = 0;
  return 0;
}

/* All that a guest can have and do: memory, processor, a function, a voice, a time that is up, a cancel on its way. */
static void live(struct metes_sandbox *s, struct metes_vm_snapshot *from)
{
  struct metes_failure f = {0};

  must(metes_sandbox_restore(s, from, &f), &f); /* its generation is one more, too */
  must(metes_sandbox_register(s, "function", nothing, NULL, &f), &f);
  metes_sandbox_hear(s, (struct metes_voice){.print = hear});
  (void)ask(s, COMMAND_STRING, 3);
  ok(heard != 0, "one is heard");
  (void)ask(s, COMMAND_SCRIBBLE, 0);
  (void)ask(s, COMMAND_DIRTY, 4);
  (void)ask(s, COMMAND_REGISTERS, 0);
  must(metes_sandbox_arm(s, 0.001, &f), &f);
  metes_sandbox_cancel(s);
}

static unsigned timers(void)
{
  return lines_of("/proc/self/timers", "ID:");
}

static bool same_processor(const struct metes_sandbox *a, const struct metes_sandbox *b)
{
  static struct metes_cpu_state of_a, of_b;
  struct metes_failure f = {0};

  metes_cpu_blank(&of_a);
  metes_cpu_blank(&of_b);
  must(metes_cpu_take(metes_sandbox_vm(a), &of_a, &f), &f);
  must(metes_cpu_take(metes_sandbox_vm(b), &of_b, &f), &f);
  return memcmp(&of_a, &of_b, sizeof of_a) == 0;
}

static void as_new(const struct metes_sandbox *s, const struct metes_sandbox *fresh)
{
  const struct metes_guest_memory *a = metes_sandbox_memory(s), *b = metes_sandbox_memory(fresh);

  ok(memcmp(a->scratch, b->scratch, a->layout.scratch_size) == 0, "scratch is a new guest's, with its generation");
  ok(same_processor(s, fresh), "so is the processor");
}

static void behaves(struct metes_sandbox *s)
{
  struct metes_failure f = {0};
  struct metes_stop stop;

  stop = ask(s, COMMAND_REST, 0);
  ok(stop.outcome == METES_OUTCOME_WELL, "no cancel meets it: %d", (int)stop.outcome);
  heard = 0;
  (void)ask(s, COMMAND_STRING, 3);
  ok(heard == 0, "nobody hears it");
  stop = ask(s, COMMAND_LOOK, 0);
  ok(stop.outcome == METES_OUTCOME_WELL && stop.verdict == 0, "it sees nothing of those before it: %u", stop.verdict);
  ok(metes_sandbox_register(s, "function", nothing, NULL, &f) == 0, "it has no functions: %s", f.text);
}

/* What is refused has changed nothing. */
static void refused(const struct metes_kvm *k, struct metes_sandbox *s)
{
  struct metes_sandbox *const other = guest(k, SIZE, HEAP);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *foreign;

  must(metes_sandbox_take(other, &foreign, &f), &f);
  ok(metes_sandbox_renew(s, foreign, &f) == METES_EXIT_REFUSED, "the snapshot of another guest is refused: %s", f.text);
  ok(metes_sandbox_register(s, "function", nothing, NULL, &f) != 0, "and the guest keeps its functions");
  metes_snapshot_free(foreign);
  metes_sandbox_close(other);
}

static void in_a_row(struct metes_sandbox *s, struct metes_vm_snapshot *from)
{
  const unsigned fds = descriptors(), maps = mappings();
  const unsigned long before = private_memory();
  struct metes_failure f = {0};
  unsigned wrong = 0;

  for (unsigned i = 0; i < ROW; i++) {
    (void)ask(s, i % 2 == 0 ? COMMAND_SCRIBBLE : COMMAND_DIRTY, 4);
    must(metes_sandbox_renew(s, from, &f), &f);
    wrong += !same_memory(metes_sandbox_memory(s), metes_snapshot_memory(from));
  }
  ok(wrong == 0, "%u guests in a row, each as new (%u wrong)", ROW, wrong);
  ok(descriptors() == fds && mappings() == maps && private_memory() <= before + 64,
     "they take no more than the first: %lu kB, then %lu kB", before, private_memory());
}

void test_renews(const struct metes_kvm *k)
{
  struct metes_sandbox *first = guest(k, SIZE, HEAP), *s, *fresh;
  struct metes_failure f = {0};
  struct metes_vm_snapshot *from;

  must(metes_sandbox_take(first, &from, &f), &f);
  metes_sandbox_close(first);
  must(metes_sandbox_start(k, from, &s, &f), &f);
  must(metes_sandbox_start(k, from, &fresh, &f), &f);
  live(s, from);
  ok(timers() == 1, "it has a deadline");
  must(metes_sandbox_renew(s, from, &f), &f);
  ok(timers() == 0, "the next has none");
  as_new(s, fresh);
  behaves(s);
  refused(k, s);
  in_a_row(s, from);
  metes_sandbox_close(fresh);
  metes_sandbox_close(s);
  metes_snapshot_free(from);
}
