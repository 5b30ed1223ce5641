/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the seccomp filter against its policy (vmm/confine.h), written down here once more. The input says which
 * descriptors there are, and then system calls: any number, ABI and arguments. An interpreter of BPF is the oracle;
 * each of the filter's branches is a counter for libFuzzer. With METES_FILTER_REACHED set, it says at its end which
 * instructions of the filters never ran. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/kit/target.h"
#include "vmm/confine.h"
#include "vmm/sandbox_parts.h"
#include "vmm/sys.h"

#define MOST 128
#define X32 0x40000000u

enum kind { PLAIN, OUT, DEBUG, KINDS };

static struct sock_filter program[MOST];
static unsigned length;
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t reached[KINDS][MOST][2];
static bool ran[KINDS][MOST];
static unsigned lengths[KINDS];

/* The system calls of metes_confine: none is real, and the filter is kept. */
static int fake_seccomp(unsigned operation, unsigned flags, void *argument)
{
  const struct sock_fprog *const p = argument;

  if (operation != SECCOMP_SET_MODE_FILTER || flags != SECCOMP_FILTER_FLAG_TSYNC || p->len > MOST)
    fuzz_verdict("another way to install a filter");
  memcpy(program, p->filter, p->len * sizeof *program);
  length = p->len;
  return 0;
}

static int fake_sigaction(int number, const struct sigaction *now, struct sigaction *before)
{
  (void)number, (void)now, (void)before;
  return 0;
}

static pid_t fake_gettid(void) { return 1; }
static int fake_close_range(unsigned first, unsigned last, int flags) { return (void)first, (void)last, flags; }
static int fake_setrlimit(int what, const struct rlimit *limit) { return (void)what, (void)limit, 0; }
static int fake_prctl(int o, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
  return (void)o, (void)a, (void)b, (void)c, (void)d, 0;
}
static int fake_capset(cap_user_header_t head, cap_user_data_t sets) { return (void)head, (void)sets, 0; }
static int fake_ruleset(const void *rules, size_t size, unsigned flags)
{
  (void)rules, (void)size, (void)flags;
  errno = ENOSYS;
  return -1;
}

const struct metes_sys metes_sys = {
  .seccomp = fake_seccomp, .sigaction = fake_sigaction, .gettid = fake_gettid, .close_range = fake_close_range,
  .setrlimit = fake_setrlimit, .prctl = fake_prctl, .capset = fake_capset, .landlock_create_ruleset = fake_ruleset,
};

/* What the kernel asks of a program before it takes it (bpf_check_classic, seccomp_check_filter): known instructions,
 * jumps forward and inside, loads of whole words, an answer at the end. */
static const char *check(void)
{
  for (unsigned i = 0; i < length; i++) {
    const struct sock_filter *const f = &program[i];
    const unsigned left = length - i - 1;

    switch (f->code) {
    case BPF_LD | BPF_W | BPF_ABS:
      if (f->k % 4 != 0 || f->k >= sizeof(struct seccomp_data))
        return "the filter loads what is not there";
      break;
    case BPF_JMP | BPF_JA:
      if (f->k >= left)
        return "the filter jumps behind its end";
      break;
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_K:
      if (f->jt >= left || f->jf >= left)
        return "the filter jumps behind its end";
      break;
    case BPF_ALU | BPF_AND | BPF_K:
    case BPF_RET | BPF_K: break;
    default: return "the filter has an instruction that this interpreter does not know";
    }
  }
  return length > 0 && program[length - 1].code == (BPF_RET | BPF_K) ? NULL : "the filter does not end with an answer";
}

static bool test(const struct sock_filter *f, uint32_t a)
{
  switch (BPF_OP(f->code)) {
  case BPF_JEQ: return a == f->k;
  case BPF_JGT: return a > f->k;
  case BPF_JGE: return a >= f->k;
  default: return (a & f->k) != 0;
  }
}

static uint32_t interpret(enum kind kind, const struct seccomp_data *data)
{
  uint32_t a = 0;

  for (unsigned i = 0;; i++) {
    const struct sock_filter *const f = &program[i];

    ran[kind][i] = true;
    if (f->code == (BPF_RET | BPF_K)) {
      reached[kind][i][0] = 1;
      return f->k;
    }
    if (BPF_CLASS(f->code) == BPF_LD) {
      memcpy(&a, (const uint8_t *)data + f->k, sizeof a);
    } else if (BPF_CLASS(f->code) == BPF_ALU) {
      a &= f->k;
    } else if (f->code == (BPF_JMP | BPF_JA)) {
      i += f->k;
    } else {
      const bool way = test(f, a);

      reached[kind][i][way] = 1;
      i += way ? f->jt : f->jf;
    }
  }
}

/* What vmm/confine.h says that is left. Of an int the kernel takes 32 bits; of the argument of KVM_RUN it takes 64. */
static bool allowed(const struct metes_confinement *c, uint64_t vcpu, const struct seccomp_data *d)
{
  const bool outs = c->out[0] > 0 || c->out[1] > 0, debug = c->debug > 0;
  const uint32_t fd = (uint32_t)d->args[0];

  if (d->arch != AUDIT_ARCH_X86_64)
    return false;
  switch (d->nr) {
  case 0: return debug && fd == (uint32_t)c->debug; /* read */
  case 1:                                           /* write */
    return fd == 1 || fd == 2 ||
           (fd > 0 && (fd == (uint32_t)c->out[0] || fd == (uint32_t)c->out[1] || fd == (uint32_t)c->debug));
  case 7: return debug && (uint32_t)d->args[1] == 1 && (uint32_t)d->args[2] == 0; /* poll */
  case 15:                                                    /* rt_sigreturn */
  case 231: return true;                                      /* exit_group */
  case 16: break;                                             /* ioctl */
  default: return false;
  }
  if (fd != vcpu)
    return false;
  switch ((uint32_t)d->args[1]) {
  case KVM_RUN: return d->args[2] == 0;
  case KVM_GET_REGS:
  case KVM_GET_SREGS: return true;
  case KVM_GET_XSAVE:
  case KVM_GET_XCRS:
  case KVM_GET_DEBUGREGS:
  case KVM_GET_VCPU_EVENTS:
  case KVM_GET_MSRS: return outs || debug;
  case KVM_SET_REGS:
  case KVM_SET_GUEST_DEBUG: return debug;
  default: return false;
  }
}

/* A number near one that means something, or any. */
static uint64_t near(struct source *s, const uint64_t *some, uint32_t n)
{
  const uint32_t kind = pick(s, 8), which = pick(s, n);

  switch (kind) {
  case 0: return source_bytes(s, 8);
  case 1: return source_bytes(s, 2);
  case 2: return some[which] ^ 1ull << pick(s, 64);
  default: return some[which];
  }
}

static struct seccomp_data ask_call(struct source *s, const struct metes_confinement *c, uint64_t vcpu)
{
  static const uint64_t arches[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, AUDIT_ARCH_X86_64, AUDIT_ARCH_I386,
                                    AUDIT_ARCH_AARCH64};
  static const uint64_t numbers[] = {0, 1, 7, 15, 16, 16, 16, 231, 39, 59, 1 | X32, 16 | X32, 4, 54, UINT32_MAX};
  static const uint64_t requests[] = {KVM_RUN, KVM_GET_REGS, KVM_GET_SREGS, KVM_GET_XSAVE, KVM_GET_XCRS,
                                      KVM_GET_DEBUGREGS, KVM_GET_VCPU_EVENTS, KVM_GET_MSRS, KVM_SET_REGS,
                                      KVM_SET_GUEST_DEBUG, KVM_SET_SREGS, KVM_SET_USER_MEMORY_REGION, 0, 1};
  const uint64_t fds[] = {vcpu, vcpu, 0, 1, 2, (uint64_t)c->out[0], (uint64_t)c->out[1], (uint64_t)c->debug};
  static const uint64_t rest[] = {0, 1};
  struct seccomp_data d = {.nr = (int)near(s, numbers, 15)};

  d.arch = (uint32_t)near(s, arches, 5);
  d.instruction_pointer = source_bytes(s, 2);
  d.args[0] = near(s, fds, 8);
  d.args[1] = near(s, requests, 14);
  d.args[2] = near(s, rest, 2);
  for (unsigned i = 3; i < 6; i++)
    d.args[i] = source_bytes(s, 1);
  return d;
}

static void tell(void)
{
  static const char *const names[KINDS] = {"plain", "out", "debug"};

  for (unsigned kind = 0; kind < KINDS; kind++) {
    unsigned n = 0;

    for (unsigned i = 0; i < lengths[kind]; i++)
      n += ran[kind][i];
    fprintf(stderr, "filter %s: %u of %u instructions ran\n", names[kind], n, lengths[kind]);
  }
}

/* Descriptors, none of them twice. */
static struct metes_sandbox *ask_confinement(struct source *s, struct metes_confinement *c)
{
  static struct kvm_run run;
  static struct metes_sandbox sandbox = {.vm = {.fd = -1, .run = &run}};
  const int base = 3 + (int)source_bytes(s, 1) * 4;
  const uint32_t has = pick(s, 8);

  sandbox.vm.vcpu = base;
  *c = (struct metes_confinement){{has & 1 ? base + 1 : 0, has & 2 ? base + 2 : 0}, has & 4 ? base + 3 : 0};
  return &sandbox;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static bool began;
  struct source s = fuzz_source(data, size);
  struct metes_confinement c;
  struct metes_sandbox *const sandbox = ask_confinement(&s, &c);
  const enum kind kind = c.debug > 0 ? DEBUG : c.out[0] > 0 || c.out[1] > 0 ? OUT : PLAIN;
  struct metes_failure f = {0};

  if (!began && getenv("METES_FILTER_REACHED") != NULL)
    atexit(tell);
  began = true;
  length = 0;
  if (metes_confine(sandbox, &c, &f) != 0)
    fuzz_verdict(f.text);
  fuzz_verdict(check());
  lengths[kind] = length;
  for (int i = 0; i < 16 && (i == 0 || s.left > 0); i++) {
    const struct seccomp_data d = ask_call(&s, &c, (uint64_t)sandbox->vm.vcpu);
    const bool may = allowed(&c, (uint64_t)sandbox->vm.vcpu, &d);

    if (interpret(kind, &d) == (may ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS))
      continue;
    fprintf(stderr, "ABI %#x, call %d, arguments %#llx %#llx %#llx: the policy says %s\n", d.arch, d.nr, d.args[0],
            d.args[1], d.args[2], may ? "allow" : "kill");
    fuzz_verdict("the filter is not its policy");
  }
  return 0;
}
