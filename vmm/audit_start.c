/* SPDX-License-Identifier: Apache-2.0
 * Starting a program that is to be followed. It finds everything as if it had been started without us: signals,
 * descriptors, terminal. What it is sent through us is handed on. */
#include "audit_follow_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>

#include "cli.h"
#include "sys.h"

#define N_HANDED 6

/* Whoever ends a program ends the one that is audited: an audit ends by itself, with its map. */
static const int handed[N_HANDED] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
static struct sigaction before[N_HANDED], child_before;
static volatile sig_atomic_t first;

/* What a terminal sends goes to all of its foreground: the program has it already. */
static void hand_on(int signal, siginfo_t *info, void *context)
{
  const int error = errno;

  (void)context;
  if (first != 0 && info->si_code <= 0)
    (void)metes_sys.kill(first, signal);
  errno = error;
}

/* Those that are ignored stay so, here and there. */
static void take_signals(void)
{
  struct sigaction mine = {.sa_sigaction = hand_on, .sa_flags = SA_SIGINFO};
  const struct sigaction usual = {.sa_handler = SIG_DFL};

  first = 0;
  for (int i = 0; i < N_HANDED; i++)
    if (metes_sys.sigaction(handed[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
      (void)metes_sys.sigaction(handed[i], &mine, NULL);
  (void)metes_sys.sigaction(SIGCHLD, &usual, &child_before); /* ignored, it would hide how children end */
}

static void give_signals_back(void)
{
  for (int i = 0; i < N_HANDED; i++)
    (void)metes_sys.sigaction(handed[i], &before[i], NULL);
  (void)metes_sys.sigaction(SIGCHLD, &child_before, NULL);
}

/* In the child. It waits until it is followed: its filter would else make calls fail. */
static void become(const int *go, const int *why, char **argv)
{
  const struct sigaction pipe_was = {.sa_handler = metes_sigpipe_was};
  char byte;
  int error;

  give_signals_back();
  (void)metes_sys.sigaction(SIGPIPE, &pipe_was, NULL);
  metes_sys.close(go[1]);
  if (metes_sys.read(go[0], &byte, 1) == 1) {
    if (metes_audit_filter() == 0)
      metes_sys.execvp(argv[0], argv);
    error = errno;
    (void)metes_sys.write(why[1], &error, sizeof error);
  }
  metes_sys.exit_group(METES_EXIT_SYSTEM);
}

static int seize(struct metes_follower *w, int go, struct metes_failure *f)
{
  const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                       PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
  int status, error;

  if (metes_sys.ptrace(PTRACE_SEIZE, w->first, NULL, (void *)options) == 0 && metes_sys.write(go, "", 1) == 1)
    return 0;
  error = errno;
  (void)metes_sys.kill(w->first, SIGKILL);
  (void)metes_sys.waitpid(w->first, &status, 0);
  errno = error;
  (void)metes_fail_call(f, "the program cannot be followed: ptrace");
  return f->status = error == EPERM || error == EACCES ? METES_EXIT_NO_PERMISSION : METES_EXIT_SYSTEM;
}

int metes_follow_start(struct metes_follower *w, char **argv, struct metes_failure *f)
{
  int go[2], why[2], status;

  w->told = -1;
  if (metes_sys.pipe2(go, O_CLOEXEC) != 0)
    return metes_fail_call(f, "pipe2");
  if (metes_sys.pipe2(why, O_CLOEXEC) != 0) {
    metes_sys.close(go[0]);
    metes_sys.close(go[1]);
    return metes_fail_call(f, "pipe2");
  }
  take_signals();
  w->first = metes_sys.fork();
  if (w->first == 0)
    become(go, why, argv);
  first = w->first;
  status = w->first < 0 ? metes_fail_call(f, "fork") : seize(w, go[1], f);
  metes_sys.close(go[0]);
  metes_sys.close(go[1]);
  metes_sys.close(why[1]);
  w->told = why[0];
  return status;
}

int metes_follow_why(struct metes_follower *w)
{
  int error;

  return metes_sys.read(w->told, &error, sizeof error) == sizeof error ? error : 0;
}

void metes_follow_end(struct metes_follower *w)
{
  first = 0;
  if (w->told >= 0) {
    metes_sys.close(w->told);
    give_signals_back();
  }
}
