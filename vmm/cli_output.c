/* SPDX-License-Identifier: Apache-2.0
 * How commands speak: messages, help, colour, and whether output arrived. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "sys.h"

void metes_say(const char *format, ...)
{
  va_list list;

  va_start(list, format);
  fputs("metes: ", stderr);
  vfprintf(stderr, format, list);
  fputc('\n', stderr);
  va_end(list);
}

void metes_say_errno(const char *format, ...)
{
  const int error = errno;
  va_list list;

  va_start(list, format);
  fputs("metes: ", stderr);
  vfprintf(stderr, format, list);
  fprintf(stderr, ": %s\n", strerror(error));
  va_end(list);
}

/* Why the first output that was lost could not be written; 0: nobody looked. */
static int why_lost;

void metes_watch_output(void)
{
  if (why_lost == 0 && ferror(stdout))
    why_lost = errno;
}

/* The flush may fail where no write did yet. */
static bool flushed(void)
{
  const bool failed = ferror(stdout) != 0;

  return fflush(stdout) == 0 && !failed;
}

static int lost(void)
{
  errno = why_lost != 0 ? why_lost : errno;
  why_lost = 0;
  if (errno == 0)
    metes_say("output could not be written");
  else if (errno != EPIPE) /* a reader that has gone away wants no message */
    metes_say_errno("output could not be written");
  return METES_EXIT_OUTPUT;
}

int metes_finish_output(int status)
{
  /* the close may fail where no flush did (NFS) */
  return flushed() && metes_sys.close(STDOUT_FILENO) == 0 ? status : lost();
}

_Noreturn void metes_finish_confined(int status)
{
  metes_sys.exit_group(flushed() ? status : lost());
  abort();
}

int metes_open_status(int error)
{
  switch (error) {
  case ENOENT:
  case ENOTDIR:
  case EISDIR:
  case ELOOP:
  case ENAMETOOLONG: return METES_EXIT_NO_INPUT;
  case EACCES:
  case EPERM: return METES_EXIT_NO_PERMISSION;
  case EFBIG: return METES_EXIT_REFUSED;
  default: return METES_EXIT_SYSTEM;
  }
}

bool metes_colour(FILE *stream)
{
  const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

  /* no-color.org: present and not empty */
  return isatty(fileno(stream)) && (no == NULL || *no == '\0') && term != NULL &&
         strcmp(term, "dumb") != 0;
}

_Noreturn void metes_help(struct argp_state *state, const char *examples)
{
  fputs("examples:\n", stdout);
  fputs(examples, stdout);
  fputc('\n', stdout);
  argp_state_help(state, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
  exit(metes_finish_output(METES_EXIT_OK));
}
