/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target snapfile: the second reader, written from the format alone (vmm/snapshot_file.h). */
#include <string.h>

#include "core/checksum.h"
#include "fuzz/snapfile/snapfile.h"
#include "vmm/sandbox_parts.h"
#include "vmm/snapshot_file.h"

static bool block_at(struct second *r, size_t *at, struct metes_block *b)
{
  struct metes_block chained;

  if (n_bytes - *at < sizeof *b)
    return false;
  memcpy(b, bytes + *at, sizeof *b);
  chained = *b;
  chained.chain = r->chain;
  r->chain = b->chain;
  *at += sizeof *b;
  r->blocks++;
  return metes_checksum((const uint8_t *)&chained, sizeof chained) == b->chain;
}

static bool body_at(size_t *at, const struct metes_block *b)
{
  const size_t from = *at;

  if (b->length > n_bytes - from)
    return false;
  *at += b->length;
  return metes_checksum(bytes + from, b->length) == b->body;
}

static bool processor_is_good(struct second *r, size_t *at)
{
  struct metes_cpu_state cpu, blank;
  struct metes_block b;

  if (!block_at(r, at, &b) || b.kind != METES_BLOCK_PROCESSOR || b.first != METES_PROCESSOR_VERSION ||
      b.length != sizeof cpu)
    return false;
  r->processor = *at;
  if (!body_at(at, &b))
    return false;
  memcpy(&cpu, bytes + r->processor, sizeof cpu);
  metes_cpu_blank(&blank);
  for (unsigned i = 0; i < METES_CPU_MSRS; i++)
    if (cpu.msrs.entries[i].index != blank.msrs.entries[i].index)
      return false;
  return cpu.regs.rax == r->record.entry && cpu.regs.rsp == r->record.stack && cpu.msrs.n == METES_CPU_MSRS;
}

static bool pages_are_good(struct second *r, size_t *at, const struct metes_block *b)
{
  const uint64_t all = (b->kind == METES_BLOCK_SNAPSHOT ? r->layout.snapshot_size : r->layout.scratch_size) / PAGE;
  const uint64_t n = b->length / PAGE;

  if (b->kind < r->kind || (b->kind == r->kind && b->first < r->next) || b->length % PAGE != 0 || n == 0 || n > all ||
      b->first > all - n)
    return false;
  r->kind = b->kind;
  r->next = b->first + n;
  return body_at(at, b);
}

bool second_accepts(struct second *r)
{
  struct metes_error err;
  struct metes_block b;
  size_t at = METES_SNAPSHOT_BYTES;

  *r = (struct second){.blocks = 0};
  if (metes_snapshot_read(bytes, n_bytes, &r->record, &err) != METES_OK ||
      metes_snapshot_check(&r->record, &r->layout, &err) != METES_OK)
    return false;
  r->chain = metes_checksum(bytes, at);
  if (!processor_is_good(r, &at))
    return false;
  for (;;) {
    if (!block_at(r, &at, &b))
      return false;
    if (b.kind == METES_BLOCK_END)
      return b.first == r->blocks - 1 && b.length == 0 && at == n_bytes;
    if ((b.kind != METES_BLOCK_SNAPSHOT && b.kind != METES_BLOCK_SCRATCH) || !pages_are_good(r, &at, &b))
      return false;
  }
}

bool second_memory_is(const struct second *r, uint64_t kind, const uint8_t *pages, uint64_t n)
{
  size_t at = r->processor + sizeof(struct metes_cpu_state);
  uint64_t next = 0;
  struct metes_block b;

  do {
    memcpy(&b, bytes + at, sizeof b);
    at += sizeof b;
    if (b.kind == kind || b.kind == METES_BLOCK_END) {
      for (; next < (b.kind == kind ? b.first : n / PAGE); next++)
        if (!metes_page_is_zero(pages + next * PAGE))
          return false;
      if (b.kind == kind && memcmp(pages + next * PAGE, bytes + at, b.length) != 0)
        return false;
      next += b.length / PAGE;
    }
    at += b.length;
  } while (b.kind != METES_BLOCK_END);
  return true;
}
