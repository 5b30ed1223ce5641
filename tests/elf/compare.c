/* SPDX-License-Identifier: Apache-2.0
 * One image file, by core and by libelf and the rules: the same answer, the same image, the same bytes loaded. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/elf/elf.h"

enum { MOST_SPAN = 0x40000, UNTOUCHED = 0x5A };

static uint8_t *memory_end; /* where no memory follows */
static uint8_t copy[ROOM], want[MOST_SPAN];

uint8_t *guarded(size_t len)
{
  uint8_t *m = mmap(NULL, len + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (m == MAP_FAILED || mprotect(m + len, 4096, PROT_NONE) != 0)
    exit(71);
  return m + len;
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

/* ELF-20: every byte of the span, and no other. */
static const char *same_memory(const struct trial *t)
{
  const size_t span = (size_t)t->r.span, more = t->f.len % 7;
  uint8_t *m = memory_end - span - more;
  struct metes_error e = {7, 7, 7};
  const char *why = fill(&t->v, &t->r, want);

  if (why)
    return why;
  memset(m, 0xA5, span + more);
  if (metes_elf_load(&t->g, t->f.bytes, t->f.len, m, span + more, &e) != METES_OK || !same_error(&e, 7, 7, 7))
    return "what was read is loaded";
  if (memcmp(m, want, span) != 0)
    return "each byte of the code region";
  return all(m + span, more, 0xA5) ? NULL : "no byte behind the span is written";
}

/* ELF-20: less memory than the span is refused. */
static const char *little_memory(const struct trial *t, size_t len)
{
  uint8_t *m = memory_end - len;
  struct metes_error e = {7, 7, 7};

  memset(m, 0xA5, len);
  if (metes_elf_load(&t->g, t->f.bytes, t->f.len, m, len, &e) != METES_E_BUFFER ||
      !same_error(&e, t->r.span, (wide)len, 0))
    return "too little memory is refused";
  return all(m, len, 0xA5) ? NULL : "what is refused writes nothing";
}

/* ELF-20, and ELF-11 again: the file has become shorter since it was read. */
static const char *shorter(const struct trial *t, size_t len, unsigned long *met)
{
  uint8_t *m = memory_end - (size_t)t->r.span;
  struct metes_error e = {7, 7, 7};
  uint32_t k = 0;

  while (k < t->r.n && (wide)t->r.segments[k].p_offset + t->r.segments[k].p_filesz <= (wide)len)
    k++;
  if (k == t->r.n)
    return NULL;
  ++*met;
  memset(m, 0xA5, (size_t)t->r.span);
  if (metes_elf_load(&t->g, t->f.bytes, len, m, (uint64_t)t->r.span, &e) != METES_E_ELF_IMAGE ||
      !same_error(&e, 0, 0, k))
    return "an image that is not sound for this file is refused";
  return all(m, (size_t)t->r.span, 0xA5) ? NULL : "what is refused writes nothing";
}

/* What was read is loaded: into enough memory, and not into too little. */
static const char *load(const struct trial *t, struct counts *c)
{
  const int large = t->r.span > MOST_SPAN;
  const char *why = little_memory(t, large ? 4096 : (size_t)t->r.span - 1 - t->f.len % 4096);

  ++*(large ? &c->too_large : &c->loaded);
  if (why || large)
    return why;
  why = same_memory(t);
  return why ? why : shorter(t, (t->f.len * 2 / 3 + (size_t)t->r.entry) % t->f.len, &c->met[METES_E_ELF_IMAGE]);
}

/* What was accepted, or refused (ELF-19). */
static const char *same_answer(const struct trial *t)
{
  struct metes_image untouched;

  memset(&untouched, UNTOUCHED, sizeof untouched);
  if (t->ours != t->r.status)
    return "accepted, or refused by the first rule that is broken";
  if (t->ours == METES_OK)
    return same_error(&t->e, 7, 7, 7) ? same_image(&t->g, &t->r) : "acceptance says no error";
  if (!same_error(&t->e, t->r.requested, t->r.limit, t->r.index))
    return "where it is refused";
  return memcmp(&t->g, &untouched, sizeof untouched) == 0 ? NULL : "a refusal leaves the image as it was";
}

const char *compare(struct trial *t, struct counts *c)
{
  const struct file f = t->f;
  const char *why;

  if (!memory_end)
    memory_end = guarded(MOST_SPAN + 4096);
  memset(&t->g, UNTOUCHED, sizeof t->g);
  t->e = (struct metes_error){7, 7, 7};
  memcpy(copy, f.bytes, f.len);
  view_read(&t->v, copy, f.len);
  t->r = rule(&t->v, f.code_gva, f.options);
  t->ours = metes_elf_parse(f.bytes, f.len, f.code_gva, f.options, &t->g, &t->e);
  c->met[t->r.status]++;
  c->sides[t->v.accepted][t->r.status == METES_OK]++;
  why = explain(&t->v, &t->r);
  why = why ? why : same_answer(t);
  if (!why && t->ours == METES_OK)
    why = load(t, c);
  if (!why && memcmp(copy, f.bytes, f.len) != 0)
    why = "nobody writes to the file";
  view_end(&t->v);
  return why;
}
