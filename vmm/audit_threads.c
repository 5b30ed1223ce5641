/* SPDX-License-Identifier: Apache-2.0
 * Following a program: the list of threads in a call, and the waiting for what happens next. */
#include "audit_follow_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "sys.h"

struct metes_stopped *metes_find(const struct metes_follower *w, pid_t thread)
{
  for (uint32_t i = 0; i < w->n; i++)
    if (w->stopped[i].thread == thread)
      return &w->stopped[i];
  return NULL;
}

struct metes_stopped *metes_add(struct metes_follower *w, pid_t thread)
{
  if (w->n == w->room) {
    const uint32_t room = w->room == 0 ? 8 : 2 * w->room;
    struct metes_stopped *more = realloc(w->stopped, room * sizeof *more);

    if (more == NULL) {
      w->failed = true;
      return NULL;
    }
    w->stopped = more;
    w->room = room;
  }
  w->stopped[w->n] = (struct metes_stopped){.thread = thread};
  return &w->stopped[w->n++];
}

/* Those that wait keep their order. */
void metes_drop(struct metes_follower *w, pid_t thread)
{
  struct metes_stopped *s = metes_find(w, thread);

  if (s != NULL)
    memmove(s, s + 1, (size_t)(w->stopped + w->n-- - (s + 1)) * sizeof *s);
}

bool metes_identity_known(const struct metes_follower *w, uint32_t vm)
{
  return vm <= w->room_identity && w->identity[vm - 1];
}

bool metes_identity_set(struct metes_follower *w, uint32_t vm)
{
  if (vm > w->room_identity) {
    const uint32_t room = 2 * vm;
    bool *more = realloc(w->identity, room * sizeof *more);

    if (more == NULL)
      return false;
    memset(more + w->room_identity, 0, (room - w->room_identity) * sizeof *more);
    w->identity = more;
    w->room_identity = room;
  }
  return w->identity[vm - 1] = true;
}

/* A thread is no more, or is another now: nothing of it is to come. */
static void lose(struct metes_follower *w, pid_t thread)
{
  metes_drop(w, thread);
  metes_wake(w);
}

/* Another program: the thread that did it has its process's number from now on. */
static void other_program(struct metes_follower *w, pid_t thread)
{
  unsigned long before = 0;

  w->started = true;
  (void)metes_sys.ptrace(PTRACE_GETEVENTMSG, thread, NULL, &before);
  metes_audit_forget(&w->files, thread);
  metes_thread_go(PTRACE_CONT, thread, 0);
  lose(w, (pid_t)before);
  lose(w, thread);
}

/* Signals that stop a whole process: it stays so until it is continued. */
static bool stops(int signal)
{
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void event(struct metes_follower *w, pid_t thread, int what, int signal)
{
  switch (what) {
  case PTRACE_EVENT_SECCOMP: metes_call_begins(w, thread); break;
  case PTRACE_EVENT_EXEC: other_program(w, thread); break;
  case PTRACE_EVENT_STOP: metes_thread_go(stops(signal) ? PTRACE_LISTEN : PTRACE_CONT, thread, 0); break;
  default: metes_thread_go(PTRACE_CONT, thread, 0); break; /* a thread or a process is made: it is followed too */
  }
}

static void take(struct metes_follower *w, pid_t thread, int status)
{
  if (!WIFSTOPPED(status)) {
    if (thread == w->first)
      w->status = status;
    metes_audit_forget(&w->files, thread);
    lose(w, thread);
  } else if (status >> 16 != 0) {
    event(w, thread, status >> 16, WSTOPSIG(status));
  } else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
    metes_call_ends(w, thread);
    metes_wake(w);
  } else {
    metes_thread_go(PTRACE_CONT, thread, WSTOPSIG(status)); /* a signal of its own */
  }
}

static int follow(struct metes_follower *w, struct metes_failure *f)
{
  for (;;) {
    int status;
    const pid_t thread = metes_sys.waitpid(-1, &status, __WALL);

    if (thread > 0)
      take(w, thread, status);
    else if (errno == ECHILD)
      return 0;
    else if (errno != EINTR)
      return metes_fail_call(f, "waitpid");
  }
}

/* A program that was never there is a missing input. */
static int not_started(const struct metes_follower *w, int why, const char *name, struct metes_failure *f)
{
  if (why == 0)
    return metes_fail(f, METES_EXIT_SYSTEM, "%s was ended before it began, with wait status 0x%x", name,
                      (unsigned)w->status);
  if (why == ENOENT || why == ENOTDIR)
    return metes_fail(f, METES_EXIT_NO_INPUT, "%s: %s", name, strerror(why));
  return metes_fail(f, why == EACCES || why == EPERM ? METES_EXIT_NO_PERMISSION : METES_EXIT_SYSTEM, "%s: %s", name,
                    strerror(why));
}

int metes_audit_follow(char **argv, metes_change_sink *sink, void *mine, int *status, struct metes_failure *f)
{
  struct metes_follower w = {.sink = sink, .mine = mine};
  int result = metes_follow_start(&w, argv, f);

  if (result == 0)
    result = follow(&w, f);
  if (result == 0 && !w.started)
    result = not_started(&w, metes_follow_why(&w), argv[0], f);
  if (result == 0 && w.failed)
    result = metes_fail(f, METES_EXIT_SYSTEM, "the audit is not complete: there was no memory for it");
  metes_follow_end(&w);
  *status = w.status;
  free(w.identity);
  free(w.files.at);
  free(w.stopped);
  return result;
}
