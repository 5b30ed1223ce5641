/* SPDX-License-Identifier: Apache-2.0
 * The headers of an image: decoded, and checked one by one. Internal to core. */
#ifndef METES_ELFHEAD_H
#define METES_ELFHEAD_H

#include "elf.h"
#include "verdict.h"

#define METES_ELF_FILE_HEADER 64u
#define METES_ELF_PROGRAM_HEADER 56u

/* A program header, decoded. */
struct metes_elf_header {
  uint32_t type;
  uint32_t flags;
  uint64_t offset;
  uint64_t vaddr;
  uint64_t file_size;
  uint64_t mem_size;
};

/*@ predicate HeaderAt{L}(uint8_t *m, integer o, struct metes_elf_header h) =
  @   h.type == HType(m, o) && h.flags == HFlags(m, o) && h.offset == HOffset(m, o) &&
  @   h.vaddr == HVaddr(m, o) && h.file_size == HFileSize(m, o) && h.mem_size == HMemSize(m, o);
  @*/

/*@ requires \valid_read(m + (0 .. len - 1)) && o + METES_ELF_PROGRAM_HEADER <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures HeaderAt(m, o, \result);
  @*/
static inline struct metes_elf_header metes_elf_header(const uint8_t *m, uint64_t len, uint64_t o)
{
  struct metes_elf_header h;

  (void)len; /* the contract speaks of it */
  h.type = metes_get32(m, o);
  h.flags = metes_get32(m, o + 4);
  h.offset = metes_get64(m, o + 8);
  h.vaddr = metes_get64(m, o + 16);
  h.file_size = metes_get64(m, o + 32);
  h.mem_size = metes_get64(m, o + 40);
  return h;
}

/* ELF-1 to ELF-6. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == FileFlaw(m, len);
  @ ensures points: FilePoints(m, len, \result.status, \result.requested, \result.limit);
  @ ensures whole: \result.index == 0;
  @*/
struct metes_verdict metes_elf_check_file(const uint8_t *m, uint64_t len);

/* ELF-7 to ELF-14, where `n` segments stand before it that reach up to `span`. */
/*@ requires \valid_read(m + (0 .. len - 1)) && o + METES_ELF_PROGRAM_HEADER <= len;
  @ requires HeaderAt(m, o, h);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == HeaderFlaw(m, len, o, base, options, span, n);
  @ ensures points: HeaderPoints(m, o, \result.status, \result.requested, \result.limit);
  @*/
struct metes_verdict metes_elf_check_header(const uint8_t *m, uint64_t len, uint64_t o,
                                                struct metes_elf_header h, uint64_t base,
                                                uint32_t options, uint64_t span, uint32_t n);

#endif
