/* SPDX-License-Identifier: Apache-2.0
 * metes_confine with system calls that are not real: what it asks for, and that it refuses when one fails.
 * usage: steps dump VCPU OUT OUT DEBUG     the filter that it would install: `code jt jf k` in a line
 *        steps                             TAP */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "vmm/confine.h"
#include "vmm/sandbox_parts.h"
#include "vmm/sys.h"

static unsigned made, failing; /* how many calls were made; which of them fails, from 1 */
static int error = EPERM;
static const char *last; /* the name of the last one, or of the one that failed */
static bool dumping, opened, filtered;

static int step(const char *name)
{
  if (failing == 0 || made < failing)
    last = name;
  if (++made != failing)
    return 0;
  errno = error;
  return -1;
}

static int fake_sigaction(int number, const struct sigaction *now, struct sigaction *before)
{
  (void)number, (void)now, (void)before;
  return 0;
}

static pid_t fake_gettid(void)
{
  return 1;
}

static int fake_close(int fd)
{
  opened &= fd != 9;
  return step("close");
}

static int fake_close_range(unsigned first, unsigned last_one, int flags)
{
  (void)flags;
  return first <= last_one ? step("close_range") : -1;
}

static int fake_setrlimit(int what, const struct rlimit *limit)
{
  const rlim_t most = what == RLIMIT_NOFILE; /* 1 for a debugger's poll */

  return limit->rlim_cur <= most && limit->rlim_max == limit->rlim_cur ? step("setrlimit") : -1;
}

static int fake_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
  (void)option, (void)a, (void)b, (void)c, (void)d;
  return step("prctl");
}

static int fake_capset(cap_user_header_t head, cap_user_data_t sets)
{
  (void)head;
  return sets[0].effective == 0 && sets[1].permitted == 0 ? step("capset") : -1;
}

static int fake_create_ruleset(const void *rules, size_t size, unsigned flags)
{
  (void)rules, (void)size;
  if (step("landlock_create_ruleset") != 0)
    return -1;
  opened |= flags == 0;
  return flags != 0 ? 6 : 9;
}

static int fake_restrict_self(int rules, unsigned flags)
{
  (void)rules, (void)flags;
  return step("landlock_restrict_self");
}

static int fake_seccomp(unsigned operation, unsigned flags, void *argument)
{
  const struct sock_fprog *p = argument;

  filtered = operation == SECCOMP_SET_MODE_FILTER && flags == SECCOMP_FILTER_FLAG_TSYNC;
  for (unsigned i = 0; dumping && i < p->len; i++)
    printf("%x %x %x %x\n", p->filter[i].code, p->filter[i].jt, p->filter[i].jf, p->filter[i].k);
  return step("seccomp");
}

const struct metes_sys metes_sys = {
  .sigaction = fake_sigaction,
  .gettid = fake_gettid,
  .close = fake_close,
  .close_range = fake_close_range,
  .setrlimit = fake_setrlimit,
  .prctl = fake_prctl,
  .capset = fake_capset,
  .landlock_create_ruleset = fake_create_ruleset,
  .landlock_restrict_self = fake_restrict_self,
  .seccomp = fake_seccomp,
};

static struct kvm_run run;
static struct metes_sandbox sandbox = {.vm = {.fd = -1, .vcpu = 5, .run = &run}};

/* Fails the n-th call of a plain confinement; 0: none. */
static int confine(unsigned n, struct metes_failure *f)
{
  const struct metes_confinement plain = {0};

  made = 0;
  failing = n;
  opened = filtered = false;
  return metes_confine(&sandbox, &plain, f);
}

static unsigned told, bad;

static void tell(bool good, const char *what, const char *detail)
{
  bad += !good;
  printf("%sok %u - %s%s\n", good ? "" : "not ", ++told, what, detail);
}

static void each_failure(unsigned n)
{
  struct metes_failure f;
  char what[128];

  for (unsigned i = 1; i <= n; i++) {
    const int status = confine(i, &f);

    snprintf(what, sizeof what, "call %u of %u fails: %s: refused with its name", i, n, last);
    tell(status == METES_EXIT_SYSTEM && strstr(f.text, last) != NULL && !opened &&
           filtered == (i == n), what, "");
  }
}

static void absence(int number, const char *name, unsigned n)
{
  struct metes_failure f;
  unsigned landlock = 0;

  error = EPERM; /* which call asks for Landlock's version */
  for (unsigned i = 1; i <= n && landlock == 0; i++)
    if (confine(i, &f) != 0 && strcmp(last, "landlock_create_ruleset") == 0)
      landlock = i;
  error = number;
  tell(confine(landlock, &f) == 0 && filtered, "no Landlock is allowed: ", name);
  error = EPERM;
}

int main(int argc, char **argv)
{
  struct metes_failure f;

  if (argc == 6) {
    dumping = true;
    sandbox.vm.vcpu = atoi(argv[2]);
    return metes_confine(&sandbox, &(struct metes_confinement){{atoi(argv[3]), atoi(argv[4])}, atoi(argv[5])}, &f);
  }
  tell(confine(0, &f) == 0 && filtered && !opened, "all steps, the filter last", "");
  tell(strcmp(last, "seccomp") == 0, "the last call is ", last);
  const unsigned n = made;

  each_failure(n);
  absence(ENOSYS, "ENOSYS", n);
  absence(EOPNOTSUPP, "EOPNOTSUPP", n);
  printf("1..%u\n", told);
  return bad != 0;
}
