/* SPDX-License-Identifier: Apache-2.0
 * The memory map of a layout as a picture for pages, screens and paper: SVG. */
#ifndef METES_SVG_H
#define METES_SVG_H

#include <stdbool.h>
#include <stdio.h>

#include "core/metes.h"

/* Draws *l, which must be the layout of a sound configuration in profile *p, to `to`: both address
 * spaces side by side, the top of memory at the top. False where there was no memory for it, with
 * errno set and nothing written; whether all of it was written, ferror(to) says. */
bool metes_svg(FILE *to, const char *profile_name, const struct metes_profile *p,
               const struct metes_layout *l);

#endif
