/* SPDX-License-Identifier: Apache-2.0
 * Writing a whole output file, or leaving what is there. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
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

/* Opens a new file beside `path`, in o->beside. 0 or errno. */
static int open_beside(struct metes_output *o, const char *path, mode_t mode)
{
  o->path = strdup(path);
  if (o->path == NULL || asprintf(&o->beside, "%s.%ld.new", path, (long)metes_sys.getpid()) < 0) {
    o->beside = NULL;
    return ENOMEM;
  }
  o->fd = open_to_write(o->beside, O_CREAT | O_EXCL, mode);
  return o->fd < 0 ? errno : 0;
}

/* What is no regular file, a device or a pipe, cannot be replaced: straight into it. */
static int open_straight(struct metes_output *o, const char *path)
{
  o->fd = open_to_write(path, 0, 0);
  return o->fd < 0 ? errno : 0;
}

static int open_there(struct metes_output *o, const char *path)
{
  struct stat there;
  char real[PATH_MAX];

  if (metes_sys.stat(path, &there) != 0)
    return errno == ENOENT ? open_beside(o, path, 0666) : errno;
  if (!S_ISREG(there.st_mode))
    return open_straight(o, path);
  if (metes_sys.faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
    return errno;
  if (metes_sys.realpath(path, real) == NULL) /* a link stays one */
    return errno;
  return open_beside(o, real, there.st_mode & 0777);
}

static int told(const char *path, int error)
{
  if (error == 0)
    return METES_EXIT_OK;
  errno = error;
  metes_say_errno("%s could not be written", path);
  return METES_EXIT_OUTPUT;
}

/* The new file takes the place, or goes. 0 or errno. */
static int end(struct metes_output *o, bool keep)
{
  int error = 0;

  if (keep && o->beside != NULL && metes_sys.rename(o->beside, o->path) != 0)
    error = errno;
  if (o->beside != NULL && o->opened && (!keep || error != 0))
    metes_sys.unlink(o->beside);
  free(o->beside);
  free(o->path);
  return error;
}

int metes_output_open(const char *path, struct metes_output *o)
{
  int error;

  *o = (struct metes_output){.fd = -1};
  error = open_there(o, path);
  o->opened = error == 0;
  if (error != 0)
    (void)end(o, false);
  return told(path, error);
}

int metes_output_end(const char *path, struct metes_output *o, bool keep)
{
  return told(path, end(o, keep));
}

int metes_write_file(const char *path, const void *bytes, size_t n)
{
  struct metes_output o;
  int status = metes_output_open(path, &o), error;

  if (status != METES_EXIT_OK)
    return status;
  error = write_all(o.fd, bytes, n);
  status = metes_output_end(path, &o, error == 0);
  return error == 0 ? status : told(path, error);
}
