/* SPDX-License-Identifier: Apache-2.0
 * Core beside libelf, on image files: each must get the same answer, read as the same image, load to the same bytes.
 *
 *     build/tests/elf/elf IMAGES SEED GOOD...           mutants of the good ones; TAP on stdout
 *     build/tests/elf/elf IMAGES SEED GOOD... -- N      the N-th alone, and what was done to it
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "tests/elf/elf.h"

enum { ROOM = 0x20000, MOST_SPAN = 0x40000, GOOD = 32, REFUSALS = METES_E_ELF_IMAGE + 1, SHOWN = 20 };

static struct {
  const char *name;
  uint8_t *bytes;
  size_t len;
  uint64_t code_gva;
} good[GOOD];
static uint32_t n_good;

static uint8_t *file_end, *memory_end; /* where no memory follows */
static uint8_t copy[ROOM], want[MOST_SPAN];
static unsigned long met[REFUSALS], images, loaded, failures, too_large;

static const char *const names[] = {
    "ELF-1  shorter than a file header", "ELF-2  no magic",           "ELF-3  class, byte order, version",
    "ELF-4  type",                       "ELF-5  machine",            "ELF-6  program headers",
    "ELF-7  interpreter",                "ELF-8  17 segments",        "ELF-9  no memory",
    "ELF-10 more in file than memory",   "ELF-11 beyond the file",    "ELF-12 address",
    "ELF-13 order, overlap",             "ELF-14 permissions",        "ELF-15 entry point",
    "ELF-20 not sound for this file",
};

/* Memory that ends before a page that nobody may touch. */
static uint8_t *guarded(size_t len)
{
  uint8_t *m = mmap(NULL, len + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (m == MAP_FAILED || mprotect(m + len, 4096, PROT_NONE) != 0)
    exit(71);
  return m + len;
}

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
  struct source s = {NULL, 0, seed + i * 0x632BE59BD9B4E019U};
  const uint32_t from = i < n_good ? (uint32_t)i : pick(&s, n_good);
  struct file f = {file_end - good[from].len, good[from].len, ROOM, good[from].code_gva, 0};

  memcpy(f.bytes, good[from].bytes, f.len);
  if (log)
    fprintf(log, "# image %" PRIu64 ", of %s, %zu bytes\n", i, good[from].name, f.len);
  if (i >= n_good)
    mutate(&s, &f, log);
  return f;
}

/* ELF-16 to ELF-18: the image is what the rules say. */
static const char *same_image(const struct metes_image *g, const struct ruling *r)
{
  if (g->entry != r->entry)
    return "the entry point";
  if (g->span != r->span)
    return "the span";
  if (g->n != r->n)
    return "the number of segments";
  for (uint32_t k = 0; k < g->n; k++) {
    const struct metes_segment s = g->segments[k];
    const GElf_Phdr p = r->segments[k];
    const uint32_t flags = (p.p_flags & PF_R ? METES_READ : 0) | (p.p_flags & PF_W ? METES_WRITE : 0) |
                           (p.p_flags & PF_X ? METES_EXECUTE : 0);

    if (s.offset != (wide)p.p_vaddr - r->base)
      return "where a segment goes";
    if (s.file_offset != p.p_offset || s.file_size != p.p_filesz)
      return "a segment's bytes in the file";
    if (s.mem_size != p.p_memsz)
      return "a segment's size";
    if (s.flags != flags)
      return "a segment's permissions";
  }
  return NULL;
}

static int all(const uint8_t *m, size_t len, uint8_t is)
{
  return len == 0 || (m[0] == is && memcmp(m, m + 1, len - 1) == 0);
}

static int same_error(const struct metes_error *e, wide requested, wide limit, uint32_t index)
{
  return e->requested == requested && e->limit == limit && e->index == index;
}

/* ELF-20: every byte of the span, and no other; or nothing, where there is a byte too few. */
static const char *same_memory(const struct view *v, const struct ruling *r, const struct metes_image *g,
                               const struct file *f)
{
  const size_t more = (size_t)(r->span % 7) * 4, len = (r->span > MOST_SPAN ? 4096 : (size_t)r->span) + more;
  uint8_t *m = memory_end - len;
  struct metes_error e = {7, 7, 7};

  memset(m, 0xA5, len);
  if (r->span > (wide)len) {
    too_large++;
    if (metes_elf_load(g, f->bytes, f->len, m, len, &e) != METES_E_BUFFER || !same_error(&e, r->span, len, 0))
      return "too little memory is refused";
    return all(m, len, 0xA5) ? NULL : "what is refused writes nothing";
  }
  const char *why = fill(v, r, want);

  if (why)
    return why;
  if (metes_elf_load(g, f->bytes, f->len, m, len, &e) != METES_OK || !same_error(&e, 7, 7, 7))
    return "what was read is loaded";
  loaded++;
  if (memcmp(m, want, (size_t)r->span) != 0)
    return "each byte of the code region";
  return all(m + (size_t)r->span, more, 0xA5) ? NULL : "no byte behind the span is written";
}

/* ELF-20, and ELF-11 again: the file has become shorter since it was read. */
static const char *shorter(const struct ruling *r, const struct metes_image *g, const struct file *f, uint64_t at)
{
  const size_t len = (size_t)(at % f->len);
  uint8_t *m = memory_end - (r->span > MOST_SPAN ? 4096 : (size_t)r->span);
  struct metes_error e = {7, 7, 7};
  uint32_t k = 0;

  while (k < r->n && (wide)r->segments[k].p_offset + r->segments[k].p_filesz <= (wide)len)
    k++;
  if (r->span > MOST_SPAN || k == r->n)
    return NULL;
  memset(m, 0xA5, (size_t)r->span);
  const enum metes_status s = metes_elf_load(g, f->bytes, len, m, (uint64_t)r->span, &e);

  met[METES_E_ELF_IMAGE]++;
  if (s != METES_E_ELF_IMAGE || !same_error(&e, 0, 0, k))
    return "an image that is not sound for this file is refused";
  return all(m, (size_t)r->span, 0xA5) ? NULL : "what is refused writes nothing";
}

/* One file, by both. NULL or what is not the same. */
static const char *compare(const struct file *f, struct ruling *r, struct metes_error *e, enum metes_status *ours)
{
  struct metes_image g, untouched;
  const char *why;
  struct view v;

  memset(&g, 0x5A, sizeof g);
  untouched = g;
  *e = (struct metes_error){7, 7, 7};
  memcpy(copy, f->bytes, f->len);
  view_read(&v, copy, f->len);
  *r = rule(&v, f->code_gva, f->options);
  *ours = metes_elf_parse(f->bytes, f->len, f->code_gva, f->options, &g, e);
  met[r->status]++;
  why = explain(&v, r);
  if (!why && *ours != r->status)
    why = "accepted, or refused by the first rule that is broken";
  if (!why && r->status == METES_OK)
    why = same_error(e, 7, 7, 7) ? same_image(&g, r) : "acceptance says no error";
  else if (!why)
    why = !same_error(e, r->requested, r->limit, r->index)       ? "where it is refused"
          : memcmp(&g, &untouched, sizeof g) != 0 ? "a refusal leaves the image as it was"
                                                  : NULL;
  if (!why && r->status == METES_OK)
    why = same_memory(&v, r, &g, f);
  if (!why && r->status == METES_OK)
    why = shorter(r, &g, f, f->len * 2 / 3 + (uint64_t)r->entry);
  if (!why && memcmp(copy, f->bytes, f->len) != 0)
    why = "nobody writes to the file";
  view_end(&v);
  return why;
}

static void show(const char *why, const struct ruling *r, const struct metes_error *e, enum metes_status ours)
{
  printf("#   not the same: %s\n", why ? why : "nothing");
  printf("#   libelf and the rules: status %d, requested %#" PRIx64 ", limit %#" PRIx64 ", index %u\n", (int)r->status,
         (uint64_t)r->requested, (uint64_t)r->limit, r->index);
  printf("#   core:                 status %d, requested %#" PRIx64 ", limit %#" PRIx64 ", index %u\n", (int)ours,
         e->requested, e->limit, e->index);
}

static void run(uint64_t seed, uint64_t i, int talk)
{
  struct metes_error e;
  enum metes_status ours;
  struct ruling r;
  const struct file f = make(seed, i, talk ? stdout : NULL);
  const char *why = compare(&f, &r, &e, &ours);

  images++;
  failures += why != NULL;
  if (why && !talk && failures <= SHOWN)
    make(seed, i, stdout);
  if (talk || (why && failures <= SHOWN))
    show(why, &r, &e, ours);
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

  printf("1..4\n# %lu images by seed %" PRIu64 ": %lu accepted, %lu loaded, %lu too large to load\n", images, seed,
         met[METES_OK], loaded, too_large);
  for (int s = METES_E_ELF_SHORT; s <= METES_E_ELF_IMAGE; s++) {
    printf("# %8lu refused: %s\n", met[s], names[s - METES_E_ELF_SHORT]);
    every = every && met[s] > 0;
  }
  for (int d = 0; d < DIFFERENCES; d++) {
    printf("# %8lu differ: %s. %s\n", rows[d].met, rows[d].what, rows[d].why);
    used = used && rows[d].met > 0;
  }
  result(failures == 0, "core says of each image what libelf and the rules say, and loads the same bytes");
  result(every, "each status of ELF-1 to ELF-20 was met");
  result(used, "each difference that is allowed was met");
  result(met[METES_OK] * 10 >= images && loaded * 2 >= met[METES_OK],
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
  memory_end = guarded(MOST_SPAN + 4096);
  if (last + 1 < argc) {
    run(seed, strtoull(argv[last + 1], NULL, 0), 1);
    return failures != 0;
  }
  for (uint64_t i = 0; i < total; i++)
    run(seed, i, 0);
  report(seed);
  return failures != 0;
}
