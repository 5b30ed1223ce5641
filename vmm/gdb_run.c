/* SPDX-License-Identifier: Apache-2.0
 * A guest under a debugger: it stands, is asked, goes on, to its end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "crash.h"
#include "gdb_parts.h"
#include "guest_report.h"

/* One way through the guest: what is left of its exits, and whether it came to an end. */
struct course {
  struct metes_gdb *gdb;
  struct metes_failure *f;
  uint64_t exits;
};

static int prepare(const struct course *c, struct kvm_guest_debug debug)
{
  struct metes_gdb *const gdb = c->gdb;
  int status = 0;

  if (gdb->changed)
    status = metes_vm_set(&gdb->s->vm, &gdb->stop->regs, c->f);
  gdb->changed = false;
  return status != 0 ? status : metes_vm_debug(&gdb->s->vm, &debug, c->f);
}

/* Without registers there is nothing to show, and nothing to go on with. */
static int need_registers(const struct metes_stop *stop, struct metes_failure *f)
{
  errno = stop->registers_error;
  return stop->has_registers ? 0 : metes_fail_call(f, "KVM_GET_REGS, KVM_GET_SREGS");
}

/* Once: to an end, a trap, or the next tick, which is no exit. */
static int enter(struct course *c)
{
  struct metes_stop *const stop = c->gdb->stop;
  const int status = metes_guest_run(c->gdb->s, c->exits, stop, c->f);
  const uint64_t own = stop->exits - (stop->outcome == METES_OUTCOME_TRAP);

  if (status != 0)
    return status;
  c->exits -= own < c->exits ? own : c->exits;
  return need_registers(stop, c->f);
}

static bool is_end(const struct metes_stop *s)
{
  return s->outcome != METES_OUTCOME_TRAP && s->outcome != METES_OUTCOME_DEADLINE;
}

/* Lets it go on until the debugger has to hear of it: *number is the signal, where it is no end. */
static int go_on(struct course *c, bool step, int *number)
{
  struct metes_gdb *const gdb = c->gdb;
  const bool by_steps = gdb->by_steps && !step && metes_gdb_has_points(gdb);
  int status = prepare(c, metes_gdb_debug(gdb, step));

  for (*number = 0; status == 0 && *number == 0;) {
    status = enter(c);
    if (status != 0 || is_end(gdb->stop))
      break;
    if (gdb->stop->outcome == METES_OUTCOME_TRAP && (!by_steps || metes_gdb_stops_here(gdb)))
      *number = SIGTRAP;
    else if (gdb->stop->outcome == METES_OUTCOME_DEADLINE && metes_gdb_came(gdb))
      *number = SIGINT;
  }
  return status;
}

/* Without the debugger, to its end. */
static int let_go(struct course *c)
{
  int status = prepare(c, (struct kvm_guest_debug){0});

  while (status == 0 && (status = enter(c)) == 0 && !is_end(c->gdb->stop))
    continue;
  return status;
}

static void cancel(struct metes_stop *stop)
{
  stop->outcome = METES_OUTCOME_CANCELLED;
  stop->told = false;
}

/* A guest that ended well is told of and gone; any other stands still once more. */
/* Tells the end, and waits until the debugger has gone: what it sent and nobody read would make the
 * kernel drop what it has not read yet. */
static void tell_end(struct metes_gdb *gdb, char letter, int number)
{
  metes_gdb_tell(gdb, letter, number);
  while (metes_gdb_byte(gdb) >= 0)
    continue;
}

static void farewell(struct metes_gdb *gdb)
{
  const struct metes_stop *s = gdb->stop;
  enum metes_gdb_wish wish;

  if (s->outcome == METES_OUTCOME_WELL || s->outcome == METES_OUTCOME_FAILED) {
    tell_end(gdb, 'W', metes_outcome_exit(s->outcome));
    return;
  }
  gdb->ended = true;
  metes_gdb_tell(gdb, 'S', metes_stop_signal(s));
  wish = metes_gdb_talk(gdb);
  if (wish == METES_GDB_GO_ON || wish == METES_GDB_STEP)
    tell_end(gdb, 'X', metes_stop_signal(s));
  else if (wish == METES_GDB_LET_GO)
    metes_gdb_okay(gdb);
}

static int follow(struct course *c)
{
  struct metes_gdb *const gdb = c->gdb;

  for (;;) {
    const enum metes_gdb_wish wish = metes_gdb_talk(gdb);
    int status, number;

    if (wish == METES_GDB_KILL) {
      cancel(gdb->stop);
      return 0;
    }
    if (wish == METES_GDB_LET_GO) {
      metes_gdb_okay(gdb);
      return let_go(c);
    }
    status = go_on(c, wish == METES_GDB_STEP, &number);
    if (status != 0)
      return status;
    if (number == 0) {
      farewell(gdb);
      return 0;
    }
    metes_gdb_tell(gdb, 'S', number);
  }
}

int metes_gdb_run(struct metes_gdb *gdb, const struct metes_budget *b, struct metes_stop *stop,
                  struct metes_failure *f)
{
  struct course c = {.gdb = gdb, .f = f, .exits = b->exits};
  int status = metes_calls_may_enter(gdb->s, f);

  if (status != 0)
    return status;
  metes_calls_close(gdb->s, "its last run could not be made");
  *stop = (struct metes_stop){.outcome = METES_OUTCOME_TRAP};
  gdb->stop = stop;
  metes_vm_registers(&gdb->s->vm, stop);
  if ((status = need_registers(stop, f)) != 0)
    return status;
  gdb->s->ports.output_left = b->output;
  metes_ports_begin(&gdb->s->ports);
  gdb->s->held = true;
  status = follow(&c);
  gdb->s->held = false;
  metes_ports_end(&gdb->s->ports);
  if (status != 0)
    return status;
  stop->exits = b->exits - c.exits;
  stop->output = b->output - gdb->s->ports.output_left;
  metes_calls_look(gdb->s, stop);
  return 0;
}
