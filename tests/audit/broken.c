/* SPDX-License-Identifier: Apache-2.0
 * A monitor that breaks each of KVM's rules for memory slots, by every way to ask that there is. Linked statically.
 * Says on stdout, a line each, what it asked for and what KVM answered: an audit must know it without being told. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOST 0x100000000000ULL /* slots need no memory there until a guest touches it */
#define REGION2 0x40a0ae49UL   /* KVM_SET_USER_MEMORY_REGION2, newer than some headers */

static int dev;

static void need(int well, const char *what)
{
  if (well)
    return;
  perror(what);
  exit(70);
}

/* One line: the case, and errno's name. */
static void said(const char *what, int result)
{
  printf("%s %s\n", what, result >= 0 ? "taken" : strerrorname_np(errno));
  fflush(stdout);
}

static struct kvm_userspace_memory_region region(uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size,
                                                 uint64_t host)
{
  return (struct kvm_userspace_memory_region){slot, flags, gpa, size, host};
}

static void set(const char *what, int vm, uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size, uint64_t host)
{
  struct kvm_userspace_memory_region r = region(slot, flags, gpa, size, host);

  said(what, ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r));
}

static int new_vm(void)
{
  const int vm = ioctl(dev, KVM_CREATE_VM, 0);

  need(vm >= 0, "KVM_CREATE_VM");
  return vm;
}

/* Each rule for one slot, then those for two. The case's name begins with the rule that it breaks, or `ok`. */
static void rules(void)
{
  const int vm = new_vm();
  const uint32_t most = (uint32_t)ioctl(dev, KVM_CHECK_EXTENSION, KVM_CAP_NR_MEMSLOTS);

  set("ok-first", vm, 0, KVM_MEM_READONLY, 0x1000, 0x2000, HOST);
  set("ok-second", vm, 1, 0, 0x100000, 0x2000, HOST + 0x100000);
  set("K1-size", vm, 2, 0, 0x200000, 0x1001, HOST);
  set("K2-address", vm, 2, 0, 0x200800, 0x1000, HOST);
  set("K3-host", vm, 2, 0, 0x200000, 0x1000, HOST + 1);
  set("K3-kernel", vm, 2, 0, 0x200000, 0x1000, 0xFFFF800000000000);
  set("K5-number", vm, most, 0, 0x200000, 0x1000, HOST);
  set("K5-space", vm, 7 << 16, 0, 0x200000, 0x1000, HOST);
  set("K6-wraps", vm, 2, 0, 0xFFFFFFFFFFFFF000, 0x2000, HOST);
  set("K7-pages", vm, 2, 0, 0x200000, 0x80000000000, HOST);
  set("K8-nothing", vm, 2, 0, 0x200000, 0, HOST);
  set("K10-size", vm, 1, 0, 0x100000, 0x1000, HOST + 0x100000);
  set("K10-host", vm, 1, 0, 0x100000, 0x2000, HOST + 0x200000);
  set("K10-readonly", vm, 1, KVM_MEM_READONLY, 0x100000, 0x2000, HOST + 0x100000);
  set("K11-overlap", vm, 2, 0, 0x101000, 0x2000, HOST);
  set("K12-flags", vm, 2, 1 << 5, 0x200000, 0x1000, HOST);
  set("K13-beyond", vm, 2, 0, 1ULL << 51, 0x1000, HOST);
  set("ok-touches", vm, 2, 0, 0x102000, 0x1000, HOST);
  set("K11-move", vm, 2, 0, 0x2000, 0x1000, HOST);
  set("ok-move", vm, 2, 0, 0x3000, 0x1000, HOST);
  set("ok-where-it-was", vm, 3, 0, 0x102000, 0x1000, HOST);
  set("ok-dirty", vm, 2, KVM_MEM_LOG_DIRTY_PAGES, 0x3000, 0x1000, HOST);
  set("ok-the-same", vm, 2, KVM_MEM_LOG_DIRTY_PAGES, 0x3000, 0x1000, HOST);
  set("K2-delete", vm, 2, 0, 0x800, 0, 0);
  set("ok-delete", vm, 2, 0, 1ULL << 51, 0, 0);
  set("K8-again", vm, 2, 0, 0, 0, 0);
  set("ok-anew", vm, 2, KVM_MEM_READONLY, 0x2000000, 0x4000, HOST + 0x2000000);
  if (ioctl(dev, KVM_CHECK_EXTENSION, KVM_CAP_MULTI_ADDRESS_SPACE) > 1) {
    set("ok-other-space", vm, 1 << 16, 0, 0x1000, 0x4000, HOST);
    set("K11-other-space", vm, 1 << 16 | 1, 0, 0x3000, 0x4000, HOST);
  }
  close(vm);
}

/* KVM keeps places for itself; AMD's KVM has none there, so it takes what breaks the rule. */
static void reserved(void)
{
  const uint64_t identity = 0xfeffc000;
  int vm = new_vm();

  set("ok-below", vm, 0, 0, 0xfffbc000, 0x1000, HOST);
  said("tss", ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000UL));
  set("K16-tss", vm, 1, 0, 0xfffbf000, 0x1000, HOST);
  set("ok-above", vm, 2, 0, 0xfffc0000, 0x1000, HOST);
  said("identity", ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity));
  set("K16-identity", vm, 3, 0, identity, 0x1000, HOST);
  said("irqchip", ioctl(vm, KVM_CREATE_IRQCHIP, 0));
  set("K16-apic", vm, 4, 0, 0xfee00000, 0x1000, HOST);
  said("vcpu", ioctl(vm, KVM_CREATE_VCPU, 0));
  close(vm);
  vm = new_vm();
  set("ok-before", vm, 0, 0, 0xfffb0000, 0x10000, HOST);
  said("K16-tss-over-slot", ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000UL));
  said("K16-vcpu-over-slot", ioctl(vm, KVM_CREATE_VCPU, 0));
  close(vm);
}

/* What no rule explains, and what cannot be read. */
static void odd(void)
{
  struct kvm_userspace_memory_region r[5] = {region(0, 0, 0x1000, 0x1000, HOST)};
  const int vm = new_vm();

  said("odd-null", ioctl(vm, KVM_SET_USER_MEMORY_REGION, NULL));
  said(ioctl(dev, KVM_CHECK_EXTENSION, 231) > 0 ? "ok-second-form" : "odd-second-form", ioctl(vm, REGION2, r));
  said("none-no-vm", ioctl(dev, KVM_SET_USER_MEMORY_REGION, r));
  close(vm);
}

/* The same by int 0x80, as a 32-bit monitor does: its words lie below 4 GiB. */
static long call_32(long number, long a, long b, long c)
{
  long result;

  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  errno = result < 0 ? (int)-result : 0;
  return result;
}

static void compat(void)
{
  struct kvm_userspace_memory_region *low =
    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  const int vm = new_vm();
  long other;

  need(low != MAP_FAILED, "mmap");
  *low = region(0, 0, 0x1000, 0x2000, HOST);
  said("ok-compat", (int)call_32(54, vm, (int)KVM_SET_USER_MEMORY_REGION, (long)low));
  other = call_32(55, vm, F_DUPFD, 500);
  close(vm);
  *low = region(1, 0, 0x2000, 0x2000, HOST);
  said("K11-compat", (int)call_32(54, other, (int)KVM_SET_USER_MEMORY_REGION, (long)low));
  close((int)other);
}

/* A VM by other descriptors than its first, and that one for another VM. */
static void descriptors(void)
{
  int one = new_vm(), two, three, four;

  set("ok-one", one, 0, 0, 0x1000, 0x2000, HOST);
  two = dup(one);
  close(one);
  four = new_vm();
  need(four == one, "the descriptor is used again");
  set("ok-four", four, 1, 0, 0x2000, 0x2000, HOST);
  set("K11-dup", two, 1, 0, 0x2000, 0x2000, HOST);
  three = fcntl(two, F_DUPFD_CLOEXEC, 100);
  close(two);
  set("K11-fcntl", three, 1, 0, 0x2000, 0x2000, HOST);
  need(dup2(three, four) == four, "dup2");
  set("K11-dup2", four, 1, 0, 0x2000, 0x2000, HOST);
  need(dup3(dev, three, O_CLOEXEC) == three, "dup3");
  set("none-dup3", three, 1, 0, 0x2000, 0x2000, HOST);
  close(three);
  close(four);
}

/* Sent to itself: a descriptor that no call that is looked at has made. */
static void sent(void)
{
  char room[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
  struct iovec bytes = {&byte, 1};
  struct msghdr m = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  const int vm = new_vm();
  int ends[2], other;

  set("ok-sent", vm, 0, 0, 0x1000, 0x2000, HOST);
  need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  *c = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(c), &vm, sizeof vm);
  need(sendmsg(ends[0], &m, 0) == 1 && recvmsg(ends[1], &m, 0) == 1, "a message");
  memcpy(&other, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof other);
  set("K11-sent", other, 1, 0, 0x2000, 0x2000, HOST);
  close(other);
  close(vm);
}

struct task {
  const char *name;
  int vm;
};

static void *in_thread(void *mine)
{
  const struct task *t = mine;

  set(t->name, t->vm, 1, 0, 0x2000, 0x2000, HOST);
  return NULL;
}

static int in_clone(void *mine)
{
  in_thread(mine);
  return 0;
}

enum { THREADS = 4, ROUNDS = 12 };

/* Takes a slot out and puts it back: in each moment the slots of others are as they are. */
static void *in_turns(void *mine)
{
  const uint32_t slot = 10 + (uint32_t)(uintptr_t)mine;
  const int vm = (int)((uintptr_t)mine >> 32);

  for (uint32_t i = 0; i < ROUNDS; i++) {
    struct kvm_userspace_memory_region r = region(slot, 0, 0x1000000 + 0x10000ULL * (slot + i % 2), 0x10000, HOST);

    need(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r) == 0 || errno == EEXIST, "a slot in turns");
    r.memory_size = 0;
    (void)ioctl(vm, KVM_SET_USER_MEMORY_REGION, &r);
  }
  return NULL;
}

static void threads(int vm)
{
  pthread_t t[THREADS];

  for (uintptr_t i = 0; i < THREADS; i++)
    need(pthread_create(&t[i], NULL, in_turns, (void *)(i | (uintptr_t)vm << 32)) == 0, "pthread_create");
  for (int i = 0; i < THREADS; i++)
    pthread_join(t[i], NULL);
}

/* KVM lets nobody but the process that made a VM change it; one that shares its memory does. */
static void processes(void)
{
  static char stack[65536] __attribute__((aligned(16)));
  struct task shares = {"K11-clone", new_vm()}, thread = {"K11-thread", shares.vm};
  pthread_t t;
  pid_t child;

  set("ok-processes", shares.vm, 0, 0, 0x1000, 0x2000, HOST);
  need(pthread_create(&t, NULL, in_thread, &thread) == 0, "pthread_create");
  pthread_join(t, NULL);
  child = clone(in_clone, stack + sizeof stack, CLONE_VM | SIGCHLD, &shares);
  waitpid(child, NULL, 0);
  child = fork();
  if (child == 0) {
    set("odd-fork", shares.vm, 1, 0, 0x8000, 0x2000, HOST);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  threads(shares.vm);
  close(shares.vm);
}

int main(int argc, char **argv)
{
  char *const again[] = {argv[0], "again", NULL};

  dev = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  need(dev >= 0, "/dev/kvm");
  if (argc > 1) { /* another program, in the same process */
    const int vm = new_vm();

    set("ok-again", vm, 0, 0, 0x1000, 0x2000, HOST);
    set("K11-again", vm, 1, 0, 0x2000, 0x2000, HOST);
    return 3;
  }
  rules();
  reserved();
  odd();
  compat();
  descriptors();
  sent();
  processes();
  need(new_vm() >= 0, "a VM that is left");
  execv(argv[0], again);
  return 70;
}
