/* SPDX-License-Identifier: Apache-2.0
 * Which pages of scratch were written, by the guest or the host; and putting back just those. */
#include <string.h>

#include "core/page.h"
#include "sandbox_parts.h"
#include "vm_snapshot_parts.h"

#define BITS 64u
#define AT_ONCE 8u

static uint64_t words_for(const struct metes_layout *l)
{
  const uint64_t each = METES_PAGE_SIZE * BITS * AT_ONCE; /* of scratch, for one look */

  return (l->scratch_size + each - 1) / each * AT_ONCE;
}

uint64_t metes_dirt_room(const struct metes_layout *l)
{
  return 2 * words_for(l) * sizeof(uint64_t);
}

void metes_dirt_begin(struct metes_dirt *d, const struct metes_layout *l, uint64_t *room)
{
  d->words = words_for(l);
  d->log = room;
  d->wrote = d->log + d->words;
  d->wrote[0] = 0; /* written before it is read: a page that was read first costs each write more */
}

void metes_dirt_free(struct metes_dirt *d)
{
  metes_snapshot_free(d->base);
  *d = (struct metes_dirt){0};
}

/* KVM answers with what was written since it was last asked. */
static int ask(struct metes_dirt *d, const struct metes_vm *vm, struct metes_failure *f)
{
  struct kvm_dirty_log log = {.slot = METES_SLOT_SCRATCH, .dirty_bitmap = d->log};

  if (metes_vm_request(vm->fd, KVM_GET_DIRTY_LOG, &log) < 0)
    return metes_fail_call(f, "KVM_GET_DIRTY_LOG");
  return 0;
}

int metes_dirt_forget(struct metes_dirt *d, const struct metes_vm *vm, struct metes_failure *f)
{
  const int status = ask(d, vm, f);

  if (status == 0)
    memset(d->wrote, 0, d->words * sizeof *d->wrote);
  return status;
}

void metes_sandbox_wrote(struct metes_sandbox *s, uint64_t offset, uint64_t length)
{
  struct metes_dirt *const d = &s->dirt;
  const uint64_t pages = s->guest->layout.scratch_size / METES_PAGE_SIZE;

  if (d->wrote == NULL || length == 0)
    return;
  for (uint64_t p = offset / METES_PAGE_SIZE; p < pages && p <= (offset + length - 1) / METES_PAGE_SIZE; p++)
    d->wrote[p / BITS] |= 1ull << p % BITS;
}

/* Pages that lie side by side are copied at once. */
struct run {
  uint8_t *to;
  const uint8_t *from;
  uint64_t first, end; /* pages */
};

static void copy(struct run *r)
{
  const uint64_t at = r->first * METES_PAGE_SIZE;

  memcpy(r->to + at, r->from + at, (r->end - r->first) * METES_PAGE_SIZE);
}

static void add(struct run *r, uint64_t first, uint64_t n)
{
  if (first != r->end) {
    copy(r);
    r->first = first;
  }
  r->end = first + n;
}

/* The bits of one word, ones side by side together. */
static void add_word(struct run *r, uint64_t word, uint64_t base)
{
  while (word != 0) {
    const unsigned first = (unsigned)__builtin_ctzll(word);
    const uint64_t rest = ~(word >> first);
    const unsigned n = rest == 0 ? BITS : (unsigned)__builtin_ctzll(rest);

    add(r, base + first, n);
    word = first + n == BITS ? 0 : word & (~0ull << (first + n));
  }
}

/* Most words are 0, and are looked at in eights. */
static bool all_zero(const struct metes_dirt *d, uint64_t i)
{
  uint64_t any = 0;

  for (uint64_t j = i; j < i + AT_ONCE; j++)
    any |= d->log[j] | d->wrote[j];
  return any == 0;
}

/* Returns whether the guest wrote any. */
static bool metes_pages_put_back(struct metes_dirt *d, uint8_t *to, const uint8_t *from)
{
  struct run r = {.to = to, .from = from};
  uint64_t seen = 0;

  for (uint64_t i = 0; i < d->words; i += AT_ONCE) {
    if (all_zero(d, i))
      continue;
    for (uint64_t j = i; j < i + AT_ONCE; j++) {
      seen |= d->log[j];
      add_word(&r, d->log[j] | d->wrote[j], j * BITS);
      d->wrote[j] = 0;
    }
  }
  copy(&r);
  return seen != 0;
}

int metes_dirt_put_back(struct metes_dirt *d, const struct metes_vm *vm, const struct metes_guest_memory *g,
                        bool *any, struct metes_failure *f)
{
  const int status = ask(d, vm, f);

  if (status == 0)
    *any = metes_pages_put_back(d, g->scratch, d->base->guest.scratch);
  return status;
}
