/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel's descriptors: which are open, and what each is. */
#include "fake_parts.h"

#include <errno.h>
#include <unistd.h>

#define FIRST_FD 1000
#define N_FD 64

static struct fake_fd descriptors[N_FD];

int fake_descriptor(int kind)
{
  for (int i = 0; i < N_FD; i++)
    if (descriptors[i].kind == 0) {
      descriptors[i] = (struct fake_fd){.kind = kind};
      return FIRST_FD + i;
    }
  fake_wrong("more than %d descriptors are open", N_FD);
  errno = EMFILE;
  return -1;
}

struct fake_fd *fake_fd_of(int fd)
{
  static struct fake_fd none;

  return fd >= FIRST_FD && fd < FIRST_FD + N_FD ? &descriptors[fd - FIRST_FD] : &none;
}

int fake_kind(int fd)
{
  return fake_fd_of(fd)->kind;
}

int fake_real(int fd)
{
  return fake_fd_of(fd)->kind == FAKE_MEMFD && fake_fd_of(fd)->sized ? fake_fd_of(fd)->real : -1;
}

void fake_let_go(struct fake_fd *d)
{
  if (d->kind == FAKE_MEMFD)
    close(d->real);
  *d = (struct fake_fd){0};
}

int fake_close_range(unsigned first, unsigned last, int flags)
{
  (void)flags;
  if (fake_fails("close_range"))
    return -1;
  for (unsigned i = 0; i < N_FD; i++)
    if (FIRST_FD + i >= first && FIRST_FD + i <= last && descriptors[i].kind != 0)
      fake_let_go(&descriptors[i]);
  return 0;
}

void fake_descriptors_end(bool quiet)
{
  static const char *const names[] = {"", "/dev/kvm", "a VM", "a vCPU", "a memfd", "a file", "rules", "a listener",
                                      "a debugger"};

  for (int i = 0; i < N_FD; i++)
    if (descriptors[i].kind != 0) {
      if (!quiet)
        fake_wrong("leak: descriptor %d, %s", FIRST_FD + i, names[descriptors[i].kind]);
      fake_let_go(&descriptors[i]);
    }
}
