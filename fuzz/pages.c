/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: page tables, built by small pages and by large, then walked; and tables that hold anything. The
 * oracles are the list of what was mapped, and a second walker. */
#include "fuzz/kit/target.h"
#include "core/pagetable.h"
#include "tests/properties/agree.h"

/* PT-1: a pool of any size, anywhere. There is memory for each, though only its first two tables are looked at. */
static const char *pool(struct source *s)
{
  static struct metes_table tables[METES_PT_MAX_TABLES + 1];
  static uint8_t level[METES_PT_MAX_TABLES + 1];
  static uint32_t parent[METES_PT_MAX_TABLES + 1];
  static const uint64_t near[4] = {0x1000, 1ULL << 52, (1ULL << 52) - 0x2000, METES_PT_MAX_TABLES};
  const uint64_t n = pick(s, 2) ? pick(s, 3) : METES_PT_MAX_TABLES + (uint64_t)pick(s, 3) - 1;
  const uint64_t base = pick_size(s, near, 4);
  struct model_answer a = model_no(METES_OK, 0, 0, 0);
  struct metes_error err = {7, 7, 7};
  struct metes_pt p = {1, 2, 3};

  memset(tables, 0xA5, 2 * sizeof *tables);
  if (n < 1 || n > 65535)
    a = model_no(METES_E_PT_POOL, n, 65535, 0);
  else if (base == 0 || base & 4095 || (wide)base + (wide)n * 4096 > (wide)1 << 52)
    a = model_no(METES_E_PT_POOL, base, 1ULL << 52, 1);
  const char *why = same_answer(metes_pt_init(&p, tables, level, parent, n, base, &err), &err, &a, "which pools begin");

  if (why || a.status != METES_OK)
    return why ? why : p.base_gpa == 1 && p.n == 2 && p.used == 3 ? NULL : "a pool that is refused is left alone";
  return p.base_gpa == base && p.n == n && p.used == 1 && tables[0].e[511] == 0 && tables[1].e[0] != 0
             ? NULL
             : "a pool begins with an empty root";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  switch (pick(&s, 4)) {
  case 0: fuzz_verdict(agree_page_tables(&s)); break;
  case 1: fuzz_verdict(agree_large_pages(&s)); break;
  case 2: fuzz_verdict(agree_walks(&s)); break;
  default: fuzz_verdict(pool(&s)); break;
  }
  return 0;
}
