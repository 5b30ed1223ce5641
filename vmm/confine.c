/* SPDX-License-Identifier: Apache-2.0
 * Least privilege, step by step; the filter comes last, for it allows none of the steps. */
#include "confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "build/vmm/confine_filter.h"
#include "confine_parts.h"
#include "confine_places.h"
#include "sandbox_parts.h"
#include "sys.h"

#define MOST_KEPT 6
#define MOST_INSTRUCTIONS 128

static int by_number(const void *a, const void *b)
{
  const int x = *(const int *)a, y = *(const int *)b;

  return (x > y) - (x < y);
}

static int close_range_of(unsigned first, unsigned last, struct metes_failure *f)
{
  if (first > last || metes_sys.close_range(first, last, 0) == 0)
    return 0;
  return metes_fail_call(f, "close_range of %u to %u", first, last);
}

/* Closes what lies between those that are kept. A 0 among them is none, and lets descriptor 0 be closed. */
static int close_others(const struct metes_sandbox *s, const struct metes_confinement *c, struct metes_failure *f)
{
  int kept[MOST_KEPT] = {STDOUT_FILENO, STDERR_FILENO, s->vm.vcpu, c->out[0], c->out[1], c->debug};
  unsigned next = 0;
  int status = 0;

  qsort(kept, MOST_KEPT, sizeof *kept, by_number);
  for (unsigned i = 0; i < MOST_KEPT && status == 0; i++) {
    if (kept[i] <= 0)
      continue;
    if ((unsigned)kept[i] > next)
      status = close_range_of(next, (unsigned)kept[i] - 1, f);
    next = (unsigned)kept[i] + 1;
  }
  return status != 0 ? status : close_range_of(next, ~0u, f);
}

static int control(const char *name, int option, unsigned long argument, struct metes_failure *f)
{
  return metes_sys.prctl(option, argument, 0, 0, 0) == 0 ? 0 : metes_fail_call(f, "prctl %s", name);
}

/* The bounding set stays: it bounds what execve may give, which is nothing under PR_SET_NO_NEW_PRIVS, and execve
 * kills; taking forty of them from it by one call each would cost a start 96,000 instructions. */
static int drop_capabilities(struct metes_failure *f)
{
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  const int status = control("PR_CAP_AMBIENT_CLEAR_ALL", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, f);

  return status != 0 || metes_sys.capset(&head, none) == 0 ? status : metes_fail_call(f, "capset");
}

/* No core, no new descriptor, no new process. No limit of file size: standard output may be a file, and
 * --max-output limits what comes. No limit of memory: mmap and brk kill, and the stack must be able to grow. */
static int limit(const struct metes_confinement *c, struct metes_failure *f)
{
  static const struct {
    int what;
    const char *name;
  } limits[] = {{RLIMIT_CORE, "RLIMIT_CORE"}, {RLIMIT_NOFILE, "RLIMIT_NOFILE"}, {RLIMIT_NPROC, "RLIMIT_NPROC"}};
  const struct rlimit none = {0, 0}, one = {1, 1}; /* poll(2) refuses more descriptors than RLIMIT_NOFILE */

  for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
    if (metes_sys.setrlimit(limits[i].what, c->debug != 0 && limits[i].what == RLIMIT_NOFILE ? &one : &none) != 0)
      return metes_fail_call(f, "setrlimit %s", limits[i].name);
  return 0;
}

/* The descriptors take their places in the filter. */
static void fill_in(struct sock_filter *at, unsigned n, const struct metes_sandbox *s,
                    const struct metes_confinement *c)
{
  const struct {
    uint32_t place;
    int fd;
  } known[] = {{METES_PLACE_VCPU, s->vm.vcpu},
               {METES_PLACE_OUT_0, c->out[0]},
               {METES_PLACE_OUT_1, c->out[1]},
               {METES_PLACE_DEBUG, c->debug}};

  for (unsigned i = 0; i < n; i++)
    for (unsigned k = 0; k < sizeof known / sizeof *known; k++)
      if (at[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && at[i].k == known[k].place)
        at[i].k = known[k].fd > 0 ? (uint32_t)known[k].fd : STDERR_FILENO; /* none: one that is allowed anyway */
}

#define FILTER(table) table, sizeof table / sizeof *table

static unsigned choose(struct sock_filter *to, const struct metes_confinement *c)
{
  const struct {
    const struct sock_filter *from;
    size_t n;
  } all[] = {{FILTER(plain_filter)}, {FILTER(out_filter)}, {FILTER(debug_filter)}},
    *which = c->debug > 0 ? &all[2] : c->out[0] > 0 || c->out[1] > 0 ? &all[1] : &all[0];

  _Static_assert(sizeof debug_filter <= MOST_INSTRUCTIONS * sizeof *debug_filter, "the longest");
  memcpy(to, which->from, which->n * sizeof *to);
  return (unsigned)which->n;
}

static int filter(const struct metes_sandbox *s, const struct metes_confinement *c, struct metes_failure *f)
{
  struct sock_filter instructions[MOST_INSTRUCTIONS];
  struct sock_fprog program = {.filter = instructions};
  int answer;

  program.len = (unsigned short)choose(instructions, c);
  fill_in(instructions, program.len, s, c);
  answer = metes_sys.seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  if (answer > 0)
    return metes_fail(f, METES_EXIT_SYSTEM, "seccomp: thread %d has a filter of its own", answer);
  return answer == 0 ? 0 : metes_fail_call(f, "seccomp");
}

int metes_confine(struct metes_sandbox *s, const struct metes_confinement *c, struct metes_failure *f)
{
  int status = metes_deadline_watch(&s->deadline, s->vm.run, f); /* its handler is there from now on */

  if (status != 0)
    return status;
  metes_deadline_leave(&s->deadline);
  if ((status = close_others(s, c, f)) != 0 ||
      (status = control("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1, f)) != 0 ||
      (status = metes_landlock(f)) != 0 || (status = drop_capabilities(f)) != 0 ||
      (status = control("PR_SET_DUMPABLE", PR_SET_DUMPABLE, 0, f)) != 0 || (status = limit(c, f)) != 0)
    return status;
  return filter(s, c, f);
}

bool metes_seccomp_there(void)
{
  uint32_t action = SECCOMP_RET_KILL_PROCESS;

  return metes_sys.seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}
