/* SPDX-License-Identifier: Apache-2.0
 * Core beside libelf, on image files: each must get the same answer, read as the same image, load to the same bytes.
 *
 *     build/tests/elf/elf IMAGES SEED GOOD...           mutants of the good ones; TAP on stdout
 *     build/tests/elf/elf IMAGES SEED GOOD... -- N      the N-th alone, and what was done to it
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/elf/elf.h"

enum { GOOD = 32, SHOWN = 5 };

static struct {
  const char *name;
  uint8_t *bytes;
  size_t len;
  uint64_t code_gva;
} good[GOOD];
static uint32_t n_good;

/* What becomes of the good ones as they are. */
static const struct {
  const char *name;
  enum metes_status status;
} known[] = {
    {"hello", METES_OK},
    {"selfcheck", METES_OK},
    {"static", METES_OK},
    {"static-pie", METES_OK},
    {"relocations", METES_OK},
    {"segments-16", METES_OK},
    {"segments-17", METES_E_ELF_SEGMENTS},
    {"interpreter", METES_E_ELF_INTERP},
    {"shared", METES_E_ELF_ENTRY},
    {"writable-code", METES_E_ELF_FLAGS},
    {"object", METES_E_ELF_TYPE},
    {"i386", METES_E_ELF_CLASS},
    {"x32", METES_E_ELF_CLASS},
};
static unsigned as_known;

static uint8_t *file_end; /* where no memory follows */
static unsigned long images, failures;
static struct counts counts;

static const char *const names[] = {
    "ELF-1  shorter than a file header", "ELF-2  no magic",           "ELF-3  class, byte order, version",
    "ELF-4  type",                       "ELF-5  machine",            "ELF-6  program headers",
    "ELF-7  interpreter",                "ELF-8  17 segments",        "ELF-9  no memory",
    "ELF-10 more in file than memory",   "ELF-11 beyond the file",    "ELF-12 address",
    "ELF-13 order, overlap",             "ELF-14 permissions",        "ELF-15 entry point",
    "ELF-20 not sound for this file",
};

/* A good file, and where it is linked. */
static void read_good(const char *name)
{
  FILE *in = fopen(name, "rb");
  uint8_t *m = malloc(ROOM);
  uint64_t at, vaddr;

  if (!in || !m || n_good == GOOD)
    exit(66);
  const size_t len = fread(m, 1, ROOM, in);

  fclose(in);
  if (len < HEADER_BYTES || len == ROOM)
    exit(66);
  memcpy(&at, m + 32, 8);
  good[n_good].name = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
  good[n_good].bytes = m;
  good[n_good].len = len;
  for (uint64_t i = 0; i < m[56] && m[16] == 2 && m[4] == 2; i++)
    if (m[at + 56 * i] == 1 && good[n_good].code_gva == 0) {
      memcpy(&vaddr, m + at + 56 * i + 16, 8);
      good[n_good].code_gva = vaddr / 4096 * 4096;
    }
  n_good++;
}

/* File number i of the run: the good ones as they are, then mutants. */
static struct file make(uint64_t seed, uint64_t i, FILE *log)
{
  struct source s = {.state = seed + i * 0x632BE59BD9B4E019U};
  const uint32_t from = i < n_good ? (uint32_t)i : pick(&s, n_good);
  struct file f = {file_end - good[from].len, good[from].len, ROOM, good[from].code_gva, 0};

  memcpy(f.bytes, good[from].bytes, f.len);
  if (log)
    fprintf(log, "# image %" PRIu64 " by seed %" PRIu64 ", of %s, %zu bytes\n", i, seed, good[from].name, f.len);
  if (i >= n_good)
    mutate(&s, &f, log);
  return f;
}

static void show(const char *why, const struct trial *t)
{
  printf("#   not the same: %s\n", why ? why : "nothing");
  printf("#   libelf and the rules: status %d, requested %#" PRIx64 ", limit %#" PRIx64 ", index %u\n",
         (int)t->r.status, (uint64_t)t->r.requested, (uint64_t)t->r.limit, t->r.index);
  printf("#   core:                 status %d, requested %#" PRIx64 ", limit %#" PRIx64 ", index %u\n", (int)t->ours,
         t->e.requested, t->e.limit, t->e.index);
}

static void run(uint64_t seed, uint64_t i, int talk)
{
  static struct trial t;

  t.f = make(seed, i, talk ? stdout : NULL);
  const char *why = compare(&t, &counts);

  for (size_t k = 0; k < sizeof known / sizeof *known && i < n_good; k++)
    if (strcmp(known[k].name, good[i].name) == 0 && known[k].status == t.ours)
      as_known++;
  images++;
  if (why)
    failures++;
  if (why && !talk)
    make(seed, i, stdout);
  if (talk || why)
    show(why, &t);
}

static void result(int well, const char *what)
{
  static int n;

  printf("%s %d - %s\n", well ? "ok" : "not ok", ++n, what);
}

/* What was met, and that everything was. */
static void report(uint64_t seed)
{
  int every = 1, used = 1;

  printf("1..5\n# %lu images by seed %" PRIu64 ": %lu accepted, %lu loaded, %lu too large\n", images, seed,
         counts.met[METES_OK], counts.loaded, counts.too_large);
  printf("# libelf reads its header and all program headers, the rules accept it: both %lu, libelf alone %lu, "
         "the rules alone %lu, neither %lu\n", counts.sides[1][1], counts.sides[1][0], counts.sides[0][1],
         counts.sides[0][0]);
  for (int s = METES_E_ELF_SHORT; s <= METES_E_ELF_IMAGE; s++) {
    printf("# %8lu refused: %s\n", counts.met[s], names[s - METES_E_ELF_SHORT]);
    every = every && counts.met[s] > 0;
  }
  for (int d = 0; d < DIFFERENCES; d++) {
    printf("# %8lu differ: %s. %s\n", rows[d].met, rows[d].what, rows[d].why);
    used = used && rows[d].met > 0;
  }
  result(as_known == sizeof known / sizeof *known, "what the linker makes is accepted, or refused for what it is");
  result(failures == 0, "core says of each image what libelf and the rules say, and loads the same bytes");
  result(every, "each status of ELF-1 to ELF-20 was met");
  result(used, "each difference that is allowed was met");
  result(counts.met[METES_OK] * 10 >= images && counts.loaded * 2 >= counts.met[METES_OK],
         "a tenth of the images is accepted, and half of those are loaded");
}

int main(int argc, char **argv)
{
  int last = 3;

  /* what a file says of its sections may make libelf ask for any amount of memory */
  if (argc < 4 || setrlimit(RLIMIT_AS, &(struct rlimit){1 << 28, 1 << 28}) != 0 || elf_version(EV_CURRENT) == EV_NONE)
    return 64;
  const uint64_t total = strtoull(argv[1], NULL, 0), seed = strtoull(argv[2], NULL, 0);

  while (last < argc && strcmp(argv[last], "--") != 0)
    read_good(argv[last++]);
  file_end = guarded(ROOM);
  if (last + 1 < argc) {
    run(seed, strtoull(argv[last + 1], NULL, 0), 1);
    return failures != 0;
  }
  for (uint64_t i = 0; i < total && failures < SHOWN; i++)
    run(seed, i, 0);
  report(seed);
  return failures != 0;
}
