/* SPDX-License-Identifier: Apache-2.0
 * What of a guest is mapped: from an image's bytes to the tables in scratch, and every page walked there. */
#include "unit.h"

enum { SNAPSHOT = 0x40000, SCRATCH = 0x60000, TABLES = 32, PAGES = 16 };
static uint8_t file[0x4000], snapshot[SNAPSHOT], scratch[SCRATCH];
static struct metes_table tables[TABLES];
static uint8_t level[TABLES];
static uint32_t parent[TABLES];

static void put(uint64_t at, int n, uint64_t v)
{
  for (int i = 0; i < n; i++)
    file[at + (uint64_t)i] = (uint8_t)(v >> (8 * i));
}

static void put_segment(uint64_t i, uint32_t flags, uint64_t vaddr, uint64_t mem_size)
{
  const uint64_t at = 64 + 56 * i;

  put(at, 4, 1);
  put(at + 4, 4, flags);
  put(at + 8, 8, 0x1000);
  put(at + 16, 8, vaddr);
  put(at + 32, 8, 1);
  put(at + 40, 8, mem_size);
}

/* Pages 0, 1 read and execute; 3, 4 read and write; 6 read: between them two that no segment has. */
static struct metes_image image(void)
{
  struct metes_error err = UNTOUCHED;
  struct metes_image g;

  memset(file, 0, sizeof file);
  memcpy(file, "\177ELF\2\1\1", 7);
  put(16, 2, 3);
  put(18, 2, 62);
  put(24, 8, 0x10);
  put(32, 8, 64);
  put(54, 2, 56);
  put(56, 2, 3);
  put_segment(0, 5, 0x0, 0x1001);
  put_segment(1, 6, 0x3000, 0x2000);
  put_segment(2, 4, 0x6008, 1);
  assert_int_equal(metes_elf_parse(file, sizeof file, 0x500140000000, 0, &g, &err), METES_OK);
  assert_untouched(&err);
  assert_int_equal(g.span, 0x7000);
  return g;
}

static struct metes_config config_of(uint32_t options, uint64_t init_data, uint32_t permissions)
{
  struct metes_config c = small_config();

  c.code_size = image().span;
  c.heap_size = 0x2000;
  c.options = options;
  c.init_data_size = init_data;
  c.init_data_permissions = permissions;
  return c;
}

/* The guest of c, its tables in scratch: as an embedder makes it. */
static struct metes_memory made(enum metes_profile_id id, struct metes_config c)
{
  const struct metes_profile p = profile_of(id);
  const struct metes_image g = image();
  const struct metes_layout first = layout_of(&p, &c);
  struct metes_error err = UNTOUCHED;
  struct metes_pt pt;

  c.pt_size = 4096 * metes_pt_pages_needed(&first);
  const struct metes_layout l = layout_of(&p, &c);

  assert_true(l.snapshot_size <= SNAPSHOT && l.scratch_size <= SCRATCH && c.pt_size / 4096 <= TABLES);
  memset(level, 0, sizeof level);
  assert_int_equal(metes_pt_init(&pt, tables, level, parent, c.pt_size / 4096, l.pt_gpa, &err), METES_OK);
  assert_int_equal(metes_mapping_count(&g), 7);
  for (uint32_t k = metes_mapping_count(&g); k-- > 0;)
    assert_int_equal(metes_pt_map(&pt, tables, level, parent, metes_mapping_of(&l, &g, k), &err), METES_OK);
  assert_untouched(&err);
  for (uint64_t i = 0; i < c.pt_size / 8; i++) /* as a guest reads them, whatever the host */
    metes_put64(snapshot, l.memory_size + 8 * i, tables[i / 512].e[i % 512]);
  memset(scratch, 0, sizeof scratch);
  assert_int_equal(metes_scratch_copy_pt(&l, snapshot, SNAPSHOT, scratch, SCRATCH, &err), METES_OK);
  return (struct metes_memory){l, snapshot, scratch};
}

/* How many pages the tables in scratch map in all: each present entry of each table of the last level. */
static uint64_t all_pages(const struct metes_memory *g)
{
  uint64_t n = 0;

  for (uint64_t t = 0; t < g->layout.pt_size / 4096; t++)
    for (uint64_t i = 0; i < 512; i++)
      n += level[t] == 1 && metes_get64(scratch, g->layout.pt_scratch_offset + 4096 * t + 8 * i) % 2 == 1;
  return n;
}

static void assert_page(const struct metes_memory *g, uint64_t gva, uint64_t gpa, uint32_t flags)
{
  const struct metes_walk first = metes_gva_walk(g, g->layout.pt_gpa, gva);
  const struct metes_walk last = metes_gva_walk(g, g->layout.pt_gpa, gva + 0xFFF);

  assert_int_equal(first.status, flags ? METES_OK : METES_E_UNMAPPED);
  assert_int_equal(last.status, first.status);
  assert_int_equal(first.gpa, flags ? gpa : 0);
  assert_int_equal(last.gpa, flags ? gpa + 0xFFF : 0);
  assert_int_equal(first.flags, flags);
}

/* Pages of the snapshot are as `want` says, scratch is read and written, and nothing else is mapped. */
static void assert_guest(const struct metes_memory *g, const uint32_t *want)
{
  const struct metes_layout *l = &g->layout;
  uint64_t n = l->scratch_size / 4096;

  for (uint64_t k = 0; k < l->snapshot_size / 4096 + 2; k++) {
    const uint32_t flags = k < PAGES ? want[k] : 0;

    n += flags != 0;
    assert_page(g, l->snapshot_gva + 4096 * k, l->snapshot_gpa + 4096 * k, flags);
  }
  for (uint64_t k = 0; k < l->scratch_size / 4096; k++)
    assert_page(g, l->scratch_gva + 4096 * k, l->scratch_gpa + 4096 * k, METES_READ | METES_WRITE);
  assert_page(g, l->snapshot_gva - 4096, 0, 0);
  assert_page(g, l->scratch_gva - 4096, 0, 0);
  assert_page(g, l->scratch_gva + l->scratch_size, 0, 0);
  assert_int_equal(all_pages(g), n);
}

enum { R = METES_READ, RX = R | METES_EXECUTE, RC = R | METES_COPY_ON_WRITE, RCX = RC | METES_EXECUTE };

/* MAP-1 to MAP-5: segments, PEB, heap and init data, each with its own permissions; gaps stay unmapped. */
static void a_guest(void **state)
{
  /* segments, gaps between them; PEB, heap, init data; the first page behind is of the page tables */
  const uint32_t want[PAGES] = {RX, RX, 0, RC, RC, 0, R, R, RC, RC, RX, RX};
  const struct metes_memory h = made(METES_PROFILE_HYPERLIGHT, config_of(0, 0x1001, METES_EXECUTE));

  (void)state;
  assert_guest(&h, want);
  const struct metes_memory n = made(METES_PROFILE_NUB, config_of(0, 0x1001, METES_EXECUTE));

  assert_guest(&n, want);
}

/* MAP-3, MAP-5: options and permissions; init data with no permission at all is not mapped. */
static void a_guest_with_options(void **state)
{
  const uint32_t all = METES_OPT_FILE_MAPPINGS | METES_OPT_EXECUTABLE_HEAP;
  const uint32_t want[PAGES] = {RX, RX, 0, RC, RC, 0, R, RC, RCX, RCX, RCX};
  const uint32_t none[PAGES] = {RX, RX, 0, RC, RC, 0, R, R, RC, RC, 0};
  const uint32_t written[PAGES] = {RX, RX, 0, RC, RC, 0, R, R, RC, RC, RC};

  (void)state;
  const struct metes_memory a = made(METES_PROFILE_NUB, config_of(all, 1, 7));

  assert_guest(&a, want);
  const struct metes_memory b = made(METES_PROFILE_NUB, config_of(0, 1, 0));

  assert_guest(&b, none);
  const struct metes_memory c = made(METES_PROFILE_NUB, config_of(0, 1, METES_WRITE));

  assert_guest(&c, written);
  const struct metes_memory d = made(METES_PROFILE_HYPERLIGHT, config_of(0, 0, 7)); /* no init data */

  assert_guest(&d, none);
}

/* MAP-4: whatever is written to one page is not seen in another: no frame is mapped twice. */
static void no_page_twice(void **state)
{
  const struct metes_memory g = made(METES_PROFILE_NUB, config_of(0, 0x1001, 7));
  const struct metes_image im = image();
  const uint32_t n = metes_mapping_count(&im);

  (void)state;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < i; k++) {
      const struct metes_mapping a = metes_mapping_of(&g.layout, &im, i), b = metes_mapping_of(&g.layout, &im, k);

      assert_true(a.gva >= b.gva + 4096 * b.pages || b.gva >= a.gva + 4096 * a.pages);
      assert_true(a.gpa >= b.gpa + 4096 * b.pages || b.gpa >= a.gpa + 4096 * a.pages);
    }
}

/* MAP-6: an image begins in the code region, where the guest sees it; of any numbers there is an answer. */
static void where_an_image_begins(void **state)
{
  const struct metes_layout l = small_layout(METES_PROFILE_NUB);
  struct metes_image g = image();

  (void)state;
  assert_int_equal(metes_image_entry(&l, &g), 0x500140000010);
  g.entry = UINT64_MAX;
  assert_int_equal(metes_image_entry(&l, &g), UINT64_MAX);
}

/* MAP-1: total: of any image, and of any k there is a mapping; of one with too many segments none of them counts. */
static void any_image(void **state)
{
  struct metes_layout l = small_layout(METES_PROFILE_NUB);
  struct metes_image g = {.n = METES_MAX_SEGMENTS};

  (void)state;
  memset(g.segments, 0xFF, sizeof g.segments);
  assert_int_equal(metes_mapping_count(&g), METES_MAX_SEGMENTS + 4);
  assert_int_equal(metes_mapping_of(&l, &g, 15).pages, 0); /* [2^64 - 1, 2^64 - 1): less than no page */
  assert_int_equal(metes_mapping_of(&l, &g, 15).flags, RCX);
  assert_int_equal(metes_mapping_of(&l, &g, 16).gpa, l.peb_gpa);
  l.init_data_permissions = 8 + METES_EXECUTE;
  assert_int_equal(metes_mapping_of(&l, &g, 18).flags, RX);
  l.options = 4 + METES_OPT_EXECUTABLE_HEAP;
  assert_int_equal(metes_mapping_of(&l, &g, 17).flags, RCX);
  assert_int_equal(metes_mapping_of(&l, &g, 19).gpa, l.scratch_gpa);
  assert_int_equal(metes_mapping_of(&l, &g, UINT32_MAX).gpa, l.scratch_gpa);
  for (uint32_t k = 0; k < 2; k++) {
    g.n = k ? UINT32_MAX : METES_MAX_SEGMENTS + 1;
    assert_int_equal(metes_mapping_count(&g), 4);
    assert_int_equal(metes_mapping_of(&l, &g, 0).gpa, l.peb_gpa);
    assert_int_equal(metes_mapping_of(&l, &g, 3).gpa, l.scratch_gpa);
  }
  g.n = 0;
  assert_int_equal(metes_mapping_count(&g), 4);
  assert_int_equal(metes_mapping_of(&l, &g, 1).gpa, l.heap_gpa);
}

int test_mappings(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_guest),
      cmocka_unit_test(a_guest_with_options),
      cmocka_unit_test(no_page_twice),
      cmocka_unit_test(where_an_image_begins),
      cmocka_unit_test(any_image),
  };

  return cmocka_run_group_tests_name("mappings", tests, NULL, NULL);
}
