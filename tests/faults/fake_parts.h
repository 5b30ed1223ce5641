/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the made-up kernel share: each call as the monitor's table has it (vmm/sys.h), in the file that
 * keeps account of it, and what one part asks of another. */
#ifndef METES_FAULTS_FAKE_PARTS_H
#define METES_FAULTS_FAKE_PARTS_H

#include <linux/capability.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "fake.h"

/* fake_descriptors.c */
enum { FAKE_KVM = 1, FAKE_VM, FAKE_VCPU, FAKE_MEMFD, FAKE_FILE, FAKE_RULES, FAKE_LISTENER, FAKE_DEBUGGER };
struct fake_fd {
  int kind; /* 0: not open */
  struct fake_file *file;
  size_t at;
  bool writing;
  bool to_map; /* opened without waiting for a writer: what is asked of it then decides */
  bool sized;  /* a memfd whose real file may be mapped */
  int real;    /* of a memfd: what is written there is read there */
};
int fake_descriptor(int kind);        /* a new one */
struct fake_fd *fake_fd_of(int fd);   /* one of kind 0 where it is not open */
void fake_let_go(struct fake_fd *d);
int fake_kind(int fd);
int fake_real(int fd);                /* a memfd's real file, once it has a size; else -1 */
int fake_close_range(unsigned first, unsigned last, int flags);

/* fake_files.c */
int fake_open(const char *path, int flags, mode_t mode);
int fake_close(int fd);
ssize_t fake_read(int fd, void *to, size_t n);
ssize_t fake_write(int fd, const void *from, size_t n);
int fake_stat(const char *path, struct stat *there);
int fake_fstat(int fd, struct stat *there);
int fake_faccessat(int folder, const char *path, int mode, int flags);
char *fake_realpath(const char *path, char *real);
int fake_rename(const char *from, const char *to);
int fake_unlink(const char *path);
int fake_memfd(const char *name, unsigned flags);
int fake_ftruncate(int fd, off_t size);
int fake_fcntl(int fd, int command, long argument);

/* fake_memory.c */
void *fake_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset);
int fake_munmap(void *at, size_t n);
int fake_mprotect(void *at, size_t n, int protection);
bool fake_all_have(uint64_t at, uint64_t n, int protection); /* each page just so */

/* fake_kvm.c */
int fake_ioctl(int fd, unsigned long request, void *argument);
void fake_kvm_begin(void);
void fake_kvm_mapped(void *run);
bool fake_guest_ended(void); /* its last exit was HLT or SHUTDOWN */

/* fake_timers.c: signals, too */
int fake_sigaction(int number, const struct sigaction *now, struct sigaction *before);
int fake_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer);
int fake_timer_settime(timer_t timer, int flags, const struct itimerspec *when, struct itimerspec *before);
int fake_timer_delete(timer_t timer);
int fake_tgkill(pid_t process, pid_t thread, int number);
pid_t fake_getpid(void);
pid_t fake_gettid(void);

/* fake_others.c: what reaches other processes */
int fake_socket(int domain, int type, int protocol);
int fake_setsockopt(int fd, int level, int name, const void *value, socklen_t n);
int fake_bind(int fd, const struct sockaddr *at, socklen_t n);
int fake_listen(int fd, int backlog);
int fake_accept(int fd, struct sockaddr *from, socklen_t *n);
int fake_poll(struct pollfd *fds, nfds_t n, int milliseconds);
ssize_t fake_hear(void *to, size_t n); /* read and write of the debugger's connection */
ssize_t fake_tell(const void *from, size_t n);
pid_t fake_fork(void);
pid_t fake_waitpid(pid_t process, int *status, int options);
int fake_kill(pid_t process, int number);

/* fake_privileges.c */
int fake_setrlimit(int what, const struct rlimit *limit);
int fake_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int fake_capset(cap_user_header_t head, cap_user_data_t sets);
int fake_landlock_create_ruleset(const void *rules, size_t size, unsigned flags);
int fake_landlock_restrict_self(int rules, unsigned flags);
int fake_seccomp(unsigned operation, unsigned flags, void *argument);
void fake_exit_group(int status);

/* What a process still holds is taken back; unless `quiet`, it is a leak. */
void fake_descriptors_end(bool quiet);
void fake_memory_end(bool quiet);
void fake_timers_end(bool quiet);

#endif
