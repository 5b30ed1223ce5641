/* SPDX-License-Identifier: Apache-2.0
 * A second opinion on an image file: spec/image.md, written from the prose in wide integers, over what libelf
 * (elfutils) reads in the file. Where libelf and the prose differ, a row of the table below says why. */
#include <string.h>

#include "tests/elf/elf.h"

struct row rows[DIFFERENCES] = {
    [NOT_ELF] = {"libelf knows no ELF file, and not why",
                 "the bytes that it hands out raw say which of ELF-2, ELF-3 is broken", 0},
    [OTHER_CLASS] = {"libelf reads 32-bit and big-endian files", "ELF-3 refuses them: guests are x86-64", 0},
    [SHORT_32] = {"libelf reads 32-bit files of 52 to 63 bytes",
                  "their file header is shorter; ELF-1 asks for 64 bytes before it looks at the class", 0},
    [OTHER_KIND] = {"libelf reads files of any type and machine", "ELF-4, ELF-5 refuse them", 0},
    [ENTRY_SIZE] = {"libelf does not look at e_phentsize",
                    "ELF-6 asks for 56: another is a format that nobody knows", 0},
    [TOO_MANY] = {"libelf reads more than 64 program headers, or 0xffff as `see section 0`",
                  "ELF-6 has a limit, and an image no sections", 0},
    [TABLE_CUT] = {"libelf reads as many program headers as there are in the file, none from its end on",
                   "ELF-6 refuses a table that is not whole", 0},
    [NO_TABLE] = {"libelf takes e_phoff 0 for no table",
                  "ELF-6 looks at the number of headers only; they are then read over the file header", 0},
    [SECTIONS] = {"libelf refuses a file whose section 0 announces more sections than memory has room for",
                  "an image has no sections: libelf is asked again without e_shoff, e_shnum, e_shstrndx", 0},
    [NOT_JUDGED] = {"libelf does not judge what it reads in program headers", "ELF-7 to ELF-15 do", 0},
};

/* The headers themselves, where libelf has no table for e_phoff 0 but translates bytes all the same. */
static int translated(struct view *v, size_t n)
{
  Elf_Data from = {.d_type = ELF_T_PHDR, .d_version = EV_CURRENT}, to = from;
  size_t len;
  char *raw = elf_rawfile(v->elf, &len);

  if (n * sizeof *v->p > len)
    return 0;
  from.d_buf = raw;
  to.d_buf = v->p;
  from.d_size = to.d_size = n * sizeof *v->p;
  return gelf_xlatetom(v->elf, &to, &from, v->ident[EI_DATA]) != NULL;
}

/* All program headers of an ELF64 file that ELF-6 may accept. */
static void headers(struct view *v)
{
  const wide end = (wide)v->h.e_phoff + 56 * (wide)v->h.e_phnum;
  const size_t most = v->h.e_phnum < METES_MAX_PROGRAM_HEADERS ? v->h.e_phnum : METES_MAX_PROGRAM_HEADERS;
  size_t n = 0, read = 0;
  const int counted = elf_getphdrnum(v->elf, &n) == 0;

  while (read < n && read < most && gelf_getphdr(v->elf, (int)read, &v->p[read]))
    read++;
  v->accepted = !v->met[SECTIONS] && n > 0 && n == v->h.e_phnum && read == most;
  v->met[ENTRY_SIZE] = n > 0 && v->h.e_phentsize != 56;
  v->met[TOO_MANY] = v->h.e_phnum > METES_MAX_PROGRAM_HEADERS;
  v->met[TABLE_CUT] = end > v->len || v->h.e_phoff >= v->len;
  v->met[NO_TABLE] = v->h.e_phoff == 0 && v->h.e_phnum > 0;
  if (v->met[NO_TABLE] && n == 0 && end <= v->len && translated(v, most))
    return;
  if ((!counted || n != v->h.e_phnum) && !v->met[TOO_MANY] && !v->met[TABLE_CUT])
    v->unexplained = "libelf counts other program headers";
  if (read < most && !v->met[TABLE_CUT])
    v->unexplained = "libelf does not read a program header";
}

/* Opens the file as if it said nothing of sections, which is put back: a table may lie over it. */
static Elf *without_sections(uint8_t *copy, size_t len)
{
  const size_t at = copy[EI_CLASS] == ELFCLASS64 ? 40 : 32, count = copy[EI_CLASS] == ELFCLASS64 ? 60 : 48;
  uint8_t kept[HEADER_BYTES];

  memcpy(kept, copy, sizeof kept);
  memset(copy + at, 0, copy[EI_CLASS] == ELFCLASS64 ? 8 : 4);
  memset(copy + count, 0, 4);
  Elf *elf = elf_memory((char *)copy, len);

  memcpy(copy, kept, sizeof kept);
  return elf;
}

/* What kind of file it is, by libelf and by its own bytes. */
static void identify(struct view *v)
{
  size_t len = 0;
  const char *raw = elf_rawfile(v->elf, &len);

  if (len != v->len || (len > 0 && !raw)) {
    v->unexplained = "libelf has other bytes";
    return;
  }
  memcpy(v->ident, raw, len < EI_NIDENT ? len : EI_NIDENT);
  const int is_elf = elf_kind(v->elf) == ELF_K_ELF && gelf_getehdr(v->elf, &v->h);
  const int other = v->ident[EI_CLASS] != ELFCLASS64 || v->ident[EI_DATA] != ELFDATA2LSB;

  v->met[SHORT_32] = is_elf && len < HEADER_BYTES;
  v->met[NOT_ELF] = !is_elf && len >= HEADER_BYTES;
  v->met[OTHER_CLASS] = is_elf && other;
  v->met[OTHER_KIND] =
      is_elf && !other && ((v->h.e_type != ET_EXEC && v->h.e_type != ET_DYN) || v->h.e_machine != EM_X86_64);
  if (is_elf && memcmp(v->ident, v->h.e_ident, EI_NIDENT) != 0)
    v->unexplained = "libelf has another e_ident";
  if (v->met[SHORT_32] && v->ident[EI_CLASS] != ELFCLASS32)
    v->unexplained = "libelf reads a 64-bit file that is too short";
  if (is_elf && !other && !v->unexplained)
    headers(v);
}

void view_read(struct view *v, uint8_t *copy, size_t len)
{
  memset(v, 0, sizeof *v);
  v->len = len;
  v->elf = elf_memory((char *)copy, len);
  if (!v->elf && len >= HEADER_BYTES) {
    v->met[SECTIONS] = 1;
    v->elf = without_sections(copy, len);
  }
  if (v->elf)
    identify(v);
  else if (len >= HEADER_BYTES)
    v->unexplained = "libelf does not open the file";
}

void view_end(struct view *v)
{
  if (v->elf)
    elf_end(v->elf);
}

/* A refusal, which stands where `requested` says, or is of that size. */
static struct ruling no(enum metes_status status, wide requested, wide limit, uint32_t index)
{
  return (struct ruling){.status = status, .requested = requested, .limit = limit, .index = index};
}

/* ELF-1 to ELF-6. */
static struct ruling rule_file(const struct view *v)
{
  const unsigned char *id = v->ident;

  if (v->len < 64)
    return no(METES_E_ELF_SHORT, v->len, 64, 0);
  if (memcmp(id, "\177ELF", 4) != 0)
    return no(METES_E_ELF_MAGIC, 0, id[0] + 256 * (wide)id[1] + 65536 * (wide)id[2] + 16777216 * (wide)id[3], 0);
  if (id[EI_CLASS] != ELFCLASS64)
    return no(METES_E_ELF_CLASS, 4, id[EI_CLASS], 0);
  if (id[EI_DATA] != ELFDATA2LSB)
    return no(METES_E_ELF_CLASS, 5, id[EI_DATA], 0);
  if (id[EI_VERSION] != EV_CURRENT)
    return no(METES_E_ELF_CLASS, 6, id[EI_VERSION], 0);
  if (v->h.e_type != ET_EXEC && v->h.e_type != ET_DYN)
    return no(METES_E_ELF_TYPE, 16, v->h.e_type, 0);
  if (v->h.e_machine != EM_X86_64)
    return no(METES_E_ELF_MACHINE, 18, v->h.e_machine, 0);
  if (v->h.e_phentsize != 56)
    return no(METES_E_ELF_HEADERS, 54, v->h.e_phentsize, 0);
  if (v->h.e_phnum == 0 || v->h.e_phnum > 64)
    return no(METES_E_ELF_HEADERS, 56, v->h.e_phnum, 0);
  if ((wide)v->h.e_phoff + 56 * (wide)v->h.e_phnum > (wide)v->len)
    return no(METES_E_ELF_HEADERS, 32, v->h.e_phoff, 0);
  return no(METES_OK, 0, 0, 0);
}

/* ELF-7 to ELF-14: header i, behind the segments that g has. */
static struct ruling rule_header(const struct view *v, const struct ruling *g, uint32_t i, uint32_t options)
{
  const GElf_Phdr p = v->p[i];
  const wide at = (wide)v->h.e_phoff + 56 * (wide)i, start = (wide)p.p_vaddr - g->base, end = start + p.p_memsz;

  if (p.p_type == PT_INTERP)
    return no(METES_E_ELF_INTERP, at, p.p_type, i);
  if (p.p_type != PT_LOAD)
    return no(METES_OK, 0, 0, 0);
  if (g->n == 16)
    return no(METES_E_ELF_SEGMENTS, at, p.p_type, i);
  if (p.p_memsz == 0)
    return no(METES_E_ELF_EMPTY, at + 40, p.p_memsz, i);
  if (p.p_filesz > p.p_memsz)
    return no(METES_E_ELF_FILE_SIZE, at + 32, p.p_filesz, i);
  if ((wide)p.p_offset + p.p_filesz > (wide)v->len)
    return no(METES_E_ELF_FILE_RANGE, at + 8, p.p_offset, i);
  if (start < 0 || end > 0x3fffffff000)
    return no(METES_E_ELF_ADDRESS, at + 16, p.p_vaddr, i);
  if (g->n > 0) {
    const GElf_Phdr last = g->segments[g->n - 1];
    const wide its_page = ((wide)last.p_vaddr - g->base + last.p_memsz - 1) / 4096;

    if (start / 4096 <= its_page)
      return no(METES_E_ELF_OVERLAP, at + 16, p.p_vaddr, i);
  }
  if (!(p.p_flags & PF_R) || ((p.p_flags & PF_W) && (p.p_flags & PF_X) && !(options & METES_ELF_WRITABLE_CODE)))
    return no(METES_E_ELF_FLAGS, at + 4, p.p_flags, i);
  return no(METES_OK, 0, 0, 0);
}

/* ELF-15 */
static int entry_held(const struct ruling *g, wide entry)
{
  for (uint32_t k = 0; k < g->n; k++) {
    const GElf_Phdr p = g->segments[k];

    if ((p.p_flags & PF_X) && (wide)p.p_vaddr <= entry && entry < (wide)p.p_vaddr + p.p_memsz)
      return 1;
  }
  return 0;
}

struct ruling rule(const struct view *v, uint64_t code_gva, uint32_t options)
{
  struct ruling g = rule_file(v);

  if (g.status != METES_OK)
    return g;
  g.base = v->h.e_type == ET_EXEC ? code_gva : 0;
  g.entry = v->h.e_entry - g.base;
  for (uint32_t i = 0; i < v->h.e_phnum; i++) {
    const struct ruling r = rule_header(v, &g, i, options);

    if (r.status != METES_OK)
      return r;
    if (v->p[i].p_type != PT_LOAD)
      continue;
    g.segments[g.n++] = v->p[i];
    g.span = ((wide)v->p[i].p_vaddr - g.base + v->p[i].p_memsz + 4095) / 4096 * 4096;
  }
  return entry_held(&g, v->h.e_entry) ? g : no(METES_E_ELF_ENTRY, 24, v->h.e_entry, 0);
}

/* The row that allows a refusal of what libelf accepts, by its status and field. */
static enum difference laxer(const struct ruling *r)
{
  if (r->status >= METES_E_ELF_INTERP)
    return NOT_JUDGED;
  if (r->status == METES_E_ELF_HEADERS && r->requested == 54)
    return ENTRY_SIZE;
  if (r->status == METES_E_ELF_HEADERS && r->requested == 56)
    return TOO_MANY;
  return r->status == METES_E_ELF_TYPE || r->status == METES_E_ELF_MACHINE ? OTHER_KIND : DIFFERENCES;
}

const char *explain(struct view *v, const struct ruling *r)
{
  v->met[NOT_JUDGED] = v->accepted && r->status >= METES_E_ELF_INTERP;
  if (v->unexplained)
    return v->unexplained;
  if (v->accepted && r->status != METES_OK && (laxer(r) == DIFFERENCES || !v->met[laxer(r)]))
    return "libelf accepts what is refused";
  if (r->status == METES_E_ELF_FILE_RANGE &&
      elf_getdata_rawchunk(v->elf, (int64_t)v->p[r->index].p_offset, v->p[r->index].p_filesz, ELF_T_BYTE))
    return "libelf has the bytes of a segment that are said to be beyond the file's end";
  if (!v->accepted && r->status == METES_OK && !v->met[NO_TABLE] && !v->met[SECTIONS])
    return "libelf refuses what is accepted";
  for (int d = 0; d < DIFFERENCES; d++)
    rows[d].met += v->met[d] != 0;
  return NULL;
}

const char *fill(const struct view *v, const struct ruling *r, uint8_t *memory)
{
  memset(memory, 0, (size_t)r->span);
  for (uint32_t k = 0; k < r->n; k++) {
    const GElf_Phdr p = r->segments[k];
    const Elf_Data *d = elf_getdata_rawchunk(v->elf, (int64_t)p.p_offset, p.p_filesz, ELF_T_BYTE);

    if (!d || d->d_size != p.p_filesz)
      return "libelf has no such bytes of the file";
    if (d->d_size > 0)
      memcpy(memory + (size_t)((wide)p.p_vaddr - r->base), d->d_buf, d->d_size);
  }
  return NULL;
}
