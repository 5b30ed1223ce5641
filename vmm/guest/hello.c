/* SPDX-License-Identifier: Apache-2.0
 * A sample guest: prints what it finds in the PEB. */
#include "guest.h"

static void area(const char *name, uint64_t gva, uint64_t size)
{
  metes_printf("  %s 0x%016lx %8lu bytes\n", name, gva, size);
}

int main(const struct metes_guest *guest)
{
  const struct metes_peb *peb = guest->peb;

  metes_print("Hello from inside. The PEB says:\n");
  area("PEB      ", (uint64_t)peb, METES_PEB_SIZE);
  area("heap     ", peb->heap_gva, peb->heap_size);
  area("init data", peb->init_data_gva, peb->init_data_size);
  area("input    ", peb->input_gva, peb->input_size);
  area("output   ", peb->output_gva, peb->output_size);
  metes_printf("%lu pages of scratch are free.\n", metes_free_pages());
  return 0;
}
