/* SPDX-License-Identifier: Apache-2.0
 * Writing a whole output file, or leaving what is there. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "cli.h"
#include "sys.h"

/* A pipe may wait for its reader, and a signal end the waiting. */
static int open_to_write(const char *path, int flags, mode_t mode)
{
  int fd;

  do
    fd = metes_sys.open(path, O_WRONLY | O_CLOEXEC | flags, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

/* 0 or errno; closes fd. */
static int write_all(int fd, const uint8_t *bytes, size_t n)
{
  int error = 0;

  while (n > 0 && error == 0) {
    const ssize_t put = metes_sys.write(fd, bytes, n);

    if (put >= 0) {
      bytes += put;
      n -= (size_t)put;
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (metes_sys.close(fd) != 0 && error == 0) /* some file systems say it only here */
    error = errno;
  return error;
}

/* What is no regular file, a device or a pipe, cannot be replaced: straight into it. */
static int write_into(const char *path, const uint8_t *bytes, size_t n)
{
  const int fd = open_to_write(path, 0, 0);

  return fd < 0 ? errno : write_all(fd, bytes, n);
}

/* Into a new file beside it, which then takes its place. */
static int replace(const char *path, mode_t mode, const uint8_t *bytes, size_t n)
{
  char beside[PATH_MAX + 32];
  int fd, error;

  if (snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)metes_sys.getpid()) >= (int)sizeof beside)
    return ENAMETOOLONG;
  fd = open_to_write(beside, O_CREAT | O_EXCL, mode);
  error = fd < 0 ? errno : write_all(fd, bytes, n);
  if (error == 0 && metes_sys.rename(beside, path) != 0)
    error = errno;
  if (fd >= 0 && error != 0)
    metes_sys.unlink(beside);
  return error;
}

static int write_there(const char *path, const uint8_t *bytes, size_t n)
{
  struct stat there;
  char real[PATH_MAX];

  if (metes_sys.stat(path, &there) != 0)
    return errno == ENOENT ? replace(path, 0666, bytes, n) : errno;
  if (!S_ISREG(there.st_mode))
    return write_into(path, bytes, n);
  if (metes_sys.faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
    return errno;
  if (metes_sys.realpath(path, real) == NULL) /* a link stays one */
    return errno;
  return replace(real, there.st_mode & 0777, bytes, n);
}

int metes_write_file(const char *path, const void *bytes, size_t n)
{
  const int error = write_there(path, bytes, n);

  if (error == 0)
    return METES_EXIT_OK;
  errno = error;
  metes_say_errno("%s could not be written", path);
  return METES_EXIT_OUTPUT;
}
