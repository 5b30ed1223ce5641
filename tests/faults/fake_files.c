/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel's files, those without a name too, and standard output and error. */
#include "fake_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AT_ONCE 4096u /* no more comes by one read, nor goes by one write */

static struct fake_file *file_of(const char *path)
{
  for (unsigned i = 0; i < FAKE_FILES; i++)
    if (strcmp(fake.files[i].path, path) == 0)
      return &fake.files[i];
  return NULL;
}

const struct fake_file *fake_file_of(const char *path)
{
  return file_of(path);
}

void fake_file_add(const char *path, const void *bytes, size_t n)
{
  struct fake_file *const f = file_of("");

  if (f == NULL || n > sizeof f->bytes) {
    fake_wrong("no room for file %s", path);
    return;
  }
  snprintf(f->path, sizeof f->path, "%s", path);
  f->n = n;
  memcpy(f->bytes, bytes, n);
}

static int open_file(const char *path, int flags)
{
  struct fake_file *file = file_of(path);
  int fd;

  if (file == NULL && (flags & O_CREAT) != 0) {
    fake_file_add(path, "", 0);
    file = file_of(path);
  } else if (file != NULL && (flags & O_EXCL) != 0) {
    errno = EEXIST;
    return -1;
  }
  if (file == NULL) {
    errno = ENOENT;
    return -1;
  }
  fd = fake_descriptor(FAKE_FILE);
  fake_fd_of(fd)->file = file;
  fake_fd_of(fd)->writing = (flags & O_ACCMODE) != O_RDONLY;
  fake_fd_of(fd)->to_map = (flags & O_NONBLOCK) != 0;
  return fd;
}

int fake_open(const char *path, int flags, mode_t mode)
{
  (void)mode;
  if ((flags & O_CLOEXEC) == 0)
    fake_wrong("open %s without O_CLOEXEC", path);
  if (strcmp(path, "/dev/kvm") == 0)
    return fake_fails("open /dev/kvm") ? -1 : fake_descriptor(FAKE_KVM);
  if (fake_fails((flags & O_ACCMODE) == O_RDONLY ? "open to read" : "open to write"))
    return -1;
  return open_file(path, flags);
}

/* On Linux the descriptor is gone, whatever close says. */
int fake_close(int fd)
{
  struct fake_fd *const d = fake_fd_of(fd);
  const bool fails = fake_fails(fd == STDOUT_FILENO ? "close standard output" :
                                d->kind == FAKE_RULES ? "close of Landlock's rules" :
                                d->writing && fake.child_status == 0 ? "close what was written" : "close");

  if (fd != STDOUT_FILENO && d->kind == 0)
    fake_wrong("close of %d, which is not open", fd);
  if (d->kind != 0)
    fake_let_go(d);
  return fails ? -1 : 0;
}

ssize_t fake_read(int fd, void *to, size_t n)
{
  struct fake_fd *const d = fake_fd_of(fd);

  if (d->kind == FAKE_DEBUGGER)
    return fake_hear(to, n);
  if (fake_fails("read"))
    return -1;
  if (d->file == NULL || d->writing) {
    fake_wrong("read from %d, which is no file to read", fd);
    return 0;
  }
  n = n < AT_ONCE ? n : AT_ONCE;
  n = n < d->file->n - d->at ? n : d->file->n - d->at;
  memcpy(to, d->file->bytes + d->at, n);
  d->at += n;
  return (ssize_t)n;
}

static void keep(char *all, size_t room, size_t *used, const void *bytes, size_t n)
{
  n = n < room - *used ? n : room - *used;
  memcpy(all + *used, bytes, n);
  *used += n;
}

static ssize_t write_to_file(int fd, const void *from, size_t n)
{
  struct fake_fd *const d = fake_fd_of(fd);

  if (d->kind == FAKE_DEBUGGER)
    return fake_tell(from, n);
  if (fake_fails("write"))
    return -1;
  if (d->file == NULL || !d->writing) {
    fake_wrong("write to %d, which is no file to write", fd);
    return (ssize_t)n;
  }
  n = n < AT_ONCE ? n : AT_ONCE;
  keep((char *)d->file->bytes, sizeof d->file->bytes, &d->file->n, from, n);
  return (ssize_t)n;
}

ssize_t fake_write(int fd, const void *from, size_t n)
{
  if (fd != STDOUT_FILENO && fd != STDERR_FILENO)
    return write_to_file(fd, from, n);
  if (fake_fails(fd == STDOUT_FILENO ? "write to standard output" : "write to standard error"))
    return -1;
  if (fd == STDOUT_FILENO)
    keep(fake.output, sizeof fake.output, &fake.n_output, from, n);
  else
    keep(fake.messages, sizeof fake.messages - 1, &fake.n_messages, from, n);
  return (ssize_t)n;
}

int fake_stat(const char *path, struct stat *there)
{
  if (fake_fails("stat"))
    return -1;
  *there = (struct stat){.st_mode = S_IFREG | 0644};
  if (file_of(path) != NULL)
    return 0;
  errno = ENOENT;
  return -1;
}

/* Of any size: a reader must not rely on it. */
int fake_fstat(int fd, struct stat *there)
{
  if (fake_fails(fake_kind(fd) == FAKE_MEMFD || fake_fd_of(fd)->to_map ? "fstat of what is to be mapped" : "fstat"))
    return -1;
  *there = (struct stat){.st_mode = S_IFREG | 0644, .st_size = 1};
  return 0;
}

int fake_faccessat(int folder, const char *path, int mode, int flags)
{
  (void)folder, (void)path, (void)mode, (void)flags;
  return fake_fails("faccessat") ? -1 : 0;
}

char *fake_realpath(const char *path, char *real)
{
  if (fake_fails("realpath"))
    return NULL;
  snprintf(real, PATH_MAX, "%s", path);
  return real;
}

int fake_rename(const char *from, const char *to)
{
  struct fake_file *const f = file_of(from), *const old = file_of(to);

  if (fake_fails("rename"))
    return -1;
  if (f == NULL) {
    fake_wrong("rename of %s, which is not there", from);
    return 0;
  }
  if (old != NULL)
    old->path[0] = '\0';
  snprintf(f->path, sizeof f->path, "%s", to);
  return 0;
}

/* One that cannot be taken away is no leak of whoever tried. */
int fake_unlink(const char *path)
{
  struct fake_file *const f = file_of(path);
  const bool fails = fake_fails("unlink");

  if (f != NULL)
    f->path[0] = '\0';
  return fails ? -1 : 0;
}

int fake_memfd(const char *name, unsigned flags)
{
  int fd;

  if (fake_fails("memfd_create"))
    return -1;
  fd = fake_descriptor(FAKE_MEMFD);
  fake_fd_of(fd)->real = memfd_create(name, flags);
  return fd;
}

int fake_ftruncate(int fd, off_t size)
{
  struct fake_fd *const d = fake_fd_of(fd);

  if (d->kind != FAKE_MEMFD && d->kind != FAKE_FILE)
    fake_wrong("ftruncate of %d, which is no file", fd);
  if (fake_fails("ftruncate"))
    return -1;
  d->sized = d->kind == FAKE_MEMFD && ftruncate(d->real, size) == 0;
  return 0;
}

int fake_fcntl(int fd, int command, long argument)
{
  if (fd > STDERR_FILENO && fake_kind(fd) == 0)
    fake_wrong("fcntl of %d, which is not open", fd);
  if (fake_fails("fcntl"))
    return -1;
  if (command == F_ADD_SEALS && (fake_real(fd) < 0 || fcntl(fake_real(fd), command, argument) != 0))
    fake_wrong("seals that cannot be set: %s", strerror(errno)); /* it is still mapped to be written */
  return 0;
}
