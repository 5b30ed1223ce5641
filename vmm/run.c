/* SPDX-License-Identifier: Apache-2.0
 * `metes run`: a guest, from its file to its verdict. */
#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "guest_run.h"
#include "json_write.h"

#define DEFAULT_SECONDS 10.0
#define MAX_SECONDS 1e9
#define DEFAULT_EXITS 10000000u
#define DEFAULT_OUTPUT (16u << 20)

enum key { KEY_INIT_DATA_FILE = 1, KEY_DEADLINE, KEY_JSON, KEY_EXITS, KEY_OUTPUT_MOST, KEY_SEED,
           KEY_LEVEL, KEY_WRITABLE_CODE };

struct args {
  const char *guest;
  const char *init_data;
  uint32_t elf_options;
  struct metes_layout_args layout;
  struct metes_budget budget;
  uint64_t output;
  uint64_t seed;
  uint64_t level;
  bool json;
};

static const struct argp_option options[] = {
  {"init-data", KEY_INIT_DATA_FILE, "FILE", 0, "Data it starts with; its length is the init data's size", 0},
  {"deadline", KEY_DEADLINE, "SECONDS", 0, "Stop it after so long, 10 by default", 0},
  {"max-exits", KEY_EXITS, "N", 0, "Stop it after so many exits, 10000000 by default", 0},
  {"max-output", KEY_OUTPUT_MOST, "SIZE", 0, "Stop it after so much text, 16M by default", 0},
  {"seed", KEY_SEED, "N", 0, "What it finds in rsi, 0 by default", 0},
  {"log-level", KEY_LEVEL, "N", 0, "What it finds in rcx, 0 by default", 0},
  {"writable-code", KEY_WRITABLE_CODE, NULL, 0, "Allow segments that are writable and executable", 0},
  {"json", KEY_JSON, NULL, 0, "Print one object: the outcome, and what it printed in `output`", 0},
  METES_HELP_OPTION,
  {0},
};

static void read_number(struct argp_state *state, const char *option, const char *text,
                        uint64_t *value)
{
  if (!metes_parse_size(text, value))
    argp_error(state, "--%s: '%s' is not a number below 2^64", option, text);
}

static void read_seconds(struct argp_state *state, const char *text, double *seconds)
{
  char *rest;
  const double value = strtod(text, &rest);

  if (rest == text || *rest != '\0' || !isfinite(value) || value <= 0 || value > MAX_SECONDS)
    argp_error(state, "--deadline: '%s' is not a time in seconds, such as 2 or 0.5", text);
  *seconds = value;
}

static void init(struct args *a, struct argp_state *state)
{
  *a = (struct args){.budget = {DEFAULT_SECONDS, DEFAULT_EXITS}, .output = DEFAULT_OUTPUT};
  state->child_inputs[0] = &a->layout;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct args *a = state->input;

  switch (key) {
  case ARGP_KEY_INIT: init(a, state); break;
  case KEY_INIT_DATA_FILE: a->init_data = value; break;
  case KEY_DEADLINE: read_seconds(state, value, &a->budget.seconds); break;
  case KEY_EXITS: read_number(state, "max-exits", value, &a->budget.exits); break;
  case KEY_OUTPUT_MOST: read_number(state, "max-output", value, &a->output); break;
  case KEY_SEED: read_number(state, "seed", value, &a->seed); break;
  case KEY_LEVEL: read_number(state, "log-level", value, &a->level); break;
  case KEY_WRITABLE_CODE: a->elf_options |= METES_ELF_WRITABLE_CODE; break;
  case KEY_JSON: a->json = true; break;
  case METES_KEY_HELP:
    metes_help(state, "  metes run build/guest/hello                      what a guest finds in its PEB\n"
                      "  metes run build/guest/selfcheck --profile nub    a guest that checks its memory\n"
                      "  metes run guest --init-data table.bin --heap-size 64M --deadline 2 --json\n");
  case ARGP_KEY_ARG:
    if (a->guest != NULL)
      argp_error(state, "one guest at a time: '%s' and '%s'", a->guest, value);
    a->guest = value;
    break;
  case ARGP_KEY_END:
    if (a->guest == NULL)
      argp_error(state, "which guest? A static ELF64 file is needed");
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp_child children[] = {{&metes_layout_argp, 0, "Layout:", 1}, {0}};
static const struct argp argp = {
  options, parse, "GUEST", "Runs a guest on KVM, to its verdict.", children, NULL, NULL};

/* Everything that has to be given back. */
struct machine {
  struct metes_guest_args args;
  struct metes_guest_memory memory;
  struct metes_kvm kvm;
  struct metes_vm vm;
};

static int read_file(const char *path, struct metes_bytes *b, struct metes_failure *f)
{
  const int status = metes_read_file(path, &b->at, &b->n);

  if (status == 0)
    return 0;
  *b = (struct metes_bytes){0};
  metes_fail(f, status, "%s could not be read", path);
  f->said = true;
  return status;
}

/* What was not given is as the guest needs it. */
static uint32_t fit(const struct args *a)
{
  const unsigned given = a->layout.given;

  return (given & METES_GIVEN_CODE_SIZE ? 0 : METES_FIT_CODE) |
         (given & METES_GIVEN_INIT_DATA_SIZE || a->init_data == NULL ? 0 : METES_FIT_INIT_DATA) |
         (given & METES_GIVEN_PT_SIZE ? 0 : METES_FIT_PT) |
         (given & METES_GIVEN_SCRATCH_SIZE ? 0 : METES_FIT_SCRATCH);
}

static int read_guest(const struct args *a, struct metes_guest_args *g, struct metes_failure *f)
{
  const int status = read_file(a->guest, &g->image, f);

  g->name = a->guest;
  g->elf_options = a->elf_options;
  g->fit = fit(a);
  g->profile = a->layout.profile;
  g->config = a->layout.config;
  return status == 0 && a->init_data != NULL ? read_file(a->init_data, &g->init_data, f) : status;
}

/* The image comes first: a bad one is refused on any machine. */
static int prepare(const struct args *a, struct machine *m, struct metes_failure *f)
{
  int status = read_guest(a, &m->args, f);

  if (status != 0 || (status = metes_guest_build(&m->args, &m->memory, f)) != 0)
    return status;
  m->memory.entry.rsi = a->seed;
  m->memory.entry.rcx = a->level;
  if ((status = metes_kvm_open(&m->kvm, f)) != 0)
    return status;
  return metes_vm_create(&m->vm, &m->kvm, &m->args.profile, &m->memory, f);
}

static void release(struct machine *m)
{
  metes_vm_close(&m->vm);
  metes_kvm_close(&m->kvm);
  metes_guest_free(&m->memory);
  free(m->args.image.at);
  free(m->args.init_data.at);
}

/* JSON has no byte 0: such bytes of the guest's text are left out of it. */
static void without_zeros(char *text, size_t n)
{
  char *to = text;

  for (size_t i = 0; i < n; i++)
    if (text[i] != '\0')
      *to++ = text[i];
  *to = '\0';
}

static void tell_json(const struct metes_stop *s, const struct metes_ports *p,
                      const struct metes_guest_memory *g, char *output, size_t n)
{
  struct metes_json j = {.to = stdout};

  without_zeros(output, n);
  metes_json_open(&j, NULL, '{');
  metes_report_json(&j, s, p, g);
  metes_json_text(&j, "output", output);
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

static int tell_failure(const struct metes_failure *f, bool json)
{
  struct metes_json j = {.to = stdout};

  if (!f->said)
    metes_say("%s", f->text);
  if (!json)
    return f->status;
  metes_json_open(&j, NULL, '{');
  metes_json_text(&j, "outcome", "not_run");
  metes_json_u64(&j, "exit", (uint64_t)f->status);
  metes_json_text(&j, "detail", f->text);
  metes_json_close(&j, '}');
  metes_json_line(&j);
  return f->status;
}

static int run_and_tell(const struct args *a, struct machine *m, FILE *out, char **captured,
                        size_t *n, struct metes_failure *f)
{
  struct metes_ports ports = {.out = out, .talk = stderr, .output_left = a->output};
  struct metes_stop stop;
  const int status = metes_guest_run(&m->vm, &a->budget, &ports, &stop, f);

  fflush(out);
  if (status != 0)
    return tell_failure(f, a->json);
  metes_report(stderr, &stop, &ports, &m->memory);
  if (a->json && *captured != NULL)
    tell_json(&stop, &ports, &m->memory, *captured, *n);
  return metes_outcome_exit(stop.outcome);
}

/* With --json standard output is the object alone, so the guest's text waits in memory. */
static int run(const struct args *a, struct machine *m, struct metes_failure *f)
{
  char *captured = NULL;
  size_t n = 0;
  FILE *const out = a->json ? open_memstream(&captured, &n) : stdout;
  int status;

  if (out == NULL) {
    metes_fail_call(f, "open_memstream");
    return tell_failure(f, a->json);
  }
  if (!a->json)
    setvbuf(stdout, NULL, _IOLBF, 1 << 16); /* each line is there when it is said */
  status = run_and_tell(a, m, out, &captured, &n, f);
  if (a->json) {
    fclose(out);
    free(captured);
  }
  return status;
}

int metes_cmd_run(int argc, char **argv)
{
  struct machine m = {.kvm = {.fd = -1}, .vm = {.fd = -1, .vcpu = -1}};
  struct metes_failure f;
  struct args a;
  int status;

  argp_err_exit_status = METES_EXIT_USAGE;
  argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &a);
  status = prepare(&a, &m, &f);
  status = status != 0 ? tell_failure(&f, a.json) : run(&a, &m, &f);
  release(&m);
  return metes_finish_output(status);
}
