/* SPDX-License-Identifier: Apache-2.0
 * What every public function of core costs, and where that grows with a size, at four sizes.
 * usage: functions CALLS BATCHES [FUNCTION]     prints `function[/size-unit] picoseconds` a call, of the fastest
 * batch, what an empty call takes included; in the exact machine a nanosecond is an instruction. tests/docs holds the list
 * against the headers. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>

#include "calls.h"
#include "clock.h"

/* `before` is done once a size; `again`, which is not counted, before every call. */
struct row {
  const char *function, *unit;
  uint64_t sizes[4];
  void (*before)(uint64_t n), (*again)(uint64_t n), (*call)(uint64_t n);
};
#define ROW(name, before, again) {#name, NULL, {0}, before, again, name##_call}
#define CURVE(name, unit, before, again, ...) {#name, unit, {__VA_ARGS__}, before, again, name##_call}

static const struct row rows[] = {
    ROW(metes_sat_add, lay_out, nothing), ROW(metes_page_up, lay_out, nothing),
    ROW(metes_aligned, lay_out, nothing), ROW(metes_align_up, lay_out, nothing), ROW(metes_put64, lay_out, nothing),
    ROW(metes_put_word, lay_out, nothing), ROW(metes_get16, nothing, nothing), ROW(metes_get32, nothing, nothing),
    ROW(metes_get64, nothing, nothing), ROW(metes_refuse, lay_out, nothing),
    ROW(metes_profile_builtin, nothing, nothing), CURVE(metes_profile_flaw, "ranges", lay_out, nothing, 1, 2, 4, 8),
    ROW(metes_profile_reserve, lay_out, room_to_reserve), ROW(metes_config_default, nothing, nothing),
    CURVE(metes_layout_compute, "ranges", lay_out, nothing, 1, 2, 4, 8), ROW(metes_regions, lay_out, nothing),
    CURVE(metes_regions_resolve, "regions", many_regions, nothing, 1, 4, 16, 64),
    ROW(metes_place_of_gpa, lay_out, nothing), ROW(metes_place_of_gva, lay_out, nothing),
    ROW(metes_peb_of, lay_out, nothing), ROW(metes_peb_bytes, lay_out, nothing),
    ROW(metes_peb_encode, lay_out, nothing),
    ROW(metes_peb_write, lay_out, nothing),
    CURVE(metes_init_data_write, "bytes", with_init_data, nothing, 64, 512, 4096, 32768),
    ROW(metes_scratch_areas, lay_out, nothing), ROW(metes_scratch_init, lay_out, nothing),
    ROW(metes_scratch_set_generation, lay_out, nothing),
    CURVE(metes_scratch_copy_pt, "bytes", with_page_tables, nothing, 4096, 16384, 65536, PT_SIZE),
    ROW(metes_entry_of, lay_out, nothing), CURVE(metes_plan_check, "slots", plan, nothing, 2, 8, 32, SLOTS),
    ROW(metes_plan_layout, lay_out, nothing), CURVE(metes_plan_add, "slots", plan, nothing, 2, 8, 32, SLOTS),
    CURVE(metes_plan_remove, "slots", plan, nothing, 4, 8, 32, SLOTS),
    CURVE(metes_plan_free_slot, "slots", plan, nothing, 2, 8, 32, SLOTS),
    ROW(metes_pt_tables_for, lay_out, nothing), ROW(metes_pt_pages_needed, lay_out, nothing),
    ROW(metes_pt_init, nothing, nothing), CURVE(metes_pt_reserve, "pages", nothing, no_tables, 1, 64, 512, 4096),
    CURVE(metes_pt_map, "pages", nothing, no_tables, 1, 64, 512, 4096),
    CURVE(metes_pt_map_large, "pages", nothing, no_tables, 512, 1024, 2048, 4096),
    CURVE(metes_pt_walk, "mapped-pages", mapped, nothing, 1, 64, 512, 4096),
    CURVE(metes_buffer_push, "bytes", some_data, empty_buffer, 8, 64, 512, 4096),
    CURVE(metes_buffer_peek, "bytes", pushed, nothing, 8, 64, 512, 4096),
    CURVE(metes_buffer_pop, "bytes", pushed, unpopped, 8, 64, 512, 4096),
    CURVE(metes_message_put, "bytes", to_put, nothing, 32, 64, 512, 4096),
    CURVE(metes_message_parse, "bytes", to_parse, nothing, 32, 64, 512, 4096),
    CURVE(metes_input_push, "bytes", with_buffers, empty_input, 8, 64, 512, 4096),
    CURVE(metes_output_take, "bytes", with_buffers, untaken, 8, 64, 512, 4096),
    CURVE(metes_buffers_clear, "bytes", large_buffers, nothing, 16384, 32768, 65536, 131072),
    CURVE(metes_elf_parse, "segments", elf, nothing, 1, 4, 8, 16),
    CURVE(metes_elf_load, "bytes", elf_of_pages, nothing, 4096, 16384, 32768, 65536),
    ROW(metes_mapping_count, image_of_four, nothing), ROW(metes_mapping_of, image_of_four, nothing),
    ROW(metes_image_entry, image_of_four, nothing),
    ROW(metes_file_mapping_count, with_files, nothing), ROW(metes_file_mapping_get, with_files, nothing),
    ROW(metes_file_mapping_add, with_files, two_files), ROW(metes_file_mapping_remove, with_files, two_files),
    CURVE(metes_file_place, "slots", plan_beside, nothing, 2, 8, 32, SLOTS), ROW(metes_peb_mapping, with_files, nothing),
    CURVE(metes_checksum, "bytes", nothing, nothing, 64, 4096, 32768, PT_SIZE), ROW(metes_snapshot_check, record, nothing), ROW(metes_snapshot_write, record, nothing),
    ROW(metes_snapshot_read, record, nothing), ROW(metes_gpa_resolve, with_memory, nothing),
    CURVE(metes_gpa_read, "bytes", with_memory, nothing, 8, 64, 512, 4096),
    CURVE(metes_gpa_write, "bytes", with_memory, nothing, 8, 64, 512, 4096),
    ROW(metes_gva_walk, with_memory, nothing), ROW(metes_gva_resolve, with_memory, nothing),
    CURVE(metes_gva_read, "bytes", with_memory, nothing, 8, 512, 4096, 8192),
    CURVE(metes_gva_write, "bytes", with_memory, nothing, 8, 64, 512, 4096),
};

/* Picoseconds of both calls in the fastest batch: what disturbs only adds. */
static uint64_t fastest(const struct row *r, void (*volatile call)(uint64_t), uint64_t n, uint64_t calls,
                        uint64_t batches)
{
  void (*volatile again)(uint64_t) = r->again;
  uint64_t best = UINT64_MAX;

  for (uint64_t b = 0; b < batches; b++) {
    const uint64_t began = now();

    for (uint64_t i = 0; i < calls; i++) {
      again(n);
      call(n);
    }
    const uint64_t took = (now() - began) * 1000 / calls;

    best = took < best ? took : best;
  }
  return best;
}

static void measure(const struct row *r, uint64_t n, uint64_t calls, uint64_t batches, uint64_t empty)
{
  r->before(n);
  const uint64_t full = fastest(r, r->call, n, calls, batches), without = fastest(r, nothing, n, calls, batches);
  const uint64_t cost = full > without ? full - without : 0;

  if (r->unit)
    printf("%s/%llu-%s %llu\n", r->function, (unsigned long long)n, r->unit, (unsigned long long)(cost + empty));
  else
    printf("%s %llu\n", r->function, (unsigned long long)(cost + empty));
}

int main(int argc, char **argv)
{
  const struct row none = {"nothing", NULL, {0}, nothing, nothing, nothing};
  const uint64_t calls = argc >= 3 ? strtoull(argv[1], NULL, 10) : 0;
  const uint64_t batches = argc >= 3 ? strtoull(argv[2], NULL, 10) : 0;

  if (calls == 0 || batches == 0)
    return 64;
  const uint64_t empty = fastest(&none, nothing, 0, calls, batches) / 2; /* of two empty calls, one */

  printf("empty-call-with-size %llu\n", (unsigned long long)empty);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (int k = 0; k < (rows[i].unit ? 4 : 1); k++) {
      if (argc > 3 && strcmp(argv[3], rows[i].function) != 0)
        continue;

      const uint64_t n = rows[i].sizes[k], fewer = calls / (1 + n / 4);

      measure(&rows[i], n, fewer < 20 ? 20 : fewer, batches, empty);
    }
  return 0;
}
