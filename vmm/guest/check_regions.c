/* SPDX-License-Identifier: Apache-2.0
 * selfcheck: what may be read, written and executed, region by region, tried out. */
#include "selfcheck.h"

#define PRESENT 1ull
#define WRITABLE 2ull
#define NO_EXECUTE (1ull << 63)
#define RET 0xc3

static const char *words(uint32_t p)
{
  static const char names[8][4] = {"---", "r--", "-w-", "rw-", "--x", "r-x", "-wx", "rwx"};

  return names[p & 7];
}

/* What the page's entry promises. */
static uint32_t promised(uint64_t gva)
{
  const uint64_t *entry = metes_page_entry(gva);

  if (entry == NULL || (*entry & PRESENT) == 0)
    return 0;
  return METES_READ | (*entry & (WRITABLE | METES_PTE_COPY_ON_WRITE) ? METES_WRITE : 0) |
         (*entry & NO_EXECUTE ? 0 : METES_EXECUTE);
}

/* Whether a write would take a page of scratch. */
static bool is_copied(uint64_t gva)
{
  const uint64_t *entry = metes_page_entry(gva);

  return entry != NULL && (*entry & METES_PTE_COPY_ON_WRITE) != 0;
}

/* What really can be done. Executing is tried only where it faults or where RET was put. */
static uint32_t tried(uint64_t gva, bool returns)
{
  struct metes_fault f;
  const uint32_t read = can_read(gva, &f) ? METES_READ : 0;
  const uint32_t write = can_write(gva, &f) ? METES_WRITE : 0;
  uint8_t *const byte = (uint8_t *)gva;
  uint32_t execute = 0;

  if (write != 0 && !returns) {
    const uint8_t old = *byte;
    *byte = RET;
    execute = can_execute(gva, &f) ? METES_EXECUTE : 0;
    *byte = old;
  } else if (returns || (promised(gva) & METES_EXECUTE) == 0) {
    execute = can_execute(gva, &f) ? METES_EXECUTE : 0;
  } else {
    execute = METES_EXECUTE; /* not ours to run: as promised */
  }
  return read | write | execute;
}

/* First and last byte of an area have exactly the permissions `allowed` or, where that
 * is not the same, `or_else`. */
static void area(const char *name, uint64_t gva, uint64_t size, uint32_t allowed, uint32_t or_else)
{
  const uint64_t last = gva + size - 1;
  const bool two = last / PAGE != gva / PAGE && (metes_free_pages() > 0 || !is_copied(last));
  const uint32_t want = promised(gva), first = tried(gva, false);
  const uint32_t end = two ? tried(last, false) : promised(last);

  check(first == want && (want == allowed || want == or_else), "%s: first byte %s", name,
        words(first));
  check(end == want, "%s: last byte %s", name, words(end));
}

/* Writes by copy-on-write keep the rest of the page and stay. */
static void check_copies(uint64_t gva)
{
  volatile uint64_t *const word = (volatile uint64_t *)gva;
  const uint64_t old = word[1];

  word[0] = 0x5eed;
  check(word[0] == 0x5eed && word[1] == old && (*metes_page_entry(gva) & WRITABLE) != 0,
        "heap: written, and its page is now a copy in scratch");
}

static void check_init_data(const struct metes_guest *g)
{
  const struct expected *e = expected(g);
  const uint64_t gva = g->peb->init_data_gva;
  uint64_t at = gva;
  uint32_t really;

  if (g->peb->init_data_size == 0)
    return;
  if (e != NULL)
    at = (uint64_t)e->code;
  really = tried(at, e != NULL);
  check(really == promised(gva), "init data: %s", words(really));
  if (e != NULL) {
    check((e->permissions | METES_READ) == really, "init data: permissions as they were given");
    check((promised(g->peb->heap_gva) & METES_EXECUTE) == ((e->options & 2) ? METES_EXECUTE : 0),
          "heap: executable only where it was asked for");
    check((promised((uint64_t)g->peb) & METES_WRITE) == ((e->options & 1) ? METES_WRITE : 0),
          "PEB: writable only where it was asked for");
  }
}

/* PEB-6, PEB-7. */
static void check_mappings(const struct metes_peb *p)
{
  if (promised((uint64_t)p) & METES_WRITE) /* only with file mappings */
    check(p->file_mapping_count == 0 &&
            p->file_mappings_gva == (uint64_t)p + METES_PEB_HEADER_SIZE,
          "PEB: its table of file mappings is empty and follows it");
}

/* REG-2, PT-10, ELF-17: tried out, first and last byte of each. */
void check_regions(const struct metes_guest *g)
{
  extern const char kit_image[], kit_text[], kit_text_end[], kit_data[];
  const struct metes_peb *p = g->peb;

  check(promised((uint64_t)kit_data) == RW, "data: %s", words(promised((uint64_t)kit_data)));
  area("read-only data", (uint64_t)kit_image, 1, METES_READ, METES_READ);
  area("code", (uint64_t)kit_text, (uint64_t)(kit_text_end - kit_text), RX, RX);
  check_mappings(p);
  area("PEB", (uint64_t)p, METES_PEB_SIZE, METES_READ, RW);
  area("heap", p->heap_gva, p->heap_size, RW, RW | METES_EXECUTE);
  check_copies(p->heap_gva);
  check_init_data(g);
  area("scratch", g->scratch_gva, g->scratch_top - g->scratch_gva + 1, RW, RW);
}
