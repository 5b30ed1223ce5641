/* SPDX-License-Identifier: Apache-2.0
 * A file, read whole. */
#ifndef METES_FILE_H
#define METES_FILE_H

#include <stdint.h>

#include "failure.h"

/* No file may be longer: 1 GiB. */
#define METES_MAX_FILE (1ull << 30)

struct metes_file {
  uint8_t *bytes; /* from malloc, the caller's to free; not null, also where len is 0 */
  uint64_t len;
};

/* Reads a file, or standard input for "-". Returns 0, or the status of *f. */
int metes_file_read(const char *path, struct metes_file *file, struct metes_failure *f);

#endif
