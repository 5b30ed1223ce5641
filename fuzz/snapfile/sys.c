/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target snapfile: the file's bytes come as the input says; pages and descriptors are counted. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/snapfile/snapfile.h"
#include "vmm/sys.h"

struct counted sys;
uint8_t again[FILE_MOST];
size_t size_again;

static ssize_t counted_read(int fd, void *to, size_t n)
{
  const size_t got = n < sys.each ? n : sys.each;

  (void)fd;
  if (sys.broken > 0 && --sys.broken % 4 == 0) {
    errno = EINTR;
    return -1;
  }
  memcpy(to, sys.at, got < sys.left ? got : sys.left);
  n = got < sys.left ? got : sys.left;
  sys.at += n;
  sys.left -= n;
  return (ssize_t)n;
}

static ssize_t counted_write(int fd, const void *from, size_t n)
{
  (void)fd;
  n = n < sizeof again - size_again ? n : sizeof again - size_again;
  if (n > 0)
    memcpy(again + size_again, from, n);
  size_again += n;
  return (ssize_t)n;
}

static void *counted_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
  void *const got = n > 1ull << 26 ? (errno = ENOMEM, MAP_FAILED) : mmap(at, n, protection, flags, fd, offset);

  sys.pages += got == MAP_FAILED || flags & MAP_FIXED ? 0 : (long)((n + PAGE - 1) / PAGE);
  return got;
}

static int counted_munmap(void *at, size_t n)
{
  sys.pages -= (long)((n + PAGE - 1) / PAGE);
  return munmap(at, n);
}

static int counted_memfd(const char *name, unsigned flags)
{
  const int fd = memfd_create(name, flags);

  sys.files += fd >= 0;
  return fd;
}

static int counted_close(int fd)
{
  sys.files--;
  return close(fd);
}

static int real_fcntl(int fd, int command, long argument)
{
  return fcntl(fd, command, argument);
}

const struct metes_sys metes_sys = {
  .read = counted_read, .write = counted_write, .mmap = counted_mmap, .munmap = counted_munmap,
  .mprotect = mprotect, .memfd_create = counted_memfd, .ftruncate = ftruncate, .fcntl = real_fcntl,
  .close = counted_close,
};
