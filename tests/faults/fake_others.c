/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel's way to other processes: a debugger that says what a test has for it, and a child. */
#include "fake_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHILD 77

static int of_kind(int fd, int kind, const char *call)
{
  if (fake_kind(fd) != kind)
    fake_wrong("%s of %d, which is another kind", call, fd);
  return fake_fails(call) ? -1 : 0;
}

int fake_socket(int domain, int type, int protocol)
{
  (void)domain, (void)protocol;
  if ((type & SOCK_CLOEXEC) == 0)
    fake_wrong("socket without SOCK_CLOEXEC");
  return fake_fails("socket") ? -1 : fake_descriptor(FAKE_LISTENER);
}

int fake_setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
  (void)level, (void)name, (void)value, (void)n;
  return of_kind(fd, fake_kind(fd) == FAKE_DEBUGGER ? FAKE_DEBUGGER : FAKE_LISTENER, "setsockopt");
}

int fake_bind(int fd, const struct sockaddr *at, socklen_t n)
{
  (void)at, (void)n;
  return of_kind(fd, FAKE_LISTENER, "bind");
}

int fake_listen(int fd, int backlog)
{
  (void)backlog;
  return of_kind(fd, FAKE_LISTENER, "listen");
}

int fake_accept(int fd, struct sockaddr *from, socklen_t *n)
{
  (void)from, (void)n;
  return of_kind(fd, FAKE_LISTENER, "accept") != 0 ? -1 : fake_descriptor(FAKE_DEBUGGER);
}

/* Something can be read, be it the end. */
int fake_poll(struct pollfd *fds, nfds_t n, int milliseconds)
{
  (void)milliseconds;
  for (nfds_t i = 0; i < n; i++)
    fds[i].revents = POLLIN;
  return of_kind(fds[0].fd, FAKE_DEBUGGER, "poll") != 0 ? -1 : (int)n;
}

/* A byte at a time: no reader may rely on more. */
ssize_t fake_hear(void *to, size_t n)
{
  if (fake_fails(fake_guest_ended() ? "read from the debugger at the end" : "read from the debugger"))
    return -1;
  if (n == 0 || *fake.debugger == '\0')
    return 0;
  memcpy(to, fake.debugger++, 1);
  return 1;
}

/* Half of what there is to say, and the rest the next time. */
ssize_t fake_tell(const void *from, size_t n)
{
  (void)from;
  return fake_fails("write to the debugger") ? -1 : (ssize_t)(n - n / 2);
}

pid_t fake_fork(void)
{
  return fake_fails("fork") ? -1 : fake.child ? 0 : CHILD;
}

pid_t fake_waitpid(pid_t process, int *status, int options)
{
  if (process != CHILD || options != 0)
    fake_wrong("waitpid of %d", process);
  if (fake_fails("waitpid"))
    return -1;
  *status = fake.child_status << 8;
  return process;
}

int fake_kill(pid_t process, int number)
{
  (void)number;
  if (process != CHILD)
    fake_wrong("kill of %d", process);
  return fake_fails("kill") ? -1 : 0;
}
