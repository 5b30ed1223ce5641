/* SPDX-License-Identifier: Apache-2.0
 * A call of every public function of core, as an embedder makes it, and what it needs before. For functions.c. */
#ifndef METES_BENCH_CALLS_H
#define METES_BENCH_CALLS_H

#include <stdlib.h>
#include <string.h>

#include "core/metes.h"

enum { SLOTS = 128, TABLES = 64, REGIONS = 64, BUFFER = 0x3000, PT_SIZE = 0x40000, FILE_SIZE = 0x20000 };
#define HOST 0x7F0000000000ULL
#define BASE 0xFFFFC0000ULL

static struct metes_profile profile;
static struct metes_config config;
static struct metes_layout layout;
static struct metes_error err;
static struct metes_limits limits = {.gpa_end = 1ULL << 40, .host_end = 1ULL << 47, .max_slots = 509};
static struct metes_memslot slots[SLOTS + 1];
static struct metes_extra extra = {.host = HOST, .host_size = 4096};
static struct metes_region regions[REGIONS];
static struct metes_peb peb;
static struct metes_pt pt;
static struct metes_table tables[TABLES];
static uint8_t level[TABLES];
static uint32_t parent[TABLES];
static struct metes_element element;
static struct metes_message message;
static struct metes_image image;
static uint8_t buffer[BUFFER], data[BUFFER], file[FILE_SIZE], snapshot[0x80000], scratch[0x100000];
static struct metes_snapshot standing, restored;
static struct metes_file_mapping file_mapping = {0x10000, 0x1000, "file"};
static struct metes_memory guest;
static struct metes_mapping placed;
static uint64_t done;
static uint32_t found;
static volatile uint64_t sink;

static __attribute__((noinline)) void nothing(uint64_t n)
{
  (void)n;
  __asm__ volatile("" ::: "memory"); /* as opaque to the compiler as the calls are */
}

static void must(enum metes_status status)
{
  if (status != METES_OK)
    abort(); /* a refusal would be measured for the work */
}

/* A call as an embedder makes it: the compiler knows none of the numbers. */
#define CALL(name, expression)                                  \
  static __attribute__((noinline)) void name##_call(uint64_t n) \
  {                                                             \
    (void)n;                                                    \
    __asm__ volatile("" ::: "memory");                          \
    expression;                                                 \
  }
#define GIVES(name, expression) CALL(name, sink = (uint64_t)(expression))
#define OK(name, expression) CALL(name, must(expression))

static void lay_out(uint64_t n)
{
  must(metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &profile, &err));
  for (profile.n_reserved = 0; profile.n_reserved < n % (METES_MAX_RESERVED + 1); profile.n_reserved++)
    profile.reserved[profile.n_reserved] = (struct metes_range){1ULL << 32, (1ULL << 32) + 4096};
  metes_config_default(&config);
  config.code_size = 4096;
  config.pt_size = 0x10000;
  config.init_data_size = 0;
  must(metes_layout_compute(&profile, &config, &layout, &err));
  peb = metes_peb_of(&layout);
}

static void with_init_data(uint64_t n)
{
  lay_out(0);
  config.init_data_size = n;
  must(metes_layout_compute(&profile, &config, &layout, &err));
}

static void with_page_tables(uint64_t n)
{
  lay_out(0);
  config.pt_size = n;
  config.scratch_size = 0x100000;
  must(metes_layout_compute(&profile, &config, &layout, &err));
}

/* n slots of a page, a page between them; one more fits behind. */
static void plan(uint64_t n)
{
  for (uint64_t i = 0; i <= n; i++)
    slots[i] = (struct metes_memslot){(uint32_t)i, 0, 0x2000 * (i + 1), 4096, HOST + 4096 * i};
  extra.slot = (uint32_t)n;
  extra.start = 0x2000 * (n + 1);
  extra.end = extra.start + 4096;
}

/* The last of n regions is the one that is looked for. */
static void many_regions(uint64_t n)
{
  for (uint64_t i = 0; i < n; i++)
    regions[i] = (struct metes_region){4096 * i, 4096 * (i + 1), METES_READ, METES_REGION_CODE};
}

static void no_tables(uint64_t n)
{
  (void)n;
  must(metes_pt_init(&pt, tables, level, parent, TABLES, BASE, &err));
}

static struct metes_mapping mapping(uint64_t n)
{
  return (struct metes_mapping){0x1000, 0x200000, n, METES_READ | METES_WRITE};
}

static struct metes_mapping large_mapping(uint64_t n)
{
  return (struct metes_mapping){0x200000, 0x200000, n, METES_READ | METES_WRITE};
}

static void mapped(uint64_t n)
{
  no_tables(n);
  must(metes_pt_map(&pt, tables, level, parent, mapping(n), &err));
}

static void empty_buffer(uint64_t n)
{
  (void)n;
  metes_put64(buffer, 0, 8);
}

static void some_data(uint64_t n)
{
  const uint32_t length = (uint32_t)n - 4;

  memcpy(data, &length, sizeof length);
  empty_buffer(n);
}

static void pushed(uint64_t n)
{
  some_data(n);
  must(metes_buffer_push(buffer, BUFFER, data, n, &err));
  must(metes_buffer_peek(buffer, BUFFER, &element, &err));
}

/* What a pop takes away: its pointer and what it clears may stay as they are. */
static void unpopped(uint64_t n)
{
  metes_put64(buffer, 0, 8 + n + 8);
}

/* A call of n bytes in all. */
static void to_put(uint64_t n)
{
  memset(data, 'a', n);
}

static void to_parse(uint64_t n)
{
  to_put(n);
  must(metes_message_put(buffer, BUFFER, METES_MESSAGE_CALL, 0, data, 8, data, n - 24, &done, &err));
}

static void put(uint64_t at, int bytes, uint64_t v)
{
  for (int i = 0; i < bytes; i++)
    file[at + (uint64_t)i] = (uint8_t)(v >> 8 * i);
}

/* n segments of a page each. */
static void elf(uint64_t n)
{
  memcpy(file, "\177ELF\2\1\1", 7);
  put(16, 2, 3);
  put(18, 2, 62);
  put(32, 8, 64);
  put(54, 2, 56);
  put(56, 2, n);
  for (uint64_t i = 0; i < n; i++) {
    put(64 + 56 * i, 4, 1);
    put(64 + 56 * i + 4, 4, 5);
    put(64 + 56 * i + 8, 8, 4096 * (i + 1));
    put(64 + 56 * i + 16, 8, 4096 * i);
    put(64 + 56 * i + 32, 8, 4096);
    put(64 + 56 * i + 40, 8, 4096);
  }
  must(metes_elf_parse(file, FILE_SIZE, 0x1000, 0, &image, &err));
}

static void elf_of_pages(uint64_t n)
{
  elf(n / 4096);
}

static void image_of_four(uint64_t n)
{
  lay_out(n);
  elf(4);
}

static void two_files(uint64_t n)
{
  (void)n;
  metes_put64(snapshot, layout.peb_offset + 64, 2);
}

static void with_files(uint64_t n)
{
  lay_out(n);
  config.options = METES_OPT_FILE_MAPPINGS;
  must(metes_layout_compute(&profile, &config, &layout, &err));
  metes_put64(snapshot, layout.peb_offset + 64, 0);
  for (int i = 0; i < 2; i++)
    must(metes_file_mapping_add(&layout, snapshot, sizeof snapshot, file_mapping, &err));
}

/* Between the slots there is never room for two pages. */
static void plan_beside(uint64_t n)
{
  lay_out(n);
  plan(n);
}

static void record(uint64_t n)
{
  lay_out(n);
  standing = (struct metes_snapshot){profile, config, 0, layout.snapshot_gva, 0x10000};
  must(metes_snapshot_write(&standing, buffer, sizeof buffer, &err));
}

/* Its tables in scratch map four pages, from 0x1000, behind them. */
static void with_memory(uint64_t n)
{
  lay_out(n % 2);
  guest = (struct metes_memory){layout, snapshot, scratch};
  must(metes_pt_init(&pt, tables, level, parent, TABLES, layout.pt_gpa, &err));
  must(metes_pt_map(&pt, tables, level, parent, (struct metes_mapping){0x1000, layout.free_gpa, 4, 3}, &err));
  memcpy(scratch + layout.pt_scratch_offset, tables, 4096 * (size_t)pt.used);
}

/* A guest whose output buffer holds an element of n bytes; as many are pushed onto its input. */
static void with_buffers(uint64_t n)
{
  lay_out(0);
  guest = (struct metes_memory){layout, snapshot, scratch};
  must(metes_buffers_clear(&guest, &err));
  some_data(n);
  must(metes_buffer_push(scratch + layout.input_data_size, layout.output_data_size, data, n, &err));
}

/* Half of n bytes each. */
static void large_buffers(uint64_t n)
{
  lay_out(0);
  config.input_data_size = config.output_data_size = n / 2;
  config.scratch_size = sizeof scratch;
  must(metes_layout_compute(&profile, &config, &layout, &err));
  guest = (struct metes_memory){layout, snapshot, scratch};
}

static void empty_input(uint64_t n)
{
  (void)n;
  metes_put64(scratch, 0, 8);
}

/* What a take takes away: the pointer, the link, and the prefix. */
static void untaken(uint64_t n)
{
  uint8_t *const output = scratch + layout.input_data_size;

  metes_put64(output, 0, 8 + n + 8);
  metes_put64(output, 8, n - 4);
  metes_put64(output, 8 + n, 8);
}

static void room_to_reserve(uint64_t n)
{
  (void)n;
  profile.n_reserved = 0;
}

GIVES(metes_sat_add, metes_sat_add(layout.peb_gpa, layout.heap_gpa))
GIVES(metes_page_up, metes_page_up(layout.code_size))
GIVES(metes_aligned, metes_aligned(layout.code_size, profile.alignment))
GIVES(metes_align_up, metes_align_up(layout.code_size, profile.alignment))
CALL(metes_put64, metes_put64(buffer, 0, layout.heap_gpa))
CALL(metes_put_word, metes_put_word(buffer, 0, layout.heap_gpa))
GIVES(metes_get16, metes_get16(buffer, found))
GIVES(metes_get32, metes_get32(buffer, found))
GIVES(metes_get64, metes_get64(buffer, found))
GIVES(metes_refuse, metes_refuse(&err, METES_E_BUFFER, layout.heap_size, layout.code_size, found))
OK(metes_profile_builtin, metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &profile, &err))
GIVES(metes_profile_flaw, metes_profile_flaw(&profile))
OK(metes_profile_reserve, metes_profile_reserve(&profile, 1ULL << 32, (1ULL << 32) + 4096, &err))
CALL(metes_config_default, metes_config_default(&config))
OK(metes_layout_compute, metes_layout_compute(&profile, &config, &layout, &err))
GIVES(metes_regions, metes_regions(&layout, regions))
OK(metes_regions_resolve, metes_regions_resolve(regions, (uint32_t)n, 4096 * (n - 1), 8, &found, &err))
GIVES(metes_place_of_gpa, metes_place_of_gpa(&layout, layout.free_gpa))
GIVES(metes_place_of_gva, metes_place_of_gva(&layout, layout.scratch_gva))
CALL(metes_peb_of, peb = metes_peb_of(&layout))
GIVES(metes_peb_bytes, metes_peb_bytes(layout.options))
CALL(metes_peb_encode, metes_peb_encode(&peb, layout.options, buffer))
OK(metes_peb_write, metes_peb_write(&layout, snapshot, sizeof snapshot, &err))
OK(metes_init_data_write, metes_init_data_write(&layout, snapshot, sizeof snapshot, scratch, n, &err))
GIVES(metes_scratch_areas, metes_scratch_areas(&layout).free.start)
OK(metes_scratch_init, metes_scratch_init(&layout, 0, scratch, sizeof scratch, &err))
OK(metes_scratch_set_generation, metes_scratch_set_generation(&layout, 1, scratch, sizeof scratch, &err))
OK(metes_scratch_copy_pt, metes_scratch_copy_pt(&layout, snapshot, sizeof snapshot, scratch, sizeof scratch, &err))
GIVES(metes_entry_of, metes_entry_of(&layout, layout.snapshot_gva).rsp)
OK(metes_plan_check, metes_plan_check(slots, (uint32_t)n, &limits, &err))
OK(metes_plan_layout, metes_plan_layout(&layout, HOST, HOST + 0x1000000, &limits, slots, &err))
OK(metes_plan_add, metes_plan_add(slots, (uint32_t)n, &extra, &limits, &err))
GIVES(metes_pt_tables_for, metes_pt_tables_for(layout.snapshot_gva, layout.memory_size / 4096))
GIVES(metes_pt_pages_needed, metes_pt_pages_needed(&layout))
OK(metes_pt_init, metes_pt_init(&pt, tables, level, parent, TABLES, BASE, &err))
OK(metes_pt_reserve, metes_pt_reserve(&pt, tables, level, parent, 0x1000, n, &err))
OK(metes_pt_map, metes_pt_map(&pt, tables, level, parent, mapping(n), &err))
OK(metes_pt_map_large, metes_pt_map_large(&pt, tables, level, parent, large_mapping(n), &err))
OK(metes_plan_remove, metes_plan_remove(slots, (uint32_t)n, (uint32_t)n - 1, &limits, &err))
GIVES(metes_plan_free_slot, metes_plan_free_slot(slots, (uint32_t)n, limits.max_slots))
OK(metes_pt_walk, metes_pt_walk(tables, pt.used, BASE, 4096 * n).status)
OK(metes_buffer_push, metes_buffer_push(buffer, BUFFER, data, n, &err))
OK(metes_buffer_peek, metes_buffer_peek(buffer, BUFFER, &element, &err))
OK(metes_buffer_pop, metes_buffer_pop(buffer, BUFFER, element, &err))
OK(metes_message_put, metes_message_put(buffer, BUFFER, METES_MESSAGE_CALL, 0, data, 8, data, n - 24, &done, &err))
OK(metes_message_parse, metes_message_parse(buffer, n, &message, &err))
OK(metes_input_push, metes_input_push(&guest, data, n, &err))
OK(metes_output_take, metes_output_take(&guest, file, sizeof file, &done, &err))
OK(metes_buffers_clear, metes_buffers_clear(&guest, &err))
OK(metes_elf_parse, metes_elf_parse(file, FILE_SIZE, 0x1000, 0, &image, &err))
OK(metes_elf_load, metes_elf_load(&image, file, FILE_SIZE, snapshot, sizeof snapshot, &err))

GIVES(metes_mapping_count, metes_mapping_count(&image))
GIVES(metes_image_entry, metes_image_entry(&layout, &image))
GIVES(metes_mapping_of, metes_mapping_of(&layout, &image, 3).gpa)
OK(metes_file_mapping_count, metes_file_mapping_count(&layout, snapshot, sizeof snapshot, &found, &err))
OK(metes_file_mapping_get, metes_file_mapping_get(&layout, snapshot, sizeof snapshot, 1, &file_mapping, &err))
OK(metes_file_mapping_add, metes_file_mapping_add(&layout, snapshot, sizeof snapshot, file_mapping, &err))
OK(metes_file_mapping_remove, metes_file_mapping_remove(&layout, snapshot, sizeof snapshot, 0, &err))
OK(metes_file_place, metes_file_place(&layout, slots, (uint32_t)n, &limits, 4096, &placed, &err))
GIVES(metes_peb_mapping, metes_peb_mapping(&layout, 0).gpa)
GIVES(metes_checksum, metes_checksum(snapshot, n))
OK(metes_snapshot_check, metes_snapshot_check(&standing, &layout, &err))
OK(metes_snapshot_write, metes_snapshot_write(&standing, buffer, sizeof buffer, &err))
OK(metes_snapshot_read, metes_snapshot_read(buffer, sizeof buffer, &restored, &err))
OK(metes_gpa_resolve, metes_gpa_resolve(&layout, layout.free_gpa, 8).status)
OK(metes_gpa_read, metes_gpa_read(&guest, layout.free_gpa, data, n, &err))
OK(metes_gpa_write, metes_gpa_write(&guest, layout.free_gpa, data, n, &err))
OK(metes_gva_walk, metes_gva_walk(&guest, layout.pt_gpa, 0x1000).status)
OK(metes_gva_resolve, metes_gva_resolve(&guest, layout.pt_gpa, 0x1000, 8).status)
OK(metes_gva_read, metes_gva_read(&guest, layout.pt_gpa, 0x1000, data, n, &done, &err))
OK(metes_gva_write, metes_gva_write(&guest, layout.pt_gpa, 0x1000, data, n, &err))

#endif
