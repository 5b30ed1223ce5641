/* SPDX-License-Identifier: Apache-2.0
 * A small good ELF image, made by hand: for elf.c and elfedges.c. */
#ifndef METES_UNIT_ELF_H
#define METES_UNIT_ELF_H

#include "unit.h"

#include "core/elf.h"

enum { FILE_SIZE = 0x3000, CODE_AT = 64, DATA_AT = CODE_AT + 56, GVA = 0x1000 };
/* where the fields of a program header lie in it */
enum { P_TYPE = 0, P_FLAGS = 4, P_OFFSET = 8, P_VADDR = 16, P_FILESZ = 32, P_MEMSZ = 40 };

static uint8_t file[FILE_SIZE], memory[0x10000];

static inline void put(size_t at, size_t bytes, uint64_t v)
{
  for (size_t i = 0; i < bytes; i++)
    file[at + i] = (uint8_t)(v >> (8 * i));
}

static inline void put_header(size_t at, uint32_t flags, uint64_t offset, uint64_t vaddr, uint64_t file_size,
                              uint64_t mem_size)
{
  put(at + P_TYPE, 4, 1); /* PT_LOAD */
  put(at + P_FLAGS, 4, flags);
  put(at + P_OFFSET, 8, offset);
  put(at + P_VADDR, 8, vaddr);
  put(at + P_FILESZ, 8, file_size);
  put(at + P_MEMSZ, 8, mem_size);
}

/* Code at 0x1000, read and execute; data at 0x3000, read and write, of which 0x100 bytes are in the file. */
static inline int good(void **state)
{
  (void)state;
  for (size_t i = 0; i < FILE_SIZE; i++)
    file[i] = (uint8_t)(i % 255 + 1);
  memset(file, 0, 0x200);
  memcpy(file, "\177ELF\2\1\1", 7);
  put(16, 2, 2);  /* ET_EXEC */
  put(18, 2, 62); /* EM_X86_64 */
  put(24, 8, 0x1010);
  put(32, 8, CODE_AT);
  put(54, 2, 56);
  put(56, 2, 2);
  put_header(CODE_AT, 5, 0x1000, 0x1000, 0x1800, 0x1800);
  put_header(DATA_AT, 6, 0x2800, 0x3000, 0x100, 0x1001);
  return 0;
}

static inline enum metes_status parse(struct metes_image *image, struct metes_error *err)
{
  return metes_elf_parse(file, FILE_SIZE, GVA, 0, image, err);
}

#endif
