/* SPDX-License-Identifier: Apache-2.0
 * `metes run`: a guest, from its file to its verdict. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "confine.h"
#include "core_file.h"
#include "gdb.h"
#include "guest/abi.h"
#include "run_calls.h"
#include "run_maps.h"
#include "run_save.h"
#include "run_tell.h"
#include "sys.h"
#include "vm_snapshot.h"

#define DEFAULT_SECONDS 10.0
#define MAX_SECONDS 1e9
#define DEFAULT_EXITS 10000000u
#define DEFAULT_OUTPUT (16u << 20)

enum key { KEY_INIT_DATA_FILE = 1, KEY_DEADLINE, KEY_JSON, KEY_EXITS, KEY_OUTPUT_MOST, KEY_SEED,
           KEY_LEVEL, KEY_WRITABLE_CODE, KEY_SAVE, KEY_LOAD, KEY_CORE, KEY_GDB };

struct args {
  const char *guest;
  const char *load; /* instead of a guest */
  const char *save;
  int save_fd;      /* where --save goes; -1 without it */
  const char *init_data;
  const char *core;
  const char *gdb;
  uint32_t elf_options;
  struct metes_layout_args layout;
  struct metes_call_list calls;
  struct metes_map_list maps;
  struct metes_budget budget;
  uint64_t seed;
  uint64_t level;
  bool json;
  struct metes_kvm kvm; /* last: of the room for CPUID only the start is ever written */
};

static const struct argp_option options[] = {
  {"init-data", KEY_INIT_DATA_FILE, "FILE", 0, "Data it starts with; its length is the init data's size", 0},
  {"deadline", KEY_DEADLINE, "SECONDS", 0, "Stop it after so long, 10 by default", 0},
  {"max-exits", KEY_EXITS, "N", 0, "Stop it after so many exits, 10000000 by default", 0},
  {"max-output", KEY_OUTPUT_MOST, "SIZE", 0, "Stop it after so much text, 16M by default", 0},
  {"seed", KEY_SEED, "N", 0, "What it finds in rsi, 0 by default", 0},
  {"log-level", KEY_LEVEL, "N", 0, "The least serious lines that it logs: 0 none, 1 errors to 5 all; 3 by default", 0},
  {"writable-code", KEY_WRITABLE_CODE, NULL, 0, "Allow segments that are writable and executable", 0},
  {"save", KEY_SAVE, "FILE", 0, "Where it halts ready to be called, keep it in this file", 0},
  {"load", KEY_LOAD, "FILE", 0, "Go on with a guest that was kept so, in place of GUEST", 0},
  {"core", KEY_CORE, "FILE", 0, "Where it fails, write an ELF core for `gdb GUEST FILE`; left empty where all is well", 0},
  {"gdb", KEY_GDB, "PORT|PATH", 0, "Wait for a debugger on 127.0.0.1 or a unix socket; there is then no deadline", 0},
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
  memset(a, 0, offsetof(struct args, kvm));
  a->budget = (struct metes_budget){DEFAULT_SECONDS, DEFAULT_EXITS, DEFAULT_OUTPUT};
  a->level = METES_LOG_INFO;
  a->save_fd = a->kvm.fd = -1;
  state->child_inputs[0] = &a->layout;
  state->child_inputs[1] = &a->calls;
  state->child_inputs[2] = &a->maps;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct args *a = state->input;

  switch (key) {
  case ARGP_KEY_INIT: init(a, state); break;
  case KEY_INIT_DATA_FILE: a->init_data = value; break;
  case KEY_DEADLINE: read_seconds(state, value, &a->budget.seconds); break;
  case KEY_EXITS: read_number(state, "max-exits", value, &a->budget.exits); break;
  case KEY_OUTPUT_MOST: read_number(state, "max-output", value, &a->budget.output); break;
  case KEY_SEED: read_number(state, "seed", value, &a->seed); break;
  case KEY_LEVEL: read_number(state, "log-level", value, &a->level); break;
  case KEY_WRITABLE_CODE: a->elf_options |= METES_ELF_WRITABLE_CODE; break;
  case KEY_SAVE: a->save = value; break;
  case KEY_LOAD: a->load = value; break;
  case KEY_GDB: a->gdb = value; break;
  case KEY_CORE: a->core = value; break;
  case KEY_JSON: a->json = true; break;
  case METES_KEY_HELP:
    metes_help(state, "  metes run build/guest/hello                      what a guest finds in its PEB\n"
                      "  metes run build/guest/selfcheck --profile nub    a guest that checks its memory\n"
                      "  metes run build/guest/calc --call add --input sum.txt    one of its functions\n"
                      "  metes run build/guest/calc --save ready.snap; metes run --load ready.snap --call add --input sum.txt\n"
                      "  metes run build/guest/files --map words.txt@words    a file as memory, copy-on-write\n"
                      "  metes run guest --init-data table.bin --heap-size 64M --deadline 2 --json\n");
  case ARGP_KEY_ARG:
    if (a->guest != NULL)
      argp_error(state, "one guest at a time: '%s' and '%s'", a->guest, value);
    a->guest = value;
    break;
  case ARGP_KEY_END:
    if (a->guest == NULL && a->load == NULL)
      argp_error(state, "which guest? A static ELF64 file is needed");
    if (a->load != NULL && (a->guest != NULL || a->init_data != NULL || a->layout.given != 0))
      argp_error(state, "--load: the guest, its data and its layout are those of the file");
    if (a->maps.n != 0)
      a->layout.config.options |= METES_OPT_FILE_MAPPINGS;
    if (a->gdb != NULL && (a->calls.n != 0 || a->calls.file != NULL))
      argp_error(state, "--gdb is of a guest's run, and not of --call and --input");
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const struct argp_child children[] = {
  {&metes_layout_argp, 0, "Layout:", 1}, {&metes_call_argp, 0, "Calls:", 2}, {&metes_map_argp, 0, "Files:", 3}, {0}};
static const struct argp argp = {
  options, parse, "GUEST",
  "Runs a guest on KVM, to its verdict, and calls its functions."
  "\vWhile the guest runs, this process may only enter it and write to standard output and error; whatever makes it "
  "do anything else gets it killed (159).",
  children, NULL, NULL};

/* Everything that has to be given back. */
struct machine {
  struct metes_guest_args args;
  struct metes_kvm *kvm;
  struct metes_vm_snapshot *loaded; /* null without --load */
  struct metes_sandbox *sandbox;
  struct metes_telling telling;
  int core; /* -1: none */
  struct metes_gdb *gdb; /* null: none */
};

/* What is an image is the same image whatever follows it: no check of core asks for a file's end. */
static bool is_image(const uint8_t *bytes, size_t n, const void *of)
{
  const struct args *const a = of;
  struct metes_image image;
  struct metes_error err;

  return metes_elf_parse(bytes, n, a->layout.profile.snapshot_gva, a->elf_options, &image, &err) == METES_OK;
}

static int read_file(const char *path, const struct metes_enough *e, struct metes_bytes *b, struct metes_failure *f)
{
  const int status = metes_read_enough(path, e, &b->at, &b->n);

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
  const struct metes_enough e = {is_image, a};
  const int status = a->load != NULL ? 0 : read_file(a->guest, &e, &g->image, f);

  g->name = a->guest;
  g->elf_options = a->elf_options;
  g->fit = fit(a);
  g->seed = a->seed;
  g->log_level = a->level;
  g->profile = a->layout.profile;
  g->config = a->layout.config;
  return status == 0 && a->init_data != NULL ? read_file(a->init_data, NULL, &g->init_data, f) : status;
}

/* A bad image, or a bad file, is refused on any machine; then there is its VM. */
static int make_guest(const struct args *a, struct machine *m, struct metes_failure *f)
{
  int status = a->load != NULL ? metes_load_guest(a->load, &m->loaded, f) :
                                 metes_sandbox_build(&m->args, &m->sandbox, f);

  if (status != 0 || (status = metes_kvm_open(m->kvm, f)) != 0)
    return status;
  return a->load != NULL ? metes_sandbox_start(m->kvm, m->loaded, &m->sandbox, f) :
                           metes_sandbox_attach(m->sandbox, m->kvm, f);
}

static int wait_for_debugger(const struct args *a, struct machine *m, struct metes_failure *f)
{
  const int status = metes_gdb_listen(a->gdb, &m->gdb, f);

  if (status != 0)
    return status;
  metes_say("the guest waits: gdb -ex 'target remote %s%s' %s",
            a->gdb[strspn(a->gdb, "0123456789")] == '\0' ? ":" : "", a->gdb, a->guest != NULL ? a->guest : "");
  return metes_gdb_accept(m->gdb, m->sandbox, f);
}

static void forget_files(struct metes_guest_args *g)
{
  free(g->image.at);
  free(g->init_data.at);
  g->image = g->init_data = (struct metes_bytes){0};
}

/* Everything that may take memory or open a file is done here, before the guest runs. */
static int prepare(struct args *a, struct machine *m, struct metes_failure *f)
{
  int status = read_guest(a, &m->args, f);

  if (status != 0 || (status = metes_call_list_read(&a->calls, f)) != 0 ||
      (status = metes_map_list_open(&a->maps, f)) != 0 ||
      (status = metes_telling_begin(&m->telling, a->json, a->budget.output, f)) != 0 ||
      (status = make_guest(a, m, f)) != 0 ||
      (a->core != NULL && (status = metes_core_open(a->core, &m->core, f)) != 0))
    return status;
  forget_files(&m->args); /* they are in the guest's memory now */
  metes_sandbox_hear(m->sandbox, metes_telling_voice(&m->telling));
  if ((status = metes_map_list_map(&a->maps, m->sandbox, f)) != 0 ||
      (status = metes_call_list_prepare(&a->calls, m->sandbox, a->json, f)) != 0)
    return status;
  return a->gdb != NULL ? wait_for_debugger(a, m, f) : metes_sandbox_arm(m->sandbox, a->budget.seconds, f);
}

static void release(struct machine *m)
{
  metes_gdb_close(m->gdb);
  metes_sandbox_close(m->sandbox);
  metes_snapshot_free(m->loaded);
  metes_kvm_close(m->kvm);
  metes_telling_end(&m->telling);
  if (m->core >= 0)
    metes_sys.close(m->core);
  forget_files(&m->args);
}

/* What was to be told is told by now: a core that could not be written is one sentence more. */
static int leave_core(const struct machine *m, const struct metes_stop *stop)
{
  struct metes_failure f = {.status = 0};

  if (m->core < 0 || stop->outcome == METES_OUTCOME_WELL ||
      metes_core_write(m->core, metes_sandbox_memory(m->sandbox), stop, &f) == 0)
    return 0;
  metes_say("%s", f.text);
  return f.status;
}

/* Only what the run needs is left; a debugger needs more. */
static int confine(const struct args *a, const struct machine *m, struct metes_failure *f)
{
  const struct metes_confinement c = {.out = {m->core >= 0 ? m->core : 0, a->save_fd >= 0 ? a->save_fd : 0},
                                      .debug = m->gdb != NULL ? metes_gdb_descriptor(m->gdb) : 0};

  return metes_confine(m->sandbox, &c, f);
}

/* What it has on the stack is not there while the guest is made. */
static __attribute__((noinline)) int run(struct args *a, struct machine *m, struct metes_failure *f)
{
  const struct metes_budget budget = {.exits = a->budget.exits, .output = a->budget.output}; /* armed already */
  struct metes_stop stop;
  int status = m->gdb != NULL ? metes_gdb_run(m->gdb, &budget, &stop, f)
                              : metes_call_list_run(&a->calls, m->sandbox, &budget, &stop, f);

  if (status == 0 && a->save_fd >= 0 && stop.outcome == METES_OUTCOME_WELL)
    status = metes_sandbox_save(m->sandbox, a->save_fd, f);
  if (status != 0)
    return metes_tell_failure(f, a->json);
  status = metes_tell(&m->telling, &stop, metes_sandbox_memory(m->sandbox), &a->calls);
  return leave_core(m, &stop) != 0 ? METES_EXIT_OUTPUT : status;
}

/* Under the filter, to the end of the process: what it holds, the kernel takes back. */
static _Noreturn void run_confined(struct args *a, struct machine *m, struct metes_failure *f)
{
  metes_finish_confined(confine(a, m, f) == 0 ? run(a, m, f) : metes_tell_failure(f, a->json));
}

/* The whole of it, but for the file of --save, which may be written to `fd`. */
static int work(void *mine, int fd)
{
  struct args *const a = mine;
  struct machine m = {.kvm = &a->kvm, .core = -1};
  struct metes_failure f = {.status = 0};
  int status;

  a->save_fd = fd;
  if (prepare(a, &m, &f) == 0)
    run_confined(a, &m, &f);
  status = metes_tell_failure(&f, a->json);
  metes_call_list_end(&a->calls);
  metes_map_list_end(&a->maps);
  release(&m);
  return metes_finish_output(status);
}

int metes_cmd_run(int argc, char **argv)
{
  static struct args a; /* not on the stack, of which each page more costs a start 3,500 instructions */

  argp_err_exit_status = METES_EXIT_USAGE;
  argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &a);
  return a.save == NULL ? work(&a, -1) : metes_save_run(a.save, work, &a);
}
