/* SPDX-License-Identifier: Apache-2.0
 * Runs unit tests: a test that fails jumps back here. */
#include "cmocka.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

static jmp_buf failed;

void cmocka_set_message_output(enum cm_output output)
{
  (void)output;
}

void harness_fail(const char *file, int line, const char *format, ...)
{
  va_list arguments;

  printf("# %s:%d: ", file, line);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  longjmp(failed, 1);
}

void harness_equal(uint64_t a, uint64_t b, int wanted, const char *file, int line)
{
  if ((a == b) != wanted)
    harness_fail(file, line, "0x%" PRIx64 " %s 0x%" PRIx64, a, wanted ? "is not" : "is", b);
}

void harness_memory(const void *a, const void *b, size_t n, const char *file, int line)
{
  const uint8_t *const x = a, *const y = b;

  for (size_t i = 0; i < n; i++)
    if (x[i] != y[i])
      harness_fail(file, line, "byte %zu is 0x%x, not 0x%x", i, x[i], y[i]);
}

static int passes(const struct CMUnitTest *test)
{
  void *state = NULL;

  if (setjmp(failed) != 0)
    return 0;
  if (test->setup != NULL && test->setup(&state) != 0)
    harness_fail(test->name, 0, "its setup failed");
  test->run(&state);
  return 1;
}

int harness_run(const char *group, const struct CMUnitTest *tests, size_t n)
{
  int bad = 0;

  printf("1..%zu\n# %s\n", n, group);
  for (size_t i = 0; i < n; i++) {
    const int well = passes(&tests[i]);

    printf("%s %zu - %s\n", well ? "ok" : "not ok", i + 1, tests[i].name);
    fflush(stdout);
    bad += !well;
  }
  return bad;
}
