/* SPDX-License-Identifier: Apache-2.0
 * Each system call of each life fails in each way that it may, once and from then on; and each two of them. TAP.
 * usage: faults [NAME]      (of a life: that one alone, without the pairs) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios.h"

#define SHOWN 10u

/* What was lived, to compare with. */
struct past {
  struct told told;
  char output[sizeof fake.output];
  size_t n_output;
};

static unsigned wrongs, shown;

/* One life with these faults. Not to be told apart from the first of a process. */
static void live(const struct scenario *s, const struct fake_fault faults[2], struct told *t)
{
  fake_begin();
  forget();
  fake.faults[0] = faults[0];
  fake.faults[1] = faults[1];
  *t = (struct told){0};
  s->live(t);
  fake_end();
}

static bool names(const char *text, const struct fake_event *e)
{
  return e->row->says == NULL || (strstr(text, e->row->says) != NULL && strstr(text, strerror(e->error)) != NULL);
}

/* What the faults that struck have to lead to. */
struct due {
  const struct fake_row *row; /* the first that is fatal; null: none is */
  bool output, mute, registers;
  bool named; /* one of those that are told */
};

static bool fatal(const struct scenario *s, const struct fake_event *e)
{
  return e->row->effect == FAKE_FATAL ||
         (s->registers && e->row->effect == FAKE_TOLERATED && strstr(e->call, "at a stop") != NULL);
}

static struct due due_of(const struct scenario *s, const struct told *t)
{
  struct due d = {0};

  for (unsigned i = 0; i < fake.n_events; i++) {
    const struct fake_event *const e = &fake.events[i];

    if (e->row == NULL)
      continue;
    if (fatal(s, e) && d.row == NULL)
      d.row = e->row;
    d.output |= e->row->effect == FAKE_OUTPUT;
    d.mute |= e->row->effect == FAKE_MUTE;
    d.registers |= strstr(e->call, "at a stop") != NULL;
    d.named |= (fatal(s, e) || e->row->effect == FAKE_OUTPUT) && names(t->text, e);
  }
  return d;
}

/* What is wrong with it, or null. */
static const char *judge(const struct scenario *s, const struct past *p, const struct told *t)
{
  const struct due d = due_of(s, t);
  const int status = d.output           ? METES_EXIT_OUTPUT
                     : d.row == NULL    ? p->told.status
                     : d.row->status != 0 ? d.row->status
                                          : METES_EXIT_SYSTEM;

  if (fake.wrong[0] != '\0')
    return fake.wrong;
  if (t->status != status)
    return t->status == 0 ? "it ended well" : "another exit status";
  if ((d.row != NULL || d.output) && !d.named && !d.mute)
    return "no message names the call and its errno";
  if (d.row != NULL || d.output)
    return NULL;
  if (t->outcome != p->told.outcome)
    return "another outcome";
  if (t->exits != p->told.exits && t->outcome != METES_OUTCOME_CANCELLED) /* where its signal fails, at the next */
    return "another number of exits";
  if (!d.registers && (fake.n_output != p->n_output || memcmp(fake.output, p->output, fake.n_output) != 0))
    return "another output";
  return NULL;
}

static void show(const struct scenario *s, const struct fake_fault faults[2], const struct told *t, const char *wrong)
{
  wrongs++;
  if (shown++ >= SHOWN)
    return;
  printf("# %s: %s\n#   status %d, outcome %d, it says: %s\n", s->name, wrong, t->status, (int)t->outcome, t->text);
  for (unsigned i = 0; i < 2; i++)
    if (faults[i].at != 0)
      printf("#   call %u failed%s\n", faults[i].at, faults[i].sticky ? ", and all like it" : "");
  for (unsigned i = 0, said = 0; i < fake.n_events && said < 4; i++)
    if (fake.events[i].row != NULL) {
      said++;
      printf("#   %u: %s: %s\n", i + 1, fake.events[i].call, strerror(fake.events[i].error));
    }
}

static bool try(const struct scenario *s, const struct past *p, struct fake_fault one, struct fake_fault two)
{
  const struct fake_fault faults[2] = {one, two};
  struct told t;
  const char *wrong;

  live(s, faults, &t);
  wrong = judge(s, p, &t);
  if (wrong != NULL)
    show(s, faults, &t, wrong);
  return wrong == NULL;
}

static unsigned number;

static void result(bool good, const char *what, const char *of, unsigned lives)
{
  number++;
  shown = 0;
  printf("%sok %u - %s: %s (%u lives)\n", good ? "" : "not ", number, of, what, lives);
  fflush(stdout);
}

/* Every call in every way, once and for good. */
static void singles(const struct scenario *s, const struct past *p, const unsigned *ways, unsigned calls)
{
  const unsigned before = wrongs;
  unsigned lives = 0;

  for (unsigned at = 1; at <= calls; at++)
    for (unsigned pick = 0; pick < ways[at]; pick++)
      for (int sticky = 0; sticky < 2; sticky++, lives++)
        try(s, p, (struct fake_fault){.at = at, .pick = pick, .sticky = sticky != 0}, (struct fake_fault){0});
  result(wrongs == before, "each call fails", s->name, lives);
}

/* A first fault that ends the life in most of its ways ends it alike: one way in four will do. */
static bool worth(const char *call, unsigned pick, unsigned at)
{
  int error;
  const struct fake_row *const row = fake_failure(call, pick, &error);

  return row->effect != FAKE_FATAL || pick % 4 == at % 4;
}

/* Every two calls; the first in every way that it may go on, the second in one after the other. */
static void pairs(const struct scenario *s, const struct past *p, const unsigned *ways, const char *const *call,
                  unsigned calls)
{
  const unsigned before = wrongs;
  unsigned lives = 0;

  for (unsigned at = 1; at <= calls; at++)
    for (unsigned pick = 0; pick < ways[at]; pick++)
      for (unsigned then = at + 1; then <= calls + 2 && worth(call[at], pick, at); then++, lives++)
        try(s, p, (struct fake_fault){.at = at, .pick = pick}, (struct fake_fault){.at = then, .pick = lives});
  result(wrongs == before, "each two calls fail", s->name, lives);
}

static bool well(const struct scenario *s, struct past *p)
{
  const struct fake_fault none[2] = {{0}, {0}};

  live(s, none, &p->told);
  p->n_output = fake.n_output;
  memcpy(p->output, fake.output, fake.n_output);
  if (fake.wrong[0] == '\0' && p->told.status == s->status && p->told.outcome == s->outcome)
    return true;
  show(s, none, &p->told, fake.wrong[0] != '\0' ? fake.wrong : "it does not even end as it should without a fault");
  return false;
}

static void all_of(const struct scenario *s, bool two)
{
  static struct past past;
  static unsigned ways[FAKE_EVENTS + 1];
  static const char *call[FAKE_EVENTS + 1];
  unsigned calls;
  const bool good = well(s, &past);

  result(good, "no call fails", s->name, 1);
  if (!good)
    return;
  calls = fake.n_events;
  for (unsigned i = 0; i < calls; i++) {
    call[i + 1] = fake.events[i].call;
    ways[i + 1] = fake_n_failures(call[i + 1]);
  }
  singles(s, &past, ways, calls);
  if (s->pairs && two)
    pairs(s, &past, ways, call, calls);
}

int main(int argc, char **argv)
{
  for (unsigned i = 0; i < n_scenarios; i++)
    if (argc < 2 || strcmp(argv[1], scenarios[i].name) == 0)
      all_of(&scenarios[i], argc < 2);
  printf("1..%u\n", number);
  return wrongs == 0 ? 0 : 1;
}
