/* SPDX-License-Identifier: Apache-2.0
 * Makes the filters of confine.c, when Metes is built: libseccomp writes them, so `metes` need not carry it.
 * The policy is the tables below; every other system call, and every other ABI, kills the process. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine_places.h"

#define MOST_ARGUMENTS 4
#define MOST_WORDS 4096

/* A call, and what each bound argument must be: all the bits of it that the kernel takes. */
struct rule {
  int call;
  unsigned n;
  struct scmp_arg_cmp bound[MOST_ARGUMENTS];
};

#define IS(argument, value) SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, value) /* of an int */
#define IS_LONG(argument, value) SCMP_CMP64(argument, SCMP_CMP_EQ, value)
#define VCPU(request) {SCMP_SYS(ioctl), 2, {IS(0, METES_PLACE_VCPU), IS(1, request)}}

/* The most frequent first. */
static const struct rule plain[] = {
  {SCMP_SYS(ioctl), 3, {IS(0, METES_PLACE_VCPU), IS(1, KVM_RUN), IS_LONG(2, 0)}},
  VCPU(KVM_GET_REGS),
  VCPU(KVM_GET_SREGS),
  {SCMP_SYS(write), 1, {IS(0, STDOUT_FILENO)}},
  {SCMP_SYS(write), 1, {IS(0, STDERR_FILENO)}},
  {SCMP_SYS(rt_sigreturn), 0, {{0}}}, /* from the deadline's handler */
  {SCMP_SYS(exit_group), 0, {{0}}},
};

/* `out` of struct metes_confinement. */
static const struct rule out[] = {
  {SCMP_SYS(write), 1, {IS(0, METES_PLACE_OUT_0)}},
  {SCMP_SYS(write), 1, {IS(0, METES_PLACE_OUT_1)}},
  VCPU(KVM_GET_XSAVE), /* for the file of a snapshot: the rest of the processor, to be read alone */
  VCPU(KVM_GET_XCRS),
  VCPU(KVM_GET_DEBUGREGS),
  VCPU(KVM_GET_VCPU_EVENTS),
  VCPU(KVM_GET_MSRS),
};

/* `debug`. */
static const struct rule debug[] = {
  {SCMP_SYS(read), 1, {IS(0, METES_PLACE_DEBUG)}},
  {SCMP_SYS(write), 1, {IS(0, METES_PLACE_DEBUG)}},
  {SCMP_SYS(poll), 2, {IS(1, 1), IS(2, 0)}}, /* one descriptor: all there are can do no harm; no waiting */
  VCPU(KVM_SET_REGS),
  VCPU(KVM_SET_GUEST_DEBUG),
};

static void stop(const char *what, int error)
{
  fprintf(stderr, "confine_make: %s: %s\n", what, strerror(error));
  exit(EXIT_FAILURE);
}

static void add(scmp_filter_ctx filter, const struct rule *rules, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const int error = seccomp_rule_add_exact_array(filter, SCMP_ACT_ALLOW, rules[i].call, rules[i].n, rules[i].bound);

    if (error != 0)
      stop("a rule", -error);
  }
}

/* LD, AND 0, JEQ 0 decides nothing: the upper half of an argument of which the kernel takes the lower. */
static bool idle(const struct sock_filter *at)
{
  return at[0].code == (BPF_LD | BPF_W | BPF_ABS) && at[1].code == (BPF_ALU | BPF_AND | BPF_K) && at[1].k == 0 &&
         at[2].code == (BPF_JMP | BPF_JEQ | BPF_K) && at[2].k == 0 && at[2].jt == 0;
}

/* The same filter without idle instructions: each costs a start some 1,100 instructions of the kernel's. */
static size_t shorter(struct sock_filter *words, size_t n)
{
  static size_t place[MOST_WORDS + 1]; /* where each will stand, or the next that is kept */
  size_t kept = 0;

  for (size_t i = 0, skip = 0; i <= n; i++) {
    if (skip == 0 && i + 2 < n && idle(&words[i]))
      skip = 3;
    place[i] = kept;
    kept += skip == 0;
    skip -= skip != 0;
  }
  for (size_t i = 0; i < n; i++) {
    struct sock_filter w = words[i];

    if (place[i] == place[i + 1])
      continue;
    if (BPF_CLASS(w.code) == BPF_JMP) {
      w.jt = (uint8_t)(place[i + 1 + w.jt] - place[i] - 1);
      w.jf = (uint8_t)(place[i + 1 + w.jf] - place[i] - 1);
    }
    words[place[i]] = w;
  }
  return place[n];
}

/* What libseccomp wrote, as an initializer in C: each word is a struct sock_filter. Before it stands a load
 * that decides nothing: the kernel tries all its numbers on a new filter, each until an argument is loaded,
 * to find those that need no filter. There are two of them; looking would cost a start 100,000 instructions. */
static void print(scmp_filter_ctx filter, const char *name)
{
  static struct sock_filter words[MOST_WORDS];
  FILE *const file = tmpfile();
  size_t n;
  int error;

  if (file == NULL)
    stop("a file", errno);
  if ((error = seccomp_export_bpf(filter, fileno(file))) != 0)
    stop("the filter", -error);
  rewind(file);
  n = fread(words, sizeof *words, MOST_WORDS, file);
  fclose(file);
  printf("static const struct sock_filter %s[] = {\n", name);
  printf("  {0x%02x, 0, 0, 0x%08x},\n", BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, args));
  n = shorter(words, n);
  for (size_t i = 0; i < n; i++)
    printf("  {0x%02x, %u, %u, 0x%08x},\n", words[i].code, words[i].jt, words[i].jf, words[i].k);
  printf("};\n");
}

static void make(const char *name, bool with_out, bool with_debug)
{
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

  if (filter == NULL)
    stop("seccomp_init", ENOMEM);
  if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
    stop("other ABIs", EINVAL);
  seccomp_syscall_priority(filter, SCMP_SYS(ioctl), 255);
  seccomp_syscall_priority(filter, SCMP_SYS(write), 254);
  add(filter, plain, sizeof plain / sizeof *plain);
  if (with_out)
    add(filter, out, sizeof out / sizeof *out);
  if (with_debug)
    add(filter, debug, sizeof debug / sizeof *debug);
  print(filter, name);
  seccomp_release(filter);
}

int main(void)
{
  puts("/* SPDX-License-Identifier: Apache-2.0\n * Written by vmm/confine_make.c: not to be edited. */");
  make("plain_filter", false, false);
  make("out_filter", true, false);
  make("debug_filter", true, true);
  return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
