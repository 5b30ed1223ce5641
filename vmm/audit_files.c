/* SPDX-License-Identifier: Apache-2.0
 * Which VM a file descriptor is: kept from its making on, and through dup; else the kernel is asked (kcmp). */
#include "audit_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "again.h"
#include "sys.h"

/* The start of a file of /proc, as a string. */
static bool read_proc(pid_t id, const char *file, char *text, size_t n)
{
  char path[64];
  ssize_t got;
  int fd;

  snprintf(path, sizeof path, "/proc/%d/%s", (int)id, file);
  fd = metes_open(path, O_RDONLY, 0);
  if (fd < 0)
    return false;
  got = metes_read(fd, text, n - 1);
  metes_sys.close(fd);
  text[got < 0 ? 0 : got] = '\0';
  return got > 0;
}

pid_t metes_audit_process(pid_t thread)
{
  static const char key[] = "\nTgid:";
  char text[1024], *at;

  if (!read_proc(thread, "status", text, sizeof text) || (at = strstr(text, key)) == NULL)
    return thread;
  return (pid_t)strtoul(at + sizeof key - 1, NULL, 10);
}

void metes_audit_name(pid_t process, char *name, size_t n)
{
  char text[64];

  if (!read_proc(process, "comm", text, sizeof text))
    snprintf(text, sizeof text, "?");
  text[strcspn(text, "\n")] = '\0';
  for (char *at = text; *at != '\0'; at++)
    if (*at < 0x20 || *at >= 0x7F || strchr("\"\\:", *at) != NULL)
      *at = '?';
  snprintf(name, n, "%.*s", (int)n - 1, text);
}

bool metes_audit_is_vm(pid_t process, int fd)
{
  char path[64], to[64];
  ssize_t n;

  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process, fd);
  n = metes_sys.readlink(path, to, sizeof to - 1);
  if (n < 0)
    return errno != ENOENT;
  to[n] = '\0';
  return strcmp(to, "anon_inode:kvm-vm") == 0;
}

static struct metes_audit_file *find(const struct metes_audit_files *f, pid_t process, int fd)
{
  for (uint32_t i = 0; i < f->n; i++)
    if (f->at[i].process == process && f->at[i].fd == fd)
      return &f->at[i];
  return NULL;
}

bool metes_audit_set_vm(struct metes_audit_files *f, pid_t process, int fd, uint32_t vm)
{
  struct metes_audit_file *file = find(f, process, fd);

  if (file == NULL && vm == 0)
    return true;
  if (file == NULL && f->n == f->room) {
    const uint32_t room = f->room == 0 ? 8 : 2 * f->room;
    struct metes_audit_file *more = realloc(f->at, room * sizeof *more);

    if (more == NULL)
      return false;
    f->at = more;
    f->room = room;
  }
  if (file == NULL)
    file = &f->at[f->n++];
  *file = vm != 0 ? (struct metes_audit_file){process, fd, vm} : f->at[--f->n];
  return true;
}

uint32_t metes_audit_vm_of(struct metes_audit_files *f, pid_t process, int fd)
{
  const struct metes_audit_file *file = find(f, process, fd);

  if (file != NULL)
    return file->vm;
  for (uint32_t i = 0; i < f->n; i++) {
    const uint32_t vm = f->at[i].vm;

    if (metes_sys.kcmp(process, f->at[i].process, KCMP_FILE, (unsigned long)fd, (unsigned long)f->at[i].fd) == 0)
      return metes_audit_set_vm(f, process, fd, vm) ? vm : 0;
  }
  return 0;
}

void metes_audit_forget(struct metes_audit_files *f, pid_t process)
{
  for (uint32_t i = f->n; i-- > 0;)
    if (f->at[i].process == process)
      f->at[i] = f->at[--f->n];
}
