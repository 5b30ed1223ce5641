/* SPDX-License-Identifier: Apache-2.0
 * What `metes run` says. Nothing here takes memory once the guest runs. */
#include "run_tell.h"

#include <stdio.h>

#include "cli.h"
#include "core/page.h"
#include "guest_report.h"
#include "json_write.h"
#include "host_pages.h"

/* For standard output, so that stdio asks for none. */
static char buffer[1 << 16];

int metes_telling_begin(struct metes_telling *t, bool json, uint64_t output, struct metes_failure *f)
{
  *t = (struct metes_telling){.json = json};
  setvbuf(stdout, buffer, json ? _IOFBF : _IOLBF, sizeof buffer); /* each line is there when it is said */
  if (!json)
    return 0;
  if (output >= METES_MAX_FILE)
    return metes_fail(f, METES_EXIT_USAGE, "with --json, --max-output is below 1G: the text waits in memory");
  t->room = metes_align_up(output + 1, METES_PAGE_SIZE);
  t->text = metes_host_pages_make(t->room, "the guest's text", f);
  return t->text == NULL ? f->status : 0;
}

void metes_telling_end(struct metes_telling *t)
{
  metes_host_pages_release(t->text, t->room);
  t->text = NULL;
}

/* JSON has no byte 0: such bytes of the guest's text are left out of it. */
static void keep(struct metes_telling *t, const char *text, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (text[i] != '\0')
      t->text[t->used++] = (uint8_t)text[i];
}

static void print(void *mine, const char *text, size_t n)
{
  struct metes_telling *t = mine;

  if (t->json)
    keep(t, text, n);
  else
    fwrite(text, 1, n, stdout);
  metes_watch_output();
}

static void log_line(void *mine, unsigned level, const char *line, size_t n)
{
  static const char *const levels[] = {"", "error", "warn", "info", "debug", "trace"};
  const bool known = level > 0 && level < sizeof levels / sizeof *levels;

  (void)mine;
  fprintf(stderr, "guest: %s: ", known ? levels[level] : "log");
  metes_put_safely(stderr, line, n);
  putc('\n', stderr);
}

struct metes_voice metes_telling_voice(struct metes_telling *t)
{
  return (struct metes_voice){.print = print, .log = log_line, .mine = t};
}

static void tell_json(const struct metes_telling *t, const struct metes_stop *s,
                      const struct metes_guest_memory *g, const struct metes_call_list *calls)
{
  struct metes_json j = {.to = stdout};

  metes_json_open(&j, NULL, '{');
  metes_report_json(&j, s, g);
  metes_call_list_json(calls, &j);
  metes_json_text(&j, "output", (const char *)t->text);
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

int metes_tell(struct metes_telling *t, const struct metes_stop *s, const struct metes_guest_memory *g,
               const struct metes_call_list *calls)
{
  fflush(stdout);
  metes_watch_output();
  metes_report(stderr, s, g);
  if (t->json)
    tell_json(t, s, g, calls);
  return metes_outcome_exit(s->outcome);
}

int metes_tell_failure(const struct metes_failure *f, bool json)
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
