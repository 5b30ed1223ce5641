/* SPDX-License-Identifier: Apache-2.0
 * A guest that does with its files what it should not: writes to them past copy-on-write, scribbles over the table. */
#include "guest.h"

static char *name_of(const uint8_t *argument, size_t n)
{
  static char name[64];

  for (size_t i = 0; i < sizeof name; i++)
    name[i] = i < n && i < sizeof name - 1 ? (char)argument[i] : 0;
  return name;
}

/* Makes the page of a file writable, and writes. */
static uint32_t poke(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  size_t size;
  volatile uint8_t *const file = metes_file(name_of(argument, n), &size);

  if (file == NULL)
    return metes_say(a, 2, "there is no such file");
  (void)file[0];
  *metes_page_entry((uint64_t)file) |= 2;
  __asm__ volatile("invlpg (%0)" : : "r"(file) : "memory");
  file[0] = '!';
  return metes_say(a, 0, "written");
}

/* A pointer into a file, kept: read what is there now. */
static uint32_t peek(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  static volatile const uint8_t *file;
  size_t size;

  if (n > 0)
    file = metes_file(name_of(argument, n), &size);
  return metes_say(a, 0, "%c", file[0]);
}

/* The same of a page that was never touched: it is not mapped yet. */
static uint32_t later(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  static volatile const uint8_t *file;
  size_t size;

  if (n == 0)
    return metes_say(a, 0, "%c", file[4096]);
  file = metes_file(name_of(argument, n), &size);
  return metes_say(a, 0, "found");
}

static uint32_t scribble(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  uint8_t *const table = (uint8_t *)((uint64_t)metes_file_label(0) & ~4095ull);

  for (size_t i = 64; i < 4096; i++)
    table[i] = n > 0 ? argument[i % n] : 0xff;
  return metes_say(a, 0, "%s", metes_file_label(0) == NULL ? "none" : "some");
}

/* Asks the host for the function of this name. */
static uint32_t relay(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  return metes_call_host(name_of(argument, n), "", 0, a);
}

int main(const struct metes_guest *guest)
{
  static const struct metes_function functions[] = {
    {"poke", poke}, {"peek", peek}, {"later", later}, {"scribble", scribble}, {"relay", relay}};

  (void)guest;
  metes_serve(functions, sizeof functions / sizeof *functions);
}
