/* SPDX-License-Identifier: Apache-2.0
 * The mutator, as AFL++ calls it: a library for AFL_CUSTOM_MUTATOR_LIBRARY. AFL++'s own mutations stay beside it. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/kit/target.h"

struct mutator {
  uint64_t state;
  size_t room;
  uint8_t *data;
};

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add, size_t add_size, size_t max);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
  struct mutator *const m = calloc(1, sizeof *m);

  (void)afl;
  if (m)
    m->state = seed;
  return m;
}

size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add, size_t add_size, size_t max)
{
  struct mutator *const m = data;
  uint8_t *const more = m->room < max ? realloc(m->data, max) : m->data;

  (void)add, (void)add_size;
  *out = NULL;
  if (!more)
    return 0;
  m->data = more;
  m->room = m->room < max ? max : m->room;
  size = size < max ? size : max;
  memcpy(m->data, buf, size);
  *out = m->data;
  return fuzz_mutate(m->data, size, max, source_random(&m->state), NULL);
}

void afl_custom_deinit(void *data)
{
  struct mutator *const m = data;

  free(m->data);
  free(m);
}
