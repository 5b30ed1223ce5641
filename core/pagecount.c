/* SPDX-License-Identifier: Apache-2.0
 * How many page tables a range of guest-virtual space, or a whole layout, needs. */
#include "pages.h"

uint64_t metes_pt_tables_for(uint64_t gva, uint64_t pages)
{
  const uint64_t x = metes_page_of(gva), n = pages > METES_SPACE_PAGES ? METES_SPACE_PAGES : pages;

  if (pages == 0)
    return 0;
  const uint64_t g = x / 512, h = (x + n - 1) / 512;
  return (h - g + 1) + (h / 512 - g / 512 + 1) + (h / 512 / 512 - g / 512 / 512 + 1);
}

uint64_t metes_pt_pages_needed(const struct metes_layout *l)
{
  return 1 + metes_pt_tables_for(l->snapshot_gva, l->memory_size / METES_PAGE_SIZE) +
         metes_pt_tables_for(l->scratch_gva, l->scratch_size / METES_PAGE_SIZE);
}
