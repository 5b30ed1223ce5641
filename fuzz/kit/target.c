/* SPDX-License-Identifier: Apache-2.0
 * What fuzz targets share: sources, verdicts, a tally of who gets past the first check; and a count of executions in
 * a page that METES_FUZZ_PULSE names, which is how a campaign sees them go. */
#define _DEFAULT_SOURCE
#include "fuzz/kit/target.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct source_choices fuzz_choices;
int fuzz_aside, fuzz_begun;
uint8_t fuzz_kept[FUZZ_KEPT];
size_t fuzz_kept_size = SIZE_MAX;
static unsigned long seen, passed_first;
static unsigned told, passed_of_it; /* of the last input */

static uint64_t *pulse(void)
{
  static uint64_t alone, *page;

  if (page)
    return page;
  const char *name = getenv("METES_FUZZ_PULSE");
  const int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
  void *const m = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

  if (fd >= 0)
    close(fd);
  return page = m == MAP_FAILED ? &alone : m;
}

struct source fuzz_source(const uint8_t *data, size_t size)
{
  static const uint8_t nothing[1];
  struct source s = {.data = data ? data : nothing, .left = size, .choices = &fuzz_choices};

  fuzz_kept_size = size <= FUZZ_KEPT ? size : SIZE_MAX;
  if (size <= FUZZ_KEPT && s.data != fuzz_kept)
    memcpy(fuzz_kept, s.data, size);
  *pulse() += !fuzz_aside;
  fuzz_choices.start = s.data;
  fuzz_choices.n = 0;
  told = passed_of_it = 0;
  return s;
}

void fuzz_verdict(const char *why)
{
  if (!why || fuzz_aside)
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
  told++;
  passed_of_it += passed != 0;
  if (fuzz_aside)
    return;
  if (seen == 0 && getenv("METES_FUZZ_TALLY"))
    atexit(tally);
  seen++;
  passed_first += passed != 0;
}

int fuzz_passed(void)
{
  return told == 0 || 2 * passed_of_it > told;
}

int fuzz_mutator_is(char first)
{
  static const char *name;

  if (!name) {
    name = getenv("METES_FUZZ_MUTATOR");
    name = name ? name : "";
  }
  return *name == first;
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

__attribute__((weak)) int fuzz_show_image(FILE *f, const uint8_t *data, size_t size)
{
  (void)f, (void)data, (void)size;
  return 0;
}

__attribute__((weak)) size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  (void)chance, (void)data, (void)size, (void)room;
  return 0;
}

__attribute__((weak)) size_t fuzz_mend(uint8_t *data, size_t size, size_t room)
{
  (void)data, (void)room;
  return size;
}
