/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel's timers and signals. */
#include "fake_parts.h"

#include <errno.h>

#define N_TIMERS 8

static struct timer {
  bool there, set;
} timers[N_TIMERS];
static void (*handler)(int);
static int handled;

int fake_sigaction(int number, const struct sigaction *now, struct sigaction *before)
{
  if (before != NULL)
    *before = (struct sigaction){.sa_handler = SIG_DFL};
  if (fake_fails(number != SIGBUS && number < SIGRTMIN && now->sa_handler != SIG_IGN ? "sigaction of what is passed on" : "sigaction"))
    return -1;
  if (number >= SIGRTMIN) {
    handled = number;
    handler = now->sa_handler;
  }
  return 0;
}

int fake_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
  (void)clock;
  if (fake_fails("timer_create"))
    return -1;
  if (event->sigev_signo != handled)
    fake_wrong("a timer whose signal %d has no handler", event->sigev_signo);
  for (uintptr_t i = 0; i < N_TIMERS; i++)
    if (!timers[i].there) {
      timers[i].there = true;
      timers[i].set = false;
      *timer = (timer_t)(i + 1);
      return 0;
    }
  fake_wrong("more than %d timers", N_TIMERS);
  errno = EAGAIN;
  return -1;
}

static uintptr_t timer_of(timer_t timer)
{
  const uintptr_t i = (uintptr_t)timer - 1;

  if (i < N_TIMERS && timers[i].there)
    return i;
  fake_wrong("there is no such timer");
  return 0;
}

int fake_timer_settime(timer_t timer, int flags, const struct itimerspec *when, struct itimerspec *before)
{
  const uintptr_t i = timer_of(timer);

  (void)flags, (void)before;
  if (fake_fails("timer_settime"))
    return -1;
  timers[i].set = when->it_value.tv_sec != 0 || when->it_value.tv_nsec != 0;
  return 0;
}

int fake_timer_delete(timer_t timer)
{
  timers[timer_of(timer)].there = false;
  return fake_fails("timer_delete") ? -1 : 0;
}

void fake_signal(void)
{
  if (handler != NULL)
    handler(handled);
}

bool fake_timer_fires(void)
{
  for (unsigned i = 0; i < N_TIMERS; i++)
    if (timers[i].there && timers[i].set) {
      fake_signal();
      return true;
    }
  return false;
}

int fake_tgkill(pid_t process, pid_t thread, int number)
{
  if (process != 10 || thread != 11 || number != handled)
    fake_wrong("tgkill(%d, %d, %d)", process, thread, number);
  if (fake_fails("tgkill"))
    return -1;
  fake_signal();
  return 0;
}

pid_t fake_getpid(void)
{
  return 10;
}

pid_t fake_gettid(void)
{
  return 11;
}

void fake_timers_end(bool quiet)
{
  for (unsigned i = 0; i < N_TIMERS; i++)
    if (timers[i].there) {
      if (!quiet)
        fake_wrong("leak: timer %u", i);
      timers[i] = (struct timer){0};
    }
  if (!quiet)
    handler = NULL;
}
