/* SPDX-License-Identifier: Apache-2.0
 * What fuzz targets share: sources, verdicts, a tally of who gets past the first check. */
#include "fuzz/kit/target.h"

#include <stdlib.h>
#include <string.h>

struct source_choices fuzz_choices;
uint8_t fuzz_kept[FUZZ_KEPT];
size_t fuzz_kept_size = SIZE_MAX;
static unsigned long seen, passed_first;

struct source fuzz_source(const uint8_t *data, size_t size)
{
  static const uint8_t nothing[1];
  struct source s = {.data = data ? data : nothing, .left = size, .choices = &fuzz_choices};

  fuzz_kept_size = size <= FUZZ_KEPT ? size : SIZE_MAX;
  if (size <= FUZZ_KEPT && s.data != fuzz_kept)
    memcpy(fuzz_kept, s.data, size);
  fuzz_choices.start = s.data;
  fuzz_choices.n = 0;
  return s;
}

void fuzz_verdict(const char *why)
{
  if (!why)
    return;
  fprintf(stderr, "this does not hold: %s\n", why);
  abort();
}

static void tally(void)
{
  fprintf(stderr, "first check: %lu of %lu inputs passed\n", passed_first, seen);
}

void fuzz_first_check(int passed)
{
  if (seen == 0 && getenv("METES_FUZZ_TALLY"))
    atexit(tally);
  seen++;
  passed_first += passed != 0;
}

__attribute__((weak)) void fuzz_show(FILE *f, const uint8_t *data, size_t size)
{
  fprintf(f, "{\"bytes\": \"");
  for (size_t i = 0; i < size; i++)
    fprintf(f, "%02x", data[i]);
  fprintf(f, "\"}\n");
}

__attribute__((weak)) int fuzz_show_c(FILE *f, const uint8_t *data, size_t size)
{
  (void)f, (void)data, (void)size;
  return 0;
}

__attribute__((weak)) size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  (void)chance, (void)data, (void)size, (void)room;
  return 0;
}
