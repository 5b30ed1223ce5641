/* SPDX-License-Identifier: Apache-2.0
 * A sandbox from its making to its end. */
#include <string.h>

#include "core/page.h"
#include "host_pages.h"
#include "sandbox_parts.h"

/* Whole pages for one structure. */
static uint64_t room_for(uint64_t size)
{
  return metes_align_up(size, METES_PAGE_SIZE);
}

static const uint64_t guest_room = sizeof(struct metes_guest_memory);

/* | the sandbox | notes on what is written | messages | the record |: in one mapping, whose end is sealed. What the
 * guest says is copied right below what is sealed. */
static uint64_t own_room(const struct metes_layout *l)
{
  return room_for(sizeof(struct metes_sandbox) + metes_dirt_room(l) + metes_calls_room_for(l));
}

int metes_sandbox_seal(const struct metes_sandbox *s, struct metes_failure *f)
{
  return metes_host_pages_seal((const uint8_t *)s->guest, room_for(guest_room), "the layout", f);
}

/* Nothing of the layout changes once the guest may run, and nothing of the snapshot either. */
static int seal(const struct metes_sandbox *s, struct metes_failure *f)
{
  const struct metes_guest_memory *g = s->guest;
  const int status = metes_host_pages_seal(g->snapshot, g->layout.snapshot_size, "the snapshot", f);

  return status != 0 ? status : metes_sandbox_seal(s, f);
}

struct metes_sandbox *metes_sandbox_make(const struct metes_guest_memory *g, struct metes_failure *f)
{
  const uint64_t own = own_room(&g->layout);
  uint8_t *const all = metes_host_memory_make(own + room_for(guest_room), "the sandbox", f);
  struct metes_sandbox *const s = (struct metes_sandbox *)(void *)all;

  if (s == NULL)
    return NULL;
  s->vm = (struct metes_vm){.fd = -1, .vcpu = -1};
  s->guest = (struct metes_guest_memory *)(void *)(all + own);
  *s->guest = *g;
  s->guest->files = &s->files;
  s->notes = (uint64_t *)(s + 1);
  metes_calls_place(&s->calls, &g->layout, (uint8_t *)s->notes + metes_dirt_room(&g->layout), all + own);
  return s;
}

int metes_sandbox_build(const struct metes_guest_args *a, struct metes_sandbox **to,
                        struct metes_failure *f)
{
  struct metes_guest_memory g;
  struct metes_sandbox *const s = metes_guest_build(a, &g, f) == 0 ? metes_sandbox_make(&g, f) : NULL;

  *to = NULL;
  if (s == NULL) {
    metes_guest_free(&g);
    return f->status;
  }
  metes_calls_not_yet(s, "it has not run yet");
  if (seal(s, f) == 0) {
    *to = s;
    return 0;
  }
  metes_sandbox_close(s);
  return f->status;
}

int metes_sandbox_attach(struct metes_sandbox *s, const struct metes_kvm *k, struct metes_failure *f)
{
  s->kvm = k;
  return metes_vm_create(&s->vm, k, s->guest, f);
}

int metes_sandbox_create(const struct metes_kvm *k, const struct metes_guest_args *a,
                         struct metes_sandbox **s, struct metes_failure *f)
{
  int status = metes_sandbox_build(a, s, f);

  if (status != 0 || (status = metes_sandbox_attach(*s, k, f)) == 0)
    return status;
  metes_sandbox_close(*s);
  *s = NULL;
  return status;
}

void metes_sandbox_close(struct metes_sandbox *s)
{
  if (s == NULL)
    return;
  metes_sandbox_disarm(s);
  metes_vm_close(&s->vm);
  metes_files_free(&s->files);
  metes_dirt_free(&s->dirt);
  if (s->shared)
    metes_guest_leave(s->guest);
  else
    metes_guest_free(s->guest);
  metes_host_memory_release(s, own_room(&s->guest->layout) + room_for(guest_room));
}

void metes_sandbox_hear(struct metes_sandbox *s, struct metes_voice voice)
{
  s->ports.voice = voice;
}

int metes_sandbox_arm(struct metes_sandbox *s, double seconds, struct metes_failure *f)
{
  return metes_deadline_arm(&s->deadline, seconds, f);
}

void metes_sandbox_disarm(struct metes_sandbox *s)
{
  metes_deadline_disarm(&s->deadline);
}

void metes_sandbox_cancel(struct metes_sandbox *s)
{
  atomic_store(&s->cancelled, true);
  metes_deadline_wake(&s->deadline);
}

int metes_sandbox_enter(struct metes_sandbox *s, const struct metes_budget *b,
                        struct metes_stop *stop, struct metes_failure *f)
{
  const bool own = b->seconds > 0;
  int status = own ? metes_sandbox_arm(s, b->seconds, f) : 0;

  if (status != 0)
    return status;
  s->ports.output_left = b->output;
  status = metes_guest_run(s, b->exits, stop, f);
  stop->output = b->output - s->ports.output_left;
  if (own)
    metes_sandbox_disarm(s);
  return status;
}

int metes_sandbox_run(struct metes_sandbox *s, const struct metes_budget *b, struct metes_stop *stop,
                      struct metes_failure *f)
{
  int status = metes_calls_may_enter(s, f);

  if (status != 0)
    return status;
  metes_calls_not_yet(s, "its last run could not be made");
  status = metes_sandbox_enter(s, b, stop, f);
  if (status == 0)
    metes_calls_look(s, stop);
  return status;
}

bool metes_sandbox_ready(const struct metes_sandbox *s)
{
  return s->calls.ready;
}

const struct metes_guest_memory *metes_sandbox_memory(const struct metes_sandbox *s)
{
  return s->guest;
}

const struct metes_vm *metes_sandbox_vm(const struct metes_sandbox *s)
{
  return &s->vm;
}
