/* SPDX-License-Identifier: Apache-2.0
 * A main for any fuzz target without a fuzzer: runs the target once on each file named,
 * and on each file of a folder named; on standard input where nothing is named, which is
 * what AFL++ wants. Built by AFL++'s compiler, it loops in one process.
 * With --show it says what each input means, as JSON; with --c, as C; with --image, the image that is in it. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fuzz/kit/target.h"

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#ifdef __AFL_FUZZ_TESTCASE_LEN
__AFL_FUZZ_INIT();

/* Whoever is killed takes what it started along: afl-fuzz its fork server, which is this program before any of its
 * constructors, and that one its child, which is main. None of them would notice by itself. */
static void end_with_parent(void)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

__attribute__((section(".preinit_array"), used)) static void (*const before_all)(void) = end_with_parent;
#endif

enum { MOST = 1 << 20 };
static unsigned long count;
static enum what { RUN, SHOW, SHOW_C, SHOW_IMAGE } what;

/* Runs the target on an exact copy, so that a sanitizer sees every byte too many. */
static void once(const uint8_t *data, size_t size)
{
  uint8_t *copy = malloc(size ? size : 1);

  if (!copy)
    exit(71);
  memcpy(copy, data, size);
  if (what == SHOW)
    fuzz_show(stdout, copy, size);
  else if (what == SHOW_C && !fuzz_show_c(stdout, copy, size))
    fprintf(stderr, "this target has no way to say an input as C\n"), exit(65);
  else if (what == SHOW_IMAGE && !fuzz_show_image(stdout, copy, size))
    fprintf(stderr, "this target's inputs have no image\n"), exit(65);
  else if (what == RUN)
    LLVMFuzzerTestOneInput(copy, size);
  free(copy);
  count++;
}

static void stream(FILE *f)
{
  static uint8_t data[MOST];

  once(data, fread(data, 1, sizeof data, f));
}

static void path(const char *name)
{
  DIR *folder = opendir(name);
  char inner[4096];

  if (folder) {
    for (struct dirent *e = readdir(folder); e; e = readdir(folder))
      if (e->d_name[0] != '.' && snprintf(inner, sizeof inner, "%s/%s", name, e->d_name) < (int)sizeof inner)
        path(inner);
    closedir(folder);
    return;
  }

  FILE *f = fopen(name, "rb");

  if (!f) {
    fprintf(stderr, "%s: cannot be opened\n", name);
    exit(66);
  }
  stream(f);
  fclose(f);
}

static enum what asked(const char *word)
{
  return strcmp(word, "--show") == 0 ? SHOW : strcmp(word, "--c") == 0 ? SHOW_C : strcmp(word, "--image") == 0 ? SHOW_IMAGE : RUN;
}

int main(int argc, char **argv)
{
  if (LLVMFuzzerInitialize)
    LLVMFuzzerInitialize(&argc, &argv);
  what = argc > 1 ? asked(argv[1]) : RUN;
#ifdef __AFL_FUZZ_TESTCASE_LEN
  const uint8_t *shared = __AFL_FUZZ_TESTCASE_BUF;

  end_with_parent();
  while (argc == 1 && __AFL_LOOP(100000))
    once(shared, (size_t)__AFL_FUZZ_TESTCASE_LEN);
#else
  if (argc == 1)
    stream(stdin);
#endif
  for (int i = what == RUN ? 1 : 2; i < argc; i++)
    path(argv[i]);
  if (what == RUN)
    printf("%lu inputs\n", count);
  return 0;
}
