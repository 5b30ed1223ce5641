/* SPDX-License-Identifier: Apache-2.0
 * What the two halves of the SVG map share: its geometry, and how an area is said in words. */
#ifndef METES_SVG_PARTS_H
#define METES_SVG_PARTS_H

#include <stdio.h>

#include "areas.h"

/* Across, in user units: a margin, the guest-physical column, ties, the labels, ties, the
 * guest-virtual column, a margin. Letters are so small that the widest of them fit. */
enum across {
  SVG_MARGIN = 14,
  SVG_COLUMN = 32,
  SVG_LABEL_LEFT = 80,
  SVG_LABEL_RIGHT = 400,
  SVG_PADDING = 10, /* within a label */
  SVG_WIDTH = 480,
};

/* "heap, rw-, 128 KiB (131072 bytes), guest-physical [0x3000, 0x23000), guest-virtual …": what is
 * empty is left out, and letters may be null. */
void metes_svg_words(FILE *to, const char *name, const char *letters, struct metes_range gpa,
                     struct metes_range gva);

/* The start of the document, up to where the map begins: returns how far down that is. */
int metes_svg_head_height(void);
void metes_svg_head(FILE *to, const char *profile_name, const struct metes_layout *l, int height);

/* What colours and lines mean, from y on; and the end of the document. */
int metes_svg_legend_height(const struct metes_layout *l);
void metes_svg_legend(FILE *to, int y, const struct metes_layout *l);

#endif
