/* SPDX-License-Identifier: Apache-2.0
 * What core answers to two thousand configurations, as sums of the bytes: the same on all machines, by all compilers.
 *
 * usage: dump IMAGE      one line for each 128 configurations, one column for each kind of answer; last, the image
 * Random choices are made one a statement: the order of evaluation is not the compiler's to choose. */
#include "dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 16, BLOCK = 128 };

static const char *const names[COLUMNS] = {"layout", "peb", "plan", "tables", "scratch", "buffers", "record"};
static uint64_t sums[COLUMNS];

void eat(enum column c, uint64_t v)
{
  for (int i = 0; i < 8; i++)
    sums[c] = (sums[c] ^ (v >> 8 * i & 0xFF)) * 0x100000001B3U; /* FNV-1a */
}

void eat_bytes(enum column c, const uint8_t *m, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++)
    sums[c] = (sums[c] ^ m[i]) * 0x100000001B3U;
}

void eat_words(enum column c, const void *from, size_t at, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    uint64_t v;

    memcpy(&v, (const char *)from + at + 8 * i, 8);
    eat(c, v);
  }
}

void eat_answer(enum column c, enum metes_status s, const struct metes_error *err)
{
  eat(c, (uint64_t)s);
  eat(c, err->requested);
  eat(c, err->limit);
  eat(c, err->index);
}

static uint32_t pages_of(struct source *s, uint32_t most)
{
  const uint32_t pages = pick(s, most);
  const uint32_t beside = pick(s, 3);

  return 4096 * pages + beside;
}

/* Most are small and sound; one of eight has a size that may be any. */
static void configure(struct source *s, struct metes_config *c)
{
  static const uint64_t near[] = {0x1000, 0x2000, 0x4000, 0x48000, 0x3FFFFF000, 0xFEE00000, 1ULL << 36, UINT64_MAX};
  uint64_t *const sizes[] = {&c->code_size,        &c->heap_size,    &c->init_data_size, &c->input_data_size,
                             &c->output_data_size, &c->scratch_size, &c->pt_size};

  metes_config_default(c);
  for (uint32_t i = 0; i < 5; i++)
    *sizes[i] = pages_of(s, 16);
  c->scratch_size = 4096ULL * (64 + pick(s, 64));
  c->init_data_permissions = pick(s, 8);
  c->options = pick(s, 4);
  if (pick(s, 8) == 0) {
    const uint32_t which = pick(s, 7);

    *sizes[which] = pick_size(s, near, sizeof near / sizeof *near);
  }
}

static void align(struct source *s, struct metes_profile *p, struct metes_config *c)
{
  static const uint64_t units[] = {0x4000, 0x200000, 0x3000};
  const uint64_t a = units[pick(s, 3)];

  p->alignment = a;
  p->snapshot_gpa = a;
  p->snapshot_gva = a;
  p->last_gpa = (p->last_gpa + 1) / a * a - 1;
  p->last_gva = (p->last_gva + 1) / a * a - 1;
  p->max_size = p->max_size / a * a;
  c->scratch_size = (c->scratch_size / a + 2) * a;
}

static void trial(uint64_t seed)
{
  struct source s = {.state = seed * 0x9E3779B97F4A7C15U};
  struct metes_error err = {0, 0, 0};
  struct metes_profile p;
  struct metes_config c;
  struct metes_layout l = {0};

  metes_profile_builtin((enum metes_profile_id)pick(&s, 3), &p, &err);
  configure(&s, &c);
  if (pick(&s, 8) == 0)
    align(&s, &p, &c);
  if (pick(&s, 8) == 0)
    metes_profile_reserve(&p, 0x8000, 0x8000 + 4096ULL * pick(&s, 2), &err);
  metes_layout_compute(&p, &c, &l, &err);

  const struct metes_layout first = l;

  if (pick(&s, 4) != 0)
    c.pt_size = metes_pt_pages_needed(&first) * 4096;

  const enum metes_status status = metes_layout_compute(&p, &c, &l, &err);

  eat_answer(LAYOUT, status, &err);
  dump_record(&s, &p, &c);
  if (status == METES_OK)
    dump_layout(&s, &p, &l);
}

static void print(const char *label, uint64_t n)
{
  printf("%s %" PRIu64 ":", label, n);
  for (int c = 0; c < COLUMNS; c++)
    printf(" %s %016" PRIx64, names[c], sums[c]);
  putchar('\n');
}

static int dump_image(const char *path)
{
  static uint8_t file[1 << 20];
  FILE *f = fopen(path, "rb");

  if (f == NULL)
    return 66;
  const size_t n = fread(file, 1, sizeof file, f);

  fclose(f);
  dump_elf(file, n);
  print(path, n);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc != 2)
    return 64;
  for (uint64_t b = 0; b < BLOCKS; b++) {
    for (int c = 0; c < COLUMNS; c++)
      sums[c] = 0xCBF29CE484222325U;
    for (uint64_t i = 0; i < BLOCK; i++)
      trial(b * BLOCK + i + 1);
    print("configurations from", b * BLOCK);
  }
  printf("%" PRIu64 " layouts, %" PRIu64 " of them with memory, %" PRIu64 " with page tables\n", dump_counts[0],
         dump_counts[1], dump_counts[2]);
  return dump_image(argv[1]);
}
