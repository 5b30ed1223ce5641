/* SPDX-License-Identifier: Apache-2.0
 * A periodic POSIX timer whose handler does one store. */
#include "deadline.h"

#include <signal.h>

#include "sys.h"

#define PERIOD_NS 10000000 /* 10 ms */

#ifndef sigev_notify_thread_id /* glibc before 2.36 has no name for it */
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Where the handler stores 1: to the immediate_exit of what this thread runs, else to nobody's byte. */
static _Thread_local volatile __u8 nobodys;
static _Thread_local volatile __u8 *target;
static _Thread_local pid_t self;
static atomic_bool installed;

static void on_signal(int number)
{
  (void)number;
  *target = 1;
}

/* SA_RESTART: a write goes on where it was. KVM_RUN comes back all the same. */
static int prepare(struct metes_failure *f)
{
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

  if (target == NULL)
    target = &nobodys;
  if (self == 0)
    self = metes_sys.gettid();
  if (atomic_load(&installed))
    return 0;
  sigemptyset(&action.sa_mask);
  if (metes_sys.sigaction(METES_DEADLINE_SIGNAL, &action, NULL) != 0)
    return metes_fail_call(f, "sigaction of the deadline's signal");
  atomic_store(&installed, true);
  return 0;
}

int metes_deadline_watch(struct metes_deadline *d, struct kvm_run *run, struct metes_failure *f)
{
  const int status = prepare(f);

  if (status != 0)
    return status;
  target = &run->immediate_exit;
  atomic_store(&d->thread, self);
  return 0;
}

void metes_deadline_leave(struct metes_deadline *d)
{
  atomic_store(&d->thread, 0);
  target = &nobodys;
}

void metes_deadline_wake(struct metes_deadline *d)
{
  const pid_t thread = atomic_load(&d->thread);

  if (thread != 0)
    (void)metes_sys.tgkill(metes_sys.getpid(), thread, METES_DEADLINE_SIGNAL); /* it may have left meanwhile */
}

int metes_deadline_arm(struct metes_deadline *d, double seconds, struct metes_failure *f)
{
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = METES_DEADLINE_SIGNAL};
  struct itimerspec when = {.it_interval = {.tv_nsec = PERIOD_NS}};
  const int status = prepare(f);

  if (status != 0)
    return status;
  metes_deadline_disarm(d);
  when.it_value.tv_sec = (time_t)seconds;
  when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
  if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
    when.it_value.tv_nsec = 1; /* 0 would disarm it */
  event.sigev_notify_thread_id = self;
  if (metes_sys.timer_create(CLOCK_MONOTONIC, &event, &d->timer) != 0)
    return metes_fail_call(f, "timer_create");
  d->armed = true;
  if (metes_sys.timer_settime(d->timer, 0, &when, NULL) == 0)
    return 0;
  metes_fail_call(f, "timer_settime");
  metes_deadline_disarm(d);
  return f->status;
}

void metes_deadline_disarm(struct metes_deadline *d)
{
  if (d->armed)
    (void)metes_sys.timer_delete(d->timer); /* EINVAL alone, for a timer that is not there */
  d->armed = false;
}
