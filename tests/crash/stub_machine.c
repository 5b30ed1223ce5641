/* SPDX-License-Identifier: Apache-2.0
 * A machine without KVM for the debugger's stub: system calls that do what chance says. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stub_machine.h"

/* What comes from the debugger, what went to it, and a processor that does what chance says. */
char input[INPUT];
size_t input_used, input_at;
char output[OUTPUT];
size_t output_used;
static uint64_t chance = 88172645463325252;
static struct kvm_regs processor;
static struct kvm_sregs special;
static struct {
  struct kvm_run run;
  uint8_t data[64];
} shared;

uint64_t next_chance(void)
{
  chance ^= chance << 13;
  chance ^= chance >> 7;
  return chance ^= chance << 17;
}

static ssize_t fake_read(int fd, void *to, size_t n)
{
  const size_t some = 1 + next_chance() % 40, left = input_used - input_at;
  const size_t given = some < left ? some : left;

  (void)fd;
  if (next_chance() % 16 == 0) {
    errno = EINTR;
    return -1;
  }
  memcpy(to, input + input_at, given < n ? given : n);
  input_at += given < n ? given : n;
  return (ssize_t)(given < n ? given : n);
}

static ssize_t fake_write(int fd, const void *from, size_t n)
{
  (void)fd;
  if (n > sizeof output - output_used)
    output_used = 0;
  assert_true(n <= sizeof output);
  memcpy(output + output_used, from, n);
  output_used += n;
  return (ssize_t)n;
}

static int run_once(void)
{
  shared.run.exit_reason = KVM_EXIT_DEBUG;
  processor.rip += next_chance() % 4;
  switch (next_chance() % 64) {
  case 0: shared.run.exit_reason = KVM_EXIT_HLT; return 0;
  case 1: shared.run.exit_reason = KVM_EXIT_SHUTDOWN; return 0;
  case 2: shared.run.exit_reason = KVM_EXIT_MMIO; return 0;
  case 3: shared.run.immediate_exit = 1; errno = EINTR; return -1;
  default: return 0;
  }
}

static int fake_ioctl(int fd, unsigned long request, void *argument)
{
  (void)fd;
  switch (request) {
  case KVM_RUN: return run_once();
  case KVM_GET_REGS: memcpy(argument, &processor, sizeof processor); return 0;
  case KVM_SET_REGS: memcpy(&processor, argument, sizeof processor); return 0;
  case KVM_GET_SREGS: memcpy(argument, &special, sizeof special); return 0;
  case KVM_SET_GUEST_DEBUG: return 0;
  default: fail(); return -1;
  }
}

static int fake_poll(struct pollfd *fds, nfds_t n, int milliseconds)
{
  (void)fds;
  (void)n;
  (void)milliseconds;
  return next_chance() % 2 == 0;
}

const struct metes_sys metes_sys = {
  .read = fake_read, .write = fake_write, .ioctl = fake_ioctl, .poll = fake_poll, .close = close,
  .mmap = mmap, .munmap = munmap, .mprotect = mprotect, .sigaction = sigaction, .gettid = gettid, .getpid = getpid,
};

const char *image_path;

/* A guest's memory as it is before its first instruction, and a debugger at it. */
static struct metes_guest_memory guest;
static struct metes_sandbox sandbox;
struct metes_stop stop;
struct metes_gdb gdb;

void begin(void)
{
  processor = (struct kvm_regs){.rip = guest.entry.rip, .rsp = guest.entry.rsp, .rflags = 2};
  special = (struct kvm_sregs){.cr0 = 0x80010033, .cr3 = guest.entry.cr3, .cs.selector = 8, .fs.base = 0x1122};
  sandbox = (struct metes_sandbox){.guest = &guest, .vm = {.fd = -1, .vcpu = 3, .run = &shared.run}};
  stop = (struct metes_stop){.regs = processor, .sregs = special, .has_registers = true};
  gdb = (struct metes_gdb){.listening = -1, .fd = 3, .s = &sandbox, .stop = &stop};
  input_used = input_at = output_used = 0;
}

int make_guest(void **state)
{
  static uint8_t file[1 << 20];
  struct metes_guest_args a;
  struct metes_failure f;
  FILE *const from = fopen(image_path, "r");

  (void)state;
  metes_guest_args_init(&a);
  a.image = (struct metes_bytes){file, fread(file, 1, sizeof file, from)};
  fclose(from);
  return metes_guest_build(&a, &guest, &f);
}
