/* SPDX-License-Identifier: Apache-2.0
 * A snapshot to a file and back, on KVM. tests/snapshots/mutate.c reads bad ones. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "snapshots.h"

static void round_trip(const struct metes_kvm *k, struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  const int fd = memfd_create("file", 0), straight = memfd_create("file", 0);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *loaded;
  struct metes_sandbox *other;

  must(metes_snapshot_save(first, fd, &f), &f);
  must(metes_sandbox_save(s, straight, &f), &f);
  ok(lseek(fd, 0, SEEK_CUR) == lseek(straight, 0, SEEK_CUR), "a snapshot and its guest are saved alike: %ld bytes",
     (long)lseek(fd, 0, SEEK_CUR));
  lseek(straight, 0, SEEK_SET);
  must(metes_snapshot_load(straight, "file", &loaded, &f), &f);
  ok(same_memory(metes_snapshot_memory(loaded), metes_snapshot_memory(first)), "what was saved is loaded, each byte");
  must(metes_sandbox_start(k, loaded, &other, &f), &f);
  ok(ask(other, COMMAND_LOOK, 0).verdict == 0, "the guest finds its heap, its data, its registers");
  must(metes_sandbox_restore(other, loaded, &f), &f);
  (void)ask(other, COMMAND_REGISTERS, 0);
  must(metes_sandbox_restore(other, loaded, &f), &f);
  ok(ask(other, COMMAND_LOOK, 0).verdict == 0, "and again when it is put back");
  metes_sandbox_close(other);
  metes_snapshot_free(loaded);
  close(fd);
  close(straight);
}

static void refused(struct metes_sandbox *s, struct metes_vm_snapshot *first)
{
  struct metes_failure f = {0};
  int status;

  status = metes_snapshot_save(first, open("/dev/full", O_WRONLY), &f);
  ok(status == METES_EXIT_OUTPUT, "a full disk: %s", f.text);
  (void)ask(s, COMMAND_GENERATION, 0);
  status = metes_sandbox_save(s, 1, &f);
  ok(status == METES_EXIT_REFUSED, "a guest that is not ready is not saved: %s", f.text);
}

void test_files(const struct metes_kvm *k)
{
  struct metes_sandbox *const s = guest(k, 0x100000, 0x20000);
  struct metes_failure f = {0};
  struct metes_vm_snapshot *first;

  must(metes_sandbox_take(s, &first, &f), &f);
  round_trip(k, s, first);
  refused(s, first);
  metes_sandbox_close(s);
  metes_snapshot_free(first);
}
