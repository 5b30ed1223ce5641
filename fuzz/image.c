/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: an image, as nobody's parser made it, loaded into memory of any size. The oracle judges it by the words
 * of ELF-16, in wide integers, and keeps the memory a second time. */
#include <string.h>

#include "core/metes.h"
#include "fuzz/kit/target.h"
#include "tests/properties/model.h"

enum { MOST = 20000, FILE_BYTES = 200 };

static uint8_t file[FILE_BYTES], real[MOST], want[MOST];

/* Mostly one behind the other, each on a page of its own. */
static struct metes_image make(struct source *s)
{
  const uint64_t near[4] = {FILE_BYTES, 4096, MOST, UINT64_MAX};
  struct metes_image g = {.entry = source_bytes(s, 2), .n = pick(s, 16) ? 1 + pick(s, 3) : pick(s, 20)};
  uint64_t at = pick(s, 64);

  for (uint32_t k = 0; k < g.n && k < METES_MAX_SEGMENTS; k++) {
    struct metes_segment *const x = &g.segments[k];
    uint64_t *const fields[4] = {&x->offset, &x->file_offset, &x->file_size, &x->mem_size};

    *x = (struct metes_segment){at, pick(s, 100), pick(s, 100), 100 + pick(s, 64), pick(s, 8)};
    if (pick(s, 8) == 0)
      *fields[pick(s, 4)] = pick_size(s, near, 4);
    at = (x->offset + x->mem_size + 4095) / 4096 * 4096 + pick(s, 16) / 15 * pick(s, 64) - pick(s, 16) / 15;
  }
  g.span = pick(s, 8) ? (at < MOST ? at : MOST) : pick_size(s, near, 4);
  return g;
}

/* ELF-16: the first segment that is not sound, n where all are. */
static uint32_t flawed(const struct metes_image *g, uint64_t len)
{
  wide taken = 0; /* pages that the one before has */

  for (uint32_t k = 0; k < g->n; k++) {
    const struct metes_segment x = g->segments[k];
    const wide end = (wide)x.offset + x.mem_size;

    if (x.mem_size == 0 || x.file_size > x.mem_size || (wide)x.file_offset + x.file_size > len || end > g->span)
      return k;
    if (x.offset / 4096 < taken)
      return k;
    taken = (end + 4095) / 4096;
  }
  return g->n;
}

/* ELF-20: what the memory is afterwards, if it is written. */
static struct model_answer load(const struct metes_image *g, uint64_t len, uint64_t room)
{
  if (g->span > room)
    return model_no(METES_E_BUFFER, g->span, room, 0);
  if (g->n > METES_MAX_SEGMENTS)
    return model_no(METES_E_ELF_IMAGE, g->n, METES_MAX_SEGMENTS, METES_MAX_SEGMENTS);
  const uint32_t bad = flawed(g, len);

  if (bad < g->n)
    return model_no(METES_E_ELF_IMAGE, 0, 0, bad);
  memset(want, 0, (size_t)g->span);
  for (uint32_t k = 0; k < g->n; k++)
    memcpy(want + g->segments[k].offset, file + g->segments[k].file_offset, (size_t)g->segments[k].file_size);
  return model_no(METES_OK, 0, 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const struct metes_image g = make(&s);
  const uint64_t len = pick(&s, 8) ? FILE_BYTES : pick(&s, FILE_BYTES);
  const uint64_t room = pick(&s, 8) ? MOST : source_bytes(&s, 2) % MOST;
  struct metes_error err = {7, 7, 7}, untouched = err;

  for (size_t i = 0; i < sizeof file; i++)
    file[i] = (uint8_t)(i * 7 + 1);
  memset(real, 0xA5, sizeof real);
  memset(want, 0xA5, sizeof want);
  const struct model_answer a = load(&g, len, room);
  const struct metes_error *const e = a.status == METES_OK ? &untouched : &a.err;

  fuzz_first_check(a.status == METES_OK);
  if (metes_elf_load(&g, file, len, real, room, &err) != a.status || err.requested != e->requested ||
      err.limit != e->limit || err.index != e->index)
    fuzz_verdict("an image is loaded just where it is sound, and fits");
  fuzz_verdict(memcmp(real, want, sizeof real) == 0 ? NULL : "each byte of the code region, and no other");
  return 0;
}
