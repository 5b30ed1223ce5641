/* SPDX-License-Identifier: Apache-2.0
 * What is refused, in which words; and guests that use a file in ways that end them, or try to lie. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "maps.h"
#include "vmm/guest_report.h"

static bool refused(struct trial *t, int fd, const char *label, const char *what)
{
  t->f.text[0] = '\0';
  const int status = metes_sandbox_map(t->s, fd, label, &t->f);

  return check(status == METES_EXIT_REFUSED && strstr(t->f.text, what) != NULL, "refused: %d, %s", status, t->f.text);
}

static void refusals(struct fixture *x)
{
  static const char longest[] = "123456789012345678901234567890123456789012345678901234567890123";
  const int fd = file_of(FIRST), empty = file_of(""), huge = file_of("x"), folder = open("/proc", O_RDONLY | O_CLOEXEC);
  char longer[sizeof longest + 1];
  int pipes[2];
  struct trial t;

  begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
  check(ready(&t) && map(&t, FIRST, "one") && ftruncate(huge, 1l << 40) == 0 && pipe(pipes) == 0, "a file");
  snprintf(longer, sizeof longer, "%s4", longest);
  refused(&t, fd, "one", "there is one with the label one");
  refused(&t, fd, "", "has 0 characters, and must have 1 to 63 and a NUL (bad_label, FM-7)");
  refused(&t, fd, longer, "has 64 characters");
  refused(&t, fd, "a b", "byte 1 of the label is not one of 0x21 to 0x7e");
  refused(&t, empty, "two", "two: an empty file cannot be mapped");
  refused(&t, folder, "two", "two: only a regular file can be mapped");
  refused(&t, pipes[0], "two", "two: only a regular file can be mapped");
  refused(&t, huge, "two", "no place is free for a file mapping of 1 TiB (1099511627776 bytes): between snapshot and scratch");
  check(metes_sandbox_map(t.s, -1, "two", &t.f) == METES_EXIT_SYSTEM, "no file at all: %s", t.f.text);
  check(metes_sandbox_unmap(t.s, "two", &t.f) == METES_EXIT_REFUSED, "taken away: %s", t.f.text);
  check(metes_sandbox_map(t.s, fd, longest, &t.f) == 0 && says(&t, "head", longest, "first line"), "a label of 63 characters");
  for (char label[] = "A"; label[0] < 'A' + 30; label[0]++)
    check(metes_sandbox_map(t.s, fd, label, &t.f) == 0, "one more: %s", label);
  refused(&t, fd, "two", "this would be file mapping 33, and 32 fit (full, FM-5)");
  check(unmap(&t, "A") && says(&t, "head", "one", "first line") && says(&t, "head", "B", "first line"),
        "after all that the files are there");
  metes_sandbox_close(t.s);
  close(fd), close(empty), close(huge), close(folder), close(pipes[0]), close(pipes[1]);
}

static uint32_t meddle(void *mine, const uint8_t *argument, size_t n, struct metes_answer *answer)
{
  struct trial *const t = mine;

  (void)argument, (void)n, (void)answer;
  refused(t, 0, "two", "waits for a function of the host");
  check(metes_sandbox_unmap(t->s, "one", &t->f) == METES_EXIT_REFUSED, "nor taken away: %s", t->f.text);
  return 0;
}

/* Where there is no table, no VM, or no standstill. */
static void wrong_time(struct fixture *x)
{
  const struct metes_guest_args args = args_of(x->files, METES_OPT_FILE_MAPPINGS);
  const int fd = file_of(FIRST);
  struct trial t;

  begin(x, &t, x->files, 0);
  refused(&t, fd, "one", "the layout has no table of file mappings: its option bits are 0 (no_table, FM-3)");
  metes_sandbox_close(t.s);
  check(metes_sandbox_build(&args, &t.s, &t.f) == 0, "a guest without a VM");
  refused(&t, fd, "one", "the guest has no VM yet");
  metes_sandbox_close(t.s);
  begin(x, &t, x->poker, METES_OPT_FILE_MAPPINGS);
  check(metes_sandbox_register(t.s, "meddle", meddle, &t, &t.f) == 0 && map(&t, FIRST, "one") && ready(&t) &&
          says(&t, "relay", "meddle", "") && says(&t, "peek", "one", "f"), "while a call is served nothing is mapped");
  metes_sandbox_close(t.s);
  close(fd);
}

/* A file is cut short: what is gone cannot be read, and that is the end of the run and of nothing else. */
static void cut_short(struct fixture *x)
{
  const int fd = file_of(FIRST);
  struct trial t;

  begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
  check(metes_sandbox_map(t.s, fd, "one", &t.f) == 0 && ready(&t) && ftruncate(fd, 0) == 0, "a file that gets cut");
  check(ends(&t, "sum", "one", METES_OUTCOME_REFUSED, "a file that is mapped was cut short"), "ends the run: %s", t.stop.what);
  check(metes_outcome_exit(t.stop.outcome) == METES_EXIT_SHUTDOWN, "with status 126");
  metes_sandbox_close(t.s);
  close(fd);
}

/* The slot is gone, or the table's entry with it. */
static void taken_away(struct fixture *x)
{
  static char large[8193];
  struct trial t;

  memset(large, 'x', sizeof large - 1);
  begin(x, &t, x->poker, METES_OPT_FILE_MAPPINGS);
  check(map(&t, FIRST, "one") && ready(&t) && says(&t, "peek", "one", "f") && unmap(&t, "one"), "a file that goes");
  check(ends(&t, "peek", "", METES_OUTCOME_FAULT, "") && !t.stop.write, "what was mapped of it is not there");
  metes_sandbox_close(t.s);
  begin(x, &t, x->poker, METES_OPT_FILE_MAPPINGS);
  check(map(&t, large, "one") && ready(&t) && says(&t, "later", "one", "found") && unmap(&t, "one"), "another");
  check(ends(&t, "later", "", METES_OUTCOME_ABORTED, "page fault, reading from"), "what was not is a page fault: %s", t.stop.message);
  metes_sandbox_close(t.s);
}

/* Whatever the guest does to its page tables, it does not write to a file. */
static void poked(struct fixture *x)
{
  const int fd = file_of(FIRST);
  char place[128];
  struct trial t;

  begin(x, &t, x->poker, METES_OPT_FILE_MAPPINGS);
  check(metes_sandbox_map(t.s, fd, "one", &t.f) == 0 && ready(&t) && ends(&t, "poke", "one", METES_OUTCOME_FAULT, ""),
        "a write past copy-on-write is a fault");
  metes_words_of_gpa(metes_sandbox_memory(t.s), t.stop.gpa, place, sizeof place);
  check(t.stop.write && holds(fd, FIRST) && strstr(place, "in its file 'one'") != NULL, "of a write %s", place);
  metes_sandbox_close(t.s);
  close(fd);
}

/* What the guest wrote into its table is not what the host goes by. */
static void lies(struct fixture *x)
{
  static const char *const texts[] = {"", "\1", "\40", "\177\1\2"};

  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct trial t;

    begin(x, &t, x->poker, METES_OPT_FILE_MAPPINGS);
    check(map(&t, FIRST, "one") && ready(&t) && says(&t, "scribble", texts[i], "none"), "a table full of nonsense, %u", i);
    check(map(&t, "two\n", "two") && says(&t, "peek", "one", "f") && says(&t, "peek", "two", "t") && unmap(&t, "one"),
          "is written anew");
    metes_sandbox_close(t.s);
  }
}

void bad_maps(struct fixture *x)
{
  refusals(x);
  wrong_time(x);
  cut_short(x);
  taken_away(x);
  poked(x);
  lies(x);
}
