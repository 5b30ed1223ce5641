/* SPDX-License-Identifier: Apache-2.0
 * Snapshots in memory: taking one, going back to it. */
#include "vm_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "core/page.h"
#include "host_pages.h"
#include "sandbox_parts.h"
#include "sys.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static uint64_t room(void)
{
  return metes_align_up(sizeof(struct metes_vm_snapshot), METES_PAGE_SIZE);
}

struct metes_vm_snapshot *metes_snapshot_make(struct metes_failure *f)
{
  struct metes_vm_snapshot *const n = metes_host_memory_make(room(), "the snapshot's record", f);

  if (n == NULL)
    return NULL;
  n->fd = -1;
  atomic_init(&n->users, 1);
  return n;
}

struct metes_vm_snapshot *metes_snapshot_hold(struct metes_vm_snapshot *n)
{
  atomic_fetch_add_explicit(&n->users, 1, memory_order_relaxed);
  return n;
}

void metes_snapshot_free(struct metes_vm_snapshot *n)
{
  if (n == NULL || atomic_fetch_sub_explicit(&n->users, 1, memory_order_acq_rel) != 1)
    return;
  metes_guest_leave(&n->guest);
  if (n->fd >= 0)
    metes_sys.close(n->fd);
  metes_host_memory_release(n, room());
}

const struct metes_guest_memory *metes_snapshot_memory(const struct metes_vm_snapshot *n)
{
  return &n->guest;
}

/* Each page's first word first: most that are not zero show it there. */
bool metes_page_is_zero(const uint8_t *page)
{
  uint64_t word;

  memcpy(&word, page, sizeof word);
  return word == 0 && memcmp(page, page + sizeof word, METES_PAGE_SIZE - sizeof word) == 0;
}

void metes_pages_put(uint8_t *to, const uint8_t *from, uint64_t size)
{
  for (uint64_t at = 0; at < size; at += METES_PAGE_SIZE)
    if (memcmp(to + at, from + at, METES_PAGE_SIZE) != 0)
      memcpy(to + at, from + at, METES_PAGE_SIZE);
}

/* Zero pages are holes of the file, and stay so. */
void metes_pages_copy(uint8_t *to, const uint8_t *from, uint64_t size)
{
  for (uint64_t at = 0; at < size; at += METES_PAGE_SIZE)
    if (!metes_page_is_zero(from + at))
      memcpy(to + at, from + at, METES_PAGE_SIZE);
}

int metes_snapshot_open(struct metes_vm_snapshot *n, uint64_t size, uint8_t **at, struct metes_failure *f)
{
  void *all;

  n->fd = metes_sys.memfd_create("metes snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (n->fd < 0)
    return metes_fail_call(f, "memfd_create");
  while (metes_sys.ftruncate(n->fd, (off_t)(METES_HOST_HEAD + size)) != 0)
    if (errno != EINTR)
      return metes_fail_call(f, "ftruncate of a snapshot to %llu bytes", (unsigned long long)size);
  all = metes_sys.mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, n->fd, METES_HOST_HEAD);
  if (all == MAP_FAILED)
    return metes_fail_call(f, "mmap of %llu bytes for a snapshot", (unsigned long long)size);
  *at = all;
  return 0;
}

int metes_snapshot_seal(struct metes_vm_snapshot *n, uint8_t *at, struct metes_failure *f)
{
  const uint64_t size = n->guest.layout.scratch_size;

  metes_sys.munmap(at, size); /* a file that is mapped to be written cannot be sealed */
  if (metes_sys.fcntl(n->fd, F_ADD_SEALS, SEALS) != 0)
    return metes_fail_call(f, "fcntl F_ADD_SEALS of a snapshot");
  n->guest.scratch = metes_host_pages_copy_of_all(n->fd, size, "the snapshot's scratch", f);
  if (n->guest.scratch == NULL)
    return f->status;
  return metes_host_pages_seal(n->guest.scratch, size, "the snapshot's scratch", f);
}

static int copy_memory(struct metes_vm_snapshot *n, struct metes_sandbox *s, struct metes_failure *f)
{
  const struct metes_guest_memory *const g = s->guest;
  uint8_t *at;

  if (!s->shared && metes_host_pages_count(g->snapshot, "the snapshot", f) != 0)
    return f->status;
  s->shared = true;
  n->guest = *g;
  n->guest.scratch = NULL;
  n->guest.files = NULL; /* they are the sandbox's */
  n->guest.snapshot = (uint8_t *)(uintptr_t)metes_host_pages_share(g->snapshot);
  if (metes_snapshot_open(n, g->layout.scratch_size, &at, f) != 0)
    return f->status;
  metes_pages_copy(at, g->scratch, g->layout.scratch_size);
  return metes_snapshot_seal(n, at, f);
}

/* From now on what differs from `base` is noted. */
static int begin(struct metes_sandbox *s, struct metes_vm_snapshot *base, struct metes_failure *f)
{
  const bool first = s->dirt.log == NULL;
  int status;

  if (first)
    metes_dirt_begin(&s->dirt, &s->guest->layout, s->notes);
  status = first ? metes_vm_log(&s->vm, s->kvm, s->guest, f) : metes_dirt_forget(&s->dirt, &s->vm, f);
  if (status != 0 && first)
    metes_dirt_free(&s->dirt);
  if (status != 0)
    return status;
  metes_snapshot_free(s->dirt.base);
  s->dirt.base = metes_snapshot_hold(base);
  return 0;
}

/* Whether and where the guest is ready to be called belongs to where it stands. */
static void note_calls(struct metes_vm_snapshot *n, const struct metes_calls *c)
{
  n->ready = c->ready;
  n->entry = c->entry;
  n->stack = c->stack;
  memcpy(n->why, c->why, sizeof n->why);
}

void metes_snapshot_put_calls(struct metes_calls *c, const struct metes_vm_snapshot *n)
{
  c->ready = n->ready;
  c->entry = n->entry;
  c->stack = n->stack;
  memcpy(c->why, n->why, sizeof c->why);
}

static int take(struct metes_sandbox *s, struct metes_vm_snapshot *n, struct metes_failure *f)
{
  int status = metes_calls_may_enter(s, f);

  if (status != 0)
    return status;
  if ((status = metes_cpu_settle(&s->vm, f)) < 0) {
    s->left_over = true;
    return metes_fail(f, METES_EXIT_REFUSED, "no snapshot: the guest stands in the middle of an instruction");
  }
  n->generation = s->generation;
  note_calls(n, &s->calls);
  if (status != 0 || (status = metes_cpu_take(&s->vm, &n->cpu, f)) != 0 ||
      (status = copy_memory(n, s, f)) != 0)
    return status;
  return begin(s, n, f);
}

int metes_sandbox_take(struct metes_sandbox *s, struct metes_vm_snapshot **to, struct metes_failure *f)
{
  struct metes_vm_snapshot *const n = metes_snapshot_make(f);

  *to = NULL;
  if (n == NULL)
    return f->status;
  if (take(s, n, f) == 0) {
    *to = n;
    return 0;
  }
  metes_snapshot_free(n);
  return f->status;
}

int metes_sandbox_write_generation(struct metes_sandbox *s, struct metes_failure *f)
{
  const struct metes_layout *l = &s->guest->layout;
  struct metes_error err;
  const enum metes_status status =
    metes_scratch_set_generation(l, s->generation, s->guest->scratch, l->scratch_size, &err);

  return status == METES_OK ? 0 : metes_fail_core(f, "scratch", status, &err, NULL);
}

/* Whatever was written is put back, page by page or all of it. */
static int put_memory(struct metes_sandbox *s, struct metes_vm_snapshot *from, bool *flushed, struct metes_failure *f)
{
  int status;

  *flushed = false;
  if (s->dirt.base == from)
    return metes_dirt_put_back(&s->dirt, &s->vm, s->guest, flushed, f);
  if ((status = begin(s, from, f)) != 0)
    return status;
  metes_pages_put(s->guest->scratch, from->guest.scratch, s->guest->layout.scratch_size);
  return 0;
}

static int put(struct metes_sandbox *s, struct metes_vm_snapshot *from, struct metes_failure *f)
{
  bool flushed;
  int status = metes_cpu_abandon(&s->vm, f);

  s->left_over = false;
  metes_snapshot_put_calls(&s->calls, from);
  if (status != 0 || (status = put_memory(s, from, &flushed, f)) != 0)
    return status;
  s->generation++;
  if ((status = metes_sandbox_write_generation(s, f)) != 0 || (status = metes_sandbox_tell_files(s, f)) != 0)
    return status;
  return metes_cpu_put(&s->vm, &from->cpu, !flushed, f);
}

int metes_snapshot_fits(const struct metes_sandbox *s, const struct metes_vm_snapshot *from, struct metes_failure *f)
{
  const int status = metes_calls_may_enter(s, f);

  if (status != 0)
    return status;
  if (s->guest->snapshot != from->guest.snapshot)
    return metes_fail(f, METES_EXIT_REFUSED, "no restore: the snapshot is of another guest");
  return 0;
}

int metes_sandbox_restore(struct metes_sandbox *s, struct metes_vm_snapshot *from, struct metes_failure *f)
{
  int status = metes_snapshot_fits(s, from, f);

  if (status != 0)
    return status;
  status = put(s, from, f);
  if (status != 0) { /* all of it is copied the next time */
    metes_snapshot_free(s->dirt.base);
    s->dirt.base = NULL;
  }
  return status;
}
