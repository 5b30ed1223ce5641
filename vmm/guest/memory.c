/* SPDX-License-Identifier: Apache-2.0
 * Pages: taking them from scratch, finding their entries, copying on write; and what gcc calls by name. */
#include "kit.h"

#include "core/scratch.h"

#define PAGE 4096ull
#define FRAME 0x000ffffffffff000ull
#define PRESENT 1ull
#define WRITABLE 2ull
#define ACCESSED 0x20ull
#define NO_EXECUTE (1ull << 63)
#define TABLE_SPAN (512 * PAGE) /* of a table of the last level */

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int value, size_t n);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
  void *const start = to;

  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
  return start;
}

void *memset(void *to, int value, size_t n)
{
  void *const start = to;

  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
  return start;
}

/* The last page of scratch and the one below it are the exception stack and bookkeeping. */
static uint64_t free_bytes(const struct metes_guest *g)
{
  const uint64_t free_gpa = *kit_word(g->scratch_top, METES_SCRATCH_FREE_BELOW);
  const uint64_t used = g->tables_gva + (free_gpa - g->tables_gpa) - g->scratch_gva;

  return g->scratch_top - g->scratch_gva + 1 - 2 * PAGE - used;
}

uint64_t metes_free_pages(void)
{
  return free_bytes(&kit_state()->guest) / PAGE;
}

static void *seen_at(const struct metes_guest *g, uint64_t gpa)
{
  return (void *)(g->tables_gva + (gpa - g->tables_gpa));
}

/* The gpa of so many bytes of whole pages, which are the caller's from now on; or 0. */
static uint64_t take(const struct metes_guest *g, uint64_t size)
{
  volatile uint64_t *const free_gpa = kit_word(g->scratch_top, METES_SCRATCH_FREE_BELOW);
  const uint64_t first = *free_gpa;

  if (free_bytes(g) < size)
    return 0;
  *free_gpa = first + size;
  return first;
}

/* The gpa of one page, of those that were given back first; or 0. */
static uint64_t take_page(struct kit *kit)
{
  const uint64_t page = kit->spare;

  if (page == 0)
    return take(&kit->guest, PAGE);
  kit->spare = *(const uint64_t *)seen_at(&kit->guest, page);
  return page;
}

static void give_back(struct kit *kit, uint64_t page)
{
  *(uint64_t *)seen_at(&kit->guest, page) = kit->spare;
  kit->spare = page;
}

void *metes_take(size_t size)
{
  const struct metes_guest *g = &kit_state()->guest;
  const uint64_t whole = size > SIZE_MAX - PAGE ? SIZE_MAX : (size + PAGE - 1) / PAGE * PAGE;
  const uint64_t first = take(g, whole);

  return first == 0 ? NULL : memset(seen_at(g, first), 0, whole);
}

void *metes_take_page(void)
{
  return metes_take(PAGE);
}

/* An empty table, for the entry of another. */
static uint64_t make_table(struct kit *kit)
{
  const uint64_t page = take_page(kit);

  if (page == 0)
    metes_abort(METES_ABORT_PLAIN, "kit: no page of scratch is left for page tables");
  memset(seen_at(&kit->guest, page), 0, PAGE);
  return page | PRESENT | WRITABLE | ACCESSED;
}

static uint64_t *entry_of(struct kit *kit, uint64_t gva, bool make)
{
  uint64_t table;

  __asm__ volatile("mov %%cr3, %0" : "=r"(table));
  for (unsigned shift = 39;; shift -= 9) {
    uint64_t *const entry = (uint64_t *)seen_at(&kit->guest, table & FRAME) + (gva >> shift & 511);

    if (shift == 12)
      return entry;
    if ((*entry & PRESENT) == 0 && make)
      *entry = make_table(kit);
    if ((*entry & PRESENT) == 0)
      return NULL;
    table = *entry;
  }
}

uint64_t *metes_page_entry(uint64_t gva)
{
  return entry_of(kit_state(), gva, false);
}

void kit_map_page(uint64_t gva, uint64_t gpa)
{
  *entry_of(kit_state(), gva, true) = (gpa & FRAME) | PRESENT | ACCESSED | METES_PTE_COPY_ON_WRITE | NO_EXECUTE;
}

void kit_forget(uint64_t gva, uint64_t size)
{
  struct kit *const kit = kit_state();

  for (uint64_t at = gva; at - gva < size; at += PAGE) {
    uint64_t *const entry = entry_of(kit, at, false);

    if (entry == NULL) {
      at |= TABLE_SPAN - PAGE; /* none of this table's pages is mapped */
      continue;
    }
    if (*entry & WRITABLE)
      give_back(kit, *entry & FRAME);
    *entry = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(at) : "memory");
  }
}

/* Gives the page a writable copy in scratch, where its entry asks for one. */
bool kit_copy_on_write(uint64_t gva)
{
  uint64_t *const entry = metes_page_entry(gva);
  const uint64_t kept = ~(FRAME | METES_PTE_COPY_ON_WRITE);

  if (entry == NULL || (*entry & PRESENT) == 0 || (*entry & METES_PTE_COPY_ON_WRITE) == 0)
    return false;
  struct kit *const kit = kit_state();
  const uint64_t page = take_page(kit);

  if (page == 0)
    metes_abort(METES_ABORT_PLAIN, "kit: no page of scratch is left for copy-on-write");
  memcpy(seen_at(&kit->guest, page), (const void *)(gva & ~(PAGE - 1)), PAGE);
  *entry = (*entry & kept) | page | WRITABLE;
  __asm__ volatile("invlpg (%0)" : : "r"(gva) : "memory");
  return true;
}
