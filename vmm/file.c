/* SPDX-License-Identifier: Apache-2.0
 * Reading a file whole; a pipe will do. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* Bytes to start with: one more than the file says it has, so that its end is seen at once. */
static uint64_t first_guess(int fd)
{
  struct stat s;

  if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size >= 0 &&
      (uint64_t)s.st_size < METES_MAX_FILE)
    return (uint64_t)s.st_size + 1;
  return 65536;
}

static int read_all(int fd, const char *path, struct metes_file *file, struct metes_failure *f)
{
  uint64_t room = first_guess(fd);

  file->len = 0;
  file->bytes = malloc(room);
  while (file->bytes != NULL) {
    const ssize_t n = read(fd, file->bytes + file->len, room - file->len);

    if (n == 0)
      return 0;
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return metes_fail(f, metes_open_status(errno), "%s: read: %s", path, strerror(errno));
    file->len += (uint64_t)n;
    if (file->len > METES_MAX_FILE)
      return metes_fail(f, METES_EXIT_REFUSED, "%s: longer than 1 GiB", path);
    if (file->len == room) {
      uint8_t *const more = realloc(file->bytes, room *= 2);

      if (more == NULL)
        break;
      file->bytes = more;
    }
  }
  return metes_fail_call(f, "malloc of %llu bytes for %s", (unsigned long long)room, path);
}

int metes_file_read(const char *path, struct metes_file *file, struct metes_failure *f)
{
  const int fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  int status;

  *file = (struct metes_file){0};
  if (fd < 0)
    return metes_fail(f, metes_open_status(errno), "%s: open: %s", path, strerror(errno));
  status = read_all(fd, path, file, f);
  close(fd);
  if (status != 0) {
    free(file->bytes);
    file->bytes = NULL;
  }
  return status;
}
