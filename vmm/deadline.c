/* SPDX-License-Identifier: Apache-2.0
 * A periodic POSIX timer whose handler does one store. */
#include "deadline.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#define PERIOD_NS 10000000 /* 10 ms */

static volatile __u8 *immediate_exit;
static timer_t timer;

static void on_alarm(int number)
{
  (void)number;
  *immediate_exit = 1;
}

int metes_deadline_arm(struct kvm_run *run, double seconds, struct metes_failure *f)
{
  struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART: KVM_RUN must come back */
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  struct itimerspec when = {.it_interval = {.tv_nsec = PERIOD_NS}};

  when.it_value.tv_sec = (time_t)seconds;
  when.it_value.tv_nsec = (long)((seconds - (double)when.it_value.tv_sec) * 1e9);
  if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
    when.it_value.tv_nsec = 1; /* 0 would disarm it */
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGALRM, &action, NULL) != 0)
    return metes_fail_call(f, "sigaction SIGALRM");
  immediate_exit = &run->immediate_exit;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
    immediate_exit = NULL; /* there is nothing to disarm */
    return metes_fail_call(f, "timer_create");
  }
  if (timer_settime(timer, 0, &when, NULL) != 0)
    return metes_fail_call(f, "timer_settime");
  return 0;
}

void metes_deadline_disarm(void)
{
  if (immediate_exit == NULL)
    return;
  timer_delete(timer);
  signal(SIGALRM, SIG_IGN); /* drops one that is pending */
  immediate_exit = NULL;
}
