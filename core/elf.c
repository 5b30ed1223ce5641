/* SPDX-License-Identifier: Apache-2.0
 * Reading an image: every byte of the file is read as what anyone may have written. */
#include "elf.h"

#define FILE_HEADER 64u
#define PROGRAM_HEADER 56u

/* What a check says: METES_OK, or a refusal, where it points and what stands there. */
struct verdict {
  enum metes_status status;
  uint64_t at;
  uint64_t value;
  uint32_t index;
};

/* A program header, decoded. */
struct header {
  uint32_t type;
  uint32_t flags;
  uint64_t offset;
  uint64_t vaddr;
  uint64_t file_size;
  uint64_t mem_size;
};

/* How far the segments of the headers so far reach, and how many they are. */
struct extent {
  uint64_t span;
  uint32_t n;
};

/*@ predicate HeaderAt{L}(uint8_t *m, integer o, struct header h) =
  @   h.type == HType(m, o) && h.flags == HFlags(m, o) && h.offset == HOffset(m, o) &&
  @   h.vaddr == HVaddr(m, o) && h.file_size == HFileSize(m, o) && h.mem_size == HMemSize(m, o);
  @*/

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.status == status && \result.at == at && \result.value == value &&
  @   \result.index == 0;
  @*/
static inline struct verdict verdict(enum metes_status status, uint64_t at, uint64_t value)
{
  struct verdict v;

  v.status = status;
  v.at = at;
  v.value = value;
  v.index = 0;
  return v;
}

/*@ requires \valid_read(m + (o .. o + 1)) && o <= UINT64_MAX - 1;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Le16(m, o);
  @*/
static inline uint32_t get16(const uint8_t *m, uint64_t o)
{
  return m[o + 1] * 256u + m[o];
}

/*@ requires \valid_read(m + (o .. o + 3)) && o <= UINT64_MAX - 3;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Le32(m, o);
  @*/
static inline uint32_t get32(const uint8_t *m, uint64_t o)
{
  return ((m[o + 3] * 256u + m[o + 2]) * 256u + m[o + 1]) * 256u + m[o];
}

/*@ requires \valid_read(m + (o .. o + 7)) && o <= UINT64_MAX - 7;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == Le64(m, o);
  @*/
static inline uint64_t get64(const uint8_t *m, uint64_t o)
{
  return ((((((m[o + 7] * 256ULL + m[o + 6]) * 256 + m[o + 5]) * 256 + m[o + 4]) * 256 + m[o + 3]) *
             256 + m[o + 2]) * 256 + m[o + 1]) * 256 + m[o];
}

/*@ requires \valid_read(m + (0 .. len - 1)) && o + PROGRAM_HEADER <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures HeaderAt(m, o, \result);
  @*/
static inline struct header header_at(const uint8_t *m, uint64_t len, uint64_t o)
{
  struct header h;

  (void)len; /* the contract speaks of it */
  h.type = get32(m, o);
  h.flags = get32(m, o + 4);
  h.offset = get64(m, o + 8);
  h.vaddr = get64(m, o + 16);
  h.file_size = get64(m, o + 32);
  h.mem_size = get64(m, o + 40);
  return h;
}

/* ELF-6: the table of program headers. */
/*@ requires \valid_read(m + (0 .. len - 1)) && FILE_HEADER <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_ELF_HEADERS;
  @ ensures ok: \result.status == METES_OK <==> Le16(m, 54) == 56 && 1 <= Le16(m, 56) <= 64 &&
  @   Le64(m, 32) + 56 * Le16(m, 56) <= len;
  @ ensures points: FilePoints(m, len, \result.status, \result.at, \result.value);
  @ ensures whole: \result.index == 0;
  @*/
static inline struct verdict check_table(const uint8_t *m, uint64_t len)
{
  const uint32_t size = get16(m, 54), count = get16(m, 56);
  const uint64_t at = get64(m, 32);

  if (size != PROGRAM_HEADER)
    return verdict(METES_E_ELF_HEADERS, 54, size);
  if (count < 1 || count > METES_MAX_PROGRAM_HEADERS)
    return verdict(METES_E_ELF_HEADERS, 56, count);
  if (at > len || len - at < PROGRAM_HEADER * count)
    return verdict(METES_E_ELF_HEADERS, 32, at);
  return verdict(METES_OK, 0, 0);
}

/* ELF-1 to ELF-6. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == FileFlaw(m, len);
  @ ensures points: FilePoints(m, len, \result.status, \result.at, \result.value);
  @ ensures whole: \result.index == 0;
  @*/
static inline struct verdict check_file(const uint8_t *m, uint64_t len)
{
  if (len < FILE_HEADER)
    return verdict(METES_E_ELF_SHORT, len, FILE_HEADER);
  if (m[0] != 0x7F || m[1] != 'E' || m[2] != 'L' || m[3] != 'F')
    return verdict(METES_E_ELF_MAGIC, 0, get32(m, 0));
  if (m[4] != 2) /* ELFCLASS64 */
    return verdict(METES_E_ELF_CLASS, 4, m[4]);
  if (m[5] != 1) /* ELFDATA2LSB */
    return verdict(METES_E_ELF_CLASS, 5, m[5]);
  if (m[6] != 1) /* EV_CURRENT */
    return verdict(METES_E_ELF_CLASS, 6, m[6]);
  if (get16(m, 16) != 2 && get16(m, 16) != 3) /* ET_EXEC, ET_DYN */
    return verdict(METES_E_ELF_TYPE, 16, get16(m, 16));
  if (get16(m, 18) != 62) /* EM_X86_64 */
    return verdict(METES_E_ELF_MACHINE, 18, get16(m, 18));
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
/*@ requires \valid_read(m + (0 .. len - 1)) && o + PROGRAM_HEADER <= len;
  @ requires HeaderAt(m, o, h) && h.type == 1 && h.mem_size != 0 && e.n < METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == HeaderFlaw(m, len, o, base, options, e.span, e.n);
  @ ensures points: HeaderPoints(m, o, \result.status, \result.at, \result.value);
  @*/
static inline struct verdict check_segment(const uint8_t *m, uint64_t len, uint64_t o,
                                           struct header h, uint64_t base, uint32_t options,
                                           struct extent e)
{
  (void)m; /* the contract speaks of it */
  if (h.file_size > h.mem_size)
    return verdict(METES_E_ELF_FILE_SIZE, o + 32, h.file_size);
  if (h.offset > len || h.file_size > len - h.offset)
    return verdict(METES_E_ELF_FILE_RANGE, o + 8, h.offset);
  if (h.vaddr < base || h.vaddr - base > METES_MAX_REGION_SIZE ||
      h.mem_size > METES_MAX_REGION_SIZE - (h.vaddr - base))
    return verdict(METES_E_ELF_ADDRESS, o + 16, h.vaddr);
  if (h.vaddr - base < e.span)
    return verdict(METES_E_ELF_OVERLAP, o + 16, h.vaddr);
  if (flags_refused(h.flags, options))
    return verdict(METES_E_ELF_FLAGS, o + 4, h.flags);
  return verdict(METES_OK, 0, 0);
}

/* ELF-7 to ELF-14. */
/*@ requires \valid_read(m + (0 .. len - 1)) && o + PROGRAM_HEADER <= len;
  @ requires HeaderAt(m, o, h);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures flaw: \result.status == HeaderFlaw(m, len, o, base, options, e.span, e.n);
  @ ensures points: HeaderPoints(m, o, \result.status, \result.at, \result.value);
  @*/
static inline struct verdict check_header(const uint8_t *m, uint64_t len, uint64_t o,
                                          struct header h, uint64_t base, uint32_t options,
                                          struct extent e)
{
  if (h.type == 3) /* PT_INTERP */
    return verdict(METES_E_ELF_INTERP, o, h.type);
  if (h.type != 1) /* PT_LOAD */
    return verdict(METES_OK, 0, 0);
  if (e.n >= METES_MAX_SEGMENTS)
    return verdict(METES_E_ELF_SEGMENTS, o, h.type);
  if (h.mem_size == 0)
    return verdict(METES_E_ELF_EMPTY, o + 40, h.mem_size);
  return check_segment(m, len, o, h, base, options, e);
}

/* The extent with one more header. */
/*@ requires h.type == 1 ==> base <= h.vaddr && h.vaddr - base + h.mem_size <= METES_MAX_REGION_SIZE;
  @ requires e.n <= METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures span: \result.span == (h.type == 1 ? PageUp(h.vaddr - base + h.mem_size) : e.span);
  @ ensures n: \result.n == (h.type == 1 ? e.n + 1 : e.n);
  @*/
static inline struct extent extend(struct extent e, struct header h, uint64_t base)
{
  if (h.type == 1) {
    e.span = metes_page_up(h.vaddr - base + h.mem_size);
    e.n = e.n + 1;
  }
  return e;
}

/*@ requires h.vaddr + h.mem_size <= UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result != 0 <==> h.type == 1 && h.flags % 2 == 1 &&
  @   h.vaddr <= entry < h.vaddr + h.mem_size;
  @*/
static inline int holds(struct header h, uint64_t entry)
{
  return h.type == 1 && h.flags % 2 == 1 && h.vaddr <= entry && entry - h.vaddr < h.mem_size;
}

/* ELF-7 to ELF-14 for all program headers; then ELF-15. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + PROGRAM_HEADER * count <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==>
  @   HeadersSound(m, len, at, base, options, count) && EntryHeld(m, at, entry, count);
  @ ensures elf_15: \result.status == METES_E_ELF_ENTRY <==>
  @   HeadersSound(m, len, at, base, options, count) && !EntryHeld(m, at, entry, count);
  @ ensures points_15: \result.status == METES_E_ELF_ENTRY ==>
  @   \result.at == 24 && \result.value == entry && \result.index == 0;
  @ ensures first: \result.status != METES_OK && \result.status != METES_E_ELF_ENTRY ==>
  @   \result.index < count && HeadersSound(m, len, at, base, options, \result.index) &&
  @   \result.status == FlawAt(m, len, at, base, options, \result.index);
  @ ensures points: \result.status != METES_OK && \result.status != METES_E_ELF_ENTRY ==>
  @   HeaderPoints(m, at + 56 * \result.index, \result.status, \result.at, \result.value);
  @*/
static struct verdict check_headers(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count,
                                    uint64_t base, uint32_t options, uint64_t entry)
{
  struct extent e = {0, 0};
  int held = 0;

  /*@ loop invariant 0 <= i <= count;
    @ loop invariant sound: HeadersSound(m, len, at, base, options, i);
    @ loop invariant span: e.span == Span(m, at, base, i) <= 0x3FFFFFFF000 && e.span % 4096 == 0;
    @ loop invariant n: e.n == Loads(m, at, i) <= 16;
    @ loop invariant entry: held != 0 <==> EntryHeld(m, at, entry, i);
    @ loop assigns i, e, held;
    @ loop variant count - i;
    @*/
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t o = at + PROGRAM_HEADER * i;
    const struct header h = header_at(m, len, o);
    struct verdict v = check_header(m, len, o, h, base, options, e);

    //@ assert here: v.status == FlawAt(m, len, at, base, options, i);
    if (v.status != METES_OK) {
      v.index = i;
      return v;
    }
    e = extend(e, h, base);
    //@ assert span: e.span == Span(m, at, base, i + 1);
    //@ assert n: e.n == Loads(m, at, i + 1);
    if (h.type == 1 && holds(h, entry))
      held = 1;
  }
  return held ? verdict(METES_OK, 0, 0) : verdict(METES_E_ELF_ENTRY, 24, entry);
}

/*@ requires \valid(s) && h.vaddr >= base;
  @ terminates \true;
  @ exits \false;
  @ assigns *s;
  @ ensures s->offset == h.vaddr - base && s->file_offset == h.offset &&
  @   s->file_size == h.file_size && s->mem_size == h.mem_size && s->flags == FlagsOf(h.flags);
  @*/
static inline void fill_segment(struct metes_segment *s, struct header h, uint64_t base)
{
  s->offset = h.vaddr - base;
  s->file_offset = h.offset;
  s->file_size = h.file_size;
  s->mem_size = h.mem_size;
  s->flags = METES_READ + h.flags / 2 % 2 * METES_WRITE + h.flags % 2 * METES_EXECUTE;
}

/* ELF-16, ELF-17: the segments, of headers that are known to be sound. */
/*@ requires \valid_read(m + (0 .. len - 1)) && count <= METES_MAX_PROGRAM_HEADERS;
  @ requires at + PROGRAM_HEADER * count <= len && HeadersSound(m, len, at, base, options, count);
  @ requires \valid(image) && \separated(image, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns *image;
  @ ensures n: image->n == Loads(m, at, count);
  @ ensures span: image->span == Span(m, at, base, count);
  @ ensures elf_16: ImageSound(image, len);
  @ ensures elf_17: SegmentsOf(image, m, at, base, count);
  @ ensures entry: image->entry == \old(image->entry);
  @*/
static void fill(const uint8_t *m, uint64_t len, uint64_t at, uint32_t count, uint64_t base,
                 uint32_t options, struct metes_image *image)
{
  struct extent e = {0, 0};

  (void)options; /* the contract speaks of it */
  /*@ loop invariant 0 <= i <= count;
    @ loop invariant span: e.span == Span(m, at, base, i);
    @ loop invariant n: e.n == Loads(m, at, i) <= 16;
    @ loop invariant last: e.n > 0 ==> e.span == PageUp(image->segments[e.n - 1].offset +
    @   image->segments[e.n - 1].mem_size);
    @ loop invariant within: \forall integer k; 0 <= k < e.n ==>
    @   image->segments[k].offset + image->segments[k].mem_size <= e.span;
    @ loop invariant sound: \forall integer k; 0 <= k < e.n ==> SegmentFits(image, k, len);
    @ loop invariant elf_17: SegmentsOf(image, m, at, base, i);
    @ loop assigns i, e, image->segments[0 .. 15];
    @ loop variant count - i;
    @*/
  for (uint32_t i = 0; i < count; i++) {
    const struct header h = header_at(m, len, at + PROGRAM_HEADER * i);

    //@ assert here: FlawAt(m, len, at, base, options, i) == METES_OK;
    if (h.type == 1)
      fill_segment(&image->segments[e.n], h, base);
    e = extend(e, h, base);
    //@ assert span: e.span == Span(m, at, base, i + 1);
    //@ assert n: e.n == Loads(m, at, i + 1);
  }
  image->span = e.span;
  image->n = e.n;
}

enum metes_status metes_elf_parse(const uint8_t *m, uint64_t len, uint64_t code_gva,
                                  uint32_t options, struct metes_image *image,
                                  struct metes_error *err)
{
  struct verdict v = check_file(m, len);

  if (v.status != METES_OK)
    return metes_refuse(err, v.status, v.at, v.value, v.index);
  const uint64_t at = get64(m, 32), entry = get64(m, 24);
  const uint64_t base = get16(m, 16) == 2 ? code_gva : 0;
  const uint32_t count = get16(m, 56);

  v = check_headers(m, len, at, count, base, options, entry);
  if (v.status != METES_OK)
    return metes_refuse(err, v.status, v.at, v.value, v.index);
  image->entry = entry - base;
  fill(m, len, at, count, base, options, image);
  return METES_OK;
}

/* The first segment that is not sound for a file of len bytes, n if all are. */
/*@ requires \valid_read(image) && n == image->n <= METES_MAX_SEGMENTS;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures bound: \result <= n;
  @ ensures sound: SegmentsSound(image, len, \result);
  @ ensures first: \result < n ==> !SegmentSound(image, \result, len);
  @*/
static uint32_t first_flawed(const struct metes_image *image, uint64_t len, uint32_t n)
{
  uint64_t last_page = 0;

  /*@ loop invariant 0 <= k <= n;
    @ loop invariant sound: SegmentsSound(image, len, k);
    @ loop invariant last: 0 < k ==> last_page == (image->segments[k - 1].offset +
    @   image->segments[k - 1].mem_size - 1) / 4096;
    @ loop assigns k, last_page;
    @ loop variant n - k;
    @*/
  for (uint32_t k = 0; k < n; k++) {
    const struct metes_segment *s = &image->segments[k];

    if (s->mem_size == 0 || s->file_size > s->mem_size || s->file_offset > len ||
        s->file_size > len - s->file_offset || s->offset > image->span ||
        s->mem_size > image->span - s->offset ||
        (k > 0 && last_page >= s->offset / METES_PAGE_SIZE))
      return k;
    last_page = (s->offset + s->mem_size - 1) / METES_PAGE_SIZE;
  }
  return n;
}

/* Zeroes c[lo .. hi - 1]. */
/*@ requires lo <= hi <= len && \valid(c + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns c[lo .. hi - 1];
  @ ensures zero: Zeroes(c, lo, hi);
  @ ensures frame: SameExcept{Pre,Post}(c, len, lo, hi);
  @*/
static void zero(uint8_t *c, uint64_t len, uint64_t lo, uint64_t hi)
{
  (void)len; /* the contract speaks of it */
  /*@ loop invariant lo <= k <= hi;
    @ loop invariant zero: Zeroes(c, lo, k);
    @ loop invariant frame: SameExcept{Pre,Here}(c, len, lo, k);
    @ loop assigns k, c[lo .. hi - 1];
    @ loop variant hi - k;
    @*/
  for (uint64_t k = lo; k < hi; k++)
    c[k] = 0;
}

/* Copies n bytes from m[from] to c[to]. */
/*@ requires to + n <= len && \valid(c + (0 .. len - 1)) && from + n <= UINT64_MAX;
  @ requires \valid_read(m + (from .. from + n - 1));
  @ requires \separated(m + (from .. from + n - 1), c + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns c[to .. to + n - 1];
  @ ensures copy: CopyOf(c, to, m, from, n);
  @ ensures frame: SameExcept{Pre,Post}(c, len, to, to + n);
  @*/
static void copy(uint8_t *c, uint64_t len, uint64_t to, const uint8_t *m, uint64_t from, uint64_t n)
{
  const uint64_t end = to + n;

  (void)len; /* the contract speaks of it */
  /*@ loop invariant to <= k <= end;
    @ loop invariant copied: \forall integer j; to <= j < k ==> c[j] == m[from + (j - to)];
    @ loop invariant frame: SameExcept{Pre,Here}(c, len, to, k);
    @ loop assigns k, c[to .. end - 1];
    @ loop variant end - k;
    @*/
  for (uint64_t k = to; k < end; k++)
    c[k] = m[from + (k - to)];
}

enum metes_status metes_elf_load(const struct metes_image *image, const uint8_t *m, uint64_t len,
                                 uint8_t *snapshot, uint64_t snapshot_len,
                                 struct metes_error *err)
{
  const uint32_t n = image->n;
  const uint64_t span = image->span;
  uint64_t filled = 0;

  if (span > snapshot_len)
    return metes_refuse(err, METES_E_BUFFER, span, snapshot_len, 0);
  if (n > METES_MAX_SEGMENTS)
    return metes_refuse(err, METES_E_ELF_IMAGE, n, METES_MAX_SEGMENTS, METES_MAX_SEGMENTS);
  const uint32_t flawed = first_flawed(image, len, n);
  if (flawed < n)
    return metes_refuse(err, METES_E_ELF_IMAGE, 0, 0, flawed);
  //@ assert sound: ImageSound(image, len);
  /*@ loop invariant 0 <= k <= n;
    @ loop invariant filled: filled == FilledTo(image, k) <= span;
    @ loop invariant loaded: Loaded(snapshot, image, m, k);
    @ loop invariant frame: SameExcept{Pre,Here}(snapshot, snapshot_len, 0, filled);
    @ loop assigns k, filled, snapshot[0 .. span - 1];
    @ loop variant n - k;
    @*/
  for (uint32_t k = 0; k < n; k++) {
    const struct metes_segment *s = &image->segments[k];

    //@ assert here: SegmentSound(image, k, len);
    //@ assert before: k > 0 ==> SegmentSound(image, k - 1, len);
    zero(snapshot, snapshot_len, filled, s->offset);
    //@ assert loaded: Loaded(snapshot, image, m, k);
    copy(snapshot, snapshot_len, s->offset, m, s->file_offset, s->file_size);
    //@ assert kept: Loaded(snapshot, image, m, k);
    //@ assert this: SegmentLoaded(snapshot, image, m, k);
    filled = s->offset + s->file_size;
  }
  zero(snapshot, snapshot_len, filled, span);
  //@ assert all: Loaded(snapshot, image, m, n);
  return METES_OK;
}
