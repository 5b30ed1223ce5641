/* SPDX-License-Identifier: Apache-2.0
 * A snapshot from a file of anybody's: each size known from core's layout, each byte checked, before it counts. */
#include <errno.h>
#include <string.h>

#include "again.h"
#include "core/checksum.h"
#include "core/page.h"
#include "host_pages.h"
#include "sandbox_parts.h"
#include "snapshot_file.h"
#include "sys.h"

struct reader {
  struct metes_vm_snapshot *to;
  uint8_t *filled; /* its scratch-to-be */
  int fd;
  const char *name;
  uint64_t at; /* bytes that were read */
  uint64_t chain;
  uint64_t blocks;
  uint64_t kind; /* of the last block, and */
  uint64_t next; /* the first page that the next may hold, where it is of the same kind */
  struct metes_failure *f;
};

typedef unsigned long long number;

/* Reads to the end of `n` bytes, or of the file; how many, or -1. */
static int64_t read_some(struct reader *r, void *to, uint64_t n)
{
  uint64_t have = 0;

  while (have < n) {
    const ssize_t got = metes_read(r->fd, (uint8_t *)to + have, n - have);

    if (got < 0) {
      metes_fail_call(r->f, "read of %s", r->name);
      if (errno == EISDIR)
        r->f->status = METES_EXIT_NO_INPUT;
      return -1;
    }
    if (got == 0)
      break;
    have += (uint64_t)got;
  }
  r->at += have;
  return (int64_t)have;
}

static int get(struct reader *r, void *to, uint64_t n, const char *what)
{
  const uint64_t from = r->at;
  const int64_t got = read_some(r, to, n);

  if (got < 0)
    return r->f->status;
  if ((uint64_t)got == n)
    return 0;
  return metes_fail(r->f, METES_EXIT_REFUSED, "%s: ends at byte %llu: %s from byte %llu on takes %llu bytes",
                    r->name, (number)r->at, what, (number)from, (number)n);
}

static int refuse(struct reader *r, uint64_t at, const char *what, uint64_t found, uint64_t wanted)
{
  return metes_fail(r->f, METES_EXIT_REFUSED, "%s: byte %llu: %s: 0x%llx stands there, and it must be 0x%llx",
                    r->name, (number)at, what, (number)found, (number)wanted);
}

/* core reads the record and computes the layout; then there is memory for it. */
static int get_record(struct reader *r)
{
  uint8_t record[METES_SNAPSHOT_BYTES];
  struct metes_guest_memory *const g = &r->to->guest;
  struct metes_snapshot s;
  struct metes_error err;
  const int64_t got = read_some(r, record, sizeof record);
  enum metes_status status;

  if (got < 0)
    return r->f->status;
  status = metes_snapshot_read(record, (uint64_t)got, &s, &err);
  if (status == METES_OK)
    status = metes_snapshot_check(&s, &g->layout, &err);
  if (status != METES_OK)
    return metes_fail_core(r->f, r->name, status, &err, NULL);
  g->profile = s.profile;
  g->config = s.config;
  g->entry = metes_entry_of(&g->layout, s.entry);
  r->to->generation = s.generation;
  r->to->ready = true; /* it is the kind of guest that is saved */
  r->to->entry = s.entry;
  r->to->stack = s.stack;
  r->to->cpu.regs = (struct kvm_regs){.rax = s.entry, .rsp = s.stack}; /* which its registers must say, too */
  r->chain = metes_checksum(record, sizeof record);
  return 0;
}

static int get_memory(struct reader *r)
{
  struct metes_guest_memory *const g = &r->to->guest;

  g->snapshot = metes_host_pages_make_shared(g->layout.snapshot_size, "the snapshot", r->f);
  if (g->snapshot == NULL)
    return r->f->status;
  return metes_snapshot_open(r->to, g->layout.scratch_size, &r->filled, r->f);
}

/* The words of a block, and nothing of what follows. */
static int get_block(struct reader *r, struct metes_block *b)
{
  const uint64_t at = r->at;
  struct metes_block chained;

  if (get(r, b, sizeof *b, "a block's head") != 0)
    return r->f->status;
  chained = *b;
  chained.chain = r->chain;
  r->chain = metes_checksum((const uint8_t *)&chained, sizeof chained);
  r->blocks++;
  return b->chain == r->chain ? 0 : refuse(r, at, "a block's checksum is not that of its words", b->chain, r->chain);
}

static int get_body(struct reader *r, const struct metes_block *b, void *to, const char *what)
{
  const uint64_t at = r->at;
  uint64_t sum;

  if (get(r, to, b->length, what) != 0)
    return r->f->status;
  sum = metes_checksum(to, b->length);
  return b->body == sum ? 0 : refuse(r, at, "a checksum is not that of its bytes", b->body, sum);
}

static int get_processor(struct reader *r)
{
  const struct kvm_regs said = r->to->cpu.regs;
  struct metes_cpu_state *const c = &r->to->cpu;
  const uint64_t at = r->at;
  struct metes_block b;

  if (get_block(r, &b) != 0)
    return r->f->status;
  if (b.kind != METES_BLOCK_PROCESSOR)
    return refuse(r, at, "the first block is not the processor's", b.kind, METES_BLOCK_PROCESSOR);
  if (b.first != METES_PROCESSOR_VERSION)
    return refuse(r, at, "another version of the processor's registers", b.first, METES_PROCESSOR_VERSION);
  if (b.length != sizeof *c)
    return refuse(r, at, "the processor's registers have another size", b.length, sizeof *c);
  if (get_body(r, &b, c, "the processor") != 0)
    return r->f->status;
  if (c->regs.rax != said.rax)
    return refuse(r, at, "rax is not the entry point of the record", c->regs.rax, said.rax);
  if (c->regs.rsp != said.rsp)
    return refuse(r, at, "rsp is not the stack pointer of the record", c->regs.rsp, said.rsp);
  if (!metes_cpu_known(c))
    return metes_fail(r->f, METES_EXIT_REFUSED, "%s: byte %llu: the MSRs are not the %u of this version", r->name,
                      (number)at, METES_CPU_MSRS);
  return 0;
}

/* A block of pages goes where it says, once that is known to be inside and behind all before it. */
static int metes_pages_load(struct reader *r, const struct metes_block *b, uint64_t at, uint8_t *pages, uint64_t size)
{
  const uint64_t n = size / METES_PAGE_SIZE, next = r->kind == b->kind ? r->next : 0;

  if (b->kind < r->kind)
    return refuse(r, at, "a block out of its order: its kind", b->kind, r->kind);
  if (b->first < next || b->first >= n)
    return metes_fail(r->f, METES_EXIT_REFUSED, "%s: byte %llu: a block begins at page %llu, and it may at pages %llu to %llu",
                      r->name, (number)at, (number)b->first, (number)next, (number)(n - 1));
  if (b->length == 0 || b->length % METES_PAGE_SIZE != 0 || b->length / METES_PAGE_SIZE > n - b->first)
    return metes_fail(r->f, METES_EXIT_REFUSED, "%s: byte %llu: a block of %llu bytes: whole pages are allowed, up to %llu",
                      r->name, (number)at, (number)b->length, (number)(n - b->first));
  r->kind = b->kind;
  r->next = b->first + b->length / METES_PAGE_SIZE;
  return get_body(r, b, pages + b->first * METES_PAGE_SIZE, "a block of pages");
}

static int get_end(struct reader *r, const struct metes_block *b, uint64_t at)
{
  uint8_t more;
  int64_t got;

  if (b->first != r->blocks - 1 || b->length != 0)
    return refuse(r, at, "the end counts other blocks than there were", b->first, r->blocks - 1);
  got = read_some(r, &more, 1);
  if (got > 0)
    return metes_fail(r->f, METES_EXIT_REFUSED, "%s: byte %llu: more follows its end", r->name, (number)(r->at - 1));
  return got < 0 ? r->f->status : 0;
}

static int get_pages(struct reader *r)
{
  const struct metes_guest_memory *const g = &r->to->guest;

  for (;;) {
    const uint64_t at = r->at;
    struct metes_block b;
    int status = get_block(r, &b);

    if (status != 0)
      return status;
    if (b.kind == METES_BLOCK_SNAPSHOT)
      status = metes_pages_load(r, &b, at, g->snapshot, g->layout.snapshot_size);
    else if (b.kind == METES_BLOCK_SCRATCH)
      status = metes_pages_load(r, &b, at, r->filled, g->layout.scratch_size);
    else if (b.kind == METES_BLOCK_END)
      return get_end(r, &b, at);
    else
      return refuse(r, at, "a block of no known kind, of which the last", b.kind, METES_BLOCK_END);
    if (status != 0)
      return status;
  }
}

static int read_all(struct reader *r)
{
  struct metes_vm_snapshot *const n = r->to;
  int status;

  n->loaded = true;
  if ((status = get_record(r)) != 0 || (status = get_memory(r)) != 0)
    return status;
  if ((status = get_processor(r)) != 0 || (status = get_pages(r)) != 0) {
    metes_sys.munmap(r->filled, n->guest.layout.scratch_size);
    return status;
  }
  if ((status = metes_snapshot_seal(n, r->filled, r->f)) != 0)
    return status;
  return metes_host_pages_seal(n->guest.snapshot, n->guest.layout.snapshot_size, "the snapshot", r->f);
}

int metes_snapshot_load(int fd, const char *name, struct metes_vm_snapshot **to, struct metes_failure *f)
{
  struct reader r = {.to = metes_snapshot_make(f), .fd = fd, .name = name, .f = f};
  int status;

  *to = NULL;
  if (r.to == NULL)
    return f->status;
  status = read_all(&r);
  if (status == 0)
    *to = r.to;
  else
    metes_snapshot_free(r.to);
  return status;
}
