/* SPDX-License-Identifier: Apache-2.0
 * An audit's tables: VMs and their slots, as KVM has them. */
#include "audit_parts.h"

#include <stdlib.h>
#include <string.h>

#include "exit.h"

/* Room for one more of `size` bytes, or false. */
static bool grow(void **at, uint32_t n, uint32_t *room, size_t size)
{
  const uint32_t more = *room == 0 ? 8 : 2 * *room;
  void *moved;

  if (n < *room)
    return true;
  moved = realloc(*at, more * size);
  if (moved == NULL)
    return false;
  *at = moved;
  *room = more;
  return true;
}

static bool add_vm(struct metes_audit *a, const struct metes_change *c)
{
  struct metes_audit_vm *vm;

  if (c->vm != a->n + 1)
    return false;
  if (!grow((void **)&a->vms, a->n, &a->room, sizeof *a->vms)) {
    a->failed = true;
    return true;
  }
  vm = &a->vms[a->n++];
  *vm = (struct metes_audit_vm){.id = c->vm, .process = c->process, .unseen = c->unseen};
  memcpy(vm->name, c->name, sizeof vm->name);
  return true;
}

static bool before(const struct metes_memslot *x, const struct metes_memslot *y)
{
  if (METES_SPACE_OF(x->slot) != METES_SPACE_OF(y->slot))
    return METES_SPACE_OF(x->slot) < METES_SPACE_OF(y->slot);
  return x->gpa < y->gpa;
}

static void take_out(struct metes_audit_vm *vm, uint32_t place)
{
  memmove(&vm->slots[place], &vm->slots[place + 1], (--vm->n - place) * sizeof *vm->slots);
}

static bool put_in(struct metes_audit_vm *vm, const struct metes_change *c)
{
  uint32_t i;

  if (!grow((void **)&vm->slots, vm->n, &vm->room, sizeof *vm->slots))
    return false;
  for (i = vm->n++; i > 0 && before(&c->slot, &vm->slots[i - 1].slot); i--)
    vm->slots[i] = vm->slots[i - 1];
  vm->slots[i] = (struct metes_audit_slot){c->slot, c->private};
  return true;
}

/* What KVM did: it put a slot in, took it out, or changed it, which is both. */
static void make_change(struct metes_audit *a, struct metes_audit_vm *vm, const struct metes_change *c)
{
  const uint32_t old = metes_audit_find(vm, c->slot.slot);

  if (old < vm->n)
    take_out(vm, old);
  if (c->slot.size != 0 && !put_in(vm, c))
    a->failed = true;
}

static void tell(struct metes_audit *a, struct metes_audit_vm *vm, const struct metes_change *c,
                 const struct metes_judgement *j)
{
  if (j->status != METES_OK) {
    vm->broken++;
    a->broken++;
    metes_audit_say_broken(a, vm, c, j);
  } else if (c->answer != 0) {
    a->unexplained++;
    metes_audit_say_unexplained(a, vm, c);
  }
}

static void change_slot(struct metes_audit *a, struct metes_audit_vm *vm, const struct metes_change *c)
{
  const struct metes_judgement j = metes_judge_slot(a, vm, &c->slot);

  vm->changes++;
  a->changes++;
  tell(a, vm, c, &j);
  if (c->answer == 0)
    make_change(a, vm, c);
}

/* KVM's own slots come where the monitor's are not. */
static void keep(struct metes_audit *a, struct metes_audit_vm *vm, const struct metes_change *c)
{
  struct metes_judgement j = {.status = METES_OK};
  bool met = false;

  for (uint32_t i = 0; i < vm->n; i++) {
    j = metes_judge_own(a, &vm->slots[i].slot, c->own, c->gpa);
    if (j.status != METES_OK)
      tell(a, vm, c, &j);
    met |= j.status != METES_OK;
  }
  if (!met && c->answer != 0)
    tell(a, vm, c, &j);
  if (c->answer == 0) {
    vm->own[c->own] = c->gpa;
    vm->has[c->own] = true;
  }
}

static void unread(struct metes_audit *a, const struct metes_audit_vm *vm, const struct metes_change *c)
{
  a->unread += c->answer == 0;
  metes_audit_say_unread(a, vm, c);
}

bool metes_audit_change(struct metes_audit *a, const struct metes_change *c)
{
  struct metes_audit_vm *vm;

  if (a->failed)
    return true;
  if (c->kind == METES_CHANGE_VM)
    return add_vm(a, c);
  if (c->vm == 0 || c->vm > a->n)
    return false;
  vm = &a->vms[c->vm - 1];
  if (c->kind == METES_CHANGE_SLOT)
    change_slot(a, vm, c);
  else if (c->kind == METES_CHANGE_OWN)
    keep(a, vm, c);
  else
    unread(a, vm, c);
  return true;
}

int metes_audit_status(const struct metes_audit *a)
{
  if (a->failed || (a->unread != 0 && a->broken == 0))
    return METES_EXIT_SYSTEM;
  return a->broken != 0 ? METES_EXIT_REFUSED : METES_EXIT_OK;
}

void metes_audit_release(struct metes_audit *a)
{
  for (uint32_t i = 0; i < a->n; i++)
    free(a->vms[i].slots);
  free(a->vms);
  *a = (struct metes_audit){.n = 0};
}
