/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target snapfile: the input as a file, mostly a sound one. */
#include <string.h>

#include "core/checksum.h"
#include "fuzz/snapfile/snapfile.h"
#include "vmm/sandbox_parts.h"
#include "vmm/snapshot_file.h"

#define BLOCKS_MOST 8u

uint8_t bytes[FILE_MOST];
size_t n_bytes;

static void put(const void *from, size_t n)
{
  n = n < sizeof bytes - n_bytes ? n : sizeof bytes - n_bytes;
  if (n > 0)
    memcpy(bytes + n_bytes, from, n);
  n_bytes += n;
}

/* A record that is right, of a small guest, but for what the input changes. */
static void ask_record(struct source *s, struct metes_snapshot *r)
{
  static const uint64_t edges[] = {0, 0x1000, 0x2000, 0x100000, 1ull << 36};
  struct metes_error err;
  uint64_t *const sizes[] = {&r->config.heap_size, &r->config.init_data_size, &r->config.input_data_size,
                             &r->config.output_data_size, &r->config.scratch_size, &r->config.pt_size};

  metes_profile_builtin((enum metes_profile_id)pick(s, 3), &r->profile, &err);
  metes_config_default(&r->config);
  r->config.code_size = PAGE * (1 + pick(s, 4));
  r->config.heap_size = PAGE * (1 + pick(s, 4));
  r->config.pt_size = PAGE * (4 + pick(s, 4));
  if (pick(s, 4) == 0)
    *sizes[pick(s, 6)] = pick_size(s, edges, 5);
  r->config.options = pick(s, 16) == 0 ? pick(s, 8) : 0;
  r->generation = source_bytes(s, 2);
  r->entry = r->profile.snapshot_gva + source_bytes(s, 2) % 0x5000;
  r->stack = r->profile.last_gva + 1 - 16 * (1 + source_bytes(s, 1));
  r->stack += pick(s, 16) == 0 ? 8 : 0;
}

static void put_record(struct source *s, const struct metes_snapshot *r)
{
  struct metes_error err;
  uint8_t record[METES_SNAPSHOT_BYTES];

  (void)metes_snapshot_write(r, record, sizeof record, &err);
  if (pick(s, 8) == 0) {
    const uint64_t at = source_bytes(s, 2) % sizeof record;

    record[at] ^= (uint8_t)source_bytes(s, 1);
  }
  put(record, sizeof record);
}

struct chain {
  uint64_t sum, blocks;
};

static void put_block(struct source *s, struct chain *c, struct metes_block b, const uint8_t *body, uint64_t n)
{
  const uint32_t fault = pick(s, 64);

  b.body = metes_checksum(body, n) + (fault == 1);
  b.chain = c->sum;
  b.chain = c->sum = metes_checksum((const uint8_t *)&b, sizeof b);
  b.chain += fault == 2;
  c->blocks++;
  put(&b, sizeof b);
  put(body, n);
}

static void put_processor(struct source *s, struct chain *c, const struct metes_snapshot *r)
{
  static struct metes_cpu_state cpu;
  const uint32_t fault = pick(s, 32);
  const uint64_t at = source_bytes(s, 2) % sizeof cpu;

  metes_cpu_blank(&cpu);
  cpu.regs.rax = r->entry;
  cpu.regs.rsp = r->stack;
  if (fault < 12)
    ((uint8_t *)&cpu)[at] ^= (uint8_t)source_bytes(s, 1);
  put_block(s, c, (struct metes_block){.kind = fault == 31 ? pick(s, 6) : METES_BLOCK_PROCESSOR,
                                       .first = fault == 30 ? pick(s, 4) : METES_PROCESSOR_VERSION,
                                       .length = fault == 29 ? pick_size(s, (uint64_t[]){sizeof cpu}, 1) : sizeof cpu},
            (const uint8_t *)&cpu, sizeof cpu);
}

static void put_pages(struct source *s, struct chain *c)
{
  static uint8_t body[4 * PAGE];
  const uint32_t fault = pick(s, 16), pages = 1 + pick(s, 3), fill = (uint32_t)source_bytes(s, 1);
  const uint64_t edges[] = {0, 1, 8, 33, 70, 71, 72};
  struct metes_block b = {.kind = METES_BLOCK_SNAPSHOT + pick(s, 2), .length = pages * PAGE};

  b.first = pick(s, 16);
  if (fault == 15)
    b.kind = source_bytes(s, 1);
  if (fault > 10)
    b.first = pick_size(s, edges, 7);
  if (fault == 14)
    b.length = pick_size(s, (uint64_t[]){0, PAGE, PAGE - 1, pages * PAGE}, 4);
  memset(body, (int)fill, sizeof body);
  body[source_bytes(s, 2) % sizeof body] ^= 0x55;
  put_block(s, c, b, body, pages * PAGE);
}

void ask_file(struct source *s)
{
  struct metes_snapshot r = {.generation = 0};
  struct chain c = {.blocks = 0};
  const uint32_t n = pick(s, BLOCKS_MOST);

  n_bytes = 0;
  ask_record(s, &r);
  put_record(s, &r);
  c.sum = metes_checksum(bytes, n_bytes);
  if (pick(s, 64) != 1)
    put_processor(s, &c, &r);
  for (uint32_t i = 0; i < n; i++)
    put_pages(s, &c);
  if (pick(s, 32) != 1)
    put_block(s, &c, (struct metes_block){.kind = METES_BLOCK_END, .first = c.blocks + (pick(s, 32) == 1)}, NULL, 0);
  if (pick(s, 8) == 1) {
    const uint64_t at = source_bytes(s, 4) % (n_bytes + 1);

    if (pick(s, 2) == 0)
      n_bytes = at;
    else if (at < n_bytes)
      bytes[at] ^= (uint8_t)source_bytes(s, 1);
  }
  if (pick(s, 32) == 1)
    put(s->left > 0 ? "more" : "x", 1);
}
