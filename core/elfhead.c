/* SPDX-License-Identifier: Apache-2.0
 * Checking the headers of an image: every byte is read as what anyone may have written. */
#include "elfhead.h"

/* ELF-6: the table of program headers. */
/*@ requires \valid_read(m + (0 .. len - 1)) && METES_ELF_FILE_HEADER <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_ELF_HEADERS;
  @ ensures ok: \result.status == METES_OK <==> Le16(m, 54) == 56 && 1 <= Le16(m, 56) <= 64 &&
  @   Le64(m, 32) + 56 * Le16(m, 56) <= len;
  @ ensures points: FilePoints(m, len, \result.status, \result.requested, \result.limit);
  @ ensures whole: \result.index == 0;
  @*/
static inline struct metes_verdict check_table(const uint8_t *m, uint64_t len)
{
  const uint32_t size = metes_get16(m, 54), count = metes_get16(m, 56);
  const uint64_t at = metes_get64(m, 32);

  if (size != METES_ELF_PROGRAM_HEADER)
    return metes_verdict_of(METES_E_ELF_HEADERS, 54, size, 0);
  if (count < 1 || count > METES_MAX_PROGRAM_HEADERS)
    return metes_verdict_of(METES_E_ELF_HEADERS, 56, count, 0);
  if (at > len || len - at < METES_ELF_PROGRAM_HEADER * count)
    return metes_verdict_of(METES_E_ELF_HEADERS, 32, at, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

struct metes_verdict metes_elf_check_file(const uint8_t *m, uint64_t len)
{
  if (len < METES_ELF_FILE_HEADER)
    return metes_verdict_of(METES_E_ELF_SHORT, len, METES_ELF_FILE_HEADER, 0);
  if (m[0] != 0x7F || m[1] != 'E' || m[2] != 'L' || m[3] != 'F')
    return metes_verdict_of(METES_E_ELF_MAGIC, 0, metes_get32(m, 0), 0);
  if (m[4] != 2) /* ELFCLASS64 */
    return metes_verdict_of(METES_E_ELF_CLASS, 4, m[4], 0);
  if (m[5] != 1) /* ELFDATA2LSB */
    return metes_verdict_of(METES_E_ELF_CLASS, 5, m[5], 0);
  if (m[6] != 1) /* EV_CURRENT */
    return metes_verdict_of(METES_E_ELF_CLASS, 6, m[6], 0);
  if (metes_get16(m, 16) != 2 && metes_get16(m, 16) != 3) /* ET_EXEC, ET_DYN */
    return metes_verdict_of(METES_E_ELF_TYPE, 16, metes_get16(m, 16), 0);
  if (metes_get16(m, 18) != 62) /* EM_X86_64 */
    return metes_verdict_of(METES_E_ELF_MACHINE, 18, metes_get16(m, 18), 0);
  return check_table(m, len);
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> FlagsRefused(flags, options);
  @*/
static inline int flags_refused(uint32_t flags, uint32_t options)
{
  return flags / 4 % 2 == 0 || (flags % 2 == 1 && flags / 2 % 2 == 1 && options % 2 == 0);
}

/* ELF-10 to ELF-14: where a segment comes from, where it goes, what it may. */
/*@ requires \valid_read(m + (0 .. len - 1)) && o + METES_ELF_PROGRAM_HEADER <= len;
  @ requires HeaderAt(m, o, h) && h.type == 1 && h.mem_size != 0 && n < METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == HeaderFlaw(m, len, o, base, options, span, n);
  @ ensures points: HeaderPoints(m, o, \result.status, \result.requested, \result.limit);
  @*/
static inline struct metes_verdict check_segment(const uint8_t *m, uint64_t len, uint64_t o,
                                                 struct metes_elf_header h, uint64_t base,
                                                 uint32_t options, uint64_t span, uint32_t n)
{
  (void)m, (void)n; /* the contract speaks of them */
  if (h.file_size > h.mem_size)
    return metes_verdict_of(METES_E_ELF_FILE_SIZE, o + 32, h.file_size, 0);
  if (h.offset > len || h.file_size > len - h.offset)
    return metes_verdict_of(METES_E_ELF_FILE_RANGE, o + 8, h.offset, 0);
  if (h.vaddr < base || h.vaddr - base > METES_MAX_REGION_SIZE ||
      h.mem_size > METES_MAX_REGION_SIZE - (h.vaddr - base))
    return metes_verdict_of(METES_E_ELF_ADDRESS, o + 16, h.vaddr, 0);
  if (h.vaddr - base < span)
    return metes_verdict_of(METES_E_ELF_OVERLAP, o + 16, h.vaddr, 0);
  if (flags_refused(h.flags, options))
    return metes_verdict_of(METES_E_ELF_FLAGS, o + 4, h.flags, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

struct metes_verdict metes_elf_check_header(const uint8_t *m, uint64_t len, uint64_t o,
                                                struct metes_elf_header h, uint64_t base,
                                                uint32_t options, uint64_t span, uint32_t n)
{
  if (h.type == 3) /* PT_INTERP */
    return metes_verdict_of(METES_E_ELF_INTERP, o, h.type, 0);
  if (h.type != 1) /* PT_LOAD */
    return metes_verdict_of(METES_OK, 0, 0, 0);
  if (n >= METES_MAX_SEGMENTS)
    return metes_verdict_of(METES_E_ELF_SEGMENTS, o, h.type, 0);
  if (h.mem_size == 0)
    return metes_verdict_of(METES_E_ELF_EMPTY, o + 40, h.mem_size, 0);
  return check_segment(m, len, o, h, base, options, span, n);
}
