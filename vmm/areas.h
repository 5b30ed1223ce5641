/* SPDX-License-Identifier: Apache-2.0
 * What a map of memory shows, in text or as a picture: the areas of both windows, and what lies between. */
#ifndef METES_AREAS_H
#define METES_AREAS_H

#include <stdbool.h>

#include "core/metes.h"

/* The most areas that a window has. */
#define METES_MAX_AREAS 7u

/* The most pieces of a gap: what is reserved, and what is left before, between and behind. */
#define METES_MAX_PIECES (2 * METES_MAX_RESERVED + 1)

/* An area of a window, never empty: offsets from its start. */
struct metes_area {
  const char *name;
  uint64_t start, end;
  uint32_t flags; /* METES_READ | … */
};

/* A window: a slot, seen in both address spaces. Its areas lie one behind the other, from its start. */
struct metes_window {
  const char *title;
  uint64_t gpa, gva;
  struct metes_area areas[METES_MAX_AREAS];
  uint32_t n;
};

/* A piece of guest-physical space in which there is no memory. */
struct metes_piece {
  struct metes_range range;
  bool reserved; /* no slot may lie here */
};

/* The windows of the layout of a sound configuration. */
struct metes_window metes_snapshot_window(const struct metes_layout *l);
struct metes_window metes_scratch_window(const struct metes_layout *l);

/* Splits guest-physical [start, end) at what the profile reserves there, from above, and returns
 * how many pieces there are. Each reserved one has one before it that is not, perhaps empty. */
uint32_t metes_pieces(const struct metes_profile *p, uint64_t start, uint64_t end,
                      struct metes_piece pieces[METES_MAX_PIECES]);

/* "rw-": permission bits as letters. */
void metes_letters(uint32_t flags, char letters[4]);

#endif
