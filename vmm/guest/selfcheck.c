/* SPDX-License-Identifier: Apache-2.0
 * A sample guest: checks from inside that all is where it was promised, and gives its verdict. */
#include "selfcheck.h"

static unsigned checks, failures;

bool check(bool good, const char *format, ...)
{
  __builtin_va_list values;

  checks++;
  failures += !good;
  metes_print(good ? "ok " : "FAIL ");
  __builtin_va_start(values, format);
  metes_vprintf(format, values);
  __builtin_va_end(values);
  metes_print("\n");
  return good;
}

const struct expected *expected(const struct metes_guest *g)
{
  const struct expected *e = (const struct expected *)g->peb->init_data_gva;

  if (g->peb->init_data_size < sizeof *e)
    return NULL;
  for (unsigned i = 0; i < sizeof e->magic; i++)
    if (e->magic[i] != "METESCHK"[i])
      return NULL;
  return e;
}

void check_contents(const struct metes_guest *g)
{
  const struct expected *e = expected(g);
  const uint8_t *const start = (const uint8_t *)g->peb->init_data_gva;
  uint64_t sum = 0xcbf29ce484222325;

  if (e == NULL)
    return;
  for (uint64_t i = 16; i < g->peb->init_data_size; i++)
    sum = (sum ^ start[i]) * 0x100000001b3;
  check(sum == e->checksum, "init data: %lu bytes, as they were given", g->peb->init_data_size);
}

/* Contents come before anything is written. The table is of addresses, so that the
 * image has relocations and their page is copied on its first write. */
static void (*const volatile parts[])(const struct metes_guest *) = {
  check_machine, check_peb,     check_contents, check_tables,
  check_scratch, check_regions, check_outside,
};

int main(const struct metes_guest *g)
{
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    parts[i](g);
  metes_printf("%u checks, %u failed\n", checks, failures);
  return failures != 0;
}
