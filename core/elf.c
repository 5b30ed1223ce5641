/* SPDX-License-Identifier: Apache-2.0
 * Reading an image: check all headers first, then list the segments. */
#include "elfhead.h"

/*@ lemma flags_execute: \forall integer f; 0 <= f ==> FlagsOf(f) / 4 % 2 == f % 2;
  @*/

/* What checking all program headers says, and how far the segments reach. */
struct scan {
  struct metes_elf_verdict verdict;
  struct metes_elf_extent extent;
};

/* The extent with one more header. */
/*@ requires h.type == 1 ==> base <= h.vaddr && h.vaddr - base + h.mem_size <= METES_MAX_REGION_SIZE;
  @ requires e.n <= METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures span: \result.span == (h.type == 1 ? PageUp(h.vaddr - base + h.mem_size) : e.span);
  @ ensures n: \result.n == (h.type == 1 ? e.n + 1 : e.n);
  @*/
static inline struct metes_elf_extent extend(struct metes_elf_extent e, struct metes_elf_header h, uint64_t base)
{
  if (h.type == 1) {
    e.span = metes_page_up(h.vaddr - base + h.mem_size);
    e.n = e.n + 1;
  }
  return e;
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

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures status: \result.verdict.status == status && \result.verdict.index == 0;
  @ ensures points: \result.verdict.at == at && \result.verdict.value == value;
  @ ensures extent: \result.extent.span == e.span && \result.extent.n == e.n;
  @*/
static inline struct scan scanned(struct metes_elf_extent e, enum metes_status status, uint64_t at,
                                  uint64_t value)
{
  struct scan s;

  s.verdict.status = status;
  s.verdict.at = at;
  s.verdict.value = value;
  s.verdict.index = 0;
  s.extent.span = e.span;
  s.extent.n = e.n;
  return s;
}

/* ELF-15: some executable segment holds the entry point. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + METES_ELF_PROGRAM_HEADER * count <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> EntryHeld(m, at, base, entry, count);
  @*/
static int entry_held(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count, uint64_t base,
                      uint64_t entry)
{
  if (entry < base)
    return 0;
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

/* ELF-7 to ELF-14 for all program headers. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + METES_ELF_PROGRAM_HEADER * count <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.verdict.status == METES_OK <==>
  @   HeadersSound(m, len, at, base, options, count);
  @ ensures first: \result.verdict.status != METES_OK ==> \result.verdict.index < count &&
  @   HeadersSound(m, len, at, base, options, \result.verdict.index) &&
  @   \result.verdict.status == FlawAt(m, len, at, base, options, \result.verdict.index);
  @ ensures points: \result.verdict.status != METES_OK ==>
  @   HeaderPoints(m, at + 56 * \result.verdict.index, \result.verdict.status,
  @     \result.verdict.at, \result.verdict.value);
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_ELF_INTERP <= \result.verdict.status <= METES_E_ELF_FLAGS;
  @ ensures extent: \result.verdict.status == METES_OK ==>
  @   \result.extent.span == Span(m, at, base, count) && \result.extent.n == Loads(m, at, count);
  @*/
static struct scan check_headers(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count,
                                 uint64_t base, uint32_t options)
{
  struct metes_elf_extent e = {0, 0};

  /*@ loop invariant 0 <= i <= count;
    @ loop invariant sound: HeadersSound(m, len, at, base, options, i);
    @ loop invariant span: e.span == Span(m, at, base, i) <= 0x3FFFFFFF000 && e.span % 4096 == 0;
    @ loop invariant n: e.n == Loads(m, at, i) <= 16;
    @ loop assigns i, e;
    @ loop variant count - i;
    @*/
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t o = at + METES_ELF_PROGRAM_HEADER * i;
    const struct metes_elf_header h = metes_elf_header(m, len, o);
    const struct metes_elf_verdict v = metes_elf_check_header(m, len, o, h, base, options, e);

    //@ assert here: v.status == FlawAt(m, len, at, base, options, i);
    if (v.status != METES_OK) {
      struct scan s = scanned(e, v.status, v.at, v.value);
      s.verdict.index = i;
      return s;
    }
    e = extend(e, h, base);
    //@ assert span: e.span == Span(m, at, base, i + 1);
    //@ assert n: e.n == Loads(m, at, i + 1);
  }
  return scanned(e, METES_OK, 0, 0);
}

/* Writes s[n]; the others stay. */
/*@ requires \valid(s + (0 .. METES_MAX_SEGMENTS - 1)) && n < METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns s[n];
  @ ensures this: s[n].offset == v.offset && s[n].file_offset == v.file_offset &&
  @   s[n].file_size == v.file_size && s[n].mem_size == v.mem_size && s[n].flags == v.flags;
  @ ensures offsets: \forall integer k; 0 <= k < n ==> s[k].offset == \old(s[k].offset);
  @ ensures places: \forall integer k; 0 <= k < n ==> s[k].file_offset == \old(s[k].file_offset);
  @ ensures files: \forall integer k; 0 <= k < n ==> s[k].file_size == \old(s[k].file_size);
  @ ensures sizes: \forall integer k; 0 <= k < n ==> s[k].mem_size == \old(s[k].mem_size);
  @ ensures flags: \forall integer k; 0 <= k < n ==> s[k].flags == \old(s[k].flags);
  @*/
static inline void put(struct metes_segment *s, uint32_t n, struct metes_segment v)
{
  s[n].offset = v.offset;
  s[n].file_offset = v.file_offset;
  s[n].file_size = v.file_size;
  s[n].mem_size = v.mem_size;
  s[n].flags = v.flags;
}

/* Writes what the program header at o says into s[n]; the others stay. */
/*@ requires \valid(s + (0 .. METES_MAX_SEGMENTS - 1)) && n < METES_MAX_SEGMENTS;
  @ requires \valid_read(m + (0 .. len - 1)) && o + METES_ELF_PROGRAM_HEADER <= len;
  @ requires HVaddr(m, o) >= base;
  @ terminates \true;
  @ exits \false;
  @ assigns s[n];
  @ ensures this: SegmentOf(&s[n], m, o, base);
  @ ensures offsets: \forall integer k; 0 <= k < n ==> s[k].offset == \old(s[k].offset);
  @ ensures places: \forall integer k; 0 <= k < n ==> s[k].file_offset == \old(s[k].file_offset);
  @ ensures files: \forall integer k; 0 <= k < n ==> s[k].file_size == \old(s[k].file_size);
  @ ensures sizes: \forall integer k; 0 <= k < n ==> s[k].mem_size == \old(s[k].mem_size);
  @ ensures flags: \forall integer k; 0 <= k < n ==> s[k].flags == \old(s[k].flags);
  @*/
static inline void put_segment(struct metes_segment *s, uint32_t n, const uint8_t *m, uint64_t len,
                               uint64_t o, uint64_t base)
{
  const struct metes_elf_header h = metes_elf_header(m, len, o);

  struct metes_segment v;

  v.offset = h.vaddr - base;
  v.file_offset = h.offset;
  v.file_size = h.file_size;
  v.mem_size = h.mem_size;
  v.flags = METES_READ + h.flags / 2 % 2 * METES_WRITE + h.flags % 2 * METES_EXECUTE;
  put(s, n, v);
}

/*@ // The last of n segments ends in the page that ends at span.
  @ predicate LastEnds{L}(struct metes_segment *s, integer n, integer span) =
  @   0 < n ==> span == PageUp(s[n - 1].offset + s[n - 1].mem_size) && 0 < s[n - 1].mem_size;
  @*/

/* One more segment behind n that are sound and reach up to span. */
/*@ requires \valid(s + (0 .. METES_MAX_SEGMENTS - 1)) && n < METES_MAX_SEGMENTS;
  @ requires \valid_read(m + (0 .. len - 1)) && o + METES_ELF_PROGRAM_HEADER <= len;
  @ requires base <= HVaddr(m, o) && span <= HVaddr(m, o) - base;
  @ requires 0 < HMemSize(m, o) && HFileSize(m, o) <= HMemSize(m, o);
  @ requires HOffset(m, o) + HFileSize(m, o) <= len;
  @ requires SegmentsSound(s, len, span, n) && LastEnds(s, n, span);
  @ terminates \true;
  @ exits \false;
  @ assigns s[n];
  @ ensures this: SegmentOf(&s[n], m, o, base);
  @ ensures sound: SegmentsSound(s, len, PageUp(HVaddr(m, o) - base + HMemSize(m, o)), n + 1);
  @ ensures last: LastEnds(s, n + 1, PageUp(HVaddr(m, o) - base + HMemSize(m, o)));
  @ ensures offsets: \forall integer k; 0 <= k < n ==> s[k].offset == \old(s[k].offset);
  @ ensures places: \forall integer k; 0 <= k < n ==> s[k].file_offset == \old(s[k].file_offset);
  @ ensures files: \forall integer k; 0 <= k < n ==> s[k].file_size == \old(s[k].file_size);
  @ ensures sizes: \forall integer k; 0 <= k < n ==> s[k].mem_size == \old(s[k].mem_size);
  @ ensures flags: \forall integer k; 0 <= k < n ==> s[k].flags == \old(s[k].flags);
  @*/
static inline void add_segment(struct metes_segment *s, uint32_t n, uint64_t span, const uint8_t *m,
                               uint64_t len, uint64_t o, uint64_t base)
{
  (void)span; /* the contract speaks of it */
  put_segment(s, n, m, len, o, base);
  //@ assert same: \forall integer k; 0 <= k < n ==> s[k].offset == \at(s[k].offset, Pre) && s[k].mem_size == \at(s[k].mem_size, Pre) && s[k].file_size == \at(s[k].file_size, Pre) && s[k].file_offset == \at(s[k].file_offset, Pre);
  //@ assert pages: \forall integer k; 0 < k < n && PagesApart{Pre}(&s[k - 1], &s[k]) ==> PagesApart(&s[k - 1], &s[k]);
  //@ assert each: \forall integer k; 0 <= k < n && SegmentSound{Pre}(s, k, len, span) ==> SegmentSound(s, k, len, span);
  //@ assert before: SegmentsSound(s, len, span, n);
  //@ assert end: n > 0 ==> s[n - 1].offset + s[n - 1].mem_size <= span && span % 4096 == 0;
  //@ assert over: n > 0 ==> span <= s[n].offset && span / 4096 <= s[n].offset / 4096;
  //@ assert under: n > 0 ==> (s[n - 1].offset + s[n - 1].mem_size - 1) / 4096 < span / 4096;
  //@ assert apart: n > 0 ==> PagesApart(&s[n - 1], &s[n]);
  //@ assert new: SegmentSound(s, n, len, PageUp(HVaddr(m, o) - base + HMemSize(m, o)));
}

/* ELF-16, ELF-17: the segments, of headers that are known to be sound. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + METES_ELF_PROGRAM_HEADER * count <= len;
  @ requires HeadersSound(m, len, at, base, options, count);
  @ requires \valid(s + (0 .. METES_MAX_SEGMENTS - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns s[0 .. METES_MAX_SEGMENTS - 1];
  @ ensures few: Loads(m, at, count) <= 16;
  @ ensures elf_16: SegmentsSound(s, len, Span(m, at, base, count), Loads(m, at, count));
  @ ensures elf_17: SegmentsOf(s, m, at, base, count);
  @*/
static void list_segments(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count,
                          uint64_t base, uint32_t options, struct metes_segment *s)
{
  struct metes_elf_extent e = {0, 0};

  (void)options; /* the contract speaks of it */
  /*@ loop invariant 0 <= i <= count;
    @ loop invariant span: e.span == Span(m, at, base, i);
    @ loop invariant n: e.n == Loads(m, at, i) <= 16;
    @ loop invariant last: LastEnds(s, e.n, e.span);
    @ loop invariant sound: SegmentsSound(s, len, e.span, e.n);
    @ loop invariant elf_17: SegmentsOf(s, m, at, base, i);
    @ loop assigns i, e, s[0 .. METES_MAX_SEGMENTS - 1];
    @ loop variant count - i;
    @*/
  for (uint32_t i = 0; i < count; i++) {
    const struct metes_elf_header h = metes_elf_header(m, len, at + METES_ELF_PROGRAM_HEADER * i);

    //@ assert span_of: Span(m, at, base, i + 1) == (HType(m, at + 56 * i) == 1 ? PageUp(HVaddr(m, at + 56 * i) - base + HMemSize(m, at + 56 * i)) : Span(m, at, base, i));
    //@ assert loads_of: Loads(m, at, i + 1) == Loads(m, at, i) + (HType(m, at + 56 * i) == 1 ? 1 : 0);
    //@ assert here: FlawAt(m, len, at, base, options, i) == METES_OK;
    //@ assert fits: h.type == 1 ==> e.n < 16 && 0 < h.mem_size && h.file_size <= h.mem_size && h.offset + h.file_size <= len;
    //@ assert room: h.type == 1 ==> base <= h.vaddr && h.vaddr - base + h.mem_size <= 0x3FFFFFFF000 && e.span <= h.vaddr - base;
    //@ assert load: h.type == 1 <==> IsLoad(m, at + 56 * i);
    if (h.type == 1)
      add_segment(s, e.n, e.span, m, len, at + METES_ELF_PROGRAM_HEADER * i, base);
    e = extend(e, h, base);
    //@ assert span: e.span == Span(m, at, base, i + 1);
    //@ assert n: e.n == Loads(m, at, i + 1);
  }
}

/* ELF-16 to ELF-18: the whole image, of headers that are known to be sound. */
/*@ requires \valid_read(m + (0 .. len - 1)) && FileFlaw(m, len) == METES_OK;
  @ requires HeadersSound(m, len, Le64(m, 32), base, options, Le16(m, 56));
  @ requires EntryHeld(m, Le64(m, 32), base, Le64(m, 24), Le16(m, 56));
  @ requires e.span == Span(m, Le64(m, 32), base, Le16(m, 56));
  @ requires e.n == Loads(m, Le64(m, 32), Le16(m, 56));
  @ requires \valid(image);
  @ terminates \true;
  @ exits \false;
  @ assigns *image;
  @ ensures elf_16: ImageSound(image, len);
  @ ensures entry: image->entry == Le64(m, 24) - base;
  @ ensures extent: image->n == e.n && image->span == e.span;
  @ ensures elf_17: SegmentsOf(&image->segments[0], m, Le64(m, 32), base, Le16(m, 56));
  @ ensures elf_18: EntryInside(image);
  @*/
static void fill_image(const uint8_t *m, uint64_t len, uint64_t base, uint32_t options,
                       struct metes_elf_extent e, struct metes_image *image)
{
  const uint64_t at = metes_get64(m, 32), entry = metes_get64(m, 24);
  const uint32_t count = metes_get16(m, 56);

  image->entry = entry - base;
  image->span = e.span;
  image->n = e.n;
  list_segments(m, len, at, count, base, options, image->segments);
  //@ assert scalars: image->entry == entry - base && image->span == e.span && image->n == e.n;
}

enum metes_status metes_elf_parse(const uint8_t *m, uint64_t len, uint64_t code_gva,
                                  uint32_t options, struct metes_image *image,
                                  struct metes_error *err)
{
  const struct metes_elf_verdict v = metes_elf_check_file(m, len);

  if (v.status != METES_OK)
    return metes_refuse(err, v.status, v.at, v.value, v.index);
  //@ assert file: FileFlaw(m, len) == METES_OK;
  const uint64_t at = metes_get64(m, 32), entry = metes_get64(m, 24);
  const uint64_t base = metes_get16(m, 16) == 2 ? code_gva : 0;
  const uint32_t count = metes_get16(m, 56);
  const struct scan s = check_headers(m, len, at, count, base, options);
  if (s.verdict.status != METES_OK)
    return metes_refuse(err, s.verdict.status, s.verdict.at, s.verdict.value, s.verdict.index);
  if (!entry_held(m, len, at, count, base, entry))
    return metes_refuse(err, METES_E_ELF_ENTRY, 24, entry, 0);
  //@ assert base: base == ImageBase(m, code_gva);
  fill_image(m, len, base, options, s.extent, image);
  //@ assert elf_17: ImageOf(image, m, code_gva);
  return METES_OK;
}
