/* SPDX-License-Identifier: Apache-2.0
 * Random code in ring 0 of a guest: every run ends in one of the outcomes that there are, and leaves
 * nothing behind that a restore does not take away. A guest that came back from one image runs the next
 * as that left it, some in a row; each other end is followed by a restore, and now and then it must be well.
 * usage: images GUEST SEED RUNS */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storm.h"
#include "wild.h"

enum { OUTCOMES = METES_OUTCOME_CANCELLED + 1, MOST = 256, IN_A_ROW = 16, EACH = 8 };

/* What random bytes alone would seldom hit: instructions that reach out of the program. */
static const char *const reach[] = {
  "\xf4", "\xfa", "\xfb", "\xcc", "\xcd\x80", "\xcf", "\x0f\x0b", "\x0f\x05",     /* hlt, cli, sti, int, iret, ud2, syscall */
  "\x0f\x22\xd8", "\x0f\x22\xc0", "\x0f\x22\xe0", "\x0f\x20\xd8", "\x0f\x01\xd9", /* cr3, cr0, cr4, vmmcall */
  "\x0f\x30", "\x0f\x32", "\x0f\xa2", "\x0f\x01\x10", "\x0f\x01\x18", "\x0f\x00\xd8", /* msr, cpuid, lgdt, lidt, ltr */
  "\x0f\x01\x38", "\x0f\x08", "\x0f\x09", "\x0f\x01\xf8", "\x0f\x21\xf8", "\x0f\xae\x28", /* invlpg, wbinvd, swapgs, from dr7 */
  "\xeb\xfe", "\xf3\xa4", "\xf3\xaa", "\xff\xe4", "\x9d", "\x9c", "\xc3", "\x50", "\xcb", /* loops, string moves, jumps */
};

/* Ports: less often, as nearly each of them ends the run, and what lies behind it is not tried. */
static const char *const ports[] = {
  "\xe6\x65", "\xe6\x66", "\xe6\x67", "\xe6\x6c", "\xe7\x65", "\xe7\x63", /* out to ports 101, 102, 103, 108, 99 */
  "\xee", "\xef", "\xec", "\xed", "\x6e", "\xf3\x6e", "\x6c", "\xf3\x6f", /* out, in, outs, ins by dx */
};

static size_t one_of(const char *const *list, size_t n, uint64_t random, uint8_t *to)
{
  const char *const code = list[random % n];

  memcpy(to, code, strlen(code));
  return strlen(code);
}

static size_t word(uint64_t *random, uint8_t *to)
{
  const uint64_t n = random64(random), rest = n / 32;

  if (n % 32 == 0)
    return one_of(ports, sizeof ports / sizeof *ports, rest, to);
  if (n % 32 < 12)
    return one_of(reach, sizeof reach / sizeof *reach, rest, to);
  if (n % 32 < 16) { /* a register becomes a number that may be an address */
    to[0] = 0x48;
    to[1] = (uint8_t)(0xb8 + rest % 8);
    const uint64_t value = random64(random) >> rest / 8 % 64;
    memcpy(to + 2, &value, 8);
    return 10;
  }
  memcpy(to, &rest, 8);
  return 1 + rest % 8;
}

/* What QEMU, in which this mostly runs, does not bear is left out. A debug register that is written: its SVM leaves a
 * guest's breakpoints to its host, whose kernel then dies of them. A bit that is set, cleared or flipped in a register,
 * with a LOCK before it: QEMU 7.2 ends itself ("tcg fatal error"); so these are done in memory. */
static void spare_qemu(uint8_t *code, size_t n)
{
  for (size_t i = 1; i < n; i++)
    if (code[i - 1] == 0x0f && code[i] == 0x23)
      code[i] = 0x21;
    else if (i + 1 < n && code[i - 1] == 0x0f &&
             (code[i] == 0xab || code[i] == 0xb3 || code[i] == 0xba || code[i] == 0xbb))
      code[i + 1] &= 0x3f;
}

static size_t image(uint64_t *random, uint8_t *to)
{
  const size_t most = 8 + random64(random) % (MOST - 32);
  const uint64_t way = random64(random) % 64;
  size_t n = 1;

  to[0] = way < 1 ? WILD_TOLD : way < 4 ? WILD_HALTS : WILD_TRIED;
  while (n < most)
    n += word(random, to + n);
  spare_qemu(to + 1, n - 1);
  return n;
}

struct tally {
  uint64_t of[OUTCOMES];
  uint64_t failures, exits, restores, looks, unlike, unwell;
  char said[sizeof(struct metes_failure)];
};

/* Returns whether the guest answered, and may be called again. */
static bool run_one(struct guest *g, uint64_t *random, struct tally *t)
{
  static const struct metes_budget brisk = {.seconds = 0.003, .exits = 4, .output = 4096};
  static const struct metes_budget patient = {.seconds = 0.05, .exits = 500, .output = 4096};
  uint8_t code[MOST], room[MOST];
  struct metes_answer answer = {.at = room, .room = sizeof room};
  const size_t n = image(random, code);
  const struct metes_budget *const b = random64(random) % (code[0] == WILD_TOLD ? 4 : 64) == 0 ? &patient : &brisk;
  struct metes_failure f;
  struct metes_stop stop;

  if (metes_sandbox_call(g->sandbox, "run", code, n, &answer, b, &stop, &f) != 0) {
    t->failures++;
    snprintf(t->said, sizeof t->said, "%s", f.text);
    return false;
  }
  if ((int)stop.outcome < OUTCOMES)
    t->of[stop.outcome]++;
  t->exits += stop.exits;
  return metes_sandbox_ready(g->sandbox);
}

/* Its memory is as it was, and it adds right, by code, tables and registers that are. */
static void look(struct guest *g, uint64_t *random, struct tally *t)
{
  static const struct metes_budget b = {.seconds = 5, .exits = 500, .output = 4096};
  const uint64_t numbers[2] = {random64(random), random64(random)};
  const uint8_t *bytes = (const uint8_t *)numbers;
  uint8_t room[16], total = 0;
  struct metes_answer answer = {.at = room, .room = sizeof room};
  struct metes_failure f;
  struct metes_stop stop;

  t->looks++;
  t->unlike += !guest_same(g);
  for (unsigned i = 0; i < sizeof numbers; i++)
    total += bytes[i];
  if (metes_sandbox_call(g->sandbox, "sum", bytes, sizeof numbers, &answer, &b, &stop, &f) != 0 ||
      stop.outcome != METES_OUTCOME_WELL || answer.size != 1 || room[0] != total)
    t->unwell++;
}

static void put_back(struct guest *g, uint64_t *random, struct tally *t)
{
  guest_restore(g);
  if (t->restores++ % EACH == 0)
    look(g, random, t);
}

static uint64_t digest(const struct metes_guest_memory *g)
{
  return metes_checksum(g->snapshot, g->layout.snapshot_size);
}

static void tell(const struct tally *t, const char *seed, uint64_t runs, uint64_t took)
{
  printf("# seed %s: %" PRIu64 " runs in %.1f s, %" PRIu64 " exits, %" PRIu64 " restores; well %" PRIu64
         ", failed %" PRIu64 ", aborted %" PRIu64 ", deadline %" PRIu64 ", budget %" PRIu64 ", shutdown %" PRIu64 ", fault %" PRIu64
         ", unsupported %" PRIu64 ", refused by KVM %" PRIu64 ", bad message %" PRIu64 "\n",
         seed, runs, (double)took / 1e9, t->exits, t->restores, t->of[0], t->of[1], t->of[2], t->of[3], t->of[4],
         t->of[5], t->of[6], t->of[7], t->of[8], t->of[9]);
}

/* Those that random code meets in some thousand runs. */
static void check_kinds(const struct tally *t)
{
  static const enum metes_outcome kinds[] = {
    METES_OUTCOME_WELL, METES_OUTCOME_FAILED, METES_OUTCOME_ABORTED, METES_OUTCOME_DEADLINE, METES_OUTCOME_BUDGET,
    METES_OUTCOME_SHUTDOWN, METES_OUTCOME_UNSUPPORTED, METES_OUTCOME_BAD_MESSAGE};
  const unsigned n = sizeof kinds / sizeof *kinds;
  unsigned met = 0;

  for (unsigned i = 0; i < n; i++)
    met += t->of[kinds[i]] > 0;
  check(met == n, "%u of %u kinds of outcome were met", met, n);
}

int main(int argc, char **argv)
{
  struct tally t = {.failures = 0};
  struct guest g;

  if (argc != 4)
    return 64;
  uint64_t random = strtoull(argv[2], NULL, 0), other = ~random, ran = 0;
  const uint64_t runs = strtoull(argv[3], NULL, 0), begun = nanoseconds();

  puts("1..6");
  guest_open(&g, argv[1], 0, METES_OPT_EXECUTABLE_HEAP);
  guest_make_ready(&g);
  guest_keep(&g);
  const int open_before = descriptors();
  const uint64_t before = digest(metes_sandbox_memory(g.sandbox));
  for (uint64_t i = 0, in_a_row = 0; i < runs && t.unwell == 0; i++)
    if (!run_one(&g, &random, &t) || ++in_a_row == IN_A_ROW) {
      put_back(&g, &other, &t);
      in_a_row = 0;
    }
  guest_restore(&g);
  look(&g, &other, &t);
  for (int i = 0; i < OUTCOMES; i++)
    ran += t.of[i];
  tell(&t, argv[2], runs, nanoseconds() - begun);
  check(ran == runs, "%" PRIu64 " of %" PRIu64 " runs ended in an outcome; the monitor failed %" PRIu64 " times %s",
        ran, runs, t.failures, t.said);
  check(t.unlike == 0, "put back, its scratch was as before %" PRIu64 " of %" PRIu64 " times", t.looks - t.unlike,
        t.looks);
  check(t.unwell == 0, "put back, the guest answered as before %" PRIu64 " of %" PRIu64 " times", t.looks - t.unwell,
        t.looks);
  check(digest(metes_sandbox_memory(g.sandbox)) == before, "its snapshot is what it was, byte for byte");
  check(descriptors() == open_before, "%d descriptors are open, as before", open_before);
  check_kinds(&t);
  guest_close(&g);
  return failed;
}
