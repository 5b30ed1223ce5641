/* SPDX-License-Identifier: Apache-2.0
 * Reading an image: all of it into a value, header by header, and then one write. */
#include "elfhead.h"

/*@ lemma flags_execute: \forall integer f; 0 <= f ==> FlagsOf(f) / 4 % 2 == f % 2;
  @ lemma entry_in{L}: \forall struct metes_segment s, uint8_t *m, integer at, base, entry, i;
  @   SegmentOf(s, m, at + 56 * i, base) ==> HoldsEntry(m, at, i, entry) ==> EntryIn(s, entry - base);
  @ lemma entry_of{L}: \forall struct metes_image g, uint8_t *m, integer at, base, entry, i, n;
  @   SegmentsOf(g, m, at, base, n) ==> 0 <= i < n ==> HoldsEntry(m, at, i, entry) ==>
  @   0 <= Loads(m, at, i) < Loads(m, at, n) && EntryIn(g.segments[Loads(m, at, i)], entry - base);
  @ lemma entry_inside{L}: \forall struct metes_image g, uint8_t *m, integer at, base, entry, n;
  @   SegmentsOf(g, m, at, base, n) ==> HeldUpTo(m, at, entry, n) ==> g.n == Loads(m, at, n) ==>
  @   g.entry == entry - base ==> EntryInside(g);
  @*/

/* What the headers say: the verdict, and the image as far as they are sound. */
struct reading {
  struct metes_verdict verdict;
  struct metes_image image;
};

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.verdict == v && \result.image == g;
  @*/
static inline struct reading reading(struct metes_verdict v, struct metes_image g)
{
  struct reading r;

  r.verdict = v;
  r.image = g;
  return r;
}

/*@ // The last of the segments ends in the page that ends at the image's span.
  @ predicate LastEnds(struct metes_image g) = g.n == 0 ? g.span == 0 :
  @   0 < g.segments[g.n - 1].mem_size &&
  @   g.span == PageUp(g.segments[g.n - 1].offset + g.segments[g.n - 1].mem_size);
  @*/

/* The image with one more segment. (ELF-16, ELF-17) */
/*@ requires g.n < METES_MAX_SEGMENTS && SegmentsSound(g, g.n, len) && LastEnds(g);
  @ requires base <= h.vaddr && h.vaddr - base + h.mem_size <= METES_MAX_REGION_SIZE;
  @ requires g.span <= h.vaddr - base && 0 < h.mem_size;
  @ requires h.file_size <= h.mem_size && h.offset + h.file_size <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures n: \result.n == g.n + 1 && \result.entry == g.entry;
  @ ensures span: \result.span == PageUp(h.vaddr - base + h.mem_size);
  @ ensures kept: \forall integer k; 0 <= k < g.n ==> \result.segments[k] == g.segments[k];
  @ ensures this: \result.segments[g.n].offset == h.vaddr - base &&
  @   \result.segments[g.n].file_offset == h.offset &&
  @   \result.segments[g.n].file_size == h.file_size &&
  @   \result.segments[g.n].mem_size == h.mem_size &&
  @   \result.segments[g.n].flags == FlagsOf(h.flags);
  @ ensures last: LastEnds(\result);
  @ ensures sound: SegmentsSound(\result, \result.n, len);
  @*/
static inline struct metes_image add_segment(struct metes_image g, struct metes_elf_header h,
                                             uint64_t base, uint64_t len)
{
  struct metes_segment s;

  (void)len; /* the contract speaks of it */
  s.offset = h.vaddr - base;
  s.file_offset = h.offset;
  s.file_size = h.file_size;
  s.mem_size = h.mem_size;
  s.flags = METES_READ + h.flags / 2 % 2 * METES_WRITE + h.flags % 2 * METES_EXECUTE;
  g.segments[g.n] = s;
  g.n = g.n + 1;
  g.span = metes_page_up(s.offset + s.mem_size);
  //@ assert kept: \forall integer k; 0 <= k < \at(g.n, Pre) ==> g.segments[k] == \at(g.segments[k], Pre);
  //@ assert wider: \at(g.span, Pre) <= s.offset && s.offset + s.mem_size <= g.span;
  //@ assert before: \forall integer k; 0 <= k < \at(g.n, Pre) ==> SegmentSound(g, k, len);
  //@ assert this: SegmentSound(g, g.n - 1, len);
  return g;
}

/* ELF-7 to ELF-14, ELF-16, ELF-17: all program headers, and the segments they ask for. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + METES_ELF_PROGRAM_HEADER * count <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.verdict.status == METES_OK <==>
  @   HeadersSound(m, len, at, base, options, count);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_ELF_INTERP <= \result.verdict.status <= METES_E_ELF_FLAGS;
  @ ensures first: \result.verdict.status != METES_OK ==> \result.verdict.index < count &&
  @   HeadersSound(m, len, at, base, options, \result.verdict.index) &&
  @   \result.verdict.status == FlawAt(m, len, at, base, options, \result.verdict.index);
  @ ensures points: \result.verdict.status != METES_OK ==>
  @   HeaderPoints(m, at + 56 * \result.verdict.index, \result.verdict.status,
  @     \result.verdict.requested, \result.verdict.limit);
  @ ensures entry: \result.image.entry == entry;
  @ ensures n: \result.verdict.status == METES_OK ==>
  @   \result.image.n == Loads(m, at, count) <= 16;
  @ ensures span: \result.verdict.status == METES_OK ==>
  @   \result.image.span == Span(m, at, base, count);
  @ ensures sound: \result.verdict.status == METES_OK ==>
  @   SegmentsSound(\result.image, \result.image.n, len);
  @ ensures elf_17: \result.verdict.status == METES_OK ==>
  @   SegmentsOf(\result.image, m, at, base, count);
  @*/
static struct reading read_headers(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count,
                                   uint64_t base, uint32_t options, uint64_t entry)
{
  struct metes_verdict v = {METES_OK, 0, 0, 0};
  struct metes_image g = {0};

  g.entry = entry;
  /*@ loop invariant 0 <= i <= count;
    @ loop invariant headers: HeadersSound(m, len, at, base, options, i);
    @ loop invariant entry: g.entry == entry;
    @ loop invariant n: g.n == Loads(m, at, i) <= 16;
    @ loop invariant span: g.span == Span(m, at, base, i);
    @ loop invariant last: LastEnds(g);
    @ loop invariant sound: SegmentsSound(g, g.n, len);
    @ loop invariant elf_17: SegmentsOf(g, m, at, base, i);
    @ loop invariant fine: v.status == METES_OK;
    @ loop assigns i, g, v;
    @ loop variant count - i;
    @*/
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t o = at + METES_ELF_PROGRAM_HEADER * i;
    const struct metes_elf_header h = metes_elf_header(m, len, o);

    v = metes_elf_check_header(m, len, o, h, base, options, g.span, g.n);
    //@ assert here: v.status == FlawAt(m, len, at, base, options, i);
    v.index = i;
    if (v.status != METES_OK)
      return reading(v, g);
    if (h.type == 1)
      g = add_segment(g, h, base, len);
    //@ assert n: g.n == Loads(m, at, i + 1);
    //@ assert span: g.span == Span(m, at, base, i + 1);
  }
  return reading(v, g);
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> h.type == 1 && h.flags % 2 == 1 &&
  @   h.vaddr <= entry < h.vaddr + h.mem_size;
  @*/
static inline int holds(struct metes_elf_header h, uint64_t entry)
{
  return h.type == 1 && h.flags % 2 == 1 && h.vaddr <= entry && entry - h.vaddr < h.mem_size;
}

/* ELF-15: some executable segment holds the entry point. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + METES_ELF_PROGRAM_HEADER * count <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> HeldUpTo(m, at, entry, count);
  @*/
static int entry_held(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count, uint64_t entry)
{
  /*@ loop invariant 0 <= i <= count;
    @ loop invariant none: \forall integer j; 0 <= j < i ==> !HoldsEntry(m, at, j, entry);
    @ loop assigns i;
    @ loop variant count - i;
    @*/
  for (uint32_t i = 0; i < count; i++) {
    const struct metes_elf_header h = metes_elf_header(m, len, at + METES_ELF_PROGRAM_HEADER * i);
    const int found = holds(h, entry);

    //@ assert this: found != 0 <==> HoldsEntry(m, at, i, entry);
    if (found)
      return 1;
  }
  return 0;
}

/* All that metes_elf_parse does, but for the writing. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.verdict.status == METES_OK <==> ElfSound(m, len, code_gva, options);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_ELF_SHORT <= \result.verdict.status <= METES_E_ELF_ENTRY;
  @ ensures elf_1: FileFlaw(m, len) != METES_OK ==> \result.verdict.status == FileFlaw(m, len);
  @ ensures elf_6: METES_E_ELF_SHORT <= \result.verdict.status <= METES_E_ELF_HEADERS ==>
  @   \result.verdict.status == FileFlaw(m, len) && \result.verdict.index == 0 &&
  @   FilePoints(m, len, \result.verdict.status, \result.verdict.requested, \result.verdict.limit);
  @ ensures elf_7: METES_E_ELF_INTERP <= \result.verdict.status <= METES_E_ELF_FLAGS ==>
  @   FirstFlaw(m, len, code_gva, options, \result.verdict.index, \result.verdict.status) &&
  @   HeaderPoints(m, Le64(m, 32) + 56 * \result.verdict.index, \result.verdict.status,
  @     \result.verdict.requested, \result.verdict.limit);
  @ ensures elf_15: \result.verdict.status == METES_E_ELF_ENTRY ==>
  @   FileFlaw(m, len) == METES_OK && AllHeadersSound(m, len, code_gva, options) &&
  @   !EntryHeld(m, code_gva) && \result.verdict.requested == 24 &&
  @   \result.verdict.limit == Le64(m, 24) && \result.verdict.index == 0;
  @ ensures elf_16: \result.verdict.status == METES_OK ==> ImageSound(\result.image, len);
  @ ensures elf_17: \result.verdict.status == METES_OK ==> ImageOf(\result.image, m, code_gva);
  @ ensures elf_18: \result.verdict.status == METES_OK ==> EntryInside(\result.image);
  @*/
static struct reading read_image(const uint8_t *m, uint64_t len, uint64_t code_gva,
                                 uint32_t options)
{
  const struct metes_verdict v = metes_elf_check_file(m, len);
  const struct metes_image none = {0};

  if (v.status != METES_OK)
    return reading(v, none);
  const uint64_t at = metes_get64(m, 32), entry = metes_get64(m, 24);
  const uint64_t base = metes_get16(m, 16) == 2 ? code_gva : 0;
  const uint32_t count = metes_get16(m, 56);
  const uint64_t inside = entry < base ? 0 : entry - base;
  //@ assert base: base == ImageBase(m, code_gva) && at == Le64(m, 32) && count == Le16(m, 56);
  const struct reading r = read_headers(m, len, at, count, base, options, inside);
  //@ assert first: r.verdict.status != METES_OK ==> FirstFlaw(m, len, code_gva, options, r.verdict.index, r.verdict.status);
  if (r.verdict.status != METES_OK)
    return r;
  if (entry < base || !entry_held(m, len, at, count, entry))
    return reading(metes_verdict_of(METES_E_ELF_ENTRY, 24, entry, 0), none);
  //@ assert elf_17: ImageOf(r.image, m, code_gva);
  return r;
}

enum metes_status metes_elf_parse(const uint8_t *m, uint64_t len, uint64_t code_gva,
                                  uint32_t options, struct metes_image *image,
                                  struct metes_error *err)
{
  const struct reading r = read_image(m, len, code_gva, options);

  if (r.verdict.status != METES_OK)
    return metes_refuse_as(err, r.verdict);
  *image = r.image;
  return METES_OK;
}
