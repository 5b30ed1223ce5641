/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: snapshots in files (vmm/snapshot_file.h), from anybody. The input says a file, word by word: its record,
 * its blocks, what is wrong with them, how the bytes come. A second reader, written from the format alone, says what
 * must come of it: refused with place and reason and nothing left behind, or accepted, with each byte of memory and
 * each register; and then it is written, and read, and written the same. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/checksum.h"
#include "fuzz/kit/target.h"
#include "vmm/sandbox_parts.h"
#include "vmm/snapshot_file.h"
#include "vmm/sys.h"

#define PAGE 4096u
#define FILE_MOST (1u << 18)
#define BLOCKS_MOST 8u

static uint8_t bytes[FILE_MOST], again[FILE_MOST]; /* the file; what was written of what was read */
static size_t n_bytes, size_again;

/* System calls, real ones but for those on the file; what they hand out is counted. */
static struct {
  const uint8_t *at;
  size_t left;
  unsigned each, broken; /* bytes that come at once; a call that is interrupted */
  long pages, files;
} sys;

static ssize_t counted_read(int fd, void *to, size_t n)
{
  const size_t got = n < sys.each ? n : sys.each;

  (void)fd;
  if (sys.broken > 0 && --sys.broken % 4 == 0) {
    errno = EINTR;
    return -1;
  }
  memcpy(to, sys.at, got < sys.left ? got : sys.left);
  n = got < sys.left ? got : sys.left;
  sys.at += n;
  sys.left -= n;
  return (ssize_t)n;
}

static ssize_t counted_write(int fd, const void *from, size_t n)
{
  (void)fd;
  n = n < sizeof again - size_again ? n : sizeof again - size_again;
  if (n > 0)
    memcpy(again + size_again, from, n);
  size_again += n;
  return (ssize_t)n;
}

static void *counted_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
  void *const got = n > 1ull << 26 ? (errno = ENOMEM, MAP_FAILED) : mmap(at, n, protection, flags, fd, offset);

  sys.pages += got == MAP_FAILED || flags & MAP_FIXED ? 0 : (long)((n + PAGE - 1) / PAGE);
  return got;
}

static int counted_munmap(void *at, size_t n)
{
  sys.pages -= (long)((n + PAGE - 1) / PAGE);
  return munmap(at, n);
}

static int counted_memfd(const char *name, unsigned flags)
{
  const int fd = memfd_create(name, flags);

  sys.files += fd >= 0;
  return fd;
}

static int counted_close(int fd)
{
  sys.files--;
  return close(fd);
}

static int real_fcntl(int fd, int command, long argument)
{
  return fcntl(fd, command, argument);
}

const struct metes_sys metes_sys = {
  .read = counted_read, .write = counted_write, .mmap = counted_mmap, .munmap = counted_munmap,
  .mprotect = mprotect, .memfd_create = counted_memfd, .ftruncate = ftruncate, .fcntl = real_fcntl,
      .close = counted_close,
};

static void put(const void *from, size_t n)
{
  n = n < sizeof bytes - n_bytes ? n : sizeof bytes - n_bytes;
  if (n > 0)
    memcpy(bytes + n_bytes, from, n);
  n_bytes += n;
}

/* A record that is right, of a small guest, but for what the input changes. */
static void ask_record(struct source *s, struct metes_snapshot *r)
{
  static const uint64_t edges[] = {0, 0x1000, 0x2000, 0x100000, 1ull << 36};
  struct metes_error err;
  uint64_t *const sizes[] = {&r->config.heap_size, &r->config.init_data_size, &r->config.input_data_size,
                             &r->config.output_data_size, &r->config.scratch_size, &r->config.pt_size};

  metes_profile_builtin((enum metes_profile_id)pick(s, 3), &r->profile, &err);
  metes_config_default(&r->config);
  r->config.code_size = PAGE * (1 + pick(s, 4));
  r->config.heap_size = PAGE * (1 + pick(s, 4));
  r->config.pt_size = PAGE * (4 + pick(s, 4));
  if (pick(s, 4) == 0)
    *sizes[pick(s, 6)] = pick_size(s, edges, 5);
  r->config.options = pick(s, 16) == 0 ? pick(s, 8) : 0;
  r->generation = source_bytes(s, 2);
  r->entry = r->profile.snapshot_gva + source_bytes(s, 2) % 0x5000;
  r->stack = r->profile.last_gva + 1 - 16 * (1 + source_bytes(s, 1));
  r->stack += pick(s, 16) == 0 ? 8 : 0;
}

static void put_record(struct source *s, const struct metes_snapshot *r)
{
  struct metes_error err;
  uint8_t record[METES_SNAPSHOT_BYTES];

  (void)metes_snapshot_write(r, record, sizeof record, &err);
  if (pick(s, 8) == 0) {
    const uint64_t at = source_bytes(s, 2) % sizeof record;

    record[at] ^= (uint8_t)source_bytes(s, 1);
  }
  put(record, sizeof record);
}

struct chain {
  uint64_t sum, blocks;
};

static void put_block(struct source *s, struct chain *c, struct metes_block b, const uint8_t *body, uint64_t n)
{
  const uint32_t fault = pick(s, 64);

  b.body = metes_checksum(body, n) + (fault == 1);
  b.chain = c->sum;
  b.chain = c->sum = metes_checksum((const uint8_t *)&b, sizeof b);
  b.chain += fault == 2;
  c->blocks++;
  put(&b, sizeof b);
  put(body, n);
}

static void put_processor(struct source *s, struct chain *c, const struct metes_snapshot *r)
{
  static struct metes_cpu_state cpu;
  const uint32_t fault = pick(s, 32);
  const uint64_t at = source_bytes(s, 2) % sizeof cpu;

  metes_cpu_blank(&cpu);
  cpu.regs.rax = r->entry;
  cpu.regs.rsp = r->stack;
  if (fault < 12)
    ((uint8_t *)&cpu)[at] ^= (uint8_t)source_bytes(s, 1);
  put_block(s, c, (struct metes_block){.kind = fault == 31 ? pick(s, 6) : METES_BLOCK_PROCESSOR,
                                       .first = fault == 30 ? pick(s, 4) : METES_PROCESSOR_VERSION,
                                       .length = fault == 29 ? pick_size(s, (uint64_t[]){sizeof cpu}, 1) : sizeof cpu},
            (const uint8_t *)&cpu, sizeof cpu);
}

static void put_pages(struct source *s, struct chain *c)
{
  static uint8_t body[4 * PAGE];
  const uint32_t fault = pick(s, 16), pages = 1 + pick(s, 3), fill = (uint32_t)source_bytes(s, 1);
  const uint64_t edges[] = {0, 1, 8, 33, 70, 71, 72};
  struct metes_block b = {.kind = METES_BLOCK_SNAPSHOT + pick(s, 2), .length = pages * PAGE};

  b.first = pick(s, 16);
  if (fault == 15)
    b.kind = source_bytes(s, 1);
  if (fault > 10)
    b.first = pick_size(s, edges, 7);
  if (fault == 14)
    b.length = pick_size(s, (uint64_t[]){0, PAGE, PAGE - 1, pages * PAGE}, 4);
  memset(body, (int)fill, sizeof body);
  body[source_bytes(s, 2) % sizeof body] ^= 0x55;
  put_block(s, c, b, body, pages * PAGE);
}

static void ask_file(struct source *s)
{
  struct metes_snapshot r = {.generation = 0};
  struct chain c = {.blocks = 0};
  const uint32_t n = pick(s, BLOCKS_MOST);

  n_bytes = 0;
  ask_record(s, &r);
  put_record(s, &r);
  c.sum = metes_checksum(bytes, n_bytes);
  if (pick(s, 64) != 1)
    put_processor(s, &c, &r);
  for (uint32_t i = 0; i < n; i++)
    put_pages(s, &c);
  if (pick(s, 32) != 1)
    put_block(s, &c, (struct metes_block){.kind = METES_BLOCK_END, .first = c.blocks + (pick(s, 32) == 1)}, NULL, 0);
  if (pick(s, 8) == 1) {
    const uint64_t at = source_bytes(s, 4) % (n_bytes + 1);

    if (pick(s, 2) == 0)
      n_bytes = at;
    else if (at < n_bytes)
      bytes[at] ^= (uint8_t)source_bytes(s, 1);
  }
  if (pick(s, 32) == 1)
    put(s->left > 0 ? "more" : "x", 1);
}

/* The second reader. */
struct second {
  struct metes_snapshot record;
  struct metes_layout layout;
  size_t processor; /* where its registers are */
  uint64_t chain, blocks, kind, next;
};

static bool block_at(struct second *r, size_t *at, struct metes_block *b)
{
  struct metes_block chained;

  if (n_bytes - *at < sizeof *b)
    return false;
  memcpy(b, bytes + *at, sizeof *b);
  chained = *b;
  chained.chain = r->chain;
  r->chain = b->chain;
  *at += sizeof *b;
  r->blocks++;
  return metes_checksum((const uint8_t *)&chained, sizeof chained) == b->chain;
}

static bool body_at(size_t *at, const struct metes_block *b)
{
  const size_t from = *at;

  if (b->length > n_bytes - from)
    return false;
  *at += b->length;
  return metes_checksum(bytes + from, b->length) == b->body;
}

static bool processor_is_good(struct second *r, size_t *at)
{
  struct metes_cpu_state cpu, blank;
  struct metes_block b;

  if (!block_at(r, at, &b) || b.kind != METES_BLOCK_PROCESSOR || b.first != METES_PROCESSOR_VERSION ||
      b.length != sizeof cpu)
    return false;
  r->processor = *at;
  if (!body_at(at, &b))
    return false;
  memcpy(&cpu, bytes + r->processor, sizeof cpu);
  metes_cpu_blank(&blank);
  for (unsigned i = 0; i < METES_CPU_MSRS; i++)
    if (cpu.msrs.entries[i].index != blank.msrs.entries[i].index)
      return false;
  return cpu.regs.rax == r->record.entry && cpu.regs.rsp == r->record.stack && cpu.msrs.n == METES_CPU_MSRS;
}

static bool pages_are_good(struct second *r, size_t *at, const struct metes_block *b)
{
  const uint64_t all = (b->kind == METES_BLOCK_SNAPSHOT ? r->layout.snapshot_size : r->layout.scratch_size) / PAGE;
  const uint64_t n = b->length / PAGE;

  if (b->kind < r->kind || (b->kind == r->kind && b->first < r->next) || b->length % PAGE != 0 || n == 0 || n > all ||
      b->first > all - n)
    return false;
  r->kind = b->kind;
  r->next = b->first + n;
  return body_at(at, b);
}

static bool second_accepts(struct second *r)
{
  struct metes_error err;
  struct metes_block b;
  size_t at = METES_SNAPSHOT_BYTES;

  *r = (struct second){.blocks = 0};
  if (metes_snapshot_read(bytes, n_bytes, &r->record, &err) != METES_OK ||
      metes_snapshot_check(&r->record, &r->layout, &err) != METES_OK)
    return false;
  r->chain = metes_checksum(bytes, at);
  if (!processor_is_good(r, &at))
    return false;
  for (;;) {
    if (!block_at(r, &at, &b))
      return false;
    if (b.kind == METES_BLOCK_END)
      return b.first == r->blocks - 1 && b.length == 0 && at == n_bytes;
    if ((b.kind != METES_BLOCK_SNAPSHOT && b.kind != METES_BLOCK_SCRATCH) || !pages_are_good(r, &at, &b))
      return false;
  }
}

/* Each page that a block holds is there, and each other is zero. */
static bool memory_is(const struct second *r, uint64_t kind, const uint8_t *pages, uint64_t n)
{
  size_t at = r->processor + sizeof(struct metes_cpu_state);
  uint64_t next = 0;
  struct metes_block b;

  do {
    memcpy(&b, bytes + at, sizeof b);
    at += sizeof b;
    if (b.kind == kind || b.kind == METES_BLOCK_END) {
      for (; next < (b.kind == kind ? b.first : n / PAGE); next++)
        if (!metes_page_is_zero(pages + next * PAGE))
          return false;
      if (b.kind == kind && memcmp(pages + next * PAGE, bytes + at, b.length) != 0)
        return false;
      next += b.length / PAGE;
    }
    at += b.length;
  } while (b.kind != METES_BLOCK_END);
  return true;
}

static const char *judge_accepted(const struct second *r, const struct metes_vm_snapshot *n)
{
  const struct metes_guest_memory *const g = metes_snapshot_memory(n);

  if (memcmp(&g->layout, &r->layout, sizeof r->layout) != 0)
    return "another layout than the record's";
  if (memcmp(&n->cpu, bytes + r->processor, sizeof n->cpu) != 0 || n->generation != r->record.generation ||
      n->entry != r->record.entry || n->stack != r->record.stack || !n->ready)
    return "another processor than the file's";
  if (!memory_is(r, METES_BLOCK_SNAPSHOT, g->snapshot, r->layout.snapshot_size) ||
      !memory_is(r, METES_BLOCK_SCRATCH, g->scratch, r->layout.scratch_size))
    return "other memory than the file's";
  return NULL;
}

static const char *judge_refused(int status, const struct metes_failure *f, const struct metes_vm_snapshot *n)
{
  if (status == METES_EXIT_SYSTEM && strstr(f->text, strerror(ENOMEM)) != NULL)
    return NULL; /* a sound record of more than there is */
  if (status != METES_EXIT_REFUSED || f->status != status || n != NULL)
    return "refused with another status, or half made";
  if (strncmp(f->text, "file: ", 6) != 0 || memchr(f->text, '\0', sizeof f->text) == NULL)
    return "refused without the file's name";
  return strstr(f->text, "byte ") != NULL || strchr(f->text, '(') != NULL ? NULL : "refused without place or clause";
}

static int load(const uint8_t *from, size_t n, unsigned each, struct metes_vm_snapshot **to, struct metes_failure *f)
{
  sys.at = from;
  sys.left = n;
  sys.each = each;
  return metes_snapshot_load(0, "file", to, f);
}

/* What was read is written, read and written again: the same. */
static const char *round_trip(const struct metes_vm_snapshot *first)
{
  static uint8_t copy[FILE_MOST];
  struct metes_failure f = {0};
  struct metes_vm_snapshot *n;
  size_t before;
  const char *wrong = NULL;

  size_again = 0;
  if (metes_snapshot_save(first, 0, &f) != 0)
    return "what was accepted cannot be written";
  before = size_again;
  memcpy(copy, again, before);
  if (before == sizeof again)
    return NULL; /* more than there is room for here */
  if (load(copy, before, 1u << 20, &n, &f) != 0)
    return "what was written is refused";
  size_again = 0;
  if (metes_snapshot_save(n, 0, &f) != 0 || size_again != before || memcmp(again, copy, before) != 0)
    wrong = "what was written is read as another";
  metes_snapshot_free(n);
  return wrong;
}

static const char *snapfile(struct source *s)
{
  struct metes_failure f = {0};
  struct metes_vm_snapshot *n = NULL;
  struct second r;
  const char *wrong;
  bool good;
  int status;

  sys.broken = pick(s, 8) == 1 ? 1 + pick(s, 32) : 0;
  ask_file(s);
  good = second_accepts(&r);
  fuzz_first_check(good);
  status = load(bytes, n_bytes, pick(s, 8) == 1 ? 1 + pick(s, 64) * 64 : 1u << 20, &n, &f);
  if (status != 0) {
    wrong = judge_refused(status, &f, n);
    return wrong ? wrong : good && status == METES_EXIT_REFUSED ? "a file that is whole is refused" : NULL;
  }
  wrong = !good ? "a file that is not whole is accepted" : judge_accepted(&r, n);
  wrong = wrong ? wrong : round_trip(n);
  metes_snapshot_free(n);
  return wrong;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  sys.pages = sys.files = 0;
  fuzz_verdict(snapfile(&s));
  fuzz_verdict(sys.pages != 0 ? "memory is left behind" : sys.files != 0 ? "a descriptor is left behind" : NULL);
  return 0;
}
