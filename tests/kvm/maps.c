/* SPDX-License-Identifier: Apache-2.0
 * Files as memory of a guest on KVM: each path of the API. Prints TAP.
 * usage: maps FILES POKER [good|bad]    one part ends at its first failure */
#include "maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int file_of(const char *text)
{
  const int fd = memfd_create("file", MFD_CLOEXEC);
  const size_t n = strlen(text);

  if (fd < 0 || write(fd, text, n) != (ssize_t)n)
    exit(71);
  return fd;
}

bool holds(int fd, const char *text)
{
  char there[64];
  const ssize_t n = pread(fd, there, sizeof there, 0);

  return n == (ssize_t)strlen(text) && memcmp(there, text, (size_t)n) == 0;
}

struct metes_guest_args args_of(struct metes_bytes guest, uint32_t options)
{
  struct metes_guest_args args;

  metes_guest_args_init(&args);
  args.image = guest;
  args.config.options = options;
  return args;
}

void begin(struct fixture *x, struct trial *t, struct metes_bytes guest, uint32_t options)
{
  const struct metes_guest_args args = args_of(guest, options);

  *t = (struct trial){.s = NULL};
  t->answer = (struct metes_answer){.at = t->room, .room = sizeof t->room};
  if (metes_sandbox_create(&x->kvm, &args, &t->s, &t->f) == 0)
    return;
  check(false, "a sandbox: %s", t->f.text);
  exit(1);
}

bool ready(struct trial *t)
{
  const struct metes_budget budget = {.seconds = 5, .exits = 10000, .output = 10000};

  return metes_sandbox_run(t->s, &budget, &t->stop, &t->f) == 0 && metes_sandbox_ready(t->s);
}

bool map(struct trial *t, const char *text, const char *label)
{
  const int fd = file_of(text), status = metes_sandbox_map(t->s, fd, label, &t->f);

  close(fd);
  return status == 0;
}

bool unmap(struct trial *t, const char *label)
{
  return metes_sandbox_unmap(t->s, label, &t->f) == 0;
}

static int call(struct trial *t, const char *function, const char *argument)
{
  const struct metes_budget budget = {.seconds = 20, .exits = 10000, .output = 10000};

  t->stop = (struct metes_stop){.outcome = METES_OUTCOME_WELL};
  t->answer.size = 0;
  return metes_sandbox_call(t->s, function, argument, strlen(argument), &t->answer, &budget, &t->stop, &t->f);
}

bool says(struct trial *t, const char *function, const char *argument, const char *answer)
{
  const int status = call(t, function, argument);
  const bool failed = t->stop.outcome == METES_OUTCOME_FAILED && t->stop.answered;
  const char *const text = failed ? t->stop.message : (const char *)t->room;
  const size_t n = failed ? t->stop.message_used : t->answer.size;

  if (status == 0 && (failed || t->stop.outcome == METES_OUTCOME_WELL) && n == strlen(answer) &&
      memcmp(text, answer, n) == 0)
    return true;
  printf("# %s %s: status %d %s, outcome %d, '%.*s'\n", function, argument, status, status != 0 ? t->f.text : t->stop.what,
         (int)t->stop.outcome, (int)n, text);
  return false;
}

bool ends(struct trial *t, const char *function, const char *argument, enum metes_outcome outcome, const char *what)
{
  const int status = call(t, function, argument);
  const char *const said = t->stop.what[0] != '\0' ? t->stop.what : t->stop.message;

  if (status == 0 && t->stop.outcome == outcome && strstr(said, what) != NULL)
    return true;
  printf("# %s %s: status %d %s, outcome %d, '%s'\n", function, argument, status, t->f.text, (int)t->stop.outcome, said);
  return false;
}

int main(int argc, char **argv)
{
  static struct fixture x;

  if (argc < 3)
    return 64;
  x.files = read_file(argv[1]);
  x.poker = read_file(argv[2]);
  part = argc > 3 ? argv[3] : NULL;
  x.rounds = part == NULL ? 1000 : 50;
  open_kvm(&x.kvm);
  if (part_runs("good"))
    good_maps(&x);
  if (part_runs("bad"))
    bad_maps(&x);
  metes_kvm_close(&x.kvm);
  return check_end();
}
