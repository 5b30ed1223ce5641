/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the SVG map share: its geometry, and what is drawn in more than one of them. */
#ifndef METES_SVG_PARTS_H
#define METES_SVG_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "areas.h"

/* Across, in user units: a margin, the guest-physical column, ties, the labels, ties, the
 * guest-virtual column, a margin. */
enum across {
  SVG_MARGIN = 14,
  SVG_COLUMN = 32,
  SVG_LABEL_LEFT = 80,
  SVG_LABEL_RIGHT = 400,
  SVG_PADDING = 10, /* within a label */
  SVG_WIDTH = 480,
};

/* Down. */
enum down {
  SVG_LABEL = 50,       /* a label of a name and two ranges */
  SVG_LABEL_SHORT = 36, /* of a name and one */
  SVG_BETWEEN = 6,      /* two labels */
  SVG_ZONE = 14,        /* two zones: a window, or what lies between */
};

struct svg {
  FILE *to;
  int y; /* how far down all is drawn */
};

/* Where something lies in both spaces; a range may be empty. */
struct spaces {
  struct metes_range gpa, gva;
};

struct spaces metes_svg_spaces(const struct metes_window *w, const struct metes_area *a);
bool metes_svg_empty(struct metes_range r);

/* "heap, rw-, 128 KiB (131072 bytes), guest-physical [0x3000, 0x23000), guest-virtual …"; letters
 * may be null. */
void metes_svg_words(const struct svg *s, const char *name, const char *letters, struct spaces at);

/* A text of a class of the style, in the manner of printf. */
__attribute__((format(printf, 5, 6))) void metes_svg_text(const struct svg *s, const char *class, int x, int y,
                                                          const char *format, ...);

/* A label at s->y: its name, size and ranges; letters may be null. Returns how high it is. */
int metes_svg_label(const struct svg *s, const char *name, const char *letters, const char *size,
                    struct spaces at);

/* A block in one of the columns. */
void metes_svg_block(const struct svg *s, bool left, double y, double height);

/* Where neither space has memory: s->y is then below it. */
void metes_svg_hole(struct svg *s, const char *name, struct spaces at);

/* What lies between the windows, or above them: what the profile reserves splits it. */
void metes_svg_gap(struct svg *s, const struct metes_profile *p, struct spaces at);

/* The style of every picture. */
extern const char metes_svg_style[];

/* The start of the document, down to where the map begins, which is s->y then. */
int metes_svg_head_height(void);
void metes_svg_head(const struct svg *s, const char *profile_name, const struct metes_layout *l, int height);

/* What colours and lines mean, from s->y on; and the end of the document. */
int metes_svg_legend_height(const struct metes_layout *l);
void metes_svg_legend(const struct svg *s, const struct metes_layout *l);

#endif
