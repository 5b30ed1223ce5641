/* SPDX-License-Identifier: Apache-2.0
 * Mutations that know the format: fields at their edges, tables moved and made, files cut; and blind ones. */
#include <inttypes.h>
#include <string.h>

#include "tests/elf/elf.h"

enum { HEADER = 64, ENTRY = 56, MOST = 4 };

struct field {
  uint8_t at, bytes;
  const char *name;
};

static const struct field file_fields[] = {
    {0, 1, "magic"},      {2, 1, "magic"},       {4, 1, "class"},       {5, 1, "data"},     {6, 1, "version"},
    {7, 1, "osabi"},      {16, 2, "e_type"},     {18, 2, "e_machine"},  {20, 4, "e_version"}, {24, 8, "e_entry"},
    {32, 8, "e_phoff"},   {40, 8, "e_shoff"},    {48, 4, "e_flags"},    {52, 2, "e_ehsize"},  {54, 2, "e_phentsize"},
    {56, 2, "e_phnum"},   {58, 2, "e_shentsize"}, {60, 2, "e_shnum"},   {62, 2, "e_shstrndx"},
};
static const struct field header_fields[] = {
    {0, 4, "p_type"},   {4, 4, "p_flags"},   {8, 8, "p_offset"}, {16, 8, "p_vaddr"},
    {24, 8, "p_paddr"}, {32, 8, "p_filesz"}, {40, 8, "p_memsz"}, {48, 8, "p_align"},
};

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))
#define SAY(...) ((void)(log && fprintf(log, "#   " __VA_ARGS__)))

/* Little-endian, wherever it is; beyond the end is nothing. */
static uint64_t get(const struct file *f, uint64_t at, uint32_t bytes)
{
  uint64_t v = 0;

  for (uint32_t i = bytes; i-- > 0;)
    v = v << 8 | (at < f->len && i < f->len - at ? f->bytes[at + i] : 0);
  return v;
}

static void put(struct file *f, uint64_t at, uint32_t bytes, uint64_t v)
{
  for (uint32_t i = 0; i < bytes; i++)
    if (at < f->len && i < f->len - at)
      f->bytes[at + i] = (uint8_t)(v >> (8 * i));
}

static uint32_t count(const struct file *f)
{
  const uint32_t n = (uint32_t)get(f, 56, 2);

  return n > 70 ? 70 : n;
}

/* Where one of the program headers stands, or would. */
static uint64_t any_header(const struct file *f, struct source *s)
{
  const uint32_t n = count(f);

  return get(f, 32, 8) + ENTRY * (uint64_t)(n ? pick(s, n) : 0);
}

static uint64_t edge(const struct file *f, struct source *s, uint64_t h)
{
  const uint64_t base = get(f, 16, 2) == 2 ? f->code_gva : 0, off = get(f, h + 8, 8), size = get(f, h + 32, 8);
  const uint64_t before = get(f, h - ENTRY + 16, 8) + get(f, h - ENTRY + 40, 8);
  const uint64_t end = get(f, h + 16, 8) + get(f, h + 40, 8);
  const uint64_t near[] = {0, end, f->len, f->len - size, f->len - off, base, get(f, h + 16, 8), size,
                           get(f, h + 40, 8),
                           before, (before + 4095) / 4096 * 4096, base + 0x3FFFFFFF000, 0x3FFFFFFF000,
                           base + 0x3FFFFFFF000 - get(f, h + 40, 8), get(f, 24, 8), 0 - size,
                           f->len - ENTRY * (uint64_t)count(f), HEADER};

  return pick_size(s, near, COUNT(near));
}

static uint64_t small(struct source *s)
{
  static const uint16_t values[] = {0,  1,  2,  3,  4,  5,  6,  7,   16,     17,    55,
                                    56, 57, 62, 63, 64, 65, 70, 183, 0xFFFE, 0xFFFF};

  return pick(s, 4) ? values[pick(s, COUNT(values))] : source_bytes(s, 2);
}

static void set(struct file *f, struct source *s, uint64_t start, struct field x, FILE *log)
{
  const uint64_t h = start ? start : any_header(f, s), old = get(f, start + x.at, x.bytes);
  uint64_t v = x.bytes == 8 ? edge(f, s, h) : small(s);

  if (pick(s, 6) == 0)
    v = old + pick(s, 5) - 2;
  if (x.bytes == 4 && pick(s, 4) == 0)
    v = source_bytes(s, 4);
  put(f, start + x.at, x.bytes, v);
  SAY("%s at %" PRIu64 ": %#" PRIx64 " becomes %#" PRIx64 "\n", x.name, start + x.at, old, v);
}

static void flip(struct file *f, struct source *s, FILE *log)
{
  const size_t most = pick(s, 4) ? HEADER + ENTRY * (size_t)count(f) : f->len;

  if (f->len == 0)
    return;
  for (uint32_t n = 1 + pick(s, 4); n > 0; n--) {
    const size_t at = source_bytes(s, 4) % (most < f->len ? most : f->len);
    const uint8_t with = (uint8_t)(pick(s, 2) ? 1U << pick(s, 8) : 1 + pick(s, 255));

    f->bytes[at] ^= with;
    SAY("byte %zu ^ %#x\n", at, with);
  }
}

/* One header takes the place of another, or both change places. */
static void swap(struct file *f, struct source *s, FILE *log)
{
  const uint64_t a = any_header(f, s), b = any_header(f, s);
  const uint32_t both = pick(s, 2);
  uint8_t kept[ENTRY];

  if (f->len < ENTRY || a > f->len - ENTRY || b > f->len - ENTRY)
    return;
  memcpy(kept, f->bytes + a, ENTRY);
  memmove(f->bytes + a, f->bytes + b, ENTRY);
  if (both)
    memcpy(f->bytes + b, kept, ENTRY);
  SAY("the header at %" PRIu64 "%s that at %" PRIu64 "\n", a, both ? " changes places with" : " becomes", b);
}

static void cut(struct file *f, struct source *s, FILE *log)
{
  const uint64_t h = any_header(f, s), end = get(f, 32, 8) + ENTRY * get(f, 56, 2);
  const uint64_t at[] = {0, 16, 52, HEADER, end, h, get(f, h + 8, 8), get(f, h + 8, 8) + get(f, h + 32, 8),
                         get(f, 40, 8), pick(s, HEADER + 2), source_bytes(s, 3)};
  const uint64_t v = at[pick(s, COUNT(at))] + pick(s, 3) - 1;

  if (v < f->len) {
    SAY("cut to %" PRIu64 " bytes of %zu\n", v, f->len);
    memmove(f->bytes + f->len - v, f->bytes, v); /* it still ends where no memory follows */
    f->bytes += f->len - v;
    f->len = v;
  }
}

/* n more bytes behind the file: 0 or not. False where there is no room. */
static int grow(struct file *f, size_t n, uint8_t with)
{
  if (f->len + n > f->room)
    return 0;
  memmove(f->bytes - n, f->bytes, f->len);
  f->bytes -= n;
  memset(f->bytes + f->len, with, n);
  f->len += n;
  return 1;
}

static void header(struct file *f, uint64_t h, const uint64_t value[8])
{
  for (uint32_t i = 0; i < COUNT(header_fields); i++)
    put(f, h + header_fields[i].at, header_fields[i].bytes, value[i]);
}

/* A new table behind the file, of segments in order, most of them sound. */
static void table(struct file *f, struct source *s, FILE *log)
{
  const uint32_t n = pick(s, 4) ? 1 + pick(s, 16) : 1 + pick(s, 70), other = pick(s, 4) ? 3 : 1 + pick(s, 30);
  const size_t pad = pick(s, 8), old = f->len;
  const uint64_t base = get(f, 16, 2) == 2 ? f->code_gva : 0;
  uint64_t at = base + 4096 * (uint64_t)pick(s, 3) + pick(s, 2) * source_bytes(s, 2) % 4096, code = 0;

  if (old < 256 || !grow(f, pad + ENTRY * (size_t)n, 0))
    return;
  for (uint32_t i = 0; i < n; i++) {
    const uint64_t off = source_bytes(s, 4) % old, left = old - off < 5000 ? old - off : 5000;
    const uint64_t size = source_bytes(s, 2) % (left + 1), flags = pick(s, 2) ? 5 : pick(s, 12) ? 6 : pick(s, 8);
    const uint64_t type = pick(s, 8 * n) == 0 ? 3 : i % (other + 1) == other ? 4 : 1;

    header(f, old + pad + ENTRY * (uint64_t)i,
           (const uint64_t[]){type, flags, off, at, at, size, size + 1 + pick(s, 200) * (uint64_t)pick(s, 40), 4096});
    code = type == 1 && flags % 2 && (code == 0 || pick(s, 2)) ? at : code;
    at = type != 1 ? at : (at + size + 1 + 200 * 40 + 4095) / 4096 * 4096 + pick(s, 2) * (uint64_t)pick(s, 256);
  }
  put(f, 24, 8, code);
  put(f, 32, 8, old + pad);
  put(f, 56, 2, n);
  SAY("a table of %u headers, at %zu\n", n, old + pad);
}

/* The table begins with the file, so its headers overlap the file's own: the third or fourth is a segment. */
static void overlay(struct file *f, struct source *s, FILE *log)
{
  const uint64_t base = get(f, 16, 2) == 2 ? f->code_gva : 0, at = pick(s, 4) ? 0 : pick(s, HEADER);
  const uint32_t n = 3 + pick(s, 2);

  put(f, 32, 8, at);
  put(f, 56, 2, n);
  header(f, at + ENTRY * (n - 1), (const uint64_t[]){1, 5, 0, base, base, f->len / 2, f->len, 4096});
  put(f, 24, 8, base + pick(s, 100));
  SAY("a table of %u headers at %" PRIu64 ", over the file header\n", n, at);
}

/* The same file, in the other byte order. */
static void turn(struct file *f, FILE *log)
{
  const uint64_t h = get(f, 32, 8), n = count(f);

  for (uint32_t i = 6; i < COUNT(file_fields) && f->len >= HEADER; i++) {
    const struct field x = file_fields[i];
    const uint64_t v = __builtin_bswap64(get(f, x.at, x.bytes)) >> (64 - 8 * x.bytes);

    put(f, x.at, x.bytes, v);
  }
  for (uint64_t k = 0; k < n * COUNT(header_fields) && f->len >= HEADER; k++) {
    const struct field x = header_fields[k % COUNT(header_fields)];
    const uint64_t at = h + ENTRY * (k / COUNT(header_fields)) + x.at;

    put(f, at, x.bytes, __builtin_bswap64(get(f, at, x.bytes)) >> (64 - 8 * x.bytes));
  }
  put(f, 5, 1, 2);
  SAY("its numbers turned big-endian\n");
}

/* Section header 0 says how many sections there are, or program headers: libelf asks it. */
static void section(struct file *f, struct source *s, FILE *log)
{
  const uint64_t at = pick(s, 2) ? get(f, 40, 8) : pick(s, 2) ? f->len - 64 : 0;
  const uint64_t v = pick(s, 4) ? 0 - ((uint64_t)1 << pick(s, 24)) : pick(s, 8);

  put(f, 40, 8, at);
  put(f, 60, 2, 0);
  put(f, at + 32, 8, v);
  put(f, at + 44, 4, source_bytes(s, 1));
  if (pick(s, 4) == 0)
    put(f, 56, 2, 0xFFFF);
  SAY("section 0 at %" PRIu64 " has size %#" PRIx64 "\n", at, v);
}

/* The entry point at the edge of a segment. */
static void entry(struct file *f, struct source *s, FILE *log)
{
  const uint64_t h = any_header(f, s), v = get(f, h + 16, 8) + (pick(s, 3) ? get(f, h + 40, 8) : 0) + pick(s, 3) - 1;

  put(f, 24, 8, v);
  SAY("e_entry becomes %#" PRIx64 ", at an edge of the segment of the header at %" PRIu64 "\n", v, h);
}

/* What none of ELF-1 to ELF-15 looks at. */
static void harmless(struct file *f, struct source *s, FILE *log)
{
  static const uint8_t of_file[] = {5, 8, 11, 12, 13, 16, 17, 18}, of_header[] = {4, 7};
  const uint32_t n = pick(s, 16);

  if (n == 0)
    grow(f, 1 + pick(s, 100), (uint8_t)pick(s, 256));
  else if (n == 1)
    section(f, s, log);
  else if (n < 8)
    set(f, s, 0, file_fields[of_file[pick(s, COUNT(of_file))]], log);
  else
    set(f, s, any_header(f, s), header_fields[of_header[pick(s, COUNT(of_header))]], log);
}

/* What any of them does. */
static void one(struct file *f, struct source *s, FILE *log)
{
  const uint32_t kind = pick(s, 64);

  if (kind < 12)
    harmless(f, s, log);
  else if (kind < 20)
    set(f, s, 0, file_fields[pick(s, COUNT(file_fields))], log);
  else if (kind < 42)
    set(f, s, any_header(f, s), header_fields[pick(s, COUNT(header_fields))], log);
  else if (kind < 46)
    flip(f, s, log);
  else if (kind < 48)
    entry(f, s, log);
  else if (kind < 51)
    swap(f, s, log);
  else if (kind < 54)
    cut(f, s, log);
  else if (kind < 61)
    table(f, s, log);
  else if (kind < 63)
    overlay(f, s, log);
  else
    turn(f, log);
}

void mutate(struct source *s, struct file *f, FILE *log)
{
  for (uint32_t n = 1 + (pick(s, 3) == 0 ? pick(s, MOST) : 0); n > 0; n--)
    one(f, s, log);
  if (pick(s, 16) == 0)
    f->code_gva = edge(f, s, any_header(f, s));
  f->options = pick(s, 4) ? 0 : pick(s, 4) ? 1 : (uint32_t)source_bytes(s, 4);
  SAY("code_gva %#" PRIx64 ", options %#x\n", f->code_gva, f->options);
}
