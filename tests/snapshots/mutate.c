/* SPDX-License-Identifier: Apache-2.0
 * Snapshot files that are not what was written: each is refused, or is the same after all. Needs no KVM.
 * usage: mutate GUEST [HOW MANY]         prints TAP */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/checksum.h"
#include "snapshots.h"
#include "vmm/host_pages.h"
#include "vmm/sandbox_parts.h"
#include "vmm/snapshot_file.h"

#define MOST (4u << 20)

static uint8_t whole[MOST], bytes[MOST];
static size_t size;
static int file;
static unsigned kinds[8]; /* how many were refused: by core; by what the reader says */

static uint64_t random_word(void)
{
  static uint64_t x = 88172645463325252ull;

  x ^= x << 13;
  x ^= x >> 7;
  return x ^= x << 17;
}

/* A snapshot of a guest that is as it would be at its first halt, as far as a file shows. */
static struct metes_vm_snapshot *by_hand(const char *path)
{
  struct metes_guest_args args;
  struct metes_failure f = {0};
  struct metes_vm_snapshot *n = metes_snapshot_make(&f);
  struct metes_guest_memory g;
  uint8_t *at;

  read_guest(path, &args);
  args.config.scratch_size = 0x100000;
  must(n == NULL ? f.status : metes_guest_build(&args, &g, &f), &f);
  n->guest = g;
  n->guest.scratch = NULL;
  must(metes_snapshot_open(n, g.layout.scratch_size, &at, &f), &f);
  metes_pages_copy(at, g.scratch, g.layout.scratch_size);
  must(metes_snapshot_seal(n, at, &f), &f);
  metes_cpu_blank(&n->cpu);
  n->cpu.regs.rax = g.entry.rip;
  n->cpu.regs.rsp = g.entry.rsp - 8;
  free(args.image.at);
  metes_host_pages_release(g.scratch, g.layout.scratch_size);
  return n;
}

static int load(size_t n, struct metes_vm_snapshot **to, struct metes_failure *f)
{
  if (ftruncate(file, 0) != 0 || pwrite(file, bytes, n, 0) != (ssize_t)n || lseek(file, 0, SEEK_SET) != 0)
    exit(71);
  return metes_snapshot_load(file, "file", to, f);
}

static bool same(const struct metes_vm_snapshot *a, const struct metes_vm_snapshot *b)
{
  return same_memory(&a->guest, &b->guest) && memcmp(&a->cpu, &b->cpu, sizeof a->cpu) == 0 &&
         memcmp(&a->guest.layout, &b->guest.layout, sizeof a->guest.layout) == 0 && a->generation == b->generation;
}

/* Refused with a sentence that says where, or equal; `other`: or another, made so on purpose. */
static bool good(size_t n, const struct metes_vm_snapshot *first, bool other)
{
  struct metes_failure f = {0};
  struct metes_vm_snapshot *to;
  const int status = load(n, &to, &f);
  bool well = status == METES_EXIT_REFUSED && to == NULL && strncmp(f.text, "file: ", 6) == 0;

  if (status == 0) {
    well = other || same(to, first);
    metes_snapshot_free(to);
  }
  kinds[status == 0 ? 0 : strstr(f.text, "SNAP-") != NULL ? 1 : strstr(f.text, "checksum") != NULL ? 2 : 3]++;
  if (!well)
    printf("# %zu bytes: status %d, %s\n", n, status, f.text);
  return well;
}

/* One word, with every checksum that core or the reader would look at computed anew: what is left is
 * what the checks of the values themselves find. */
static void repair(void)
{
  struct metes_error err;
  struct metes_snapshot s;
  uint64_t chain;

  if (metes_snapshot_read(whole, size, &s, &err) != METES_OK)
    exit(70);
  chain = metes_checksum(bytes, METES_SNAPSHOT_BYTES);
  for (size_t at = METES_SNAPSHOT_BYTES; at + sizeof(struct metes_block) <= size;) {
    struct metes_block b, was;

    memcpy(&b, bytes + at, sizeof b);
    memcpy(&was, whole + at, sizeof was);
    b.body = metes_checksum(bytes + at + sizeof b, was.length);
    b.chain = chain;
    b.chain = chain = metes_checksum((const uint8_t *)&b, sizeof b);
    memcpy(bytes + at, &b, sizeof b);
    at += sizeof b + was.length;
  }
}

static size_t mutate(unsigned how)
{
  const size_t at = random_word() % size, heads = METES_SNAPSHOT_BYTES + 48;
  size_t n = size;

  memcpy(bytes, whole, size);
  switch (how % 6) {
  case 0: bytes[at] ^= (uint8_t)(1u << random_word() % 8); break;
  case 1: bytes[random_word() % heads] = (uint8_t)random_word(); break;
  case 2: n = at; break;
  case 3: memmove(bytes + at / 2, bytes + at, size - at); n = size - at + at / 2; break;
  case 4: memset(bytes + at, (int)random_word(), 1 + random_word() % (size - at)); break;
  default: bytes[n++] = 0;
  }
  return n;
}

static void all_random(unsigned n, const struct metes_vm_snapshot *first)
{
  unsigned bad = 0;

  for (unsigned i = 0; i < n; i++)
    bad += !good(mutate(i), first, false);
  ok(bad == 0, "%u files that were altered: %u equal after all, %u refused by core, %u by a checksum, %u by more",
     n, kinds[0], kinds[1], kinds[2], kinds[3]);
}

/* The words of a block's head, each with every kind of wrong value, and right checksums: a block of pages may
 * then lie elsewhere, and no word may be anything else. */
static void each_word(const struct metes_vm_snapshot *first)
{
  static const uint64_t values[] = {0, 1, 2, 3, 4, 5, 4095, 4096, 8192, 1ull << 32, 1ull << 63, UINT64_MAX, UINT64_MAX - 4095};
  unsigned bad = 0, n = 0;

  for (size_t at = METES_SNAPSHOT_BYTES; at < size; n++) {
    struct metes_block b;

    memcpy(&b, whole + at, sizeof b);
    for (unsigned word = 0; word < 3; word++)
      for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        memcpy(bytes, whole, size);
        memcpy(bytes + at + 8 * word, &values[i], 8);
        repair();
        bad += !good(size, first, word == 1);
      }
    at += sizeof b + b.length;
  }
  ok(bad == 0, "each word of the heads of %u blocks, with right checksums", n);
}

static void refused(const char *what, size_t at, uint64_t value, bool right_sums, const char *text)
{
  struct metes_failure f = {0};
  struct metes_vm_snapshot *to;

  memcpy(bytes, whole, size);
  memcpy(bytes + at, &value, sizeof value);
  if (right_sums)
    repair();
  ok(load(size, &to, &f) == METES_EXIT_REFUSED && strstr(f.text, text) != NULL, "%s: %s", what, f.text);
}

static void sentences(void)
{
  const size_t processor = METES_SNAPSHOT_BYTES, cpu = processor + sizeof(struct metes_block);
  const size_t pages = cpu + sizeof(struct metes_cpu_state);

  refused("no snapshot", 0, 1, false, "SNAP-3");
  refused("another version", 8, 2, false, "SNAP-4");
  refused("another profile", 8 * METES_SNAP_LAST_GVA, 0xffffffff, false, "SNAP-6");
  refused("another kind of block", processor, 9, true, "not the processor's");
  refused("registers of another version", processor + 8, 2, true, "another version");
  refused("another rax", cpu + offsetof(struct metes_cpu_state, regs.rax), 5, true, "rax is not");
  refused("another MSR", cpu + offsetof(struct metes_cpu_state, msrs.entries), 0x1d9, true, "MSRs");
  refused("beyond the snapshot", pages + 8, 1 << 20, true, "a block begins at page 1048576");
  refused("a body's byte", pages + sizeof(struct metes_block) + 9, 0x123456, false, "checksum");
}

int main(int argc, char **argv)
{
  struct metes_failure f = {0};
  struct metes_vm_snapshot *const first = by_hand(argc > 1 ? argv[1] : "build/tests/snapshots/guest"), *to;
  const int fd = memfd_create("whole", 0);

  file = memfd_create("file", 0);
  must(metes_snapshot_save(first, fd, &f), &f);
  size = (size_t)pread(fd, whole, MOST, 0);
  memcpy(bytes, whole, size);
  must(load(size, &to, &f), &f);
  ok(same(to, first), "what was written is read, each byte of %zu", size);
  metes_snapshot_free(to);
  sentences();
  each_word(first);
  all_random(argc > 2 ? (unsigned)atoi(argv[2]) : 10000, first);
  const unsigned fds = descriptors(), maps = mappings();
  ok(load(size / 2, &to, &f) == METES_EXIT_REFUSED && descriptors() == fds && mappings() == maps,
     "what was refused leaves nothing behind: %s", f.text);
  metes_snapshot_free(first);
  return done();
}
