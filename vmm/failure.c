/* SPDX-License-Identifier: Apache-2.0
 * Failures, put into words. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int metes_fail(struct metes_failure *f, int status, const char *format, ...)
{
  va_list list;

  va_start(list, format);
  vsnprintf(f->text, sizeof f->text, format, list);
  va_end(list);
  f->said = false;
  f->status = status;
  return status;
}

int metes_fail_call(struct metes_failure *f, const char *format, ...)
{
  const int error = errno;
  char call[256];
  va_list list;

  va_start(list, format);
  vsnprintf(call, sizeof call, format, list);
  va_end(list);
  return metes_fail(f, METES_EXIT_SYSTEM, "%s: %s", call, strerror(error));
}

int metes_fail_core(struct metes_failure *f, const char *what, enum metes_status s,
                    const struct metes_error *e, const struct metes_subject *subject)
{
  char text[512];

  metes_describe(s, e, subject, text, sizeof text);
  return metes_fail(f, METES_EXIT_REFUSED, "%s: %s (%s, %s)", what, text, metes_error_code(s),
                    metes_error_clause(s));
}
