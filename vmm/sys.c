/* SPDX-License-Identifier: Apache-2.0
 * The table as it ships: the functions of libc. */
#include "sys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc's own take a union of addresses. */
static int sys_bind(int fd, const struct sockaddr *at, socklen_t n)
{
  return bind(fd, at, n);
}

static int sys_accept(int fd, struct sockaddr *from, socklen_t *n)
{
  return accept4(fd, from, n, SOCK_CLOEXEC);
}

/* Those with an argument that may be there or not. */
static int sys_open(const char *path, int flags, mode_t mode)
{
  return open(path, flags, mode);
}

static int sys_ioctl(int fd, unsigned long request, void *argument)
{
  return ioctl(fd, request, argument);
}

static int sys_fcntl(int fd, int command, long argument)
{
  return fcntl(fd, command, argument);
}

static int sys_setrlimit(int what, const struct rlimit *limit)
{
  return setrlimit((__rlimit_resource_t)what, limit);
}

static int sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
  return prctl(option, a, b, c, d);
}

/* Those for which libc has no function. */
static int sys_capset(cap_user_header_t head, cap_user_data_t sets)
{
  return (int)syscall(SYS_capset, head, sets);
}

static int sys_landlock_create_ruleset(const void *rules, size_t size, unsigned flags)
{
  return (int)syscall(SYS_landlock_create_ruleset, rules, size, flags);
}

static int sys_landlock_restrict_self(int rules, unsigned flags)
{
  return (int)syscall(SYS_landlock_restrict_self, rules, flags);
}

static int sys_seccomp(unsigned operation, unsigned flags, void *argument)
{
  return (int)syscall(SYS_seccomp, operation, flags, argument);
}

static int sys_kcmp(pid_t one, pid_t other, int what, unsigned long a, unsigned long b)
{
  return (int)syscall(SYS_kcmp, one, other, what, a, b);
}

/* glibc's own takes an enumeration and more or fewer arguments. */
static long sys_ptrace(int request, pid_t thread, void *at, void *data)
{
  return ptrace((enum __ptrace_request)request, thread, at, data);
}

const struct metes_sys metes_sys = {
  .open = sys_open,
  .close = close,
  .read = read,
  .write = write,
  .ioctl = sys_ioctl,
  .mmap = mmap,
  .munmap = munmap,
  .mprotect = mprotect,
  .memfd_create = memfd_create,
  .ftruncate = ftruncate,
  .fcntl = sys_fcntl,
  .sigaction = sigaction,
  .timer_create = timer_create,
  .timer_settime = timer_settime,
  .timer_delete = timer_delete,
  .socket = socket,
  .setsockopt = setsockopt,
  .bind = sys_bind,
  .listen = listen,
  .accept = sys_accept,
  .poll = poll,
  .tgkill = tgkill,
  .getpid = getpid,
  .gettid = gettid,
  .stat = stat,
  .fstat = fstat,
  .faccessat = faccessat,
  .realpath = realpath,
  .rename = rename,
  .unlink = unlink,
  .close_range = close_range,
  .setrlimit = sys_setrlimit,
  .prctl = sys_prctl,
  .capset = sys_capset,
  .landlock_create_ruleset = sys_landlock_create_ruleset,
  .landlock_restrict_self = sys_landlock_restrict_self,
  .seccomp = sys_seccomp,
  .fork = fork,
  .waitpid = waitpid,
  .kill = kill,
  .pipe2 = pipe2,
  .execvp = execvp,
  .ptrace = sys_ptrace,
  .kcmp = sys_kcmp,
  .readlink = readlink,
  .exit_group = _exit,
};
