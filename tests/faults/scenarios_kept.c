/* SPDX-License-Identifier: Apache-2.0
 * Lives with snapshots, in memory and in files, and with a debugger. */
#include "lives.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/scratch.h"
#include "vmm/again.h"
#include "vmm/guest/abi.h"
#include "vmm/run_save.h"
#include "vmm/sys.h"
#include "vmm/vm_snapshot.h"

#define READY {.act = wait_for_call, .reason = KVM_EXIT_HLT}

/* A life of its own machine, with whatever is done in the middle. */
static void live_on(struct told *t, uint32_t options, int (*middle)(struct told *, struct metes_kvm *, struct metes_failure *))
{
  struct metes_failure f = {0};
  struct metes_kvm kvm = {.fd = -1};
  struct metes_guest_args a;

  sandbox = NULL;
  arguments(&a);
  a.config.options |= options;
  t->status = checked(metes_kvm_open(&kvm, &f), &f);
  if (t->status == 0)
    t->status = checked(metes_sandbox_create(&kvm, &a, &sandbox, &f), &f);
  if (t->status == 0)
    t->status = middle(t, &kvm, &f);
  metes_sandbox_close(sandbox);
  metes_kvm_close(&kvm);
  snprintf(t->text, sizeof t->text, "%s", f.text);
}

/* A word of the guest's free memory. */
static uint64_t *word_of(const struct metes_sandbox *s)
{
  const struct metes_guest_memory *const g = metes_sandbox_memory(s);

  return (uint64_t *)(g->scratch + metes_scratch_areas(&g->layout).free.start);
}

static void scribble(void)
{
  *word_of(sandbox) = 0x5eed;
  fake.regs.rbx = 0x5eed;
}

static bool as_before(const struct metes_sandbox *s)
{
  return *word_of(s) == 0 && fake.regs.rbx == 0;
}

static int map_one(struct metes_failure *f)
{
  const int fd = metes_sys.memfd_create("mapped", 0);
  const int status = checked(fd < 0 ? metes_fail_call(f, "memfd_create") : metes_sandbox_map(sandbox, fd, "one", f), f);

  if (fd >= 0)
    metes_sys.close(fd);
  return status;
}

/* What could not be put back can be, by a kernel that has recovered; and then it stands as it did. */
static void put_back_now(const struct told *t, int status, struct metes_vm_snapshot *n,
                         int (*put)(struct metes_sandbox *, struct metes_vm_snapshot *, struct metes_failure *))
{
  struct metes_failure again = {0};

  if (n == NULL)
    return;
  if (status != 0 && t->outcome == METES_OUTCOME_WELL) {
    fake.faults[0].sticky = fake.faults[1].sticky = false;
    if (put(sandbox, n, &again) != 0 && fake.faults[1].at == 0)
      fake_wrong("it cannot be put back any more: %s", again.text);
  }
  if (!as_before(sandbox) && fake.faults[1].at == 0)
    fake_wrong("something is not as it was");
}

/* Taken, run, put back: twice. */
static int take_and_restore(struct told *t, struct metes_kvm *kvm, struct metes_failure *f)
{
  struct metes_vm_snapshot *n = NULL;
  int status;

  (void)kvm;
  if ((status = map_one(f)) != 0 || (status = run_once(t, &plenty, f)) != 0)
    return status;
  status = checked(metes_sandbox_take(sandbox, &n, f), f);
  if ((status == 0) != (n != NULL))
    fake_wrong("a snapshot that could not be taken is not null");
  for (int i = 0; i < 2 && status == 0; i++) {
    status = run_once(t, &plenty, f);
    if (status == 0)
      status = checked(metes_sandbox_restore(sandbox, n, f), f);
    put_back_now(t, status, n, metes_sandbox_restore);
  }
  metes_snapshot_free(n);
  return status;
}

void go_back(struct told *t)
{
  PLAY({.reason = KVM_EXIT_HLT}, {.act = scribble, .reason = KVM_EXIT_HLT}, {.act = scribble, .reason = KVM_EXIT_HLT},
       {.act = scribble, .reason = KVM_EXIT_HLT});
  live_on(t, METES_OPT_FILE_MAPPINGS, take_and_restore);
}

/* With a file that the next guest in this VM does not have. */
static int take_and_renew(struct told *t, struct metes_kvm *kvm, struct metes_failure *f)
{
  struct metes_vm_snapshot *n = NULL;
  int status = run_once(t, &plenty, f);

  (void)kvm;
  if (status == 0)
    status = checked(metes_sandbox_take(sandbox, &n, f), f);
  if (status == 0 && (status = map_one(f)) == 0 && (status = run_once(t, &plenty, f)) == 0)
    status = checked(metes_sandbox_renew(sandbox, n, f), f);
  put_back_now(t, status, n, metes_sandbox_renew);
  metes_snapshot_free(n);
  return status;
}

void renew(struct told *t)
{
  PLAY({.reason = KVM_EXIT_HLT}, {.act = scribble, .reason = KVM_EXIT_HLT});
  live_on(t, METES_OPT_FILE_MAPPINGS, take_and_renew);
}

/* The first goes, then the snapshot; the other lives on, with memory of its own. */
static int take_and_start(struct told *t, struct metes_kvm *kvm, struct metes_failure *f)
{
  struct metes_sandbox *other = NULL;
  struct metes_vm_snapshot *n = NULL;
  int status = run_once(t, &plenty, f);

  if (status == 0)
    status = checked(metes_sandbox_take(sandbox, &n, f), f);
  if (status == 0)
    status = checked(metes_sandbox_start(kvm, n, &other, f), f);
  if (status != 0 && other != NULL)
    fake_wrong("a sandbox that could not be started is not null");
  if (status == 0 && !as_before(other))
    fake_wrong("it does not stand where the snapshot was taken");
  metes_sandbox_close(sandbox);
  metes_snapshot_free(n);
  sandbox = other;
  return status != 0 ? status : run_once(t, &plenty, f);
}

void start_others(struct told *t)
{
  PLAY({.reason = KVM_EXIT_HLT}, {.act = scribble, .reason = KVM_EXIT_HLT});
  live_on(t, 0, take_and_start);
}

static int write_kept(struct metes_vm_snapshot *n, struct metes_failure *f)
{
  const int fd = metes_open("kept", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  int status;

  if (fd < 0)
    return metes_fail(f, METES_EXIT_OUTPUT, "could not be opened: %s", strerror(errno));
  status = checked(metes_snapshot_save(n, fd, f), f);
  if (metes_sys.close(fd) != 0 && status == 0)
    status = metes_fail(f, METES_EXIT_OUTPUT, "could not be written: %s", strerror(errno));
  return status;
}

static int read_kept(struct told *t, struct metes_kvm *kvm, struct metes_failure *f)
{
  struct metes_vm_snapshot *n = NULL;
  int status;

  fake.from_file = true;
  status = checked(metes_load_guest("kept", &n, f), f);
  if ((status == 0) != (n != NULL))
    fake_wrong("a snapshot that could not be read is not null");
  metes_sandbox_close(sandbox);
  sandbox = NULL;
  if (status == 0)
    status = checked(metes_sandbox_start(kvm, n, &sandbox, f), f);
  metes_snapshot_free(n);
  return status != 0 ? status : run_once(t, &plenty, f);
}

static int write_and_read(struct told *t, struct metes_kvm *kvm, struct metes_failure *f)
{
  struct metes_vm_snapshot *n = NULL;
  int status = run_once(t, &plenty, f);

  if (status == 0)
    status = checked(metes_sandbox_take(sandbox, &n, f), f);
  if (status == 0)
    status = write_kept(n, f);
  metes_snapshot_free(n);
  return status != 0 ? status : read_kept(t, kvm, f);
}

void keep_and_load(struct told *t)
{
  PLAY(READY, {.reason = KVM_EXIT_HLT});
  live_on(t, 0, write_and_read);
}

/* A file that was kept, once, with nothing that fails. */
static const struct fake_file *sample_kept(void)
{
  static struct fake_file kept;
  struct told t = {0};

  if (kept.n == 0) {
    const struct fake_fault faults[2] = {fake.faults[0], fake.faults[1]};

    fake.faults[0] = fake.faults[1] = (struct fake_fault){0};
    keep_and_load(&t);
    if (t.status != 0 || fake_file_of("kept") == NULL)
      fake_wrong("no guest can be kept: %s", t.text);
    else
      kept = *fake_file_of("kept");
    fake_end();
    fake_begin();
    forget();
    fake.faults[0] = faults[0];
    fake.faults[1] = faults[1];
  }
  return &kept;
}

static bool is_there(const char *path)
{
  return fake_file_of(path) != NULL;
}

/* What stands beside it goes, whatever happens; it is there where all went well. */
static void check_parent(const struct told *t)
{
  if (is_there("kept.10.new"))
    fake_wrong("left behind: kept.10.new");
  if (is_there("kept") != (t->status == 0))
    fake_wrong("the file is %sthere", t->status == 0 ? "not " : "");
}

void command_save(struct told *t)
{
  RUN("guest", "--save", "kept");
  check_parent(t);
}

void command_save_failed(struct told *t)
{
  fake.child_status = METES_EXIT_REFUSED;
  RUN("guest", "--save", "kept");
  check_parent(t);
}

/* What it wrote is for its parent to rename: where it says that all is well, just what it wrote the first time. */
void command_save_child(struct told *t)
{
  static struct fake_file first;
  const struct fake_file *f;

  PLAY(READY);
  fake.child = fake.saving = true;
  RUN("guest", "--save", "kept");
  f = fake_file_of("kept.10.new");
  if (first.n == 0 && f != NULL)
    first = *f;
  if (t->status == 0 && (f == NULL || f->n < 4096 || f->n != first.n || memcmp(f->bytes, first.bytes, f->n) != 0))
    fake_wrong("something else was written");
}

void command_load(struct told *t)
{
  const struct fake_file *const kept = sample_kept();

  PLAY(READY);
  fake_file_add("kept", kept->bytes, kept->n);
  fake.from_file = true;
  RUN("--load", "kept");
}

/* It looks around, sets a register, a breakpoint, steps, and lets it come to its end; a packet of it is broken. */
void command_gdb(struct told *t)
{
  PLAY({.reason = KVM_EXIT_DEBUG}, {.reason = KVM_EXIT_DEBUG}, {.act = expire}, {.reason = KVM_EXIT_HLT});
  fake.debugger = "+$?#3f+$g#67+$m1000,4#8e+$P0=efcdab8967452301#8d+$Z1,1040,1#3a$g#00+$s#73+$c#63+$m1000,4#8e+$c#63+";
  RUN("guest", "--gdb", "sock");
}

void command_gdb_kill(struct told *t)
{
  PLAY({.act = expire}, {.act = expire}, {.act = expire}, {.reason = KVM_EXIT_DEBUG}, {.reason = KVM_EXIT_DEBUG});
  fake.debugger = "+$c#63\3+$s#73+$k#6b";
  RUN("guest", "--gdb", "4321");
}

/* The guest stands still once more, and is let go of. */
void command_gdb_fault(struct told *t)
{
  PLAY({.reason = KVM_EXIT_SHUTDOWN});
  fake.debugger = "+$c#63+$g#67+$D#44+";
  RUN("guest", "--gdb", "sock");
}
