/* SPDX-License-Identifier: Apache-2.0
 * `metes check`: any VMM's memory slots against what KVM demands. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit_draw.h"
#include "audit_trace.h"
#include "cli.h"
#include "describe.h"
#include "json_layout.h"
#include "json_plan.h"

struct args {
  const char *plan, *svg;
  bool json, trace;
};

enum key { KEY_JSON = 0x1200, KEY_TRACE, KEY_SVG };

static const struct argp_option options[] = {
  {"json", KEY_JSON, NULL, 0, "Print the verdict as one JSON object", 0},
  {"trace", KEY_TRACE, NULL, 0, "PLAN is a trace that `metes audit --record` wrote: say again what the audit said", 0},
  {"svg", KEY_SVG, "FILE", 0, "Draw the slots at a trace's end as SVG; `-`: on standard output, in place of words", 0},
  METES_HELP_OPTION,
  {0},
};

static const char examples[] =
  "  metes check plan.json           the verdict in words, and in the exit status\n"
  "  metes check --json - <plan.json | jq .rule\n"
  "  metes check --trace trace       what a monitor did, recorded by `metes audit`\n"
  "  echo '{\"slots\": [{\"slot\": 0, \"gpa\": \"0x1000\", \"size\": \"64K\"}]}' | metes check -\n";

static const char doc[] =
  "Check a plan of KVM memory slots, of any VMM, against what KVM demands (K1 to K16)."
  "\vPLAN is a JSON file, or - for standard input:\n\n"
  "  {\"limits\": {\"phys_bits\": 46, \"max_slots\": 32764,\n"
  "    \"reserved\": [{\"start\": \"0xfee00000\", \"end\": \"0xfee01000\"}]},\n"
  "   \"slots\": [{\"slot\": 0, \"flags\": 2, \"gpa\": \"0x1000\",\n"
  "    \"size\": \"132K\", \"host\": \"0x7f0000000000\"}]}\n\n"
  "Numbers are plain, or strings such as \"0x1000\" and \"4K\". A slot needs `slot`, `gpa` and `size`. "
  "What `limits` does not say is as on a current x86-64 Linux: 52 bits (or `gpa_end` instead of "
  "`phys_bits`), `host_end` 0x7ffffffff000, `max_slots` 32764, nothing reserved.\n\n"
  "Exit status: 0 sound, 64 wrong usage, 65 unsound or no plan, 66 the file is missing, 74 output "
  "could not be written.";

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct args *a = state->input;

  switch (key) {
  case KEY_JSON: a->json = true; return 0;
  case KEY_TRACE: a->trace = true; return 0;
  case KEY_SVG: a->svg = value; return 0;
  case METES_KEY_HELP: metes_help(state, examples);
  case ARGP_KEY_ARG:
    if (a->plan != NULL)
      argp_error(state, "more than one PLAN: '%s'", value);
    a->plan = value;
    return 0;
  case ARGP_KEY_END:
    if (a->plan == NULL)
      argp_error(state, "which PLAN? `-` is standard input");
    if (a->svg != NULL && !a->trace)
      argp_error(state, "--svg is for a --trace");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static uint64_t total(const struct metes_plan *p)
{
  uint64_t sum = 0;

  for (uint32_t i = 0; i < p->n; i++)
    sum = metes_sat_add(sum, p->slots[i].size);
  return sum;
}

static void say_sound(const struct args *a, const struct metes_plan *p)
{
  struct metes_json j = {stdout, false};
  char size[64];

  if (a->json) {
    metes_json_open(&j, NULL, '{');
    metes_json_bool(&j, "sound", true);
    metes_json_u64(&j, "slots", p->n);
    metes_json_u64(&j, "bytes", total(p));
    metes_json_close(&j, '}');
    metes_json_line(&j);
    return;
  }
  metes_size_words(total(p), size, sizeof size);
  printf("sound: %" PRIu32 " slot%s, %s, nothing overlaps\n", p->n, p->n == 1 ? "" : "s", size);
}

/* The places in the plan of the slots that a refusal is about: none, one, or both of two. */
static uint32_t places(enum metes_status s, const struct metes_error *e, uint64_t *place)
{
  uint32_t n = 0;

  if (s == METES_E_SLOT_TWICE || s == METES_E_SLOT_OVERLAP)
    place[n++] = e->limit;
  if (s > METES_E_SLOT_BUDGET)
    place[n++] = e->index;
  return n;
}

/* These places, and the half-open guest-physical range of each slot there. */
static void put_places(struct metes_json *j, const struct metes_plan *p, enum metes_status s,
                       const struct metes_error *e)
{
  uint64_t place[2];
  const uint32_t n = places(s, e, place);

  metes_json_open(j, "places", '[');
  for (uint32_t i = 0; i < n; i++)
    metes_json_u64(j, NULL, place[i]);
  metes_json_close(j, ']');
  metes_json_open(j, "ranges", '[');
  for (uint32_t i = 0; i < n; i++) {
    const struct metes_memslot *slot = &p->slots[place[i]];

    metes_json_open(j, NULL, '{');
    metes_json_u64(j, "start", slot->gpa);
    metes_json_u64(j, "end", metes_sat_add(slot->gpa, slot->size));
    metes_json_close(j, '}');
  }
  metes_json_close(j, ']');
}

static void say_unsound(const struct args *a, const struct metes_plan *p, enum metes_status s,
                        const struct metes_error *e)
{
  const struct metes_subject subject = {.slots = p->slots};
  const bool one = s > METES_E_SLOT_BUDGET;
  const char *rule = metes_error_kvm_rule(s, one ? &p->slots[e->index] : NULL);
  struct metes_json j = {stdout, false};
  char detail[512];

  metes_describe(s, e, &subject, detail, sizeof detail);
  if (!a->json) {
    printf("unsound: %s (%s, %s)\n", detail, rule, metes_error_clause(s));
    return;
  }
  metes_json_open(&j, NULL, '{');
  metes_json_bool(&j, "sound", false);
  metes_json_refusal(&j, s, e, detail);
  metes_json_text(&j, "rule", rule);
  metes_json_text(&j, "clause", metes_error_clause(s));
  put_places(&j, p, s, e);
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

static int bad_input(const struct args *a, const char *detail)
{
  struct metes_json j = {stdout, false};

  if (a->json)
    metes_json_bad_input(&j, detail);
  else
    metes_say("%s: bad_input: %s", a->plan, detail);
  return METES_EXIT_REFUSED;
}

/* The words, and where a picture is asked for that too; on standard output it stands alone. */
static int judge_trace(const struct args *a, const char *text, size_t length)
{
  struct metes_audit audit = {.json = a->json};
  char detail[256], *words = NULL;
  size_t n = 0;
  int status, drawn = METES_EXIT_OK;
  bool good;

  audit.to = open_memstream(&words, &n);
  if (audit.to == NULL) {
    metes_say_errno("%s", a->plan);
    return METES_EXIT_SYSTEM;
  }
  good = metes_trace_audit(text, length, &audit, detail, sizeof detail);
  if (good)
    metes_audit_report(&audit);
  fclose(audit.to);
  if (a->svg == NULL || strcmp(a->svg, "-") != 0)
    fwrite(words, 1, n, stdout);
  free(words);
  status = good ? metes_audit_status(&audit) : bad_input(a, detail);
  if (good && a->svg != NULL)
    drawn = metes_audit_draw(a->svg, &audit);
  metes_audit_release(&audit);
  return status == METES_EXIT_OK ? drawn : status;
}

static int judge(const struct args *a, const char *text, size_t length, struct metes_plan *p)
{
  struct metes_error e;
  enum metes_status s;
  char detail[256];

  if (!metes_json_plan(text, length, p, detail, sizeof detail))
    return bad_input(a, detail);
  s = metes_plan_check(p->slots, p->n, &p->limits, &e);
  if (s == METES_OK)
    say_sound(a, p);
  else
    say_unsound(a, p, s, &e);
  return s == METES_OK ? METES_EXIT_OK : METES_EXIT_REFUSED;
}

int metes_cmd_check(int argc, char **argv)
{
  static const struct argp argp = {options, parse, "PLAN", doc, NULL, NULL, NULL};
  struct args a = {.plan = NULL};
  struct metes_plan plan = {.slots = NULL};
  uint8_t *bytes;
  size_t n;
  int status;

  argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &a);
  status = metes_read_file(a.plan, &bytes, &n);
  if (status != METES_EXIT_OK)
    return status;
  status = a.trace ? judge_trace(&a, (const char *)bytes, n) : judge(&a, (const char *)bytes, n, &plan);
  free(bytes);
  free(plan.slots);
  return metes_finish_output(status);
}
