/* SPDX-License-Identifier: Apache-2.0
 * `metes audit`: any monitor's memory slots against what KVM demands, while it runs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "again.h"
#include "audit_draw.h"
#include "audit_follow.h"
#include "audit_trace.h"
#include "cli.h"
#include "sys.h"

struct args {
  const char *output, *record, *svg;
  bool json;
  char **program;
};

enum key { KEY_JSON = 0x1300, KEY_SVG, KEY_RECORD };

static const struct argp_option options[] = {
  {"output", 'o', "FILE", 0,
   "Write what is found, and the maps, to FILE (`-`: standard output) and not to standard error", 0},
  {"json", KEY_JSON, NULL, 0, "Write a JSON object for each broken rule, and one at the end", 0},
  {"svg", KEY_SVG, "FILE", 0, "Draw the maps as SVG when all has ended", 0},
  {"record", KEY_RECORD, "FILE", 0, "Write each change as a line of JSON, for `metes check --trace FILE`", 0},
  METES_HELP_OPTION,
  {0},
};

static const char examples[] =
  "  metes audit -- qemu-system-x86_64 -accel kvm -nographic     run it, and see its slots when it ends\n"
  "  metes audit --svg map.svg -o report -- lkvm run -k bzImage  a picture; what is found goes to `report`\n"
  "  metes audit --record trace -- COMMAND\n"
  "  metes check --trace trace                                   the same verdicts again\n";

static const char doc[] =
  "Run COMMAND, any monitor or whatever starts one, and hold each change that it makes to memory slots of KVM "
  "against what KVM demands (K1 to K16). What breaks a rule is said at once; the slots are drawn at the end."
  "\vThreads and children are followed, whether they are linked statically or not. Only calls that change slots, "
  "make VMs or duplicate descriptors are stopped; everything else runs as fast as ever. vmm/audit.md says how.\n\n"
  "Exit status: 65 a rule was broken; else COMMAND's own, and it is ended by the signal that ended COMMAND. Where "
  "the audit itself fails: 64 wrong usage, 66 there is no COMMAND, 71 a system call failed or not all could be seen, "
  "74 output could not be written, 77 no permission.";

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct args *a = state->input;

  switch (key) {
  case 'o': a->output = value; return 0;
  case KEY_JSON: a->json = true; return 0;
  case KEY_SVG: a->svg = value; return 0;
  case KEY_RECORD: a->record = value; return 0;
  case METES_KEY_HELP: metes_help(state, examples);
  case ARGP_KEY_ARG: /* the rest is the program's */
    a->program = &state->argv[state->next - 1];
    state->next = state->argc;
    return 0;
  case ARGP_KEY_END:
    if (a->program == NULL)
      argp_error(state, "which COMMAND?");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

/* Text that is written as soon as it is there. */
struct stream {
  FILE *to;
  char *text;
  size_t n;
  const char *name;
  int fd, error;
};

static int open_stream(struct stream *s, const char *path, const char *standard, int fd)
{
  *s = (struct stream){.name = path == NULL ? standard : path, .fd = fd};
  if (path != NULL && strcmp(path, "-") == 0)
    s->fd = STDOUT_FILENO;
  else if (path != NULL)
    s->fd = metes_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (s->fd < 0) {
    metes_say_errno("%s could not be opened", path);
    return METES_EXIT_OUTPUT;
  }
  s->to = open_memstream(&s->text, &s->n);
  if (s->to == NULL)
    metes_say_errno("%s", s->name);
  return s->to == NULL ? METES_EXIT_SYSTEM : METES_EXIT_OK;
}

/* Writes what has come, and begins anew. */
static void pass_on(struct stream *s)
{
  if (s->to == NULL || fflush(s->to) != 0)
    return;
  if (s->error == 0)
    s->error = metes_write_all(s->fd, s->text, s->n);
  rewind(s->to);
}

static int close_stream(struct stream *s)
{
  int error = s->error;

  if (s->to != NULL)
    fclose(s->to);
  free(s->text);
  if (s->fd > STDERR_FILENO && metes_sys.close(s->fd) != 0 && error == 0)
    error = errno;
  if (error == 0)
    return METES_EXIT_OK;
  errno = error;
  metes_say_errno("%s could not be written", s->name);
  return METES_EXIT_OUTPUT;
}

struct session {
  struct metes_audit audit;
  struct stream report, trace;
};

static void take(void *mine, const struct metes_change *c)
{
  struct session *s = mine;

  if (s->trace.to != NULL) {
    metes_trace_change(s->trace.to, c);
    pass_on(&s->trace);
  }
  (void)metes_audit_change(&s->audit, c);
  pass_on(&s->report);
}

static int open_session(const struct args *a, struct session *s)
{
  int status = open_stream(&s->report, a->output, "standard error", STDERR_FILENO);

  s->audit = (struct metes_audit){.limits = metes_audit_limits_here(), .to = s->report.to, .json = a->json};
  if (status == METES_EXIT_OK && a->record != NULL)
    status = open_stream(&s->trace, a->record, a->record, -1);
  if (s->trace.to != NULL) {
    metes_trace_limits(s->trace.to, &s->audit.limits);
    pass_on(&s->trace);
  }
  return status;
}

static int first_of(int one, int other)
{
  return one != METES_EXIT_OK ? one : other;
}

static int close_session(const struct args *a, struct session *s, bool whole)
{
  int status = METES_EXIT_OK;

  if (whole) {
    metes_audit_report(&s->audit);
    pass_on(&s->report);
    status = metes_audit_status(&s->audit);
    if (a->svg != NULL)
      status = first_of(status, metes_audit_draw(a->svg, &s->audit));
  }
  status = first_of(status, close_stream(&s->report));
  status = first_of(status, close_stream(&s->trace));
  metes_audit_release(&s->audit);
  return status;
}

/* Ends as the program did, for whoever waits for us. */
static int end_as(int status)
{
  const struct rlimit none = {0, 0};
  const struct sigaction usual = {.sa_handler = SIG_DFL};

  if (WIFEXITED(status))
    return metes_finish_output(WEXITSTATUS(status));
  (void)metes_finish_output(METES_EXIT_OK);
  (void)metes_sys.setrlimit(RLIMIT_CORE, &none); /* its own core is there already */
  (void)metes_sys.sigaction(WTERMSIG(status), &usual, NULL);
  (void)metes_sys.kill(metes_sys.getpid(), WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

int metes_cmd_audit(int argc, char **argv)
{
  static const struct argp argp = {options, parse, "[--] COMMAND [ARGUMENT...]", doc, NULL, NULL, NULL};
  struct args a = {.program = NULL};
  struct session s = {.trace = {.fd = -1}};
  struct metes_failure f = {.status = 0};
  int ended = 0, status, ours;

  argp_parse(&argp, argc, argv, ARGP_NO_HELP | ARGP_IN_ORDER, NULL, &a);
  status = open_session(&a, &s);
  if (status == METES_EXIT_OK) {
    status = metes_audit_follow(a.program, take, &s, &ended, &f);
    if (status != METES_EXIT_OK)
      metes_say("%s", f.text);
  }
  ours = close_session(&a, &s, status == METES_EXIT_OK);
  status = first_of(status, ours);
  return status == METES_EXIT_OK ? end_as(ended) : metes_finish_output(status);
}
