/* SPDX-License-Identifier: Apache-2.0
 * The report of an audit: each VM's slots as a picture in the terminal, or as JSON, and the verdict. */
#include <inttypes.h>
#include <langinfo.h>
#include <string.h>

#include "audit_parts.h"
#include "describe.h"
#include "json_write.h"

/* 18 columns of addresses, a blank, and a box of 58: 79 with its sides. */
#define INNER 58

/* What boxes are drawn with. */
struct pen {
  const char *across, *down, *hole;
  const char *top[2], *tee[2], *bottom[2];
};

static const struct pen pens[2] = {
  {"-", "|", ":", {"+", "+"}, {"+", "+"}, {"+", "+"}},
  {"─", "│", "┆", {"┌", "┐"}, {"├", "┤"}, {"└", "┘"}},
};

uint64_t metes_audit_bytes(const struct metes_audit_vm *vm)
{
  uint64_t sum = 0;

  for (uint32_t i = 0; i < vm->n; i++)
    sum = metes_sat_add(sum, vm->slots[i].slot.size);
  return sum;
}

const char *metes_audit_spaces_words(const struct metes_audit_vm *vm)
{
  return vm->n != 0 && METES_SPACE_OF(vm->slots[vm->n - 1].slot.slot) != 0 ? " in two address spaces" : "";
}

void metes_audit_slot_words(const struct metes_audit_slot *s, char *text, size_t n)
{
  const uint32_t flags = s->slot.flags;

  snprintf(text, n, "slot %" PRIu32 "%s%s%s", METES_NUMBER_OF(s->slot.slot),
           (flags & METES_SLOT_READONLY) != 0 ? ", READONLY" : "",
           (flags & METES_SLOT_LOG_DIRTY_PAGES) != 0 ? ", LOG_DIRTY_PAGES" : "", s->private ? ", GUEST_MEMFD" : "");
}

/* A line across the box at an address; in it what lies below, if anything does. */
static void edge(FILE *to, const struct pen *p, const char *const ends[2], uint64_t gpa,
                 const struct metes_audit_slot *below)
{
  char words[72] = "", size[24] = "", address[24];
  size_t taken = 0;

  snprintf(address, sizeof address, "0x%" PRIx64, gpa);
  fprintf(to, "%18s %s", address, ends[0]);
  if (below != NULL) {
    metes_audit_slot_words(below, words, sizeof words);
    metes_size_short(below->slot.size, size, sizeof size);
    taken = strlen(words) + strlen(size) + 6;
    fprintf(to, "%s %s ", p->across, words);
  }
  for (size_t i = taken; i < INNER; i++)
    fputs(p->across, to);
  if (below != NULL)
    fprintf(to, " %s %s", size, p->across);
  fprintf(to, "%s\n", ends[1]);
}

static void hole(FILE *to, const struct pen *p, uint64_t size)
{
  char words[24];

  metes_size_short(size, words, sizeof words);
  fprintf(to, "%18s %s %-*s %s\n", words, p->hole, INNER - 2, "no slot", p->hole);
}

/* The slots [first, last) of one address space, from above. */
static void draw(FILE *to, const struct pen *p, const struct metes_audit_slot *s, uint32_t first, uint32_t last)
{
  bool joined = false; /* to the slot above */
  uint64_t below;

  for (uint32_t i = last; i-- > first; joined = i > first && below == s[i].slot.gpa) {
    below = i == first ? 0 : metes_sat_add(s[i - 1].slot.gpa, s[i - 1].slot.size);
    edge(to, p, joined ? p->tee : p->top, metes_sat_add(s[i].slot.gpa, s[i].slot.size), &s[i]);
    fprintf(to, "%18s %s host 0x%-*" PRIx64 "%s\n", "", p->down, INNER - 8, s[i].slot.host, p->down);
    if (i == first || below != s[i].slot.gpa)
      edge(to, p, p->bottom, s[i].slot.gpa, NULL);
    if (below < s[i].slot.gpa)
      hole(to, p, s[i].slot.gpa - below);
  }
}

static uint32_t space_end(const struct metes_audit_vm *vm, uint32_t first)
{
  uint32_t i = first;

  while (i < vm->n && METES_SPACE_OF(vm->slots[i].slot.slot) == METES_SPACE_OF(vm->slots[first].slot.slot))
    i++;
  return i;
}

void metes_audit_map(FILE *to, const struct metes_audit_vm *vm)
{
  const struct pen *p = &pens[strcmp(nl_langinfo(CODESET), "UTF-8") == 0];
  char size[24];

  metes_size_short(metes_audit_bytes(vm), size, sizeof size);
  fprintf(to, "\nVM %" PRIu32 ": %s, process %d: %" PRIu32 " slot%s%s, %s; ", vm->id, vm->name, vm->process, vm->n,
          metes_plural(vm->n), metes_audit_spaces_words(vm), size);
  fprintf(to, "%" PRIu64 " change%s, %" PRIu64 " broken%s\n", vm->changes, metes_plural(vm->changes), vm->broken,
          vm->unseen ? "; its making was not seen" : "");
  for (uint32_t i = 0, end; i < vm->n; i = end) {
    const uint32_t space = METES_SPACE_OF(vm->slots[i].slot.slot);

    end = space_end(vm, i);
    if (space != 0)
      fprintf(to, "  address space %" PRIu32 "\n", space);
    draw(to, p, vm->slots, i, end);
  }
  for (int own = 0; own < METES_N_OWN; own++)
    if (vm->has[own])
      fprintf(to, "  kept by KVM: 0x%" PRIx64 " to 0x%" PRIx64 ", %s\n", vm->own[own],
              metes_sat_add(vm->own[own], metes_own_kinds[own].size), metes_own_kinds[own].name);
}

static void put_slot(struct metes_json *j, const struct metes_audit_slot *s)
{
  metes_json_open(j, NULL, '{');
  metes_json_u64(j, "space", METES_SPACE_OF(s->slot.slot));
  metes_json_u64(j, "slot", METES_NUMBER_OF(s->slot.slot));
  metes_json_u64(j, "flags", s->slot.flags);
  metes_json_u64(j, "gpa", s->slot.gpa);
  metes_json_u64(j, "size", s->slot.size);
  metes_json_u64(j, "host", s->slot.host);
  metes_json_bool(j, "private", s->private);
  metes_json_close(j, '}');
}

static void put_vm(struct metes_json *j, const struct metes_audit_vm *vm)
{
  metes_json_open(j, NULL, '{');
  metes_json_u64(j, "vm", vm->id);
  metes_json_u64(j, "process", (uint64_t)vm->process);
  metes_json_text(j, "name", vm->name);
  metes_json_bool(j, "unseen", vm->unseen);
  metes_json_u64(j, "changes", vm->changes);
  metes_json_u64(j, "broken", vm->broken);
  metes_json_open(j, "slots", '[');
  for (uint32_t i = 0; i < vm->n; i++)
    put_slot(j, &vm->slots[i]);
  metes_json_close(j, ']');
  metes_json_open(j, "kept", '{');
  for (int own = 0; own < METES_N_OWN; own++)
    if (vm->has[own])
      metes_json_u64(j, metes_own_kinds[own].word, vm->own[own]);
  metes_json_close(j, '}');
  metes_json_close(j, '}');
}

static void put_report(const struct metes_audit *a)
{
  struct metes_json j = {a->to, false};

  metes_json_open(&j, NULL, '{');
  metes_json_bool(&j, "sound", a->broken == 0);
  metes_json_bool(&j, "complete", !a->failed && a->unread == 0);
  metes_json_u64(&j, "changes", a->changes);
  metes_json_u64(&j, "broken", a->broken);
  metes_json_u64(&j, "unexplained", a->unexplained);
  metes_json_open(&j, "vms", '[');
  for (uint32_t i = 0; i < a->n; i++)
    put_vm(&j, &a->vms[i]);
  metes_json_close(&j, ']');
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

static void say_verdict(const struct metes_audit *a)
{
  if (a->n == 0 && !a->failed) {
    fputs("metes: no VM was made\n", a->to);
    return;
  }
  fprintf(a->to, "\n%s: %" PRIu32 " VM%s, %" PRIu64 " change%s", a->broken == 0 ? "sound" : "unsound", a->n,
          metes_plural(a->n), a->changes, metes_plural(a->changes));
  if (a->broken == 0)
    fputs(", no rule is broken", a->to);
  else
    fprintf(a->to, "; %" PRIu64 " time%s a rule is broken", a->broken, metes_plural(a->broken));
  if (a->unexplained != 0)
    fprintf(a->to, "; %" PRIu64 " refused for a reason that no rule gives", a->unexplained);
  if (a->unread != 0)
    fprintf(a->to, "; %" PRIu64 " could not be read", a->unread);
  fputs(a->failed ? "; not complete: there was no memory for it\n" : "\n", a->to);
}

void metes_audit_report(const struct metes_audit *a)
{
  if (a->json) {
    put_report(a);
    return;
  }
  for (uint32_t i = 0; i < a->n; i++)
    metes_audit_map(a->to, &a->vms[i]);
  say_verdict(a);
}
