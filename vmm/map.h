/* SPDX-License-Identifier: Apache-2.0
 * The memory map of a layout as a picture in the terminal, at most 80 columns wide. */
#ifndef METES_MAP_H
#define METES_MAP_H

#include <stdbool.h>
#include <stdio.h>

#include "core/metes.h"

/* How to draw. */
struct metes_map_style {
  bool utf8;   /* box drawing characters, otherwise plain ASCII */
  bool colour; /* ANSI colours by permission */
};

/* Draws *l, which must be the layout of a sound configuration in profile *p, to `to`:
 * both address spaces side by side, the top of memory at the top, and the PEB below. */
void metes_map(FILE *to, const char *profile_name, const struct metes_profile *p,
               const struct metes_layout *l, struct metes_map_style style);

#endif
