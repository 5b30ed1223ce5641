/* SPDX-License-Identifier: Apache-2.0
 * Really makes system calls, each in a child of its own that is confined as for a run.
 * usage: calls VCPU OUT OUT DEBUG <LIST      lines `ABI NUMBER A0 A1 A2 A3 A4 A5`, hexadecimal; ABI x86-64 or i386
 * Prints for each line how the child ended: its exit status (2a: it came back from the call), or
 * 100 and the signal's number; `none` where the kernel does not have the ABI. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm/confine.h"
#include "vmm/sandbox_parts.h"

enum { BACK = 0x2a, REFUSED = 71, SIGNALLED = 0x100, PATIENCE = 10 };

struct call {
  char abi[16];
  uint64_t number;
  uint64_t a[6];
};

static struct kvm_run run;
static struct metes_sandbox sandbox = {.vm = {.fd = -1, .run = &run}};
static struct metes_confinement confinement;

static void native(const struct call *c)
{
  register uint64_t r10 __asm__("r10") = c->a[3], r8 __asm__("r8") = c->a[4], r9 __asm__("r9") = c->a[5];
  uint64_t rax = c->number;

  __asm__ volatile("syscall" : "+a"(rax) : "D"(c->a[0]), "S"(c->a[1]), "d"(c->a[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
}

static void old(const struct call *c)
{
  uint64_t rax = c->number;

  __asm__ volatile("int $0x80" : "+a"(rax) : "b"(c->a[0]), "c"(c->a[1]), "d"(c->a[2]), "S"(c->a[3]), "D"(c->a[4])
                   : "memory");
}

static void child(const struct call *c, bool confined)
{
  struct metes_failure f;

  alarm(PATIENCE); /* a call that is let through may wait for ever */
  if (confined && metes_confine(&sandbox, &confinement, &f) != 0) {
    dprintf(2, "%s\n", f.text);
    _exit(REFUSED);
  }
  (strcmp(c->abi, "i386") == 0 ? old : native)(c);
  _exit(BACK);
}

static int make(const struct call *c, bool confined)
{
  const pid_t pid = fork();
  int status;

  if (pid == 0)
    child(c, confined);
  if (pid < 0 || waitpid(pid, &status, 0) != pid)
    exit(REFUSED);
  return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* A descriptor of this number that nothing can be done with. */
static int placed(const char *text)
{
  const int wanted = atoi(text), fd = wanted > 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : 0;

  if (fd < 0 || (fd != wanted && dup2(fd, wanted) != wanted))
    exit(REFUSED);
  if (fd != wanted)
    close(fd);
  return wanted;
}

int main(int argc, char **argv)
{
  const struct call getpid32 = {.abi = "i386", .number = 20};
  struct call c;

  if (argc != 5)
    return 64;
  sandbox.vm.vcpu = placed(argv[1]);
  confinement = (struct metes_confinement){{placed(argv[2]), placed(argv[3])}, placed(argv[4])};
  const bool has_old = make(&getpid32, false) == BACK;

  while (scanf("%15s %lx %lx %lx %lx %lx %lx %lx", c.abi, &c.number, &c.a[0], &c.a[1], &c.a[2], &c.a[3], &c.a[4],
               &c.a[5]) == 8)
    if (strcmp(c.abi, "i386") == 0 && !has_old)
      puts("none");
    else {
      const int ended = make(&c, true);

      printf("%x\n", (unsigned)ended);
    }
  return fflush(stdout) == 0 ? 0 : 74;
}
