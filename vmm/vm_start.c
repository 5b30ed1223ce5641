/* SPDX-License-Identifier: Apache-2.0
 * Other guests from a snapshot: in a VM of their own, or in one that is there. */
#include <errno.h>
#include <string.h>

#include "core/page.h"
#include "host_pages.h"
#include "sandbox_parts.h"

#define OWN_MOST 3 /* pages: of the buffers, and the root of the page tables */

/* Pages that a guest writes at once, some of them: their first access is this write, and copies them. One that was
 * read before costs more, as its place then changes: the kernel tells every VM of this process. */
static void metes_pages_own(volatile uint8_t *to, const uint8_t *from, uint64_t size)
{
  for (uint64_t at = 0, n = 0; at < size && n < OWN_MOST; at += METES_PAGE_SIZE)
    if (!metes_page_is_zero(from + at)) {
      to[at] = from[at];
      n++;
    }
}

/* The snapshot's memory, shared; scratch of its own, as far as it writes there. */
static int share(struct metes_guest_memory *g, const struct metes_vm_snapshot *from, struct metes_failure *f)
{
  const struct metes_layout *l = &from->guest.layout;

  *g = from->guest;
  g->snapshot = (uint8_t *)(uintptr_t)metes_host_pages_share(from->guest.snapshot);
  g->scratch = metes_host_pages_copy_of_all(from->fd, l->scratch_size, "scratch", f);
  if (g->scratch == NULL)
    return f->status;
  metes_pages_own(g->scratch, from->guest.scratch, l->pt_scratch_offset + l->pt_size);
  return 0;
}

static int start(struct metes_sandbox *s, const struct metes_kvm *k, struct metes_vm_snapshot *from,
                 struct metes_failure *f)
{
  int status;

  s->kvm = k;
  s->generation = from->generation + 1;
  s->dirt.base = metes_snapshot_hold(from);
  metes_snapshot_put_calls(&s->calls, from);
  metes_dirt_begin(&s->dirt, &s->guest->layout, s->notes);
  if ((status = metes_sandbox_write_generation(s, f)) != 0 ||
      (status = metes_sandbox_tell_files(s, f)) != 0 || (status = metes_sandbox_seal(s, f)) != 0 ||
      (status = metes_vm_make(&s->vm, k, s->guest, true, f)) != 0)
    return status;
  errno = EINVAL; /* of an MSR that it refuses, KVM says none */
  status = metes_cpu_put(&s->vm, &from->cpu, false, f);
  if (status != 0 && from->loaded && errno == EINVAL)
    f->status = METES_EXIT_REFUSED; /* it is KVM that judges registers of a file */
  return status != 0 ? f->status : 0;
}

int metes_sandbox_start(const struct metes_kvm *k, struct metes_vm_snapshot *from, struct metes_sandbox **to,
                        struct metes_failure *f)
{
  struct metes_guest_memory g;
  struct metes_sandbox *const s = share(&g, from, f) == 0 ? metes_sandbox_make(&g, f) : NULL;

  *to = NULL;
  if (s == NULL) {
    metes_guest_leave(&g);
    return f->status;
  }
  s->shared = true;
  if (start(s, k, from, f) == 0) {
    *to = s;
    return 0;
  }
  metes_sandbox_close(s);
  return f->status;
}

static int unmap_all(struct metes_sandbox *s, struct metes_failure *f)
{
  int status = 0;

  while (s->files.n != 0 && status == 0)
    status = metes_sandbox_unmap(s, (const char *)s->files.all[0].entry.label, f);
  return status;
}

int metes_sandbox_renew(struct metes_sandbox *s, struct metes_vm_snapshot *from, struct metes_failure *f)
{
  int status = metes_snapshot_fits(s, from, f);

  if (status != 0 || (status = unmap_all(s, f)) != 0)
    return status;
  metes_sandbox_disarm(s);
  s->ports = (struct metes_ports){.voice = {0}};
  s->calls.n_functions = 0;
  s->generation = from->generation;
  atomic_store(&s->cancelled, false);
  return metes_sandbox_restore(s, from, f);
}
