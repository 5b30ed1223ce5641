/* SPDX-License-Identifier: Apache-2.0
 * What core writes to a guest's memory, byte for byte. */
#include "dump.h"

enum { ROOM = 1 << 20, MOST = 64 };

static uint8_t snapshot[ROOM], scratch[ROOM];
static struct metes_table tables[MOST];
static uint8_t level[MOST];
static uint32_t parent[MOST];

static void peb(struct source *s, const struct metes_layout *l)
{
  struct metes_file_mapping f = {.label = "a label"};
  const size_t from = (size_t)l->peb_offset, most = (size_t)l->heap_offset - from;
  struct metes_error err = {0, 0, 0};
  uint8_t data[256];

  for (uint32_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t)source_bytes(s, 1);
  memset(snapshot + from, 0xC3, most);
  memset(snapshot + from + METES_PEB_SIZE, 0, 8);
  eat_answer(PEB, metes_peb_write(l, snapshot, l->snapshot_size, &err), &err);
  f.gva = 4096 * source_bytes(s, 4);
  f.size = 4096 * source_bytes(s, 1);
  eat_answer(PEB, metes_file_mapping_add(l, snapshot, l->snapshot_size, f, &err), &err);
  eat_bytes(PEB, snapshot + from, most < 256 ? most : 256);
  eat_answer(PEB, metes_init_data_write(l, snapshot, l->snapshot_size, data, sizeof data, &err), &err);
}

/* A guest of one segment, all that it maps; entries as numbers: core builds tables on little-endian hosts alone. */
static void page_tables(const struct metes_layout *l)
{
  const uint64_t n = l->pt_size / 4096 < MOST ? l->pt_size / 4096 : MOST;
  const struct metes_image g = {
    .span = l->peb_offset, .n = 1, .segments = {{0, 0, 0, l->peb_offset, METES_READ | METES_EXECUTE}}};
  struct metes_error err = {0, 0, 0};
  struct metes_pt pt = {0, 0, 0};
  const enum metes_status got = metes_pt_init(&pt, tables, level, parent, n, l->pt_gpa, &err);

  eat_answer(TABLES, got, &err);
  if (got != METES_OK)
    return;
  dump_counts[2]++;
  for (uint32_t k = 0; k < metes_mapping_count(&g); k++)
    eat_answer(TABLES, metes_pt_map(&pt, tables, level, parent, metes_mapping_of(l, &g, k), &err), &err);
  for (uint32_t t = 0; t < pt.used; t++) {
    for (uint32_t i = 0; i < 512; i++)
      if (tables[t].e[i] != 0) {
        eat(TABLES, 512 * t + i);
        eat(TABLES, tables[t].e[i]);
      }
    eat(TABLES, level[t]);
    eat(TABLES, parent[t]);
  }
}

static void start(struct source *s, const struct metes_layout *l)
{
  const struct metes_scratch_areas a = metes_scratch_areas(l);
  const struct metes_entry e = metes_entry_of(l, l->snapshot_gva);
  struct metes_error err = {0, 0, 0};

  memset(scratch + l->scratch_size - 64, 0xC3, 64);
  eat_answer(SCRATCH, metes_scratch_init(l, source_bytes(s, 8), scratch, l->scratch_size, &err), &err);
  eat_bytes(SCRATCH, scratch + l->scratch_size - 64, 64);
  eat_bytes(SCRATCH, scratch, 8);
  eat_bytes(SCRATCH, scratch + l->input_data_size, 8);
  eat_words(SCRATCH, &a, 0, sizeof a / 8);
  eat_words(SCRATCH, &e, 0, sizeof e / 8);
}

/* A call is pushed; then the output buffer is the input's, and taken. */
static void buffers(struct source *s, const struct metes_layout *l)
{
  const struct metes_memory door = {*l, snapshot, scratch};
  struct metes_error err = {0, 0, 0};
  uint8_t m[512], payload[100];
  uint64_t n = 0;

  for (uint32_t i = 0; i < sizeof payload; i++)
    payload[i] = (uint8_t)source_bytes(s, 1);

  const uint64_t length = pick(s, 100);
  const uint32_t code = (uint32_t)source_bytes(s, 4);
  static const uint8_t name[] = "na\xefve";
  const uint64_t name_length = pick(s, 4);

  enum metes_status got =
    metes_message_put(m, sizeof m, METES_MESSAGE_CALL, 0, name, name_length, payload, length, &n, &err);

  eat_answer(BUFFERS, got, &err);
  got = metes_message_put(m, sizeof m, METES_MESSAGE_ERROR, code, name, 0, payload, length, &n, &err);
  eat_answer(BUFFERS, got, &err);
  eat_answer(BUFFERS, metes_input_push(&door, m, n, &err), &err);
  eat_bytes(BUFFERS, scratch, 256);
  memcpy(scratch + l->input_data_size, scratch, 256);
  eat_answer(BUFFERS, metes_output_take(&door, m, sizeof m, &n, &err), &err);
  eat_bytes(BUFFERS, m, n < sizeof m ? n : sizeof m);
  eat_answer(BUFFERS, metes_buffers_clear(&door, &err), &err);
  eat_bytes(BUFFERS, scratch + l->input_data_size, 256);
}

void dump_memory(struct source *s, const struct metes_layout *l)
{
  if (l->snapshot_size > ROOM || l->scratch_size > ROOM)
    return;
  dump_counts[1]++;
  peb(s, l);
  page_tables(l);
  start(s, l);
  buffers(s, l);
}

void dump_elf(const uint8_t *file, uint64_t n)
{
  struct metes_error err = {0, 0, 0};
  struct metes_image g;
  const enum metes_status got = metes_elf_parse(file, n, 0x1000, 0, &g, &err);

  eat_answer(LAYOUT, got, &err);
  if (got != METES_OK)
    return;
  eat(LAYOUT, g.entry);
  eat(LAYOUT, g.span);
  for (uint32_t i = 0; i < g.n; i++) {
    eat_words(LAYOUT, &g.segments[i], 0, 4);
    eat(LAYOUT, g.segments[i].flags);
  }
  eat_answer(LAYOUT, metes_elf_load(&g, file, n, snapshot, ROOM, &err), &err);
  eat_bytes(LAYOUT, snapshot, g.span < ROOM ? g.span : ROOM);
}
