/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: what the guest can change while it is read is read once. Core is compiled so that each load calls the
 * functions below (clang's trace-loads, without optimisation: each read of the source is one of the program). By gcc,
 * where nothing is counted, only the answers are looked at. */
#include <string.h>

#include "core/metes.h"
#include "fuzz/kit/target.h"

enum { MOST = 2816, PAGES = 8 };

/* The guest's memory, how often each byte of it was read, and which were. */
static uint8_t memory[PAGES * 4096], reads[sizeof memory];
static size_t touched[1024], n_touched;
static int armed;
static unsigned long in_all;

#ifdef __clang__
#define UNSEEN __attribute__((no_sanitize("coverage", "address", "undefined")))
#else
#define UNSEEN
#endif

UNSEEN static void load(const void *at, size_t n)
{
  const uintptr_t o = (uintptr_t)at - (uintptr_t)memory;

  if (!armed || o >= sizeof memory)
    return;
  in_all += n;
  for (size_t i = o; i < o + n && i < sizeof memory; i++)
    if (reads[i]++ == 0 && n_touched < sizeof touched / sizeof *touched)
      touched[n_touched++] = i;
}

void __sanitizer_cov_load1(const uint8_t *at);
void __sanitizer_cov_load2(const uint16_t *at);
void __sanitizer_cov_load4(const uint32_t *at);
void __sanitizer_cov_load8(const uint64_t *at);
void __sanitizer_cov_load16(const __int128 *at);
UNSEEN void __sanitizer_cov_load1(const uint8_t *at) { load(at, 1); }
UNSEEN void __sanitizer_cov_load2(const uint16_t *at) { load(at, 2); }
UNSEEN void __sanitizer_cov_load4(const uint32_t *at) { load(at, 4); }
UNSEEN void __sanitizer_cov_load8(const uint64_t *at) { load(at, 8); }
UNSEEN void __sanitizer_cov_load16(const __int128 *at) { load(at, 16); }

static void start(void)
{
  while (n_touched > 0)
    reads[touched[--n_touched]] = 0;
  in_all = 0;
  armed = 1;
}

/* Was each byte of [from, to) read at most `most` times? And then it does not count below. */
static int at_most(size_t from, size_t to, uint8_t most)
{
  int well = 1;

  armed = 0;
  for (size_t k = 0; k < n_touched; k++)
    if (touched[k] >= from && touched[k] < to) {
      well = well && reads[touched[k]] <= most;
      reads[touched[k]] = 0;
    }
  return well;
}

static int nothing_else(void)
{
  return at_most(0, sizeof reads, 0);
}

static void put(size_t at, uint64_t v, size_t n)
{
  fuzz_put(memory, at, v, n);
}

/* A buffer with an element on it, or nearly: the numbers that matter are mostly sound. */
static uint64_t make_buffer(struct source *s, uint64_t size)
{
  const uint64_t len = 8 + pick(s, 64), first = 8 + pick(s, 24), sp = first + len + 8;

  put(0, pick(s, 8) ? sp : source_bytes(s, 8) >> pick(s, 64), 8);
  if (sp > size)
    return 0;
  put(sp - 8, pick(s, 8) ? first : source_bytes(s, 8) >> pick(s, 64), 8);
  put(first, pick(s, 8) ? len - 4 - pick(s, 2) : source_bytes(s, 4), 4);
  return sp;
}

/* BUF-2, BUF-5 to BUF-7: stack pointer, link and prefix once each, and nothing else. */
static const char *peek(struct source *s)
{
  const uint64_t size = pick(s, 8) ? 128 : pick(s, 128), sp = make_buffer(s, size);
  struct metes_element e;
  struct metes_error err;

  start();
  const enum metes_status got = metes_buffer_peek(memory, size, &e, &err);

  fuzz_first_check(got == METES_OK);
  if (!at_most(0, 8, 1) || (sp && got == METES_OK && !at_most(e.end - 8, e.end, 1)))
    return "a peek reads stack pointer and link once";
  if (got == METES_OK && (!at_most(e.start, e.start + 4, 1) || !nothing_else()))
    return "a peek reads the prefix once, and nothing else";
  return in_all <= 20 && at_most(0, sizeof reads, 1) ? NULL : "a peek reads three words";
}

/* BUF-12: the same, then the bytes are copied, once; they are then emptied unread. */
static const char *take(struct source *s)
{
  struct metes_memory g = {.layout = {.output_data_size = 128, .input_data_size = 8, .scratch_size = 160}};
  uint8_t to[128];
  uint64_t n = 0;
  struct metes_error err;

  make_buffer(s, 128);
  memmove(memory + 8, memory, 128);
  g.scratch = memory;
  g.layout.output_data_size -= pick(s, 4);
  start();
  const enum metes_status got = metes_output_take(&g, to, pick(s, 4) ? sizeof to : pick(s, 100), &n, &err);

  fuzz_first_check(got == METES_OK);
  if (!at_most(8, 16, 1))
    return "a take reads the stack pointer once";
  if (got == METES_OK && in_all != 8 + 8 + 4 + n && in_all != 0) /* 0: nothing is counted */
    return "a take reads the link and the prefix once, and copies once";
  return in_all <= 20 + sizeof to && at_most(0, sizeof reads, 2) ? NULL : "a take reads what it needs";
}

/* BUF-2: the stack pointer, once. */
static const char *push(struct source *s)
{
  static const uint8_t data[32] = {28};
  struct metes_error err;

  make_buffer(s, 128);
  start();
  const enum metes_status got = metes_buffer_push(memory, 64 + pick(s, 64), data, sizeof data, &err);

  fuzz_first_check(got == METES_OK);
  return at_most(0, 8, 1) && nothing_else() ? NULL : "a push reads the stack pointer, once";
}

/* FM-4, FM-6 to FM-9: the count, then the entry, each once. */
static const char *files(struct source *s)
{
  const struct metes_layout l = {.options = METES_OPT_FILE_MAPPINGS};
  struct metes_file_mapping f = {.size = 4096, .label = "a"};
  const uint32_t kind = pick(s, 4), place = pick(s, 4), count = pick(s, 8) ? 1 + pick(s, 4) : pick(s, 40);
  enum metes_status got = METES_OK;
  struct metes_error err;
  uint32_t n;

  put(64, count, 8);
  for (size_t i = 0; i < 4; i++) {
    put(80 + 80 * i, 4096 * (uint64_t)pick(s, 4) + pick(s, 8) / 7, 8);
    put(88 + 80 * i, 4096 * (uint64_t)pick(s, 4), 8);
    memset(memory + 96 + 80 * i, 'a', pick(s, 66) % 65);
  }
  start();
  switch (kind) {
  case 0: got = metes_file_mapping_count(&l, memory, MOST, &n, &err); break;
  case 1: got = metes_file_mapping_get(&l, memory, MOST, place, &f, &err); break;
  case 2: got = metes_file_mapping_add(&l, memory, MOST, f, &err); break;
  default: got = metes_file_mapping_remove(&l, memory, MOST, place, &err); break;
  }
  fuzz_first_check(got == METES_OK);
  return at_most(0, sizeof reads, 1) && in_all <= 8 + 80 ? NULL : "a word of the table of file mappings is read once";
}

/* GVA-1 to GVA-3: each entry on the way, once. */
static const char *walk(struct source *s)
{
  struct metes_memory g = {.layout = {.scratch_size = sizeof memory, .scratch_gpa = 0x100000}, .scratch = memory};
  const uint64_t gva = (uint64_t)pick(s, 4) << 39 | (uint64_t)pick(s, 4) << 30 | pick(s, 4) << 21 | pick(s, 4) << 12;
  uint64_t table = 0;

  for (int level = 4; level > 0; level--) {
    const uint64_t next = 5 - (uint64_t)level, at = 4096 * table + 8 * (gva >> (9 * level + 3) & 511);
    const uint64_t entry = 0x100000 + 4096 * next + (pick(s, 16) ? 3 : 0) + (pick(s, 8) ? 0 : 0x80);

    put(at, pick(s, 16) ? entry : source_bytes(s, 8), 8);
    table = next;
  }
  start();
  const struct metes_walk w = metes_gva_walk(&g, 0x100000, gva);

  fuzz_first_check(w.status == METES_OK);
  return in_all <= 32 && at_most(0, sizeof reads, 1) ? NULL : "a walk reads each entry once";
}

/* MSG-2 to MSG-7: each number once; the characters of the name, which are to be copied first from where they may still
 * change, no oftener than a refusal needs; the payload not at all. */
static const char *message(struct source *s)
{
  const uint64_t n = pick(s, 8) ? pick(s, 65) : source_bytes(s, 4), len = 16 + n % 70 + pick(s, 16);
  struct metes_message m;
  struct metes_error err;

  put(0, pick(s, 8) ? len - 4 : source_bytes(s, 4), 4);
  put(4, pick(s, 8) ? (n ? 1 : 2 + pick(s, 2)) : pick(s, 5), 4);
  put(8, pick(s, 4) ? 0 : pick(s, 2), 4);
  put(12, n, 4);
  for (size_t i = 0; i < 80; i++)
    memory[16 + i] = (uint8_t)(pick(s, 64) ? 'a' + i % 20 : pick(s, 256));
  start();
  const enum metes_status got = metes_message_parse(memory, len, &m, &err);

  fuzz_first_check(got == METES_OK);
  if (!at_most(0, 16, 1) || !at_most(16, 16 + (got == METES_OK ? m.name_length : METES_NAME_MOST), 3))
    return "the numbers of a message are read once";
  return nothing_else() ? NULL : "the payload of a message is not read";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char *(*const all[])(struct source *) = {peek, take, push, files, walk, message};
  struct source s = fuzz_source(data, size);

  memset(memory, (int)pick(&s, 2) * 0x41, sizeof memory);
  fuzz_verdict(all[pick(&s, sizeof all / sizeof *all)](&s));
  return 0;
}
