/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: snapshots in files (vmm/snapshot_file.h), from anybody. The input says a file, word by word: its record,
 * its blocks, what is wrong with them, how the bytes come. A second reader, written from the format alone, says what
 * must come of it: refused with place and reason and nothing left behind, or accepted, with each byte of memory and
 * each register; and then it is written, and read, and written the same. */
#include <errno.h>
#include <string.h>

#include "fuzz/kit/target.h"
#include "fuzz/snapfile/snapfile.h"
#include "vmm/sandbox_parts.h"
#include "vmm/snapshot_file.h"

static const char *judge_accepted(const struct second *r, const struct metes_vm_snapshot *n)
{
  const struct metes_guest_memory *const g = metes_snapshot_memory(n);

  if (memcmp(&g->layout, &r->layout, sizeof r->layout) != 0)
    return "another layout than the record's";
  if (memcmp(&n->cpu, bytes + r->processor, sizeof n->cpu) != 0 || n->generation != r->record.generation ||
      n->entry != r->record.entry || n->stack != r->record.stack || !n->ready)
    return "another processor than the file's";
  if (!second_memory_is(r, METES_BLOCK_SNAPSHOT, g->snapshot, r->layout.snapshot_size) ||
      !second_memory_is(r, METES_BLOCK_SCRATCH, g->scratch, r->layout.scratch_size))
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
