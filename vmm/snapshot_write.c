/* SPDX-License-Identifier: Apache-2.0
 * A guest that is ready, written to a file: from its memory straight to the descriptor, with no memory of its own. */
#include <string.h>

#include "again.h"
#include "core/checksum.h"
#include "core/page.h"
#include "sandbox_parts.h"
#include "snapshot_file.h"

/* What is written, and where to. */
struct writer {
  const struct metes_guest_memory *guest;
  const struct metes_cpu_state *cpu;
  uint64_t generation;
  int fd;
  uint64_t chain;
  uint64_t blocks;
  struct metes_failure *f;
};

static int put(struct writer *w, const void *bytes, uint64_t n)
{
  const int error = metes_write_all(w->fd, bytes, n);

  return error == 0 ? 0 : metes_fail(w->f, METES_EXIT_OUTPUT, "write of a snapshot: %s", strerror(error));
}

static int put_block(struct writer *w, uint64_t kind, uint64_t first, const void *body, uint64_t n)
{
  struct metes_block b = {.kind = kind, .first = first, .length = n, .body = metes_checksum(body, n),
                          .chain = w->chain};

  b.chain = w->chain = metes_checksum((const uint8_t *)&b, sizeof b);
  w->blocks++;
  return put(w, &b, sizeof b) != 0 ? w->f->status : put(w, body, n);
}

/* Pages side by side that are not zero are one block. */
static int metes_pages_save(struct writer *w, uint64_t kind, const uint8_t *pages, uint64_t size)
{
  const uint64_t n = size / METES_PAGE_SIZE;

  for (uint64_t i = 0, first; i < n; i++) {
    if (metes_page_is_zero(pages + i * METES_PAGE_SIZE))
      continue;
    for (first = i; i + 1 < n && !metes_page_is_zero(pages + (i + 1) * METES_PAGE_SIZE);)
      i++;
    if (put_block(w, kind, first, pages + first * METES_PAGE_SIZE, (i + 1 - first) * METES_PAGE_SIZE) != 0)
      return w->f->status;
  }
  return 0;
}

/* What core would not start from is not written. */
static int put_record(struct writer *w)
{
  const struct metes_snapshot s = {.profile = w->guest->profile, .config = w->guest->config,
                                   .generation = w->generation, .entry = w->cpu->regs.rax,
                                   .stack = w->cpu->regs.rsp};
  uint8_t record[METES_SNAPSHOT_BYTES];
  struct metes_layout l;
  struct metes_error err;
  enum metes_status status = metes_snapshot_check(&s, &l, &err);

  if (status == METES_OK)
    status = metes_snapshot_write(&s, record, sizeof record, &err);
  if (status != METES_OK)
    return metes_fail_core(w->f, "the guest is not ready, and cannot be saved", status, &err, NULL);
  w->chain = metes_checksum(record, sizeof record);
  return put(w, record, sizeof record);
}

static int write_all(struct writer *w)
{
  const struct metes_layout *l = &w->guest->layout;
  int status = put_record(w);

  if (status != 0 ||
      (status = put_block(w, METES_BLOCK_PROCESSOR, METES_PROCESSOR_VERSION, w->cpu, sizeof *w->cpu)) != 0 ||
      (status = metes_pages_save(w, METES_BLOCK_SNAPSHOT, w->guest->snapshot, l->snapshot_size)) != 0 ||
      (status = metes_pages_save(w, METES_BLOCK_SCRATCH, w->guest->scratch, l->scratch_size)) != 0)
    return status;
  return put_block(w, METES_BLOCK_END, w->blocks, NULL, 0);
}

int metes_snapshot_save(const struct metes_vm_snapshot *n, int fd, struct metes_failure *f)
{
  struct writer w = {.guest = &n->guest, .cpu = &n->cpu, .generation = n->generation, .fd = fd, .f = f};

  return write_all(&w);
}

int metes_sandbox_save(const struct metes_sandbox *s, int fd, struct metes_failure *f)
{
  struct metes_cpu_state cpu;
  struct writer w = {.guest = s->guest, .cpu = &cpu, .generation = s->generation, .fd = fd, .f = f};
  int status;

  if (s->vm.run->exit_reason != KVM_EXIT_HLT)
    return metes_fail(f, METES_EXIT_REFUSED, "the guest is not ready, and cannot be saved: it did not end with HLT");
  status = metes_cpu_take(&s->vm, &cpu, f);
  return status != 0 ? status : write_all(&w);
}
