/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on a plan whose slots come and go. */
#include "agree.h"
#include "model_plan.h"

enum { SLOTS = 7, STEPS = 12 };

#define ANSWER "status or error of a slot"

/* PLAN-21: brute force over the numbers that a set lacks. */
static uint32_t free_number(const struct metes_memslot *s, uint32_t n, uint32_t max)
{
  uint8_t taken[SLOTS + 3] = {1, 1};
  uint32_t k = 0;

  for (uint32_t i = 0; i < n; i++)
    if (s[i].slot < sizeof taken)
      taken[s[i].slot] = 1;
  while (k < sizeof taken && taken[k])
    k++;
  return k < max ? k : max;
}

static const char *add_slot(struct source *s, struct metes_memslot *plan, uint32_t *n, const struct metes_limits *m)
{
  const uint32_t number = metes_plan_free_slot(plan, *n, m->max_slots), less = pick(s, 3); /* it takes any plan */
  struct metes_extra x = {.start = 4096 * (uint64_t)pick(s, 64), .host = 0x7F0000000000, .flags = METES_SLOT_READONLY};
  struct metes_memslot want[SLOTS];
  struct metes_error err = {7, 7, 7};

  if (number != free_number(plan, *n, m->max_slots) ||
      metes_plan_free_slot(plan + less, *n - less, m->max_slots) != free_number(plan + less, *n - less, m->max_slots))
    return "the least free number of a slot";
  x.host_size = 4096 * (1 + (uint64_t)pick(s, 4));
  x.end = x.start + x.host_size;
  x.slot = pick(s, 4) ? number : pick(s, SLOTS);
  memcpy(want, plan, sizeof want);
  const struct model_answer a = model_add(want, *n, &x, m);
  const char *why = same_answer(metes_plan_add(plan, *n, &x, m, &err), &err, &a, ANSWER);

  if (why || a.status != METES_OK)
    return why;
  (*n)++;
  return memcmp(plan, want, *n * sizeof *plan) == 0 ? NULL : "a slot that was added is in the plan";
}

/* PLAN-18 to PLAN-20. */
static struct model_answer model_remove(struct metes_memslot *s, uint32_t n, uint32_t slot,
                                        const struct metes_limits *m)
{
  const struct model_answer a = model_plan(s, n, m);

  if (a.status != METES_OK)
    return a;
  if (slot == METES_SLOT_SNAPSHOT || slot == METES_SLOT_SCRATCH)
    return model_no(METES_E_SLOT_KEPT, slot, 2, 0);
  for (uint32_t i = 0; i < n; i++)
    if (s[i].slot == slot) {
      s[i] = s[n - 1];
      return a;
    }
  return model_no(METES_E_SLOT_UNKNOWN, slot, n, 0);
}

static const char *remove_slot(struct source *s, struct metes_memslot *plan, uint32_t *n, const struct metes_limits *m)
{
  const uint32_t slot = pick(s, 32) ? pick(s, SLOTS + 1) : (uint32_t)source_bytes(s, 4);
  struct metes_memslot want[SLOTS];
  struct metes_error err = {7, 7, 7};

  memcpy(want, plan, sizeof want);
  const struct model_answer a = model_remove(want, *n, slot, m);
  const char *why = same_answer(metes_plan_remove(plan, *n, slot, m, &err), &err, &a, ANSWER);

  if (why)
    return why;
  if (a.status == METES_OK)
    (*n)--;
  if (memcmp(plan, want, *n * sizeof *plan) != 0)
    return "the other slots remain, the last in the place of the one that went";
  return a.status != METES_OK || model_plan(plan, *n, m).status == METES_OK ? NULL : "a plan without a slot is sound";
}

const char *agree_slots(struct source *s)
{
  const uint64_t high = (1ULL << 36) - 0x10000;
  struct metes_limits m = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = pick(s, 2) ? 509 : pick(s, 8)};
  struct metes_memslot plan[SLOTS] = {{0, METES_SLOT_READONLY, 0x1000, 0x3000, 0x7E0000000000},
                                      {1, 0, high, 0x10000, 0x7E0000010000}};
  const char *why = NULL;
  uint32_t n = 2;

  for (int i = 0; i < STEPS && !why; i++) {
    if (pick(s, 32) == 0) /* somebody else's mistake */
      plan[pick(s, n)].gpa += pick(s, 2) ? 1 : 4096;
    if (n < SLOTS && (n == 0 || pick(s, 3)))
      why = add_slot(s, plan, &n, &m);
    else
      why = remove_slot(s, plan, &n, &m);
  }
  return why;
}
