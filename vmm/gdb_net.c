/* SPDX-License-Identifier: Apache-2.0
 * The debugger's connection: one, local. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "again.h"
#include "core/page.h"
#include "gdb_parts.h"
#include "host_pages.h"
#include "sys.h"

#define TICK 0.02 /* seconds: how soon Ctrl-C is seen */

static uint64_t room(void)
{
  return metes_page_up(sizeof(struct metes_gdb));
}

union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_un un;
};

/* A number is a port, anything else a path. */
static int address_of(const char *where, union address *a, socklen_t *n, struct metes_failure *f)
{
  char *rest;
  const unsigned long port = strtoul(where, &rest, 10);

  *a = (union address){0};
  if (where[0] >= '0' && where[0] <= '9' && *rest == '\0') {
    if (port == 0 || port > 65535)
      return metes_fail(f, METES_EXIT_USAGE, "--gdb: %s is not a port between 1 and 65535", where);
    a->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *n = sizeof a->in;
    return 0;
  }
  if (where[0] == '\0' || strlen(where) >= sizeof a->un.sun_path)
    return metes_fail(f, METES_EXIT_USAGE, "--gdb: the path of a socket has 1 to %zu bytes",
                      sizeof a->un.sun_path - 1);
  a->un.sun_family = AF_UNIX;
  strcpy(a->un.sun_path, where);
  *n = sizeof a->un;
  return 0;
}

static int listen_at(struct metes_gdb *gdb, const char *where, struct metes_failure *f)
{
  const int on = 1;
  union address a;
  socklen_t n = 0;
  const int status = address_of(where, &a, &n, f);

  if (status != 0)
    return status;
  gdb->listening = metes_sys.socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (gdb->listening < 0)
    return metes_fail_call(f, "--gdb: socket");
  if (a.any.sa_family == AF_INET)
    (void)metes_sys.setsockopt(gdb->listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (metes_sys.bind(gdb->listening, &a.any, n) != 0)
    return metes_fail_call(f, "--gdb: bind to %s", where);
  if (a.any.sa_family == AF_UNIX)
    strcpy(gdb->path, where);
  return metes_sys.listen(gdb->listening, 1) == 0 ? 0 : metes_fail_call(f, "--gdb: listen");
}

int metes_gdb_listen(const char *where, struct metes_gdb **gdb, struct metes_failure *f)
{
  int status;

  *gdb = metes_host_memory_make(room(), "the debugger", f);
  if (*gdb == NULL)
    return f->status;
  (*gdb)->listening = (*gdb)->fd = -1;
  status = listen_at(*gdb, where, f);
  if (status == 0)
    return 0;
  metes_gdb_close(*gdb);
  *gdb = NULL;
  return status;
}

/* Nobody else can connect, and no name is left. */
static void hide(struct metes_gdb *gdb)
{
  if (gdb->listening >= 0)
    metes_sys.close(gdb->listening);
  if (gdb->path[0] != '\0')
    (void)metes_sys.unlink(gdb->path);
  gdb->listening = -1;
  gdb->path[0] = '\0';
}

int metes_gdb_accept(struct metes_gdb *gdb, struct metes_sandbox *s, struct metes_failure *f)
{
  const struct sigaction deaf = {.sa_handler = SIG_IGN};
  const int on = 1;

  do
    gdb->fd = metes_sys.accept(gdb->listening, NULL, NULL);
  while (gdb->fd < 0 && errno == EINTR);
  if (gdb->fd < 0)
    return metes_fail_call(f, "--gdb: accept");
  (void)metes_sys.setsockopt(gdb->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* of a unix socket: refused */
  hide(gdb);
  if (metes_sys.sigaction(SIGPIPE, &deaf, NULL) != 0) /* one that goes away is no reason to die */
    return metes_fail_call(f, "--gdb: sigaction");
  if (metes_files_guard(f) != 0)
    return f->status;
  gdb->s = s;
  gdb->by_steps = metes_gdb_on_tcg();
  return metes_sandbox_arm(s, TICK, f);
}

int metes_gdb_descriptor(const struct metes_gdb *gdb)
{
  return gdb->fd;
}

void metes_gdb_close(struct metes_gdb *gdb)
{
  if (gdb == NULL)
    return;
  hide(gdb);
  if (gdb->fd >= 0)
    metes_sys.close(gdb->fd);
  metes_host_memory_release(gdb, room());
}

/* More bytes into `in`; false at the end of the connection. */
static bool fill(struct metes_gdb *gdb)
{
  const ssize_t n = metes_read(gdb->fd, gdb->in, sizeof gdb->in);

  gdb->in_at = 0;
  gdb->in_used = n > 0 ? (size_t)n : 0;
  return n > 0;
}

int metes_gdb_byte(struct metes_gdb *gdb)
{
  if (gdb->in_at == gdb->in_used && !fill(gdb))
    return -1;
  return gdb->in[gdb->in_at++];
}

bool metes_gdb_came(struct metes_gdb *gdb)
{
  struct pollfd p = {.fd = gdb->fd, .events = POLLIN};

  if (gdb->in_at == gdb->in_used && metes_sys.poll(&p, 1, 0) > 0 && !fill(gdb))
    return true;
  while (gdb->in_at < gdb->in_used && gdb->in[gdb->in_at] == '+')
    gdb->in_at++;
  return gdb->in_at < gdb->in_used;
}

void metes_gdb_send(struct metes_gdb *gdb, const char *text, size_t n)
{
  (void)metes_write_all(gdb->fd, text, n); /* one that is gone: its next packet does not come */
}
