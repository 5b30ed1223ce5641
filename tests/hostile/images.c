/* SPDX-License-Identifier: Apache-2.0
 * Random code in ring 0 of a guest: every run ends in one of the outcomes that there are, and leaves
 * nothing behind that a restore does not take away.
 * usage: images GUEST SEED RUNS */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storm.h"

enum { OUTCOMES = METES_OUTCOME_CANCELLED + 1, MOST = 256, EACH = 4096 };

/* What random bytes alone would seldom hit: instructions that reach out of the program. */
static const char *const reach[] = {
  "\xe6\x65", "\xe6\x66", "\xe6\x67", "\xe6\x6c", "\xe7\x65", "\xe7\x63",         /* out to ports 101, 102, 103, 108, 99 */
  "\xee", "\xef", "\xec", "\xed", "\x6e", "\xf3\x6e", "\x6c", "\xf3\x6f",         /* out, in, outs, ins by dx */
  "\xf4", "\xfa", "\xfb", "\xcc", "\xcd\x80", "\xcf", "\x0f\x0b", "\x0f\x05",     /* hlt, cli, sti, int, iret, ud2, syscall */
  "\x0f\x22\xd8", "\x0f\x22\xc0", "\x0f\x22\xe0", "\x0f\x20\xd8", "\x0f\x01\xd9", /* cr3, cr0, cr4, vmmcall */
  "\x0f\x30", "\x0f\x32", "\x0f\xa2", "\x0f\x01\x10", "\x0f\x01\x18", "\x0f\x00\xd8", /* msr, cpuid, lgdt, lidt, ltr */
  "\x0f\x01\x38", "\x0f\x08", "\x0f\x09", "\x0f\x01\xf8", "\x0f\x23\xf8", "\x0f\xae\x28", /* invlpg, wbinvd, swapgs, dr7 */
  "\xeb\xfe", "\xf3\xa4", "\xf3\xaa", "\xff\xe4", "\x9d", "\x9c", "\xc3", "\x50", "\xcb", /* loops, string moves, jumps */
};

static size_t word(uint64_t *random, uint8_t *to)
{
  const uint64_t n = random64(random);

  if (n % 8 < 3) {
    const char *const code = reach[n / 8 % (sizeof reach / sizeof *reach)];

    memcpy(to, code, strlen(code));
    return strlen(code);
  }
  if (n % 8 == 3) { /* a register becomes a number that may be an address */
    to[0] = 0x48;
    to[1] = (uint8_t)(0xb8 + n / 8 % 8);
    const uint64_t value = random64(random) >> n / 64 % 64;
    memcpy(to + 2, &value, 8);
    return 10;
  }
  memcpy(to, &n, 8);
  return 1 + n / 8 % 8;
}

static size_t image(uint64_t *random, uint8_t *to)
{
  const size_t most = 8 + random64(random) % (MOST - 32);
  size_t n = 0;

  while (n < most)
    n += word(random, to + n);
  return n;
}

struct tally {
  uint64_t of[OUTCOMES];
  uint64_t failures, unwell, exits;
  char said[sizeof(struct metes_failure)];
};

static void run_one(struct guest *g, uint64_t *random, struct tally *t)
{
  static const struct metes_budget b = {.seconds = 0.002, .exits = 500, .output = 4096};
  uint8_t code[MOST], room[MOST];
  struct metes_answer answer = {.at = room, .room = sizeof room};
  const size_t n = image(random, code);
  struct metes_failure f;
  struct metes_stop stop;

  if (metes_sandbox_call(g->sandbox, "run", code, n, &answer, &b, &stop, &f) != 0) {
    t->failures++;
    snprintf(t->said, sizeof t->said, "%s", f.text);
  } else if ((int)stop.outcome < OUTCOMES) {
    t->of[stop.outcome]++;
    t->exits += stop.exits;
  }
  guest_restore(g);
}

/* The guest adds right: its code, its tables and its buffers are as they were. */
static void look(struct guest *g, uint64_t *random, struct tally *t)
{
  static const struct metes_budget b = {.seconds = 5, .exits = 500, .output = 4096};
  const uint64_t numbers[2] = {random64(random), random64(random)};
  const uint8_t *bytes = (const uint8_t *)numbers;
  uint8_t room[16], total = 0;
  struct metes_answer answer = {.at = room, .room = sizeof room};
  struct metes_failure f;
  struct metes_stop stop;

  for (unsigned i = 0; i < sizeof numbers; i++)
    total += bytes[i];
  if (metes_sandbox_call(g->sandbox, "sum", bytes, sizeof numbers, &answer, &b, &stop, &f) != 0 ||
      stop.outcome != METES_OUTCOME_WELL || answer.size != 1 || room[0] != total)
    t->unwell++;
  guest_restore(g);
}

static uint64_t digest(const struct metes_guest_memory *g)
{
  return metes_checksum(g->snapshot, g->layout.snapshot_size);
}

int main(int argc, char **argv)
{
  struct tally t = {.failures = 0};
  struct guest g;

  if (argc != 4)
    return 64;
  uint64_t random = strtoull(argv[2], NULL, 0), ran = 0;
  const uint64_t runs = strtoull(argv[3], NULL, 0), begun = nanoseconds();

  puts("1..5");
  guest_open(&g, argv[1], 0, METES_OPT_EXECUTABLE_HEAP);
  guest_make_ready(&g);
  guest_keep(&g);
  const int open_before = descriptors();
  const uint64_t before = digest(metes_sandbox_memory(g.sandbox));
  for (uint64_t i = 0; i < runs; i++) {
    run_one(&g, &random, &t);
    if (i % EACH == 0)
      look(&g, &random, &t);
  }
  look(&g, &random, &t);
  for (int i = 0; i < OUTCOMES; i++)
    ran += t.of[i];
  printf("# seed %s: %" PRIu64 " runs in %.1f s, %" PRIu64 " exits; well %" PRIu64 ", failed %" PRIu64
         ", aborted %" PRIu64 ", deadline %" PRIu64 ", budget %" PRIu64 ", shutdown %" PRIu64 ", fault %" PRIu64
         ", unsupported %" PRIu64 ", refused by KVM %" PRIu64 ", bad message %" PRIu64 "\n",
         argv[2], runs, (double)(nanoseconds() - begun) / 1e9, t.exits, t.of[0], t.of[1], t.of[2], t.of[3], t.of[4],
         t.of[5], t.of[6], t.of[7], t.of[8], t.of[9]);
  check(ran == runs, "%" PRIu64 " of %" PRIu64 " runs ended in an outcome; the monitor failed %" PRIu64 " times %s",
        ran, runs, t.failures, t.said);
  check(t.unwell == 0, "after them the guest, put back, answers as before");
  check(digest(metes_sandbox_memory(g.sandbox)) == before, "its snapshot is what it was, byte for byte");
  check(descriptors() == open_before, "%d descriptors are open, as before", open_before);
  int met = 0;
  for (int i = 0; i < METES_OUTCOME_CANCELLED; i++)
    met += t.of[i] > 0;
  check(met >= 7, "%d kinds of outcome were met", met);
  guest_close(&g);
  return failed;
}
