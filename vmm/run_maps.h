/* SPDX-License-Identifier: Apache-2.0
 * Files on the command line: `metes run GUEST --map FILE@LABEL`. */
#ifndef METES_RUN_MAPS_H
#define METES_RUN_MAPS_H

#include <argp.h>

#include "sandbox.h"

struct metes_map {
  const char *file;  /* as it was written, FILE@LABEL */
  const char *label; /* within it */
  size_t path;       /* length of FILE */
  int fd;
};

/* All zero: nothing is mapped. */
struct metes_map_list {
  struct metes_map maps[METES_MAX_FILE_MAPPINGS];
  unsigned n;
};

/* Parser for --map, to be used as a child; its input is a struct metes_map_list. Its key is 0x1300. */
extern const struct argp metes_map_argp;

/* Opens the files, before there is a guest; maps them, before it runs, and closes them. Each returns 0, or
 * the status of *f; metes_map_list_end in all cases. */
int metes_map_list_open(struct metes_map_list *m, struct metes_failure *f);
int metes_map_list_map(struct metes_map_list *m, struct metes_sandbox *s, struct metes_failure *f);
void metes_map_list_end(struct metes_map_list *m);

#endif
