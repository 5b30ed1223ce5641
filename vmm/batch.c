/* SPDX-License-Identifier: Apache-2.0
 * `metes layout --batch`: one configuration a line in, one answer a line out. */
#include <errno.h>
#include <string.h>

#include "again.h"
#include "batch.h"
#include "cli.h"
#include "json_layout.h"

/* A request takes some 300 bytes; a line may have blanks. */
#define MAX_LINE 65536

struct batch {
  struct metes_json out;
  const struct metes_profile *profile;
  struct metes_request defaults;
  char line[MAX_LINE];
  size_t used;   /* bytes of the line that is being collected */
  bool too_long; /* it is longer than that */
};

static void answer_line(struct batch *b)
{
  struct metes_request q = b->defaults;
  struct metes_answer a;
  char detail[160];

  if (b->too_long) {
    snprintf(detail, sizeof detail, "a line of more than %d bytes", MAX_LINE);
    metes_json_bad_input(&b->out, detail);
  } else if (!metes_json_request(b->line, b->used, &q, detail, sizeof detail)) {
    metes_json_bad_input(&b->out, detail);
  } else {
    metes_answer(b->profile, &q, &a);
    metes_json_answer(&b->out, b->profile, &a);
  }
  b->used = 0;
  b->too_long = false;
}

static void collect(struct batch *b, const char *bytes, size_t n)
{
  if (n > MAX_LINE - b->used) {
    b->too_long = true;
    n = MAX_LINE - b->used;
  }
  memcpy(b->line + b->used, bytes, n);
  b->used += n;
}

static void take(struct batch *b, const char *bytes, size_t n)
{
  while (n > 0) {
    const char *end = memchr(bytes, '\n', n);
    const size_t part = end == NULL ? n : (size_t)(end - bytes);

    collect(b, bytes, part);
    if (end == NULL)
      return;
    answer_line(b);
    bytes += part + 1;
    n -= part + 1;
  }
}

int metes_batch(int from, const struct metes_profile *p, const struct metes_config *defaults)
{
  static struct batch b;
  static char bytes[65536];
  ssize_t n;

  b.out.to = stdout;
  b.profile = p;
  b.defaults = (struct metes_request){*defaults, defaults->init_data_permissions};
  for (;;) {
    if (fflush(stdout) != 0) /* what was asked is answered before we wait for more */
      return metes_finish_output(METES_EXIT_OUTPUT);
    n = metes_read(from, bytes, sizeof bytes);
    if (n <= 0)
      break;
    take(&b, bytes, (size_t)n);
  }
  if (n < 0) {
    const int error = errno;

    metes_say_errno("standard input could not be read");
    return metes_finish_output(metes_open_status(error));
  }
  if (b.used > 0 || b.too_long) /* a last line without its end */
    answer_line(&b);
  return metes_finish_output(METES_EXIT_OK);
}
