/* SPDX-License-Identifier: Apache-2.0
 * A sample guest with files of the host: says which it finds, then reads and writes them when it is called. */
#include "guest.h"

static char *name_of(const uint8_t *argument, size_t n)
{
  static char name[64];

  for (size_t i = 0; i < sizeof name; i++)
    name[i] = i < n && i < sizeof name - 1 && argument[i] != '\n' ? (char)argument[i] : 0;
  return name;
}

/* The first line of a file, found anew. */
static uint32_t head(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  size_t size;
  const uint8_t *const file = metes_file(name_of(argument, n), &size);

  if (file == NULL)
    return metes_say(a, 2, "there is no such file");
  for (a->size = 0; a->size < a->room && a->size < size && file[a->size] != 0 && file[a->size] != '\n'; a->size++)
    a->at[a->size] = file[a->size];
  return 0;
}

/* Writes over its first and its last byte, and answers what is there then. */
static uint32_t scribble(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  size_t size;
  uint8_t *const file = metes_file(name_of(argument, n), &size);

  if (file == NULL)
    return metes_say(a, 2, "there is no such file");
  file[0] = '#';
  file[size - 1] = '$';
  return metes_say(a, 0, "%c%c %c", file[0], file[1], file[size - 1]);
}

/* The sum of all bytes at addresses that were found the last time, whether the file is still there or not. */
static uint32_t sum(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  static const uint8_t *file;
  static size_t size;
  uint64_t all = 0;

  if (n > 0)
    file = metes_file(name_of(argument, n), &size);
  for (size_t i = 0; file != NULL && i < size; i++)
    all += file[i];
  return metes_say(a, 0, "%lu in %lu bytes", all, size);
}

int main(const struct metes_guest *guest)
{
  static const struct metes_function functions[] = {{"head", head}, {"scribble", scribble}, {"sum", sum}};
  const char *label;
  size_t size;

  for (size_t i = 0; (label = metes_file_label(i)) != NULL; i++) {
    const uint8_t *const file = metes_file(label, &size);

    metes_printf("%s: %lu bytes at 0x%lx, the first 0x%02x\n", label, size, (uint64_t)file, file[0]);
  }
  metes_printf("%lu pages of scratch are free.\n", metes_free_pages());
  (void)guest;
  metes_serve(functions, sizeof functions / sizeof *functions);
}
