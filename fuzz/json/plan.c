/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target json: a plan of memory slots, as `metes check` reads it: written, read again: the same. */
#include <stdlib.h>

#include "fuzz/json/json.h"
#include "fuzz/kit/target.h"
#include "vmm/json_plan.h"
#include "vmm/json_read.h"
#include "vmm/json_write.h"

static void write_plan(const struct metes_plan *p)
{
  struct metes_json j = {.to = writing()};

  metes_json_open(&j, NULL, '{');
  metes_json_open(&j, "limits", '{');
  metes_json_u64(&j, "gpa_end", p->limits.gpa_end);
  metes_json_u64(&j, "host_end", p->limits.host_end);
  metes_json_u64(&j, "max_slots", p->limits.max_slots);
  metes_json_open(&j, "reserved", '[');
  for (uint32_t i = 0; i < p->limits.n_reserved; i++) {
    metes_json_open(&j, NULL, '{');
    metes_json_u64(&j, "start", p->limits.reserved[i].start);
    metes_json_u64(&j, "end", p->limits.reserved[i].end);
    metes_json_close(&j, '}');
  }
  metes_json_close(&j, ']');
  metes_json_close(&j, '}');
  metes_json_open(&j, "slots", '[');
  for (uint32_t i = 0; i < p->n; i++) {
    metes_json_open(&j, NULL, '{');
    metes_json_u64(&j, "slot", p->slots[i].slot);
    metes_json_u64(&j, "gpa", p->slots[i].gpa);
    metes_json_u64(&j, "size", p->slots[i].size);
    metes_json_u64(&j, "flags", p->slots[i].flags);
    metes_json_u64(&j, "host", p->slots[i].host);
    metes_json_close(&j, '}');
  }
  metes_json_close(&j, ']');
  metes_json_close(&j, '}');
  fclose(j.to);
}

static bool same_slots(const struct metes_plan *a, const struct metes_plan *b)
{
  for (uint32_t i = 0; i < a->n; i++)
    if (a->slots[i].slot != b->slots[i].slot || a->slots[i].flags != b->slots[i].flags ||
        a->slots[i].gpa != b->slots[i].gpa ||
        a->slots[i].size != b->slots[i].size || a->slots[i].host != b->slots[i].host)
      return false;
  return true;
}

static bool same_plan(const struct metes_plan *a, const struct metes_plan *b)
{
  const struct metes_limits *const x = &a->limits, *const y = &b->limits;

  if (a->n != b->n || x->gpa_end != y->gpa_end || x->host_end != y->host_end || x->max_slots != y->max_slots ||
      x->n_reserved != y->n_reserved)
    return false;
  for (uint32_t i = 0; i < x->n_reserved; i++)
    if (x->reserved[i].start != y->reserved[i].start || x->reserved[i].end != y->reserved[i].end)
      return false;
  return same_slots(a, b);
}

const char *as_plan(const char *from, size_t n)
{
  struct metes_plan p, again = {.slots = NULL};
  char detail[256];
  const char *wrong = NULL;

  if (!metes_json_plan(from, n, &p, detail, sizeof detail)) {
    fuzz_first_check(false);
    free(p.slots);
    return sentence(detail, sizeof detail);
  }
  fuzz_first_check(true);
  if (p.limits.n_reserved > METES_MAX_RESERVED || (p.n > 0 && p.slots == NULL))
    wrong = "a plan with more than it has room for";
  if (wrong == NULL) {
    write_plan(&p);
    if (!metes_json_plan(text, n_text, &again, detail, sizeof detail))
      wrong = "a plan that was accepted is refused when it is written";
    else if (!same_plan(&p, &again))
      wrong = "a plan that was accepted is another when it is written";
    free(text);
    free(again.slots);
  }
  free(p.slots);
  return wrong;
}
