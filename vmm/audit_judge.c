/* SPDX-License-Identifier: Apache-2.0
 * What the rules say of one change. KVM's table is kept here; every judgement is core's. */
#include "audit_parts.h"

const struct metes_own_kind metes_own_kinds[METES_N_OWN] = {
  [METES_OWN_TSS] = {"TSS", "tss", 3 * METES_PAGE_SIZE},
  [METES_OWN_IDENTITY] = {"identity map", "identity", METES_PAGE_SIZE},
  [METES_OWN_APIC] = {"APIC page", "apic", METES_PAGE_SIZE},
};

/* Limits that no slot of KVM's table goes beyond: what is asked is how two slots lie to each other. */
static const struct metes_limits open_limits = {
  .gpa_end = UINT64_MAX, .host_end = UINT64_MAX, .max_slots = UINT32_MAX};

static struct metes_range own_range(enum metes_own own, uint64_t gpa)
{
  return (struct metes_range){gpa, metes_sat_add(gpa, metes_own_kinds[own].size)};
}

static struct metes_limits limits_of(const struct metes_audit *a, const struct metes_audit_vm *vm)
{
  struct metes_limits m = a->limits.slots;

  for (int own = 0; own < METES_N_OWN; own++)
    if (vm->has[own])
      m.reserved[m.n_reserved++] = own_range((enum metes_own)own, vm->own[own]);
  return m;
}

/* As core knows it: its number alone, where there is such an address space. */
static struct metes_memslot numbered(const struct metes_audit *a, struct metes_memslot x)
{
  if (METES_SPACE_OF(x.slot) < a->limits.spaces)
    x.slot = METES_NUMBER_OF(x.slot);
  return x;
}

static struct metes_judgement alone(const struct metes_audit *a, const struct metes_memslot *x,
                                    const struct metes_limits *m)
{
  struct metes_judgement j = {.plan = {numbered(a, *x)}};

  j.status = metes_plan_check(j.plan, 1, m, &j.error);
  return j;
}

/* A slot behind one that KVM has. */
static struct metes_judgement beside(const struct metes_audit *a, const struct metes_memslot *there,
                                     const struct metes_memslot *x)
{
  struct metes_judgement j = {.plan = {numbered(a, *there), numbered(a, *x)}};

  j.status = metes_plan_check(j.plan, 2, &open_limits, &j.error);
  return j;
}

/* Size 0 deletes (K8), and all else must be as ever, but it may lie anywhere: held to the rules as one page. */
static struct metes_judgement deletion(const struct metes_audit *a, const struct metes_memslot *x)
{
  struct metes_limits m = open_limits;
  struct metes_memslot page = *x;
  struct metes_judgement j;

  m.max_slots = a->limits.slots.max_slots;
  m.host_end = a->limits.slots.host_end;
  page.size = METES_PAGE_SIZE;
  j = alone(a, &page, &m);
  if (j.status == METES_E_SLOT_GPA)
    j.status = METES_OK;
  j.plan[0].size = 0;
  return j;
}

/* What an existing slot may become: another address, other flags but READONLY. (K10) */
static bool is_change_of(const struct metes_memslot *old, const struct metes_memslot *x)
{
  return old->size == x->size && old->host == x->host &&
         (old->flags & METES_SLOT_READONLY) == (x->flags & METES_SLOT_READONLY);
}

uint32_t metes_audit_find(const struct metes_audit_vm *vm, uint32_t slot)
{
  uint32_t i = 0;

  while (i < vm->n && vm->slots[i].slot.slot != slot)
    i++;
  return i;
}

struct metes_judgement metes_judge_slot(const struct metes_audit *a, const struct metes_audit_vm *vm,
                                        const struct metes_memslot *x)
{
  const uint32_t old = metes_audit_find(vm, x->slot);
  const struct metes_limits m = limits_of(a, vm);
  struct metes_judgement j;

  if (x->size == 0 && (old < vm->n || vm->unseen))
    return deletion(a, x);
  j = alone(a, x, &m);
  if (j.status == METES_OK && old < vm->n && !is_change_of(&vm->slots[old].slot, x))
    return beside(a, &vm->slots[old].slot, x);
  for (uint32_t i = 0; i < vm->n && j.status == METES_OK; i++)
    if (i != old && METES_SPACE_OF(vm->slots[i].slot.slot) == METES_SPACE_OF(x->slot))
      j = beside(a, &vm->slots[i].slot, x);
  return j;
}

struct metes_judgement metes_judge_own(const struct metes_audit *a, const struct metes_memslot *x, enum metes_own own,
                                       uint64_t gpa)
{
  struct metes_limits m = open_limits;

  m.n_reserved = 1;
  m.reserved[0] = own_range(own, gpa);
  return alone(a, x, &m);
}
