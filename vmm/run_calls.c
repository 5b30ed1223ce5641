/* SPDX-License-Identifier: Apache-2.0
 * Calls on the command line. What takes memory or opens a file is done before the guest runs. */
#include "run_calls.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "host_pages.h"

enum key { KEY_CALL = 0x1200, KEY_INPUT };

static const struct argp_option options[] = {
  {"call", KEY_CALL, "NAME", 0, "When it waits, call its function NAME and write out the answer; may be repeated", 0},
  {"input", KEY_INPUT, "FILE", 0, "What that function is given, `-` for standard input; without --call, a message "
                                  "that the guest finds when it starts", 0},
  {0},
};

static void add_call(struct metes_call_list *c, const char *name, struct argp_state *state)
{
  if (c->n == METES_CALLS_MOST)
    argp_error(state, "--call: %u calls are the most", METES_CALLS_MOST);
  c->calls[c->n++].name = name;
}

/* It belongs to the call before it; before any call, to the first or, without one, to the start. */
static void add_input(struct metes_call_list *c, const char *file, struct argp_state *state)
{
  const char **const to = c->n > 0 ? &c->calls[c->n - 1].file : &c->file;

  if (*to != NULL)
    argp_error(state, "--input: '%s' and '%s' for one call", *to, file);
  *to = file;
}

static void settle(struct metes_call_list *c, struct argp_state *state)
{
  if (c->file == NULL)
    return;
  if (c->n == 0)
    c->n = 1;
  else if (c->calls[0].file != NULL)
    argp_error(state, "--input: '%s' and '%s' for one call", c->file, c->calls[0].file);
  c->calls[0].file = c->file;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct metes_call_list *const c = state->input;

  switch (key) {
  case KEY_CALL: add_call(c, value, state); break;
  case KEY_INPUT: add_input(c, value, state); break;
  case ARGP_KEY_END: settle(c, state); break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

const struct argp metes_call_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

int metes_call_list_read(struct metes_call_list *c, struct metes_failure *f)
{
  for (struct metes_call *call = c->calls; call < c->calls + c->n; call++) {
    const int status = call->file == NULL ? 0 : metes_read_file(call->file, &call->input.at, &call->input.n);

    if (status == 0)
      continue;
    call->input = (struct metes_bytes){0};
    metes_fail(f, status, "%s could not be read", call->file);
    f->said = true;
    return status;
  }
  return 0;
}

/* Functions of the host for any guest. They see nothing but what they are given. */
static uint32_t echo(void *mine, const uint8_t *argument, size_t n, struct metes_answer *answer)
{
  (void)mine;
  answer->size = n;
  if (n <= answer->room)
    memcpy(answer->at, argument, n);
  return 0;
}

static uint32_t refuse(void *mine, const uint8_t *argument, size_t n, struct metes_answer *answer)
{
  (void)echo(mine, argument, n, answer);
  return 7;
}

int metes_call_list_prepare(struct metes_call_list *c, struct metes_sandbox *s, bool json,
                            struct metes_failure *f)
{
  const uint64_t room = metes_align_up(metes_sandbox_memory(s)->layout.output_data_size, METES_PAGE_SIZE);
  int status;

  if ((status = metes_sandbox_register(s, "host.echo", echo, NULL, f)) != 0 ||
      (status = metes_sandbox_register(s, "host.fail", refuse, NULL, f)) != 0)
    return status;
  c->json = json;
  if (c->n == 0 || c->calls[0].name == NULL)
    return c->n == 0 ? 0 : metes_sandbox_input(s, c->calls[0].input.at, c->calls[0].input.n, f);
  c->size = c->n * room;
  c->pages = metes_host_pages_make(c->size, "answers", f);
  if (c->pages == NULL)
    return f->status;
  for (unsigned i = 0; i < c->n; i++)
    c->calls[i].answer = (struct metes_answer){.at = c->pages + i * room, .room = room};
  return 0;
}

void metes_call_list_end(struct metes_call_list *c)
{
  metes_host_pages_release(c->pages, c->size);
  for (unsigned i = 0; i < c->n; i++)
    free(c->calls[i].input.at);
  *c = (struct metes_call_list){.n = 0};
}

/* Adds what came before to what this part used up, and takes it from the budget. */
static void count(struct metes_stop *stop, uint64_t *exits, struct metes_budget *left)
{
  left->exits -= stop->exits < left->exits ? stop->exits : left->exits;
  left->output -= stop->output;
  *exits += stop->exits;
  stop->exits = *exits;
}

int metes_call_list_run(struct metes_call_list *c, struct metes_sandbox *s,
                        const struct metes_budget *b, struct metes_stop *stop,
                        struct metes_failure *f)
{
  struct metes_budget left = *b;
  uint64_t exits = 0;
  const bool waits = c->n > 0 && c->calls[0].name != NULL && metes_sandbox_ready(s); /* it was loaded so */
  int status = 0;

  *stop = (struct metes_stop){.outcome = METES_OUTCOME_WELL};
  if (!waits)
    status = metes_sandbox_run(s, b, stop, f);
  for (unsigned i = 0; i < c->n && c->calls[i].name != NULL; i++) {
    struct metes_call *const call = &c->calls[i];

    if (status != 0 || stop->outcome != METES_OUTCOME_WELL)
      break;
    count(stop, &exits, &left);
    status = metes_sandbox_call(s, call->name, call->input.at, call->input.n, &call->answer, &left, stop, f);
    call->answered = status == 0 && stop->outcome == METES_OUTCOME_WELL;
    if (call->answered && !c->json)
      fwrite(call->answer.at, 1, call->answer.size, stdout);
  }
  if (status == 0)
    count(stop, &exits, &left);
  return status;
}

void metes_call_list_json(const struct metes_call_list *c, struct metes_json *j)
{
  if (c->n == 0 || c->calls[0].name == NULL)
    return;
  metes_json_open(j, "calls", '[');
  for (const struct metes_call *call = c->calls; call < c->calls + c->n && call->answered; call++) {
    metes_json_open(j, NULL, '{');
    metes_json_text(j, "call", call->name);
    if (metes_json_is_text(call->answer.at, call->answer.size))
      metes_json_utf8(j, "answer", call->answer.at, call->answer.size);
    else
      metes_json_hex(j, "answer_hex", call->answer.at, call->answer.size);
    metes_json_close(j, '}');
  }
  metes_json_close(j, ']');
}
