/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target json: where text is written to, and what a refusal must say. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/json/json.h"

char *text; /* what is written goes here */
size_t n_text;

FILE *writing(void)
{
  FILE *const to = open_memstream(&text, &n_text);

  if (to == NULL)
    exit(71);
  return to;
}

const char *sentence(const char *detail, size_t room)
{
  const size_t n = strnlen(detail, room);

  if (n == 0 || n == room)
    return "a refusal without a sentence";
  for (size_t i = 0; i < n; i++)
    if (detail[i] < 0x20 || detail[i] >= 0x7f)
      return "a refusal that shows what is not printable";
  return NULL;
}
