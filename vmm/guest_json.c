/* SPDX-License-Identifier: Apache-2.0
 * The report of a guest's end, as JSON. */
#include <stdio.h>
#include <string.h>

#include "crash.h"
#include "files.h"
#include "guest_report.h"
#include "json_write.h"

/* The label of the file at an address, where one is. */
static void json_file(struct metes_json *j, const struct metes_file *x)
{
  if (x != NULL)
    metes_json_text(j, "file", (const char *)x->entry.label);
}

static void json_address(struct metes_json *j, const char *key, const struct metes_guest_memory *g,
                         uint64_t cr3, uint64_t gva)
{
  const struct metes_walk w = metes_walk_at(g, cr3, gva);

  metes_json_open(j, key, '{');
  metes_json_u64(j, "gva", gva);
  metes_json_text(j, "place", metes_place_name(metes_place_of_gva(&g->layout, gva)));
  json_file(j, metes_file_of_gva(g->files, gva));
  metes_json_u64(j, "permissions", metes_permissions_of(&w));
  if (w.status == METES_OK) {
    metes_json_u64(j, "gpa", w.gpa);
    metes_json_text(j, "gpa_place", metes_place_name(metes_place_of_gpa(&g->layout, w.gpa)));
  }
  metes_json_close(j, '}');
}

/* The bytes at rip, as far as they can be read: hexadecimal digits. */
static void json_code(struct metes_json *j, const struct metes_guest_memory *g, uint64_t cr3,
                      uint64_t rip)
{
  uint8_t code[16];
  const size_t n = metes_code_at(g, cr3, rip, code, sizeof code);
  char digits[2 * sizeof code + 1] = "";

  for (size_t i = 0; i < n; i++)
    snprintf(digits + 2 * i, 3, "%02x", code[i]);
  metes_json_text(j, "instruction", digits); /* `code` is that of an abort */
}

static void json_access(struct metes_json *j, const struct metes_stop *s,
                        const struct metes_guest_memory *g)
{
  uint64_t page;

  metes_json_open(j, "access", '{');
  metes_json_u64(j, "gpa", s->gpa);
  metes_json_u64(j, "length", s->length);
  metes_json_bool(j, "write", s->write);
  metes_json_text(j, "place", metes_place_name(metes_place_of_gpa(&g->layout, s->gpa)));
  json_file(j, metes_file_of_gpa(g->files, s->gpa));
  if (metes_seen_at(g, metes_stop_cr3(g, s), s->gpa, &page))
    metes_json_u64(j, "page_gva", page);
  metes_json_close(j, '}');
}

static void json_registers(struct metes_json *j, const struct metes_stop *s)
{
  const struct kvm_regs *r = &s->regs;
  const struct {
    const char *name;
    uint64_t value;
  } all[] = {
    {"rax", r->rax}, {"rbx", r->rbx}, {"rcx", r->rcx}, {"rdx", r->rdx}, {"rsi", r->rsi}, {"rdi", r->rdi},
    {"rbp", r->rbp}, {"rsp", r->rsp}, {"r8", r->r8},   {"r9", r->r9},   {"r10", r->r10}, {"r11", r->r11},
    {"r12", r->r12}, {"r13", r->r13}, {"r14", r->r14}, {"r15", r->r15}, {"rip", r->rip}, {"rflags", r->rflags},
    {"cr0", s->sregs.cr0}, {"cr2", s->sregs.cr2}, {"cr3", s->sregs.cr3}, {"cr4", s->sregs.cr4},
    {"efer", s->sregs.efer},
  };

  metes_json_open(j, "registers", '{');
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
    metes_json_u64(j, all[i].name, all[i].value);
  metes_json_close(j, '}');
}

static void json_backtrace(struct metes_json *j, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  uint64_t rips[METES_FRAMES];
  const unsigned n = metes_backtrace(g, s, rips);

  metes_json_open(j, "backtrace", '[');
  for (unsigned i = 0; i < n; i++)
    json_address(j, NULL, g, s->sregs.cr3, rips[i]);
  metes_json_close(j, ']');
}

/* Where it stood, as guest_processor.c says it. */
static void json_processor(struct metes_json *j, const struct metes_stop *s, const struct metes_guest_memory *g)
{
  const uint64_t cr3 = s->sregs.cr3;

  if (s->told)
    metes_json_u64(j, "vector", s->vector);
  if (metes_stop_has_address(s))
    json_address(j, "cr2", g, cr3, s->sregs.cr2);
  json_address(j, "rip", g, cr3, s->regs.rip);
  json_code(j, g, cr3, s->regs.rip);
  json_address(j, "rsp", g, cr3, s->regs.rsp);
  json_registers(j, s);
  json_backtrace(j, s, g);
}

void metes_report_json(struct metes_json *j, const struct metes_stop *s,
                       const struct metes_guest_memory *g)
{
  char message[sizeof s->message + 1];

  metes_json_text(j, "outcome", metes_outcome_name(s->outcome));
  metes_json_u64(j, "exit", (uint64_t)metes_outcome_exit(s->outcome));
  metes_json_u64(j, "exits", s->exits);
  if (s->what[0] != '\0')
    metes_json_text(j, "detail", s->what);
  if ((s->outcome == METES_OUTCOME_FAILED && !s->answered) || s->outcome == METES_OUTCOME_WELL)
    metes_json_u64(j, "verdict", s->verdict);
  if (s->outcome == METES_OUTCOME_ABORTED || s->answered) {
    memcpy(message, s->message, s->message_used);
    message[s->message_used] = '\0';
    metes_json_u64(j, "code", s->answered ? s->verdict : s->code);
    metes_json_text(j, "message", message);
  }
  if (s->outcome == METES_OUTCOME_FAULT)
    json_access(j, s, g);
  if (metes_stop_tells(s) && metes_stop_survived(s))
    json_processor(j, s, g);
}
