/* SPDX-License-Identifier: Apache-2.0
 * Image files, made from good ones by mutation, and what libelf reads in them. */
#ifndef TESTS_ELF_H
#define TESTS_ELF_H

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>

#include "core/elf.h"
#include "tests/properties/source.h"

typedef __int128 wide;

enum { HEADER_BYTES = 64, ROOM = 0x20000, STATUSES = METES_E_ELF_IMAGE + 1 };

/* A file, and how it is asked for. Its bytes end where no memory follows. */
struct file {
  uint8_t *bytes;
  size_t len, room;
  uint64_t code_gva;
  uint32_t options;
};

/* Where libelf and spec/image.md differ: rows of the table in oracle.c. */
enum difference {
  NOT_ELF,
  OTHER_CLASS,
  SHORT_32,
  OTHER_KIND,
  ENTRY_SIZE,
  TOO_MANY,
  TABLE_CUT,
  NO_TABLE,
  SECTIONS,
  NOT_JUDGED,
  DIFFERENCES
};

/* The rows' names, their reasons, and how many files each has met. */
struct row {
  const char *what, *why;
  unsigned long met;
};
extern struct row rows[DIFFERENCES];

/* What libelf reads in a file. `accepted`: it has an ELF64 header, and all program headers that it announces. */
struct view {
  Elf *elf;
  size_t len;
  int accepted;
  GElf_Ehdr h;
  unsigned char ident[EI_NIDENT];
  GElf_Phdr p[METES_MAX_PROGRAM_HEADERS];
  unsigned met[DIFFERENCES];
  const char *unexplained; /* what no row allows, NULL if nothing */
};

/* What the rules say: the status and the error of a refusal, or the image. */
struct ruling {
  enum metes_status status;
  wide requested, limit;
  uint32_t index;
  wide base, entry, span;
  uint32_t n;
  GElf_Phdr segments[METES_MAX_SEGMENTS];
};

/* Changes the file, as `s` chooses; says on `log` what it does, unless that is NULL. */
void mutate(struct source *s, struct file *f, FILE *log);

/* Reads a copy of the file with libelf; view_end gives it back. */
void view_read(struct view *v, uint8_t *copy, size_t len);
void view_end(struct view *v);

/* spec/image.md over what libelf read. */
struct ruling rule(const struct view *v, uint64_t code_gva, uint32_t options);

/* Whether both answers may stand beside each other: counts the rows, NULL or what is not explained. */
const char *explain(struct view *v, const struct ruling *r);

/* What the segments hold by libelf's raw data, span bytes; NULL or what is not so. */
const char *fill(const struct view *v, const struct ruling *r, uint8_t *memory);

/* What the files of a run met. `sides`: accepted by libelf, by the rules. */
struct counts {
  unsigned long met[STATUSES], loaded, too_large, sides[2][2];
};

/* Memory that ends before a page that nobody may touch: that end. */
uint8_t *guarded(size_t len);

/* One file and what became of it: libelf's view, the rules' answer, core's. */
struct trial {
  struct file f;
  struct view v;
  struct ruling r;
  enum metes_status ours;
  struct metes_error e;
  struct metes_image g;
};

/* Asks both. NULL or what is not the same. */
const char *compare(struct trial *t, struct counts *c);

#endif
