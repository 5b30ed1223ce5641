/* SPDX-License-Identifier: Apache-2.0
 * Which errnos each call may end with, by its manual page (section 2, ERRORS) or, for KVM's, by
 * Documentation/virt/kvm/api.rst and the code behind it; and what has to come of each. */
#include <errno.h>
#include <string.h>

#include "fake.h"
#include "vmm/exit.h"

#define CALL FAKE_FATAL, METES_EXIT_SYSTEM

const struct fake_row fake_rows[] = {
  /* open(2) */
  {"open /dev/kvm", FAKE_FATAL, METES_EXIT_NO_KVM, "open /dev/kvm", {ENOENT, ENODEV, ENXIO}},
  {"open /dev/kvm", FAKE_FATAL, METES_EXIT_NO_PERMISSION, "open /dev/kvm", {EACCES, EPERM}},
  {"open /dev/kvm", CALL, "open /dev/kvm",
   {EBUSY, EINVAL, EMFILE, ENFILE, ENOMEM, ELOOP, ENOTDIR, EROFS, EOVERFLOW}},
  {"open /dev/kvm", FAKE_RESTARTS, 0, "", {EINTR}},
  {"open to read", FAKE_FATAL, METES_EXIT_NO_INPUT, "", {ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG}},
  {"open to read", FAKE_FATAL, METES_EXIT_NO_PERMISSION, "", {EACCES, EPERM}},
  {"open to read", CALL, "", {EMFILE, ENFILE, ENOMEM, ENXIO, ENODEV, EOVERFLOW, EINVAL}},
  {"open to read", FAKE_RESTARTS, 0, "", {EINTR}},
  {"open to write", FAKE_FATAL, METES_EXIT_OUTPUT, "could not be ",
   {EACCES, EDQUOT, EEXIST, EINVAL, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, ENOTDIR, EPERM, EROFS, ETXTBSY}},
  {"open to write", FAKE_RESTARTS, 0, "", {EINTR}},
  /* read(2): EAGAIN for files that do not wait; close(2): the descriptor is gone whatever it says */
  {"read", FAKE_FATAL, METES_EXIT_NO_INPUT, "", {EISDIR}},
  {"read", CALL, "", {EAGAIN, EBADF, EFAULT, EINVAL, EIO}},
  {"read", FAKE_RESTARTS, 0, "", {EINTR}},
  {"close", FAKE_TOLERATED, 0, "", {EBADF, EINTR, EIO, ENOSPC, EDQUOT}},
  {"close what was written", FAKE_FATAL, METES_EXIT_OUTPUT, "could not be written", {EINTR, EIO, ENOSPC, EDQUOT}},
  {"close standard output", FAKE_OUTPUT, METES_EXIT_OUTPUT, "output could not be written",
   {EBADF, EINTR, EIO, ENOSPC, EDQUOT}},
  /* write(2): a signal that comes while standard output waits is the deadline's, and text is lost */
  {"write", FAKE_FATAL, METES_EXIT_OUTPUT, "",
   {EAGAIN, EBADF, EDQUOT, EFAULT, EFBIG, EINVAL, EIO, ENOSPC, EPERM, EPIPE}},
  {"write", FAKE_RESTARTS, 0, "", {EINTR}},
  {"write to standard output", FAKE_OUTPUT, METES_EXIT_OUTPUT, "output could not be written",
   {EAGAIN, EBADF, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPERM}},
  {"write to standard output", FAKE_OUTPUT, METES_EXIT_OUTPUT, NULL, {EPIPE}},
  {"write to standard error", FAKE_MUTE, 0, "", {EAGAIN, EBADF, EINTR, EIO, ENOSPC, EPIPE}},
  /* what else concerns files: stat(2), access(2), realpath(3), rename(2), unlink(2), memfd_create(2), … */
  {"stat", FAKE_FATAL, METES_EXIT_OUTPUT, "could not be written",
   {EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENOMEM, ENOTDIR, EOVERFLOW}},
  {"faccessat", FAKE_FATAL, METES_EXIT_OUTPUT, "could not be written",
   {EACCES, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS, ETXTBSY}},
  {"realpath", FAKE_FATAL, METES_EXIT_OUTPUT, "could not be written",
   {EACCES, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR}},
  {"rename", FAKE_FATAL, METES_EXIT_OUTPUT, "could not be written",
   {EACCES, EBUSY, EDQUOT, EFAULT, EINVAL, EISDIR, ELOOP, EMLINK, ENOENT, ENOMEM, ENOSPC, EPERM, EROFS, EXDEV}},
  {"fstat", FAKE_TOLERATED, 0, "", {EBADF, EIO, EOVERFLOW}},
  {"fstat of what is to be mapped", CALL, "fstat of", {EBADF, EIO, EOVERFLOW}},
  {"unlink", FAKE_TOLERATED, 0, "", {EACCES, EBUSY, EIO, ENOENT, ENOMEM, EPERM, EROFS}},
  {"memfd_create", CALL, "memfd_create", {EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM, EPERM}},
  {"ftruncate", CALL, "ftruncate", {EBADF, EFBIG, EINVAL, EIO, EPERM, EROFS, ETXTBSY}},
  {"ftruncate", FAKE_RESTARTS, 0, "", {EINTR}},
  {"fcntl", CALL, "fcntl", {EACCES, EAGAIN, EBADF, EBUSY, EINVAL, EPERM}},
  /* mmap(2) */
  {"mmap", CALL, "mmap", {EACCES, EAGAIN, EBADF, EEXIST, EINVAL, ENFILE, ENODEV, ENOMEM, EOVERFLOW, EPERM, ETXTBSY}},
  {"mprotect", CALL, "mprotect", {EACCES, EINVAL, ENOMEM}},
  {"munmap", FAKE_TOLERATED, 0, "", {EINVAL, ENOMEM}},
  /* sigaction(2), timer_create(2), timer_settime(2), timer_delete(2), tgkill(2) */
  {"sigaction", CALL, "sigaction", {EFAULT, EINVAL}},
  {"timer_create", CALL, "timer_create", {EAGAIN, EINVAL, ENOMEM, ENOTSUP, EPERM}},
  {"timer_settime", CALL, "timer_settime", {EFAULT, EINVAL, ECANCELED}},
  {"timer_delete", FAKE_TOLERATED, 0, "", {EINVAL}},
  {"tgkill", FAKE_TOLERATED, 0, "", {EAGAIN, EINVAL, EPERM, ESRCH}},
  /* ioctl(2) and api.rst, "4. API description"; KVM_CREATE_VM and KVM_CREATE_VCPU make files, so as open(2) */
  {"KVM_GET_API_VERSION", FAKE_FATAL, METES_EXIT_NO_KVM, "KVM_GET_API_VERSION", {EBADF, EINVAL, ENOTTY}},
  {"KVM_CHECK_EXTENSION", CALL, "KVM_CHECK_EXTENSION", {EBADF, EINVAL, ENOTTY}},
  {"KVM_GET_SUPPORTED_CPUID", CALL, "KVM_GET_SUPPORTED_CPUID", {E2BIG, ENOMEM, EFAULT, EINVAL}},
  {"KVM_GET_SUPPORTED_CPUID of few", CALL, "KVM_GET_SUPPORTED_CPUID", {ENOMEM, EFAULT, EINVAL}},
  {"KVM_GET_SUPPORTED_CPUID of few", FAKE_RESTARTS, 0, "", {E2BIG}},
  {"KVM_GET_VCPU_MMAP_SIZE", CALL, "KVM_GET_VCPU_MMAP_SIZE", {EBADF, EINVAL, ENOTTY}},
  {"KVM_CREATE_VM", CALL, "KVM_CREATE_VM", {EBUSY, EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, EOPNOTSUPP}},
  {"KVM_X86_SET_MSR_FILTER", CALL, "KVM_X86_SET_MSR_FILTER", {EFAULT, EINVAL, ENOMEM}},
  {"KVM_ENABLE_CAP", FAKE_TOLERATED, 0, "", {EINVAL}}, /* KVM does not have it */
  {"KVM_ENABLE_CAP", CALL, "KVM_ENABLE_CAP", {EFAULT, ENOMEM}},
  {"KVM_SET_USER_MEMORY_REGION", CALL, "KVM_SET_USER_MEMORY_REGION of slot", {EEXIST, EFAULT, EINVAL, EIO, ENOMEM}},
  {"KVM_CREATE_VCPU", CALL, "KVM_CREATE_VCPU", {EEXIST, EINVAL, EIO, EMFILE, ENFILE, ENOMEM}},
  {"KVM_SET_CPUID2", CALL, "KVM_SET_CPUID2", {E2BIG, EFAULT, EINVAL, EIO, ENOMEM}},
  {"KVM_GET_SREGS", CALL, "KVM_GET_SREGS", {EFAULT, EIO, ENOMEM}},
  {"KVM_SET_SREGS", CALL, "KVM_SET_SREGS", {EFAULT, EINVAL, EIO, ENOMEM}},
  {"KVM_SET_REGS", CALL, "KVM_SET_REGS", {EFAULT, EINVAL, EIO, ENOMEM}},
  {"KVM_GET_REGS at a stop", FAKE_TOLERATED, 0, "", {EFAULT, EIO, ENOMEM}},
  {"KVM_GET_SREGS at a stop", FAKE_TOLERATED, 0, "", {EFAULT, EIO, ENOMEM}},
  {"KVM_RUN", CALL, "KVM_RUN", {EFAULT, EINVAL, EIO, ENOEXEC, ENOMEM, ENOSYS, EPERM}},
  /* EAGAIN: the processor waits to be started; EINTR is any signal's, and KVM itself takes the vCPU's lock so */
  {"KVM_RUN", FAKE_RESTARTS, 0, "", {EINTR, EAGAIN}},
  /* not EFAULT, by which KVM says that a file was cut short: that is an end of the guest */
  {"KVM_RUN with a file", CALL, "KVM_RUN", {EINVAL, EIO, ENOEXEC, ENOMEM, ENOSYS, EPERM}},
  {"KVM_RUN with a file", FAKE_RESTARTS, 0, "", {EINTR, EAGAIN}},
  {"KVM_CREATE_VM", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_X86_SET_MSR_FILTER", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_ENABLE_CAP", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_SET_USER_MEMORY_REGION", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_CREATE_VCPU", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_SET_CPUID2", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_GET_SREGS", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_SET_SREGS", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_SET_REGS", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_GET_REGS at a stop", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_GET_SREGS at a stop", FAKE_RESTARTS, 0, "", {EINTR}},
  /* snapshots: what is kept, and put back; where it comes from a file, KVM is its judge */
  {"KVM_GET_DIRTY_LOG", CALL, "KVM_GET_DIRTY_LOG", {EFAULT, EINVAL, ENOENT, ENOMEM}},
  {"KVM_GET_DIRTY_LOG", FAKE_RESTARTS, 0, "", {EINTR}},
#define KEPT(name) {"KVM_GET_" name " to keep", CALL, "KVM_GET_" name, {EFAULT, EINVAL, EIO, ENOMEM}}, \
  {"KVM_GET_" name " to keep", FAKE_RESTARTS, 0, "", {EINTR}}
#define PUT(name) {"KVM_SET_" name, CALL, "KVM_SET_" name, {EFAULT, EINVAL, EIO, ENOMEM}}, \
  {"KVM_SET_" name, FAKE_RESTARTS, 0, "", {EINTR}}
#define JUDGED(name) {"KVM_SET_" name " of a file", FAKE_FATAL, METES_EXIT_REFUSED, "KVM_SET_" name, {EINVAL}}, \
  {"KVM_SET_" name " of a file", CALL, "KVM_SET_" name, {EFAULT, EIO, ENOMEM}}, \
  {"KVM_SET_" name " of a file", FAKE_RESTARTS, 0, "", {EINTR}}
  KEPT("REGS"), KEPT("SREGS"), KEPT("XCRS"), KEPT("XSAVE"), KEPT("DEBUGREGS"), KEPT("VCPU_EVENTS"), KEPT("MSRS"),
  PUT("XCRS"), PUT("XSAVE"), PUT("DEBUGREGS"), PUT("VCPU_EVENTS"), PUT("MSRS"),
  JUDGED("REGS"), JUDGED("SREGS"), JUDGED("XCRS"), JUDGED("XSAVE"), JUDGED("DEBUGREGS"), JUDGED("VCPU_EVENTS"),
  JUDGED("MSRS"),
  /* socket(2), setsockopt(2), bind(2), listen(2), accept(2), poll(2): a debugger that is gone cancels the guest */
  {"socket", CALL, "socket", {EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTONOSUPPORT}},
  {"setsockopt", FAKE_TOLERATED, 0, "", {EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK}},
  {"bind", CALL, "bind to", {EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM,
                             ENOTDIR, ENOTSOCK, EROFS}},
  {"listen", CALL, "listen", {EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP}},
  {"accept", CALL, "accept", {EAGAIN, EBADF, ECONNABORTED, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOTSOCK,
                              EOPNOTSUPP, EPERM, EPROTO}},
  {"accept", FAKE_RESTARTS, 0, "", {EINTR}},
  {"poll", FAKE_TOLERATED, 0, "", {EFAULT, EINTR, EINVAL, ENOMEM}},
  {"read from the debugger", FAKE_FATAL, METES_EXIT_DEADLINE, NULL, {EBADF, ECONNREFUSED, ECONNRESET, EFAULT, EINVAL,
                                                                     EIO, ENOMEM, ENOTCONN, ENOTSOCK}},
  {"read from the debugger", FAKE_RESTARTS, 0, "", {EINTR}},
  {"read from the debugger at the end", FAKE_TOLERATED, 0, "", {ECONNRESET, EIO, ENOTCONN}},
  {"read from the debugger at the end", FAKE_RESTARTS, 0, "", {EINTR}},
  {"write to the debugger", FAKE_TOLERATED, 0, "", {ECONNRESET, EIO, ENOMEM, EPIPE}},
  {"write to the debugger", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_SET_GUEST_DEBUG", CALL, "KVM_SET_GUEST_DEBUG", {EBUSY, EFAULT, EINVAL, ENOMEM}},
  {"KVM_SET_GUEST_DEBUG", FAKE_RESTARTS, 0, "", {EINTR}},
  {"KVM_GET_REGS", CALL, "KVM_GET_REGS", {EFAULT, EIO, ENOMEM}},
  {"KVM_GET_REGS", FAKE_RESTARTS, 0, "", {EINTR}},
  /* fork(2), wait(2), kill(2) */
  {"fork", CALL, "fork", {EAGAIN, ENOMEM, ENOSYS}},
  {"waitpid", CALL, "waitpid", {ECHILD, EINVAL}},
  {"waitpid", FAKE_RESTARTS, 0, "", {EINTR}},
  {"kill", FAKE_TOLERATED, 0, "", {EINVAL, EPERM, ESRCH}},
  {"sigaction of what is passed on", FAKE_TOLERATED, 0, "", {EFAULT, EINVAL}},
  /* close_range(2), prctl(2), capset(2), setrlimit(2), seccomp(2), landlock_create_ruleset(2),
   * landlock_restrict_self(2) */
  {"close_range", CALL, "close_range", {EINVAL, EMFILE, ENOMEM}},
  {"prctl", CALL, "prctl", {EACCES, EFAULT, EINVAL, ENXIO, EPERM}},
  {"capset", CALL, "capset", {EFAULT, EINVAL, EPERM}},
  {"setrlimit", CALL, "setrlimit", {EFAULT, EINVAL, EPERM}},
  {"seccomp", CALL, "seccomp", {EACCES, EFAULT, EINVAL, ENOMEM, ENOSYS, ESRCH}},
  {"landlock_create_ruleset, its version", FAKE_TOLERATED, 0, "", {ENOSYS, EOPNOTSUPP}},
  {"landlock_create_ruleset, its version", CALL, "landlock_create_ruleset", {E2BIG, EFAULT, EINVAL, ENOMSG}},
  {"landlock_create_ruleset", CALL, "landlock_create_ruleset", {E2BIG, EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM, ENOMSG}},
  {"landlock_restrict_self", CALL, "landlock_restrict_self", {E2BIG, EBADF, EBADFD, EINVAL, EPERM}},
  {"close of Landlock's rules", CALL, "close of Landlock's rules", {EINTR, EIO}},
  /* of libc, in the command alone */
  {"realloc", CALL, "", {ENOMEM}},
};
const unsigned fake_n_rows = sizeof fake_rows / sizeof *fake_rows;

static unsigned n_errnos(const struct fake_row *row)
{
  unsigned n = 0;

  while (n < sizeof row->errnos / sizeof *row->errnos && row->errnos[n] != 0)
    n++;
  return n;
}

const struct fake_row *fake_failure(const char *call, unsigned pick, int *error)
{
  for (unsigned i = 0; i < fake_n_rows; i++) {
    const struct fake_row *row = &fake_rows[i];
    const unsigned n = strcmp(row->call, call) == 0 ? n_errnos(row) : 0;

    if (pick < n) {
      *error = row->errnos[pick];
      return row;
    }
    pick -= n;
  }
  return NULL;
}

unsigned fake_n_failures(const char *call)
{
  unsigned n = 0;
  int error;

  while (fake_failure(call, n, &error) != NULL)
    n++;
  return n;
}
