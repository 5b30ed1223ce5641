/* SPDX-License-Identifier: Apache-2.0
 * Writing a whole output file, or leaving what is there. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "again.h"
#include "cli.h"
#include "sys.h"

/* 0 or errno; closes fd. */
static int write_all(int fd, const void *bytes, size_t n)
{
  int error = metes_write_all(fd, bytes, n);

  if (metes_sys.close(fd) != 0 && error == 0) /* some file systems say it only here */
    error = errno;
  return error;
}

/* Opens a new file beside `path`, which the caller may have in o->path. 0 or errno. */
static int open_beside(struct metes_output *o, const char *path, mode_t mode)
{
  if (path != o->path && snprintf(o->path, sizeof o->path, "%s", path) >= (int)sizeof o->path)
    return ENAMETOOLONG;
  if (snprintf(o->beside, sizeof o->beside, "%s.%ld.new", o->path, (long)metes_sys.getpid()) >= (int)sizeof o->beside)
    return ENAMETOOLONG;
  o->fd = metes_open(o->beside, O_WRONLY | O_CREAT | O_EXCL, mode);
  o->replaces = o->fd >= 0;
  return o->fd < 0 ? errno : 0;
}

/* What is no regular file, a device or a pipe, cannot be replaced: straight into it. */
static int open_there(struct metes_output *o, const char *path)
{
  struct stat there;

  if (metes_sys.stat(path, &there) != 0)
    return errno == ENOENT ? open_beside(o, path, 0666) : errno;
  if (!S_ISREG(there.st_mode)) {
    o->fd = metes_open(path, O_WRONLY, 0);
    return o->fd < 0 ? errno : 0;
  }
  if (metes_sys.faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
    return errno;
  if (metes_sys.realpath(path, o->path) == NULL) /* a link stays one */
    return errno;
  return open_beside(o, o->path, there.st_mode & 0777);
}

static int told(const char *path, int error)
{
  if (error == 0)
    return METES_EXIT_OK;
  errno = error;
  metes_say_errno("%s could not be written", path);
  return METES_EXIT_OUTPUT;
}

int metes_output_open(const char *path, struct metes_output *o)
{
  o->fd = -1;
  o->replaces = false;
  return told(path, open_there(o, path));
}

/* The new file takes the place, or goes. */
int metes_output_end(const char *path, struct metes_output *o, bool keep)
{
  int error = 0;

  if (o->replaces && keep && metes_sys.rename(o->beside, o->path) != 0)
    error = errno;
  if (o->replaces && (!keep || error != 0))
    metes_sys.unlink(o->beside);
  return told(path, error);
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

int metes_write_picture(const char *path, bool (*draw)(FILE *to, const void *what), const void *what)
{
  char *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  bool good = to != NULL && draw(to, what);
  int status = METES_EXIT_OK;

  if (to != NULL && fclose(to) != 0)
    good = false;
  if (!good) {
    metes_say_errno("the picture could not be drawn");
    status = METES_EXIT_SYSTEM;
  } else if (strcmp(path, "-") == 0) {
    fwrite(text, 1, n, stdout);
  } else {
    status = metes_write_file(path, text, n);
  }
  free(text);
  return status;
}
