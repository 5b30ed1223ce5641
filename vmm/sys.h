/* SPDX-License-Identifier: Apache-2.0
 * The system calls of the monitor: it makes no other, and each of them through this table. */
#ifndef METES_SYS_H
#define METES_SYS_H

#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* Each as the function of its name: the result, or -1 (MAP_FAILED) and errno. Tests link another
 * table in its place, in which any of them may fail at any time. */
struct metes_sys {
  int (*open)(const char *path, int flags, mode_t mode);
  int (*close)(int fd);
  ssize_t (*read)(int fd, void *to, size_t n);
  ssize_t (*write)(int fd, const void *from, size_t n);
  int (*ioctl)(int fd, unsigned long request, void *argument);
  void *(*mmap)(void *at, size_t n, int protection, int flags, int fd, off_t offset);
  int (*munmap)(void *at, size_t n);
  int (*mprotect)(void *at, size_t n, int protection);
  int (*memfd_create)(const char *name, unsigned flags);
  int (*ftruncate)(int fd, off_t size);
  int (*fcntl)(int fd, int command, long argument);
  int (*sigaction)(int number, const struct sigaction *now, struct sigaction *before);
  int (*timer_create)(clockid_t clock, struct sigevent *event, timer_t *timer);
  int (*timer_settime)(timer_t timer, int flags, const struct itimerspec *when,
                       struct itimerspec *before);
  int (*timer_delete)(timer_t timer);
  int (*socket)(int domain, int type, int protocol);
  int (*setsockopt)(int fd, int level, int name, const void *value, socklen_t n);
  int (*bind)(int fd, const struct sockaddr *at, socklen_t n);
  int (*listen)(int fd, int backlog);
  int (*accept)(int fd, struct sockaddr *from, socklen_t *n);
  int (*poll)(struct pollfd *fds, nfds_t n, int milliseconds);
  int (*tgkill)(pid_t process, pid_t thread, int number);
  pid_t (*getpid)(void);
  pid_t (*gettid)(void);
  int (*stat)(const char *path, struct stat *there);
  int (*fstat)(int fd, struct stat *there);
  int (*faccessat)(int folder, const char *path, int mode, int flags);
  char *(*realpath)(const char *path, char *real); /* PATH_MAX bytes at `real`; null for an error */
  int (*rename)(const char *from, const char *to);
  int (*unlink)(const char *path);
  int (*close_range)(unsigned first, unsigned last, int flags);
  int (*setrlimit)(int what, const struct rlimit *limit);
  int (*prctl)(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
  int (*capset)(cap_user_header_t head, cap_user_data_t sets);
  int (*landlock_create_ruleset)(const void *rules, size_t size, unsigned flags);
  int (*landlock_restrict_self)(int rules, unsigned flags);
  int (*seccomp)(unsigned operation, unsigned flags, void *argument);
  pid_t (*fork)(void);
  pid_t (*waitpid)(pid_t process, int *status, int options);
  int (*kill)(pid_t process, int number);
  int (*pipe2)(int *ends, int flags);
  int (*execvp)(const char *file, char *const *argv);
  long (*ptrace)(int request, pid_t thread, void *at, void *data);
  int (*kcmp)(pid_t one, pid_t other, int what, unsigned long a, unsigned long b);
  ssize_t (*readlink)(const char *path, char *to, size_t n);
  void (*exit_group)(int status); /* comes back in tests alone */
};

extern const struct metes_sys metes_sys;

#endif
