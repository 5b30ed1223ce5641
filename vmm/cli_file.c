/* SPDX-License-Identifier: Apache-2.0
 * Reading an input file, whole or as far as needed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "again.h"
#include "cli.h"
#include "failure.h"
#include "sys.h"

/* The segments of a small guest; what follows them, a debugger's, is most of its file. */
#define FIRST_LOOK (16u << 10)

/* 0: a pipe, or too large; reading it will tell. */
static size_t size_of(int fd)
{
  struct stat s;
  const bool known = metes_sys.fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0;

  return known && (uint64_t)s.st_size < METES_MAX_FILE ? (size_t)s.st_size : 0;
}

/* Reads to the end, or of a file to where `e` says that it is enough; 0 or errno. *bytes is the caller's to free
 * either way. Of a file there is room for a byte more, so that its end is seen without more room. */
static int read_all(int fd, const struct metes_enough *e, uint8_t **bytes, size_t *n)
{
  size_t size = 0, room = 0, look = FIRST_LOOK;

  *bytes = NULL;
  for (*n = 0;;) {
    ssize_t got;

    if (*n == room) {
      size = room == 0 ? size_of(fd) : size;
      uint8_t *more = realloc(*bytes, room = room > 0 ? 2 * room : size > 0 ? size + 1 : 65536);

      if (more == NULL)
        return ENOMEM;
      *bytes = more;
    }
    got = metes_read(fd, *bytes + *n, (e != NULL && look < size ? look : room) - *n);
    if (got <= 0)
      return got == 0 ? 0 : errno;
    *n += (size_t)got;
    if (*n > METES_MAX_FILE)
      return EFBIG;
    if (*n == look && e != NULL && look < size) {
      if (e->is(*bytes, *n, e->of))
        return 0;
      look *= 2;
    }
  }
}

int metes_open_input(const char *path, int flags, struct metes_failure *f)
{
  const int fd = metes_open(path, O_RDONLY | flags, 0);

  if (fd < 0)
    metes_fail(f, metes_open_status(errno), "%s: %s", path, strerror(errno));
  return fd;
}

int metes_read_file(const char *path, uint8_t **bytes, size_t *n)
{
  return metes_read_enough(path, NULL, bytes, n);
}

int metes_read_enough(const char *path, const struct metes_enough *e, uint8_t **bytes, size_t *n)
{
  const bool standard = strcmp(path, "-") == 0;
  const int fd = standard ? STDIN_FILENO : metes_open(path, O_RDONLY, 0);
  int error = fd < 0 ? errno : read_all(fd, e, bytes, n);

  if (fd >= 0 && !standard)
    metes_sys.close(fd);
  if (error == 0)
    return METES_EXIT_OK;
  if (fd >= 0)
    free(*bytes);
  errno = error;
  metes_say_errno("%s", standard ? "standard input" : path);
  return metes_open_status(error);
}
