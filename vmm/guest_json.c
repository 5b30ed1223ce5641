/* SPDX-License-Identifier: Apache-2.0
 * The report of a guest's end, as JSON. */
#include <stdio.h>
#include <string.h>

#include "guest_report.h"
#include "json_write.h"

static void json_address(struct metes_json *j, const char *key, const struct metes_guest_memory *g,
                         uint64_t cr3, uint64_t gva)
{
  metes_json_open(j, key, '{');
  metes_json_u64(j, "gva", gva);
  metes_json_text(j, "place", metes_place_name(metes_place_of_gva(&g->layout, gva)));
  metes_json_u64(j, "permissions", metes_permissions_at(g, cr3, gva));
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
  metes_json_text(j, "code", digits);
}

static void json_access(struct metes_json *j, const struct metes_stop *s,
                        const struct metes_guest_memory *g)
{
  metes_json_open(j, "access", '{');
  metes_json_u64(j, "gpa", s->gpa);
  metes_json_u64(j, "length", s->length);
  metes_json_bool(j, "write", s->write);
  metes_json_text(j, "place", metes_place_name(metes_place_of_gpa(&g->layout, s->gpa)));
  metes_json_close(j, '}');
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
  if (metes_stop_tells(s) && metes_stop_survived(s)) {
    if (metes_stop_has_address(s))
      json_address(j, "cr2", g, s->sregs.cr3, s->sregs.cr2);
    json_address(j, "rip", g, s->sregs.cr3, metes_stop_rip(s));
    json_code(j, g, s->sregs.cr3, metes_stop_rip(s));
    json_address(j, "rsp", g, s->sregs.cr3, s->regs.rsp);
  }
}
