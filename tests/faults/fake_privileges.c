/* SPDX-License-Identifier: Apache-2.0
 * What a process gives up on the made-up kernel, at last itself. */
#include "fake_parts.h"

int fake_setrlimit(int what, const struct rlimit *limit)
{
  (void)what, (void)limit;
  return fake_fails("setrlimit") ? -1 : 0;
}

int fake_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
  (void)option, (void)a, (void)b, (void)c, (void)d;
  return fake_fails("prctl") ? -1 : 0;
}

int fake_capset(cap_user_header_t head, cap_user_data_t sets)
{
  (void)head, (void)sets;
  return fake_fails("capset") ? -1 : 0;
}

int fake_landlock_create_ruleset(const void *rules, size_t size, unsigned flags)
{
  (void)rules, (void)size;
  if (flags != 0)
    return fake_fails("landlock_create_ruleset, its version") ? -1 : 6;
  return fake_fails("landlock_create_ruleset") ? -1 : fake_descriptor(FAKE_RULES);
}

int fake_landlock_restrict_self(int rules, unsigned flags)
{
  (void)flags;
  if (fake_kind(rules) != FAKE_RULES)
    fake_wrong("landlock_restrict_self of %d, which is no set of rules", rules);
  return fake_fails("landlock_restrict_self") ? -1 : 0;
}

int fake_seccomp(unsigned operation, unsigned flags, void *argument)
{
  (void)operation, (void)flags, (void)argument;
  if (fake_fails("seccomp"))
    return -1;
  fake.confined = true;
  return 0;
}

/* The kernel takes back all that the process holds. */
void fake_exit_group(int status)
{
  if (!fake.exits)
    fake_wrong("exit_group");
  fake.exit_status = status;
  fake_descriptors_end(true);
  fake_timers_end(true);
  fake_memory_end(true);
  fake.confined = false;
  if (fake.exits)
    longjmp(fake.exit, 1);
}
