/* SPDX-License-Identifier: Apache-2.0
 * The table as it ships: the functions of libc. */
#include "sys.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own take a union of addresses. */
static int sys_bind(int fd, const struct sockaddr *at, socklen_t n)
{
  return bind(fd, at, n);
}

static int sys_accept(int fd, struct sockaddr *from, socklen_t *n)
{
  return accept4(fd, from, n, SOCK_CLOEXEC);
}

/* Those with an argument that may be there or not. */
static int sys_open(const char *path, int flags, mode_t mode)
{
  return open(path, flags, mode);
}

static int sys_ioctl(int fd, unsigned long request, void *argument)
{
  return ioctl(fd, request, argument);
}

static int sys_fcntl(int fd, int command, long argument)
{
  return fcntl(fd, command, argument);
}

const struct metes_sys metes_sys = {
  .open = sys_open,
  .close = close,
  .read = read,
  .write = write,
  .ioctl = sys_ioctl,
  .mmap = mmap,
  .munmap = munmap,
  .mprotect = mprotect,
  .memfd_create = memfd_create,
  .ftruncate = ftruncate,
  .fcntl = sys_fcntl,
  .sigaction = sigaction,
  .timer_create = timer_create,
  .timer_settime = timer_settime,
  .timer_delete = timer_delete,
  .socket = socket,
  .setsockopt = setsockopt,
  .bind = sys_bind,
  .listen = listen,
  .accept = sys_accept,
  .poll = poll,
  .unlink = unlink,
  .tgkill = tgkill,
};
