/* SPDX-License-Identifier: Apache-2.0
 * What the parts of following a program share: the threads that are in a call that is looked at. */
#ifndef METES_AUDIT_FOLLOW_PARTS_H
#define METES_AUDIT_FOLLOW_PARTS_H

#include "audit_calls.h"
#include "audit_files.h"
#include "audit_follow.h"

/* In headers of Linux 6.8 and later. */
#define METES_KVM_MEM_GUEST_MEMFD 4u

/* Answers from here on say that the kernel will make the call again (ERESTARTSYS and its like). */
#define METES_ERRNO_END 512

/* A thread in such a call: before it while it waits, in it afterwards. */
struct metes_stopped {
  pid_t thread, process;
  bool waits;
  bool unread; /* the call's words could not be read */
  struct metes_call call;
  struct metes_change change;
};

struct metes_follower {
  metes_change_sink *sink;
  void *mine;
  pid_t first;      /* the program itself */
  int status;       /* its wait status */
  int told;         /* a pipe: why it could not be started */
  bool started, failed;
  uint32_t vms;     /* that were made */
  bool *identity;   /* of each, whether there is an identity map */
  uint32_t room_identity;
  struct metes_audit_files files;
  struct metes_stopped *stopped;
  uint32_t n, room;
};

/* audit_threads.c */
struct metes_stopped *metes_find(const struct metes_follower *w, pid_t thread);
struct metes_stopped *metes_add(struct metes_follower *w, pid_t thread);
void metes_drop(struct metes_follower *w, pid_t thread);
bool metes_identity_known(const struct metes_follower *w, uint32_t vm);
bool metes_identity_set(struct metes_follower *w, uint32_t vm);

/* audit_follow.c: a thread stops before a call, or at its end; and those that waited may go. */
void metes_call_begins(struct metes_follower *w, pid_t thread);
void metes_call_ends(struct metes_follower *w, pid_t thread);
void metes_wake(struct metes_follower *w);
void metes_thread_go(int request, pid_t thread, int signal);

/* audit_start.c: the program, stopped before its first instruction, followed and filtered. */
int metes_follow_start(struct metes_follower *w, char **argv, struct metes_failure *f);
/* Why it could not be started: 0 or errno, when it has ended. */
int metes_follow_why(struct metes_follower *w);
/* Signals are this process's own again, and the pipe is closed. */
void metes_follow_end(struct metes_follower *w);

#endif
