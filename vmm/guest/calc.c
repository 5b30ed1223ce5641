/* SPDX-License-Identifier: Apache-2.0
 * A sample guest that is called: text in, text out. Its functions show each way to answer, or not to. */
#include "guest.h"

static uint32_t echo(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  for (size_t i = 0; i < n && i < a->room; i++)
    a->at[i] = argument[i];
  a->size = n;
  return 0;
}

/* The sum of all numbers in the text. */
static uint32_t add(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  uint64_t sum = 0, number = 0;

  for (size_t i = 0; i < n; i++) {
    const bool digit = argument[i] >= '0' && argument[i] <= '9';

    if (!digit && argument[i] != ' ' && argument[i] != '\n')
      return metes_say(a, 2, "byte %lu: only digits and spaces can be added", i);
    sum += digit ? 0 : number;
    number = digit ? 10 * number + (argument[i] - '0') : 0;
  }
  return metes_say(a, 0, "%lu", sum + number);
}

/* Asks the host, and answers what it answers. */
static uint32_t relay(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  return metes_call_host("host.echo", argument, n, a);
}

static uint32_t talk(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  static const char *const lines[] = {"an error", "a warning", "for information", "for debugging", "a trace"};

  (void)argument;
  for (unsigned i = 0; i < 5; i++)
    metes_log((enum metes_log_level)(i + 1), lines[i]);
  metes_printf("printed, with an argument of %lu bytes\n", n);
  return metes_say(a, 0, "said");
}

static uint32_t stop(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)argument, (void)n, (void)a;
  metes_abort(9, "as it was told");
}

int main(const struct metes_guest *guest)
{
  static const struct metes_function functions[] = {
    {"echo", echo}, {"add", add}, {"relay", relay}, {"talk", talk}, {"stop", stop}};

  (void)guest;
  metes_serve(functions, sizeof functions / sizeof *functions);
}
