/* SPDX-License-Identifier: Apache-2.0
 * What this process has for itself, by its mappings. */
#ifndef METES_OWN_MEMORY_H
#define METES_OWN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct own_memory {
  uint64_t scratch, beside; /* bytes: guests' copies of a snapshot's scratch, and all others */
};

static inline struct own_memory own_memory(void)
{
  FILE *const file = fopen("/proc/self/smaps", "r");
  struct own_memory n = {0, 0};
  unsigned long long kilobytes;
  bool scratch = false;
  char line[512];

  if (file == NULL)
    exit(71);
  while (fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "Anonymous: %llu", &kilobytes) == 1)
      *(scratch ? &n.scratch : &n.beside) += kilobytes << 10;
    else if (strchr(line, '-') != NULL && strchr(line, '-') < strchr(line, ' ')) /* a mapping's first line */
      scratch = strstr(line, "metes snapshot") != NULL;
  fclose(file);
  return n;
}

#endif
