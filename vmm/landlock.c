/* SPDX-License-Identifier: Apache-2.0
 * Landlock: an empty set of rules, under which everything it handles is refused. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "confine.h"
#include "confine_parts.h"
#include "sys.h"

#define VERSION_FLAG 1u /* LANDLOCK_CREATE_RULESET_VERSION */

/* struct landlock_ruleset_attr as of version 6; system headers may be older. */
struct ruleset {
  uint64_t fs;
  uint64_t net;    /* from version 4 */
  uint64_t scoped; /* from version 6 */
};

#define FIRST(n) ((UINT64_C(1) << (n)) - 1)

/* How many accesses of the file system each version knows (include/uapi/linux/landlock.h). */
static unsigned accesses(int abi)
{
  return abi >= 5 ? 16 /* IOCTL_DEV */ : abi >= 3 ? 15 /* TRUNCATE */ : abi == 2 ? 14 /* REFER */ : 13;
}

int metes_landlock_abi(void)
{
  const int abi = metes_sys.landlock_create_ruleset(NULL, 0, VERSION_FLAG);

  return abi < 0 ? 0 : abi;
}

/* ENOSYS: not compiled in; EOPNOTSUPP: switched off. */
static bool absent(void)
{
  return errno == ENOSYS || errno == EOPNOTSUPP;
}

static int restrict_by(int rules, struct metes_failure *f)
{
  const int status =
    metes_sys.landlock_restrict_self(rules, 0) == 0 ? 0 : metes_fail_call(f, "landlock_restrict_self");

  if (metes_sys.close(rules) != 0 && status == 0)
    return metes_fail_call(f, "close of Landlock's rules");
  return status;
}

int metes_landlock(struct metes_failure *f)
{
  const int abi = metes_sys.landlock_create_ruleset(NULL, 0, VERSION_FLAG);
  const struct ruleset all = {.fs = FIRST(accesses(abi)), .net = FIRST(2), .scoped = FIRST(2)};
  const size_t known = abi >= 6 ? sizeof all : abi >= 4 ? offsetof(struct ruleset, scoped) : sizeof all.fs;
  int rules;

  if (abi < 0)
    return absent() ? 0 : metes_fail_call(f, "landlock_create_ruleset");
  rules = metes_sys.landlock_create_ruleset(&all, known, 0);
  return rules < 0 ? metes_fail_call(f, "landlock_create_ruleset") : restrict_by(rules, f);
}
