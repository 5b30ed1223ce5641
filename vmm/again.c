/* SPDX-License-Identifier: Apache-2.0
 * Made again where a signal came first: a pipe, say, may wait for who is at its other end. */
#include "again.h"

#include <errno.h>
#include <fcntl.h>

#include "sys.h"

int metes_open(const char *path, int flags, mode_t mode)
{
  int fd;

  do
    fd = metes_sys.open(path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

ssize_t metes_read(int fd, void *to, size_t n)
{
  ssize_t got;

  do
    got = metes_sys.read(fd, to, n);
  while (got < 0 && errno == EINTR);
  return got;
}

int metes_write_all(int fd, const void *from, size_t n)
{
  const char *at = from;

  while (n > 0) {
    const ssize_t put = metes_sys.write(fd, at, n);

    if (put == 0 || (put < 0 && errno != EINTR))
      return put == 0 ? EIO : errno;
    at += put < 0 ? 0 : put;
    n -= put < 0 ? 0 : (size_t)put;
  }
  return 0;
}
