/* SPDX-License-Identifier: Apache-2.0
 * What an audit says as it goes: rules that are broken, refusals that no rule explains, and the verdict. */
#include <inttypes.h>
#include <string.h>

#include "audit_parts.h"
#include "describe.h"
#include "json_layout.h"

const char *metes_plural(uint64_t n)
{
  return n == 1 ? "" : "s";
}

/* "VM 1 (qemu-system-x86, process 93): " */
static void say_vm(const struct metes_audit *a, const struct metes_audit_vm *vm)
{
  fprintf(a->to, "metes: VM %" PRIu32 " (%s, process %d): ", vm->id, vm->name, vm->process);
}

static void open_line(const struct metes_audit *a, struct metes_json *j, const struct metes_audit_vm *vm)
{
  *j = (struct metes_json){a->to, false};
  metes_json_open(j, NULL, '{');
  metes_json_u64(j, "vm", vm->id);
  metes_json_u64(j, "process", (uint64_t)vm->process);
  metes_json_text(j, "name", vm->name);
}

static const char *answer_name(int answer)
{
  const char *name = answer == 0 ? "taken" : strerrorname_np(answer);

  return name == NULL ? "unknown" : name;
}

static void close_line(struct metes_json *j, int answer)
{
  metes_json_text(j, "answer", answer_name(answer));
  metes_json_close(j, '}');
  metes_json_line(j);
}

/* The end of each line. */
static void say_answer(const struct metes_audit *a, int answer)
{
  if (answer == 0)
    fputs("; KVM took it\n", a->to);
  else
    fprintf(a->to, "; KVM refused it: %s\n", answer_name(answer));
}

/* The half-open ranges: of what KVM had, if that is part of it, and of what came. */
static void put_ranges(struct metes_json *j, const struct metes_judgement *v)
{
  const bool two = v->status == METES_E_SLOT_TWICE || v->status == METES_E_SLOT_OVERLAP;

  metes_json_open(j, "ranges", '[');
  for (int i = 0; i < (two ? 2 : 1); i++) {
    metes_json_open(j, NULL, '{');
    metes_json_u64(j, "slot", v->plan[i].slot);
    metes_json_u64(j, "start", v->plan[i].gpa);
    metes_json_u64(j, "end", metes_sat_add(v->plan[i].gpa, v->plan[i].size));
    metes_json_close(j, '}');
  }
  metes_json_close(j, ']');
}

/* What a monitor wants to know beside the rule. */
static const char *hint(enum metes_status s)
{
  switch (s) {
  case METES_E_SLOT_EMPTY: return ", and there is none to take out";
  case METES_E_SLOT_TWICE: return ", whose size, host address and READONLY stay as they are";
  default: return "";
  }
}

void metes_audit_say_broken(const struct metes_audit *a, const struct metes_audit_vm *vm, const struct metes_change *c,
                            const struct metes_judgement *v)
{
  const struct metes_subject subject = {.slots = v->plan, .placeless = true};
  const char *rule = metes_error_kvm_rule(v->status, &v->plan[v->error.index]);
  const uint32_t space = c->kind == METES_CHANGE_SLOT ? METES_SPACE_OF(c->slot.slot) : 0;
  struct metes_json j;
  char detail[512];
  size_t n;

  metes_describe(v->status, &v->error, &subject, detail, sizeof detail);
  n = strlen(detail);
  snprintf(detail + n, sizeof detail - n, "%s", hint(v->status));
  if (!a->json) {
    say_vm(a, vm);
    if (space != 0 && space < a->limits.spaces)
      fprintf(a->to, "in address space %" PRIu32 " ", space);
    fprintf(a->to, "%s (%s, %s)", detail, rule, metes_error_clause(v->status));
    if (c->kind == METES_CHANGE_OWN)
      fprintf(a->to, ", where the %s is put", metes_own_kinds[c->own].name);
    say_answer(a, c->answer);
    return;
  }
  open_line(a, &j, vm);
  metes_json_u64(&j, "space", space);
  metes_json_refusal(&j, v->status, &v->error, detail);
  metes_json_text(&j, "rule", rule);
  metes_json_text(&j, "clause", metes_error_clause(v->status));
  put_ranges(&j, v);
  close_line(&j, c->answer);
}

void metes_audit_say_unexplained(const struct metes_audit *a, const struct metes_audit_vm *vm,
                                 const struct metes_change *c)
{
  struct metes_json j;

  if (!a->json) {
    say_vm(a, vm);
    if (c->kind == METES_CHANGE_SLOT)
      fprintf(a->to, "slot %" PRIu32 " (0x%" PRIx64 " to 0x%" PRIx64 ")", c->slot.slot, c->slot.gpa,
              metes_sat_add(c->slot.gpa, c->slot.size));
    else
      fprintf(a->to, "the %s at 0x%" PRIx64, metes_own_kinds[c->own].name, c->gpa);
    fputs(" breaks no rule", a->to);
    say_answer(a, c->answer);
    return;
  }
  open_line(a, &j, vm);
  metes_json_none(&j, "rule");
  if (c->kind == METES_CHANGE_SLOT)
    metes_json_u64(&j, "slot", c->slot.slot);
  else
    metes_json_text(&j, "own", metes_own_kinds[c->own].word);
  close_line(&j, c->answer);
}

void metes_audit_say_unread(const struct metes_audit *a, const struct metes_audit_vm *vm, const struct metes_change *c)
{
  struct metes_json j;

  if (!a->json) {
    say_vm(a, vm);
    fputs("a change of its slots could not be read", a->to);
    say_answer(a, c->answer);
    return;
  }
  open_line(a, &j, vm);
  metes_json_bool(&j, "unread", true);
  close_line(&j, c->answer);
}
