/* SPDX-License-Identifier: Apache-2.0
 * Checks of contracts at run time: see watch.h. METES_WATCH=FILE has the tally of all clauses written there at exit. */
#include "fuzz/watch/watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/kit/target.h"

enum { STEPS = 200000, DEPTH = 4000, SOME = 64, MOST_KEPT = 1 << 22 };

static struct {
  unsigned long steps;
  unsigned depth;
  bool undecided, guessed;
} now;

/* AddressSanitizer's, where it is linked in. */
__attribute__((weak)) void *__asan_region_is_poisoned(void *start, size_t size);

void watch_undecided(void)
{
  now.undecided = true;
}

static watch_int fits(bool overflow, watch_int v)
{
  now.undecided |= overflow;
  return overflow ? 0 : v;
}

watch_int watch_add(watch_int a, watch_int b)
{
  watch_int v;
  const bool over = __builtin_add_overflow(a, b, &v);

  return fits(over, v);
}

watch_int watch_sub(watch_int a, watch_int b)
{
  watch_int v;
  const bool over = __builtin_sub_overflow(a, b, &v);

  return fits(over, v);
}

watch_int watch_mul(watch_int a, watch_int b)
{
  watch_int v;
  const bool over = __builtin_mul_overflow(a, b, &v);

  return fits(over, v);
}

/* Division of 64 bits is much faster than that of 128. */
static bool small(watch_int a, watch_int b)
{
  return a >= 0 && b > 0 && a <= UINT64_MAX && b <= UINT64_MAX;
}

watch_int watch_div(watch_int a, watch_int b)
{
  return b == 0 ? fits(true, 0) : small(a, b) ? (uint64_t)a / (uint64_t)b : a / b;
}

watch_int watch_mod(watch_int a, watch_int b)
{
  return b == 0 ? fits(true, 0) : small(a, b) ? (uint64_t)a % (uint64_t)b : a % b;
}

size_t watch_index(watch_int i, size_t n)
{
  return i >= 0 && i < (watch_int)n ? (size_t)i : (size_t)fits(true, 0);
}

const void *watch_step(const void *p, watch_int i, size_t size)
{
  return (const void *)((uintptr_t)p + (uintptr_t)(watch_mul(i, (watch_int)size)));
}

static const struct watch_range *holding(const struct watch *w, const uint8_t *p, size_t size)
{
  for (unsigned i = 0; i < w->n; i++)
    if ((uintptr_t)p - (uintptr_t)w->ranges[i].start < w->ranges[i].size &&
        size <= w->ranges[i].size - (size_t)(p - w->ranges[i].start))
      return &w->ranges[i];
  return NULL;
}

const void *watch_load(struct watch_state s, const void *p, size_t size)
{
  static const _Alignas(16) uint8_t zeroes[1 << 14];
  const struct watch_range *const r = holding(s.w, p, size);

  if (++now.steps > STEPS || !r || (s.before && !r->before)) {
    now.undecided = true;
    return zeroes;
  }
  return s.before ? r->before + ((const uint8_t *)p - r->start) : p;
}

static bool there(const void *p, size_t size)
{
  return p && (!__asan_region_is_poisoned || !__asan_region_is_poisoned((void *)(uintptr_t)p, size));
}

bool watch_valid(struct watch_state s, const void *p, watch_int n, size_t size, bool writable)
{
  const watch_int bytes = watch_mul(n, (watch_int)size);

  (void)writable;
  if (bytes <= 0)
    return true;
  if (bytes > (watch_int)1 << 46 || !there(p, (size_t)bytes))
    return false;
  if (!s.w->asking || holding(s.w, p, (size_t)bytes))
    return true;
  if (s.w->n == sizeof s.w->ranges / sizeof *s.w->ranges)
    watch_undecided();
  else
    s.w->ranges[s.w->n++] = (struct watch_range){.start = p, .size = (size_t)bytes};
  return true;
}

bool watch_apart(unsigned n, ...)
{
  uintptr_t start[8], end[8];
  va_list v;

  va_start(v, n);
  for (unsigned i = 0; i < n; i++) {
    start[i] = (uintptr_t)va_arg(v, const void *);
    const watch_int elements = va_arg(v, watch_int);
    const watch_int bytes = watch_mul(elements, (watch_int)va_arg(v, size_t));
    end[i] = start[i] + (uintptr_t)(bytes > 0 ? bytes : 0);
  }
  va_end(v);
  for (unsigned i = 0; i < n; i++)
    for (unsigned k = 0; k < i; k++)
      if (start[i] < end[k] && start[k] < end[i])
        return false;
  return true;
}

struct watch_walk watch_walk(watch_int lo, watch_int hi)
{
  const bool guess = hi - lo > STEPS;

  return (struct watch_walk){.lo = lo, .hi = hi, .i = lo - 1, .guess = guess, .chance = 0x9E3779B97F4A7C15u,
                             .left = hi <= lo ? 0 : guess ? SOME : (uint64_t)(hi - lo)};
}

struct watch_walk watch_walk_from(watch_int lo)
{
  return (struct watch_walk){.lo = lo, .hi = lo + SOME, .i = lo - 1, .guess = true, .left = SOME};
}

/* All in turn; of too many the first, the last, and some between. */
bool watch_next(struct watch_walk *k)
{
  if (k->left == 0 || now.undecided || ++now.steps > STEPS) {
    now.undecided |= k->left != 0;
    return false;
  }
  k->left--;
  if (!k->guess || !k->chance || k->left > SOME / 2) {
    k->i++;
    return true;
  }
  k->chance = k->chance * 6364136223846793005u + 1442695040888963407u;
  k->i = k->left < 8 ? k->hi - 1 - (watch_int)k->left
                     : k->lo + (watch_int)((unsigned __int128)k->chance % (unsigned __int128)(k->hi - k->lo));
  return true;
}

bool watch_answer(const struct watch_walk *k, bool found, bool answer)
{
  now.guessed |= k->guess && !found;
  return answer;
}

bool watch_enter(void)
{
  if (++now.depth <= DEPTH && ++now.steps <= STEPS && !now.undecided)
    return true;
  now.undecided = true;
  return false;
}

void watch_leave(void)
{
  now.depth--;
}

void watch_begin(struct watch *w)
{
  *w = (struct watch){.asking = true};
}

void watch_clause_begins(void)
{
  now.steps = now.depth = 0;
  now.undecided = now.guessed = false;
}

static void tally(void)
{
  FILE *const f = fopen(getenv("METES_WATCH"), "we");

  for (const struct watch_clause *c = watch_clauses; f && c < watch_clauses + watch_n; c++)
    fprintf(f, "%s\t%s\t%s\t%s\t%lu\t%lu\t%lu\n", c->function, c->kind, c->label, c->where, c->held, c->by_samples,
            c->undecided);
  if (f)
    fclose(f);
}

void watch_judge(struct watch_clause *c, bool holds)
{
  static bool asked;

  if (!asked && getenv("METES_WATCH"))
    atexit(tally);
  asked = true;
  if (now.undecided || (!holds && now.guessed)) {
    c->undecided++;
  } else if (holds) {
    c->held++;
    c->by_samples += now.guessed;
  } else if (!fuzz_aside) {
    fprintf(stderr, "this does not hold: %s of %s%s%s (%s)\n", c->kind, c->function, *c->label ? ", " : "", c->label,
            c->where);
    abort();
  }
}

void watch_keep(struct watch *w)
{
  size_t all = 0;

  w->asking = false;
  for (unsigned i = 0; i < w->n; i++) {
    struct watch_range *const r = &w->ranges[i];
    if (r->size > MOST_KEPT - all || !(r->before = malloc(r->size)))
      continue;
    all += r->size;
    memcpy(r->before, r->start, r->size);
  }
}

void watch_assigned(struct watch *w, const void *p, watch_int n, size_t size)
{
  const watch_int bytes = watch_mul(n, (watch_int)size);

  if (bytes > 0 && w->n_assigned < sizeof w->assigned / sizeof *w->assigned)
    w->assigned[w->n_assigned++] = (struct watch_range){.start = p, .size = (size_t)bytes};
  else
    w->lost |= bytes > 0;
}

void watch_all_assigned(struct watch *w)
{
  w->lost |= now.undecided;
}

static bool may_change(const struct watch *w, const uint8_t *p)
{
  for (unsigned i = 0; i < w->n_assigned; i++)
    if ((uintptr_t)p - (uintptr_t)w->assigned[i].start < w->assigned[i].size)
      return true;
  return false;
}

/* Of what is known to be there, nothing has changed but what is assigned. */
bool watch_frame(const struct watch *w)
{
  now.undecided |= w->lost;
  for (unsigned i = 0; i < w->n; i++) {
    const struct watch_range *const r = &w->ranges[i];
    if (!r->before || memcmp(r->before, r->start, r->size) == 0)
      continue;
    for (size_t k = 0; k < r->size; k++)
      if (r->before[k] != r->start[k] && !may_change(w, r->start + k))
        return false;
  }
  return true;
}

void watch_end(struct watch *w)
{
  for (unsigned i = 0; i < w->n; i++)
    free(w->ranges[i].before);
}
