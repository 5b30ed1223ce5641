/* SPDX-License-Identifier: Apache-2.0
 * Random plans, sound and not: metes_plan_check accepts just what KVM accepts, and where KVM
 * refuses a slot, it is the one that we name. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvm.h"
#include "tests/properties/source.h"

#define HOST 0x100000000000ULL

enum { PLANS = 400, MOST = 5 };

/* Slots one behind the other, some touching; then, half the time, one number that is odd. */
static uint32_t make(struct source *s, struct metes_memslot *plan, const struct metes_limits *m)
{
  const uint64_t near[] = {0, 0x1000, 0x4000, 0x10000, m->gpa_end, METES_MAX_SLOT_SIZE, 0x7FFFFFFF0000, UINT64_MAX};
  const uint32_t n = 1 + pick(s, MOST);
  uint64_t gpa = 4096 * (uint64_t)pick(s, 16);

  for (uint32_t i = 0; i < n; i++) {
    plan[i] = (struct metes_memslot){i, pick(s, 4), gpa, 4096 * (1 + (uint64_t)pick(s, 8)), HOST + 0x100000 * i};
    gpa += plan[i].size + 4096 * (uint64_t)pick(s, 3);
  }

  struct metes_memslot *x = &plan[pick(s, n)];
  const uint64_t v = pick_size(s, near, sizeof near / sizeof *near);

  switch (pick(s, 10)) {
  case 0: x->flags = (uint32_t)v; break;
  case 1: x->size = v; break;
  case 2: x->gpa = v; break;
  case 3: x->gpa = plan[pick(s, n)].gpa + 4096; break;
  case 4: x->slot = m->max_slots - pick(s, 2); break;
  default: break;
  }
  return n;
}

static int agree(int vm, const struct metes_memslot *plan, uint32_t n, const struct metes_limits *m)
{
  struct metes_error err = {.index = n};
  const enum metes_status ours = metes_plan_check(plan, n, m, &err);
  int theirs;
  const uint32_t where = kvm_set_all(vm, plan, n, &theirs);
  const int want = ours == METES_OK ? 0 : ours == METES_E_SLOT_OVERLAP ? EEXIST : EINVAL;

  kvm_clear(vm, plan, where);
  if (where == err.index && theirs == want)
    return 1;
  printf("# we say %d at slot %u of %u, KVM %s at slot %u\n", ours, err.index, n, strerror(theirs), where);
  for (uint32_t i = 0; i < n; i++)
    printf("#   slot %u flags %u gpa 0x%" PRIx64 " size 0x%" PRIx64 " host 0x%" PRIx64 "\n", plan[i].slot,
           plan[i].flags, plan[i].gpa, plan[i].size, plan[i].host);
  return 0;
}

void random_plans(const struct kvm *k, const struct metes_limits *m, void (*report)(int well, const char *what))
{
  const char *seed = getenv("METES_SEED");
  struct source s = {.state = seed ? strtoull(seed, NULL, 0) : 1};
  unsigned sound = 0, well = 1;
  char what[100];

  for (int i = 0; i < PLANS && well; i++) {
    struct metes_memslot plan[MOST];
    struct metes_error err;
    const uint32_t n = make(&s, plan, m);

    sound += metes_plan_check(plan, n, m, &err) == METES_OK;
    well = (unsigned)agree(k->vm, plan, n, m);
  }
  snprintf(what, sizeof what, "%d random plans, %u of them sound: KVM takes just those", PLANS, sound);
  report(well && sound > PLANS / 5 && sound < PLANS * 4 / 5, what);
}
