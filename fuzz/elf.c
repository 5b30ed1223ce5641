/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: an image file, behind 8 bytes of code_gva and 4 of options: read and loaded. The oracle is libelf, and
 * spec/image.md over what it reads (tests/elf). */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/metes.h"
#include "fuzz/kit/target.h"
#include "tests/elf/elf.h"

enum { ASKED = 12 };

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);

/* What a file says of its sections may make libelf ask for any amount of memory. */
const char *__asan_default_options(void)
{
  return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  (void)argc, (void)argv;
#ifndef __SANITIZE_ADDRESS__
  if (setrlimit(RLIMIT_AS, &(struct rlimit){1 << 28, 1 << 28}) != 0)
    exit(71);
#endif
  return elf_version(EV_CURRENT) == EV_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct trial t;
  static struct counts counts;

  (void)fuzz_source(data, size); /* it makes no choices, but is counted */
  elf_version(EV_CURRENT);
  if (size < ASKED || size - ASKED > ROOM) {
    fuzz_first_check(0);
    return 0;
  }
  t.f = (struct file){(uint8_t *)(uintptr_t)(data + ASKED), size - ASKED, ROOM, metes_get64(data, 0),
                      metes_get32(data, 8)};
  const char *why = compare(&t, &counts);

  fuzz_first_check(t.ours == METES_OK || t.ours >= METES_E_ELF_INTERP);
  if (why)
    fprintf(stderr, "core says %d, libelf and the rules %d\n", (int)t.ours, (int)t.r.status);
  fuzz_verdict(why);
  return 0;
}

/* The mutations of tests/elf, which know the format. The file stands where nothing follows it, so that it can grow. */
size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  static uint8_t place[2 * ROOM];
  const size_t len = size < ASKED ? 0 : size - ASKED;
  struct file f = {place + sizeof place - len, len, room - ASKED < ROOM ? room - ASKED : ROOM, 0, 0};

  if (size < ASKED || len > ROOM || len > room - ASKED)
    return 0;
  f.code_gva = metes_get64(data, 0);
  memcpy(f.bytes, data + ASKED, len);
  mutate(chance, &f, NULL);
  if (f.len > f.room)
    return 0;
  metes_put64(data, 0, f.code_gva);
  fuzz_put(data, 8, f.options, 4);
  memcpy(data + ASKED, f.bytes, f.len);
  return ASKED + f.len;
}

/* What readelf -hl would say, as far as it is there. */
void fuzz_show(FILE *f, const uint8_t *data, size_t size)
{
  const uint8_t *const m = data + ASKED;
  const size_t len = size < ASKED ? 0 : size - ASKED;

  if (len < HEADER_BYTES) {
    fprintf(f, "{\"bytes\": %zu}\n", len);
    return;
  }
  const uint64_t at = metes_get64(m, 32), n = m[56] + 256u * m[57];
  const char *comma = "";

  fprintf(f, "{\"code_gva\": \"%#lx\", \"options\": %u, \"bytes\": %zu, \"type\": %u, \"machine\": %u, ",
          metes_get64(data, 0), metes_get32(data, 8), len, m[16] + 256u * m[17], m[18] + 256u * m[19]);
  fprintf(f, "\"entry\": \"%#lx\", \"phoff\": %lu, \"phentsize\": %u, \"phnum\": %lu, \"headers\": [",
          metes_get64(m, 24), at, m[54] + 256u * m[55], n);
  for (uint64_t k = 0; k < n && k < 64 && at <= len && (k + 1) * 56 <= len - at; k++, comma = ", ") {
    const uint8_t *const h = m + at + 56 * k;

    fprintf(f, "%s{\"type\": %u, \"flags\": %u, \"offset\": \"%#lx\", \"vaddr\": \"%#lx\", ", comma,
            metes_get32(h, 0), metes_get32(h, 4), metes_get64(h, 8), metes_get64(h, 16));
    fprintf(f, "\"filesz\": %lu, \"memsz\": %lu}", metes_get64(h, 32), metes_get64(h, 40));
  }
  fprintf(f, "]}\n");
}
