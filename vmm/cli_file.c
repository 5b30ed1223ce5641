/* SPDX-License-Identifier: Apache-2.0
 * Reading a whole input file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "sys.h"

/* A pipe may wait for its writer, and a signal end the waiting. */
static int open_to_read(const char *path)
{
  int fd;

  do
    fd = metes_sys.open(path, O_RDONLY | O_CLOEXEC, 0);
  while (fd < 0 && errno == EINTR);
  return fd;
}

static ssize_t read_some(int fd, uint8_t *to, size_t n)
{
  ssize_t got;

  do
    got = metes_sys.read(fd, to, n);
  while (got < 0 && errno == EINTR);
  return got;
}

/* Of a file all of it, and a byte more, so that its end is seen without more room. */
static size_t first_room(int fd)
{
  struct stat s;
  const bool known = metes_sys.fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0;

  return known && (uint64_t)s.st_size < METES_MAX_FILE ? (size_t)s.st_size + 1 : 65536;
}

/* Reads to the end; 0 or errno. *bytes is the caller's to free either way. */
static int read_all(int fd, uint8_t **bytes, size_t *n)
{
  size_t room = 0;

  *bytes = NULL;
  for (*n = 0;;) {
    ssize_t got;

    if (*n == room) {
      uint8_t *more = realloc(*bytes, room = room == 0 ? first_room(fd) : 2 * room);

      if (more == NULL)
        return ENOMEM;
      *bytes = more;
    }
    got = read_some(fd, *bytes + *n, room - *n);
    if (got <= 0)
      return got == 0 ? 0 : errno;
    *n += (size_t)got;
    if (*n > METES_MAX_FILE)
      return EFBIG;
  }
}

int metes_read_file(const char *path, uint8_t **bytes, size_t *n)
{
  const bool standard = strcmp(path, "-") == 0;
  const int fd = standard ? STDIN_FILENO : open_to_read(path);
  int error = fd < 0 ? errno : read_all(fd, bytes, n);

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
