/* SPDX-License-Identifier: Apache-2.0
 * System calls that a signal may end before anything is done: they are made again. vm.h has that of requests. */
#ifndef METES_AGAIN_H
#define METES_AGAIN_H

#include <stddef.h>
#include <sys/types.h>

/* A descriptor, which no other program gets (O_CLOEXEC), or -1. */
int metes_open(const char *path, int flags, mode_t mode);
ssize_t metes_read(int fd, void *to, size_t n);

/* All of it, however little goes at once. 0, or the errno; EIO where nothing is taken. */
int metes_write_all(int fd, const void *from, size_t n);

#endif
