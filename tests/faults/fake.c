/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel: what it counts, how it fails, its descriptors, files, timers and signals. */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/sys.h"

#define FIRST_FD 1000
#define N_FD 64
#define N_TIMERS 8
#define AT_ONCE 4096u /* no more comes by one read, nor goes by one write */

struct fake fake;

static struct descriptor {
  int kind; /* 0: not open */
  struct fake_file *file;
  size_t at;
  bool writing;
  bool to_map; /* opened without waiting for a writer: what is asked of it then decides */
  bool sized;  /* a memfd whose real file may be mapped */
  int real;    /* of a memfd: what is written there is read there */
} descriptors[N_FD];
static struct {
  bool there, set;
} timers[N_TIMERS];
static void (*handler)(int);
static int handled;

void fake_wrong(const char *format, ...)
{
  va_list list;

  if (fake.wrong[0] != '\0')
    return;
  va_start(list, format);
  vsnprintf(fake.wrong, sizeof fake.wrong, format, list);
  va_end(list);
}

static void note(const char *call, const struct fake_row *row, int error)
{
  if (fake.n_events < FAKE_EVENTS)
    fake.events[fake.n_events++] = (struct fake_event){call, row, error};
}

/* Whether this fault strikes the call that is made now. */
static bool strikes(struct fake_fault *f, const char *call)
{
  const struct fake_row *row;
  int error;

  if (f->at == fake.calls) {
    f->call = call;
    return true;
  }
  if (!f->sticky || f->call == NULL || strcmp(f->call, call) != 0)
    return false;
  row = fake_failure(call, f->pick % fake_n_failures(call), &error);
  return row->effect != FAKE_RESTARTS || f->times < FAKE_BURST;
}

/* Beyond what is left to all: where a guest is saved, and with a debugger. */
static bool more_allowed(const char *call)
{
  static const char *const of_debugger[] = {"read from the debugger", "poll", "KVM_GET_REGS", "KVM_GET_SREGS", "KVM_SET_REGS", "KVM_SET_GUEST_DEBUG"};

  for (unsigned i = 0; fake.debugger != NULL && i < sizeof of_debugger / sizeof *of_debugger; i++)
    if (strncmp(call, of_debugger[i], strlen(of_debugger[i])) == 0)
      return true;
  return fake.saving && strstr(call, "to keep") != NULL;
}

/* What vmm/confine.h leaves. */
static bool allowed(const char *call)
{
  return strncmp(call, "write", 5) == 0 || strncmp(call, "KVM_RUN", 7) == 0 || strstr(call, "at a stop") != NULL ||
         more_allowed(call);
}

bool fake_fails(const char *call)
{
  if (fake.confined && !allowed(call))
    fake_wrong("%s, which the filter kills for", call);
  fake.calls++;
  for (unsigned i = 0; i < 2; i++) {
    struct fake_fault *const f = &fake.faults[i];
    const struct fake_row *row;
    unsigned ways;
    int error;

    if (!strikes(f, call))
      continue;
    ways = fake_n_failures(call);
    if (ways == 0) {
      fake_wrong("errnos.c does not know how %s may fail", call);
      return false;
    }
    f->times++;
    row = fake_failure(call, f->pick % ways, &error);
    note(call, row, error);
    errno = error;
    return true;
  }
  note(call, NULL, 0);
  return false;
}

int fake_descriptor(int kind)
{
  for (int i = 0; i < N_FD; i++)
    if (descriptors[i].kind == 0) {
      descriptors[i] = (struct descriptor){.kind = kind};
      return FIRST_FD + i;
    }
  fake_wrong("more than %d descriptors are open", N_FD);
  errno = EMFILE;
  return -1;
}

static struct descriptor *of(int fd)
{
  static struct descriptor none;

  return fd >= FIRST_FD && fd < FIRST_FD + N_FD ? &descriptors[fd - FIRST_FD] : &none;
}

int fake_kind(int fd)
{
  return of(fd)->kind;
}

int fake_real(int fd)
{
  return of(fd)->kind == FAKE_MEMFD && of(fd)->sized ? of(fd)->real : -1;
}

static void let_go(struct descriptor *d)
{
  if (d->kind == FAKE_MEMFD)
    close(d->real);
  *d = (struct descriptor){0};
}

static void let_all_go(void)
{
  for (int i = 0; i < N_FD; i++)
    let_go(&descriptors[i]);
}

/* Files. */

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
  of(fd)->file = file;
  of(fd)->writing = (flags & O_ACCMODE) != O_RDONLY;
  of(fd)->to_map = (flags & O_NONBLOCK) != 0;
  return fd;
}

static int fake_open(const char *path, int flags, mode_t mode)
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
static int fake_close(int fd)
{
  struct descriptor *const d = of(fd);
  const bool fails = fake_fails(fd == STDOUT_FILENO ? "close standard output" :
                                d->kind == FAKE_RULES ? "close of Landlock's rules" :
                                d->writing && fake.child_status == 0 ? "close what was written" : "close");

  if (fd != STDOUT_FILENO && d->kind == 0)
    fake_wrong("close of %d, which is not open", fd);
  if (d->kind != 0)
    let_go(d);
  return fails ? -1 : 0;
}

static ssize_t fake_read(int fd, void *to, size_t n)
{
  struct descriptor *const d = of(fd);

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
  struct descriptor *const d = of(fd);

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

static ssize_t fake_write(int fd, const void *from, size_t n)
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

static int fake_stat(const char *path, struct stat *there)
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
static int fake_fstat(int fd, struct stat *there)
{
  if (fake_fails(fake_kind(fd) == FAKE_MEMFD || of(fd)->to_map ? "fstat of what is to be mapped" : "fstat"))
    return -1;
  *there = (struct stat){.st_mode = S_IFREG | 0644, .st_size = 1};
  return 0;
}

static int fake_faccessat(int folder, const char *path, int mode, int flags)
{
  (void)folder, (void)path, (void)mode, (void)flags;
  return fake_fails("faccessat") ? -1 : 0;
}

static char *fake_realpath(const char *path, char *real)
{
  if (fake_fails("realpath"))
    return NULL;
  snprintf(real, PATH_MAX, "%s", path);
  return real;
}

static int fake_rename(const char *from, const char *to)
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
static int fake_unlink(const char *path)
{
  struct fake_file *const f = file_of(path);
  const bool fails = fake_fails("unlink");

  if (f != NULL)
    f->path[0] = '\0';
  return fails ? -1 : 0;
}

static int fake_memfd(const char *name, unsigned flags)
{
  int fd;

  if (fake_fails("memfd_create"))
    return -1;
  fd = fake_descriptor(FAKE_MEMFD);
  of(fd)->real = memfd_create(name, flags);
  return fd;
}

static int fake_ftruncate(int fd, off_t size)
{
  struct descriptor *const d = of(fd);

  if (d->kind != FAKE_MEMFD && d->kind != FAKE_FILE)
    fake_wrong("ftruncate of %d, which is no file", fd);
  if (fake_fails("ftruncate"))
    return -1;
  d->sized = d->kind == FAKE_MEMFD && ftruncate(d->real, size) == 0;
  return 0;
}

static int fake_fcntl(int fd, int command, long argument)
{
  if (fd > STDERR_FILENO && fake_kind(fd) == 0)
    fake_wrong("fcntl of %d, which is not open", fd);
  if (fake_fails("fcntl"))
    return -1;
  if (command == F_ADD_SEALS && (fake_real(fd) < 0 || fcntl(fake_real(fd), command, argument) != 0))
    fake_wrong("seals that cannot be set: %s", strerror(errno)); /* it is still mapped to be written */
  return 0;
}

/* Timers and signals. */

static int fake_sigaction(int number, const struct sigaction *now, struct sigaction *before)
{
  if (before != NULL)
    *before = (struct sigaction){.sa_handler = SIG_DFL};
  if (fake_fails(number != SIGBUS && number < SIGRTMIN && now->sa_handler != SIG_IGN ? "sigaction of what is passed on" : "sigaction"))
    return -1;
  if (number >= SIGRTMIN) {
    handled = number;
    handler = now->sa_handler;
  }
  return 0;
}

static int fake_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
  (void)clock;
  if (fake_fails("timer_create"))
    return -1;
  if (event->sigev_signo != handled)
    fake_wrong("a timer whose signal %d has no handler", event->sigev_signo);
  for (uintptr_t i = 0; i < N_TIMERS; i++)
    if (!timers[i].there) {
      timers[i].there = true;
      timers[i].set = false;
      *timer = (timer_t)(i + 1);
      return 0;
    }
  fake_wrong("more than %d timers", N_TIMERS);
  errno = EAGAIN;
  return -1;
}

static uintptr_t timer_of(timer_t timer)
{
  const uintptr_t i = (uintptr_t)timer - 1;

  if (i < N_TIMERS && timers[i].there)
    return i;
  fake_wrong("there is no such timer");
  return 0;
}

static int fake_timer_settime(timer_t timer, int flags, const struct itimerspec *when, struct itimerspec *before)
{
  const uintptr_t i = timer_of(timer);

  (void)flags, (void)before;
  if (fake_fails("timer_settime"))
    return -1;
  timers[i].set = when->it_value.tv_sec != 0 || when->it_value.tv_nsec != 0;
  return 0;
}

static int fake_timer_delete(timer_t timer)
{
  timers[timer_of(timer)].there = false;
  return fake_fails("timer_delete") ? -1 : 0;
}

void fake_signal(void)
{
  if (handler != NULL)
    handler(handled);
}

bool fake_timer_fires(void)
{
  for (unsigned i = 0; i < N_TIMERS; i++)
    if (timers[i].there && timers[i].set) {
      fake_signal();
      return true;
    }
  return false;
}

static int fake_tgkill(pid_t process, pid_t thread, int number)
{
  if (process != 10 || thread != 11 || number != handled)
    fake_wrong("tgkill(%d, %d, %d)", process, thread, number);
  if (fake_fails("tgkill"))
    return -1;
  fake_signal();
  return 0;
}

static pid_t fake_getpid(void)
{
  return 10;
}

static pid_t fake_gettid(void)
{
  return 11;
}

/* Least privilege. */

static int fake_close_range(unsigned first, unsigned last, int flags)
{
  (void)flags;
  if (fake_fails("close_range"))
    return -1;
  for (unsigned i = 0; i < N_FD; i++)
    if (FIRST_FD + i >= first && FIRST_FD + i <= last && descriptors[i].kind != 0)
      let_go(&descriptors[i]);
  return 0;
}

static int fake_setrlimit(int what, const struct rlimit *limit)
{
  (void)what, (void)limit;
  return fake_fails("setrlimit") ? -1 : 0;
}

static int fake_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
  (void)option, (void)a, (void)b, (void)c, (void)d;
  return fake_fails("prctl") ? -1 : 0;
}

static int fake_capset(cap_user_header_t head, cap_user_data_t sets)
{
  (void)head, (void)sets;
  return fake_fails("capset") ? -1 : 0;
}

static int fake_landlock_create_ruleset(const void *rules, size_t size, unsigned flags)
{
  (void)rules, (void)size;
  if (flags != 0)
    return fake_fails("landlock_create_ruleset, its version") ? -1 : 6;
  return fake_fails("landlock_create_ruleset") ? -1 : fake_descriptor(FAKE_RULES);
}

static int fake_landlock_restrict_self(int rules, unsigned flags)
{
  (void)flags;
  if (fake_kind(rules) != FAKE_RULES)
    fake_wrong("landlock_restrict_self of %d, which is no set of rules", rules);
  return fake_fails("landlock_restrict_self") ? -1 : 0;
}

static int fake_seccomp(unsigned operation, unsigned flags, void *argument)
{
  (void)operation, (void)flags, (void)argument;
  if (fake_fails("seccomp"))
    return -1;
  fake.confined = true;
  return 0;
}

/* The kernel takes back all that the process holds. */
static void fake_exit_group(int status)
{
  if (!fake.exits)
    fake_wrong("exit_group");
  fake.exit_status = status;
  let_all_go();
  memset(timers, 0, sizeof timers);
  fake_memory_end(true);
  fake.confined = false;
  if (fake.exits)
    longjmp(fake.exit, 1);
}

/* From one test to the next. */

void fake_begin(void)
{
  for (unsigned i = 0; i < FAKE_FILES; i++)
    fake.files[i].path[0] = '\0';
  fake.faults[0] = fake.faults[1] = (struct fake_fault){0};
  fake.run = NULL;
  fake.mine = NULL;
  fake.strange = false;
  fake.vcpu_size = 3 * 4096;
  fake.calls = fake.runs = fake.n_events = 0;
  fake.n_output = fake.n_messages = 0;
  fake.wrong[0] = '\0';
  fake.confined = fake.exits = fake.from_file = fake.saving = fake.child = false;
  fake.child_status = 0;
  fake.debugger = NULL;
  fake_kvm_begin();
}

void fake_end(void)
{
  static const char *const names[] = {"", "/dev/kvm", "a VM", "a vCPU", "a memfd", "a file", "rules", "a listener",
                                      "a debugger"};

  for (int i = 0; i < N_FD; i++)
    if (descriptors[i].kind != 0) {
      fake_wrong("leak: descriptor %d, %s", FIRST_FD + i, names[descriptors[i].kind]);
      let_go(&descriptors[i]);
    }
  for (unsigned i = 0; i < N_TIMERS; i++)
    if (timers[i].there) {
      fake_wrong("leak: timer %u", i);
      timers[i].there = false;
    }
  fake_memory_end(false);
  handler = NULL;
  fake.messages[fake.n_messages] = '\0';
}

static void *table_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
  return fake_mmap(at, n, protection, flags, fd, offset);
}

const struct metes_sys metes_sys = {
  .open = fake_open,
  .close = fake_close,
  .read = fake_read,
  .write = fake_write,
  .ioctl = fake_ioctl,
  .mmap = table_mmap,
  .munmap = fake_munmap,
  .mprotect = fake_mprotect,
  .memfd_create = fake_memfd,
  .ftruncate = fake_ftruncate,
  .fcntl = fake_fcntl,
  .sigaction = fake_sigaction,
  .timer_create = fake_timer_create,
  .timer_settime = fake_timer_settime,
  .timer_delete = fake_timer_delete,
  .socket = fake_socket,
  .setsockopt = fake_setsockopt,
  .bind = fake_bind,
  .listen = fake_listen,
  .accept = fake_accept,
  .poll = fake_poll,
  .fork = fake_fork,
  .waitpid = fake_waitpid,
  .kill = fake_kill,
  .tgkill = fake_tgkill,
  .getpid = fake_getpid,
  .gettid = fake_gettid,
  .stat = fake_stat,
  .fstat = fake_fstat,
  .faccessat = fake_faccessat,
  .realpath = fake_realpath,
  .rename = fake_rename,
  .unlink = fake_unlink,
  .close_range = fake_close_range,
  .setrlimit = fake_setrlimit,
  .prctl = fake_prctl,
  .capset = fake_capset,
  .landlock_create_ruleset = fake_landlock_create_ruleset,
  .landlock_restrict_self = fake_landlock_restrict_self,
  .seccomp = fake_seccomp,
  .exit_group = fake_exit_group,
};
