/* SPDX-License-Identifier: Apache-2.0
 * All that a guest can see, of the same guest again and again, while the host's addresses, stack, heap and
 * recycled pages are others each time.
 * usage: seen run GUEST RSI RUNS SEED      a line a run: digests of processor and memory at the entry and at the
 *                                          end, and of what it said; on stderr where its memory lay
 *        seen build GUEST RSI RUNS SEED    the same without KVM: of the memory and registers that it would start with */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "guests.h"

enum { RECYCLED = 1 << 18, STACK = 1 << 14, MOST_PAGES = 100 };

static uint64_t state;

static uint64_t any(void)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/* What lies below in the stack, where others will have their variables. */
static __attribute__((noinline)) void dirty_stack(void)
{
  volatile uint64_t words[STACK / 8];

  for (unsigned i = 0; i < STACK / 8; i++)
    words[i] = any();
  (void)words[any() % (STACK / 8)];
}

/* Other addresses; pages of noise, given back to the kernel; a heap of noise. */
static void disturb(void)
{
  const size_t n = (any() % MOST_PAGES + 1) * 4096;
  uint64_t *const recycled =
    mmap(NULL, RECYCLED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  uint64_t *const heap = malloc(n);
  void *const beside = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* stays: addresses move */

  if (recycled == MAP_FAILED || heap == NULL || beside == MAP_FAILED)
    exit(71);
  for (size_t i = 0; i < RECYCLED / 8; i += 8)
    recycled[i] = any();
  for (size_t i = 0; i < n / 8; i += 8)
    heap[i] = any();
  munmap(recycled, RECYCLED);
  free(heap);
  dirty_stack();
}

static uint64_t said;

static void hear(void *mine, const char *text, size_t n)
{
  (void)mine;
  said = digest(said, text, n);
}

static uint64_t digest_of_processor(const struct metes_vm *vm)
{
  struct metes_stop at = {0};
  struct kvm_fpu fpu = {0};
  struct kvm_debugregs debug = {0};
  struct kvm_xcrs xcrs = {0};
  uint64_t d;

  metes_vm_registers(vm, &at);
  if (!at.has_registers || ioctl(vm->vcpu, KVM_GET_FPU, &fpu) != 0 ||
      ioctl(vm->vcpu, KVM_GET_DEBUGREGS, &debug) != 0 || ioctl(vm->vcpu, KVM_GET_XCRS, &xcrs) != 0)
    exit(71);
  d = digest(digest(0, &at.regs, sizeof at.regs), &at.sregs, sizeof at.sregs);
  d = digest(digest(d, &fpu, sizeof fpu), &debug, sizeof debug);
  return digest(d, xcrs.xcrs, xcrs.nr_xcrs * sizeof *xcrs.xcrs);
}

/* The one before is closed last: the next lies elsewhere, and KVM patches no code of the kernel for the only VM. */
static __attribute__((noinline)) void once(const struct metes_kvm *kvm, const struct metes_guest_args *args,
                                           struct metes_sandbox **last)
{
  const struct metes_budget budget = {.exits = 1000000, .output = 1000000};
  struct metes_sandbox *s;
  struct metes_failure f;
  struct metes_stop stop;

  must(metes_sandbox_create(kvm, args, &s, &f), &f);
  const struct metes_guest_memory *const g = metes_sandbox_memory(s);
  const struct metes_vm *const vm = metes_sandbox_vm(s);

  fprintf(stderr, "at %p\n", (void *)g->scratch);
  said = 0;
  metes_sandbox_hear(s, (struct metes_voice){.print = hear});
  printf("entry %016lx %016lx ", digest_of_processor(vm), digest_of_memory(g));
  must(metes_sandbox_run(s, &budget, &stop, &f), &f);
  printf("end %d %016lx %016lx said %016lx\n", stop.outcome, digest_of_processor(vm), digest_of_memory(g), said);
  metes_sandbox_close(*last);
  *last = s;
}

static void build(const struct metes_guest_args *args)
{
  struct metes_guest_memory g;
  struct metes_failure f;

  must(metes_guest_build(args, &g, &f), &f);
  fprintf(stderr, "at %p\n", (void *)g.scratch);
  printf("entry %016lx %016lx\n", digest(0, &g.entry, sizeof g.entry), digest_of_memory(&g));
  metes_guest_free(&g);
}

int main(int argc, char **argv)
{
  struct metes_sandbox *last = NULL;
  struct metes_guest_args args;
  struct metes_failure f;
  struct metes_kvm kvm;

  if (argc != 6)
    return 64;
  state = strtoull(argv[5], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
  metes_guest_args_init(&args);
  args.image = file_of(argv[2]);
  args.seed = strtoull(argv[3], NULL, 10);
  const bool with_kvm = strcmp(argv[1], "run") == 0;

  if (with_kvm)
    must(metes_kvm_open(&kvm, &f), &f);
  for (int i = atoi(argv[4]); i > 0; i--) {
    disturb();
    if (with_kvm)
      once(&kvm, &args, &last);
    else
      build(&args);
  }
  metes_sandbox_close(last);
  return fflush(stdout) == 0 ? 0 : 74;
}
