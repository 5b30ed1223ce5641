/* SPDX-License-Identifier: Apache-2.0
 * Writing an ELF core from its first byte to its last: its pages are counted, then listed, then copied. */
#include "core_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "again.h"
#include "core/page.h"
#include "crash.h"
#include "files.h"
#include "guest_report.h"

#define MOST_HEADERS (PN_XNUM - 1u)

int metes_core_open(const char *path, int *fd, struct metes_failure *f)
{
  const int status = metes_files_guard(f);

  if (status != 0)
    return status;
  *fd = metes_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (*fd >= 0)
    return 0;
  return metes_fail(f, METES_EXIT_OUTPUT, "--core: %s could not be opened: %s", path, strerror(errno));
}

/* What was not written yet, and the errno of a write that failed: after that nothing more is. */
struct out {
  int fd;
  int error;
  size_t used;
  uint8_t bytes[1 << 14];
};

static void flush(struct out *o)
{
  if (o->error == 0)
    o->error = metes_write_all(o->fd, o->bytes, o->used);
  o->used = 0;
}

static void put(struct out *o, const void *from, size_t n)
{
  if (n > sizeof o->bytes - o->used)
    flush(o);
  memcpy(o->bytes + o->used, from, n);
  o->used += n;
}

/* Pages one behind the other, with the same permissions: k to end in the order of metes_window_page. */
struct range {
  uint64_t k, end;
  uint64_t gva, gpa;
  uint32_t permissions;
};

/* Whose memory, seen through which tables; and whether a range is also one of guest-physical
 * memory. It is, unless there would be more of them than an ELF file can have. */
struct view {
  const struct metes_guest_memory *g;
  uint64_t cr3;
  bool physical;
  uint32_t ranges; /* to be listed */
};

static bool read_at(const struct view *v, uint64_t gva, uint8_t *to, uint64_t n)
{
  return metes_guest_seen(v->g, v->cr3, gva, to, n) == n;
}

/* Page k alone, where there is memory behind it. */
static bool look(const struct view *v, uint64_t k, struct range *r)
{
  const uint64_t gva = metes_window_page(v->g, k);
  const struct metes_walk w = metes_walk_at(v->g, v->cr3, gva);

  if (w.status != METES_OK || (metes_gpa_resolve(&v->g->layout, w.gpa, 1).status != METES_OK &&
                               metes_file_of_gpa(v->g->files, w.gpa) == NULL))
    return false;
  *r = (struct range){k, k + 1, gva, w.gpa, metes_permissions_of(&w)};
  return true;
}

/* Whether `next` goes on where *r ends; the two windows are two ranges, also where they touch. */
static bool goes_on(const struct view *v, const struct range *r, const struct range *next)
{
  const uint64_t size = (r->end - r->k) * METES_PAGE_SIZE;

  return next->permissions == r->permissions && next->gva == metes_sat_add(r->gva, size) &&
         (!v->physical || next->gpa == metes_sat_add(r->gpa, size));
}

/* The next range from page r->end on. */
static bool next_range(const struct view *v, struct range *r)
{
  const uint64_t pages = metes_window_pages(v->g);
  struct range page;
  uint64_t k = r->end;

  while (k < pages && !look(v, k, r))
    k++;
  if (k >= pages)
    return false;
  while (r->end < pages && look(v, r->end, &page) && goes_on(v, r, &page))
    r->end++;
  return true;
}

static uint32_t count(const struct view *v)
{
  struct range r = {0};
  uint32_t n = 0;

  while (n < MOST_HEADERS && next_range(v, &r))
    n++;
  return n;
}

static struct view view_of(const struct metes_guest_memory *g, const struct metes_stop *s)
{
  struct view v = {.g = g, .cr3 = metes_stop_cr3(g, s), .physical = true};

  v.ranges = count(&v);
  if (v.ranges < MOST_HEADERS)
    return v;
  v.physical = false;
  v.ranges = count(&v);
  if (v.ranges == MOST_HEADERS) /* one header is that of the notes: what is beyond is left out */
    v.ranges--;
  return v;
}

static void headers(struct out *o, const struct view *v)
{
  const uint64_t notes = sizeof(Elf64_Ehdr) + (v->ranges + 1ull) * sizeof(Elf64_Phdr);
  const Elf64_Ehdr e = {
    .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
    .e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = sizeof e,
    .e_ehsize = sizeof e, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)(v->ranges + 1)};
  Elf64_Phdr p = {.p_type = PT_NOTE, .p_offset = notes, .p_filesz = METES_CORE_NOTES_SIZE, .p_align = 4};
  struct range r = {0};

  put(o, &e, sizeof e);
  put(o, &p, sizeof p);
  p = (Elf64_Phdr){.p_type = PT_LOAD, .p_offset = metes_page_up(notes + METES_CORE_NOTES_SIZE),
                   .p_align = METES_PAGE_SIZE};
  for (uint32_t i = 0; i < v->ranges && next_range(v, &r); i++) {
    p.p_flags = (r.permissions & METES_READ ? PF_R : 0u) | (r.permissions & METES_WRITE ? PF_W : 0u) |
                (r.permissions & METES_EXECUTE ? PF_X : 0u);
    p.p_vaddr = r.gva;
    p.p_paddr = v->physical ? r.gpa : 0;
    p.p_filesz = p.p_memsz = (r.end - r.k) * METES_PAGE_SIZE;
    put(o, &p, sizeof p);
    p.p_offset += p.p_filesz;
  }
}

/* The notes, and zeros up to the first page. */
static void notes(struct out *o, const struct view *v, const struct metes_stop *s)
{
  static const uint8_t zeros[METES_PAGE_SIZE];
  const uint64_t end = sizeof(Elf64_Ehdr) + (v->ranges + 1ull) * sizeof(Elf64_Phdr) + METES_CORE_NOTES_SIZE;
  uint8_t all[METES_CORE_NOTES_SIZE];

  metes_core_notes(v->g, s, all);
  put(o, all, sizeof all);
  put(o, zeros, metes_page_up(end) - end);
}

/* A page in which two places meet is read byte by byte: core reads no range that is in both. */
static void page(struct out *o, const struct view *v, uint64_t gva)
{
  uint8_t bytes[METES_PAGE_SIZE] = {0};

  if (!read_at(v, gva, bytes, sizeof bytes))
    for (uint64_t i = 0; i < sizeof bytes; i++)
      (void)read_at(v, metes_sat_add(gva, i), bytes + i, 1); /* 0 where there is none */
  put(o, bytes, sizeof bytes);
}

int metes_core_write(int fd, const struct metes_guest_memory *g, const struct metes_stop *s,
                     struct metes_failure *f)
{
  const struct view v = view_of(g, s);
  struct out o = {.fd = fd};
  struct range r = {0};

  headers(&o, &v);
  notes(&o, &v, s);
  for (uint32_t i = 0; i < v.ranges && next_range(&v, &r); i++)
    for (uint64_t k = r.k; k < r.end && o.error == 0; k++)
      page(&o, &v, metes_window_page(g, k));
  flush(&o);
  if (o.error == 0)
    return 0;
  return metes_fail(f, METES_EXIT_OUTPUT, "--core: the file is incomplete: %s", strerror(o.error));
}
