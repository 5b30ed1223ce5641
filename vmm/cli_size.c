/* SPDX-License-Identifier: Apache-2.0
 * Sizes as people write them: 4096, 0x1000, 4K, 16M, 1G. */
#include <strings.h>

#include "cli.h"

/* The digit's value in a base up to 16, or the base where it is none. */
static unsigned digit(char c, unsigned base)
{
  unsigned v = base;

  if (c >= '0' && c <= '9')
    v = (unsigned)(c - '0');
  else if (c >= 'a' && c <= 'f')
    v = (unsigned)(c - 'a') + 10;
  else if (c >= 'A' && c <= 'F')
    v = (unsigned)(c - 'A') + 10;
  return v < base ? v : base;
}

/* The power of two that a unit stands for, or -1. */
static int unit(const char *text)
{
  static const char letters[] = "kmgt";

  if (*text == '\0')
    return 0;
  for (int i = 0; letters[i] != '\0'; i++)
    if ((*text | 0x20) == letters[i])
      return text[1] == '\0' || strcasecmp(text + 1, "ib") == 0 ? 10 * (i + 1) : -1;
  return -1;
}

bool metes_parse_size(const char *text, uint64_t *size)
{
  const bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
  const unsigned base = hex ? 16 : 10;
  const char *at = hex ? text + 2 : text;
  uint64_t v = 0;
  int shift;

  if (digit(*at, base) == base)
    return false;
  for (; digit(*at, base) < base; at++) {
    const unsigned d = digit(*at, base);

    if (v > (UINT64_MAX - d) / base)
      return false;
    v = v * base + d;
  }
  shift = unit(at);
  if (shift < 0 || v > UINT64_MAX >> shift)
    return false;
  *size = v << shift;
  return true;
}
