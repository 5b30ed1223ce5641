/* SPDX-License-Identifier: Apache-2.0
 * The memory map as SVG: every area is a block in each of two columns, and a label between them to which
 * both are tied. Labels are all as high, so nothing overlaps; blocks are as high as their areas are large. */
#include <stdlib.h>

#include "describe.h"
#include "svg.h"
#include "svg_parts.h"

enum {
  HEADING = 42, /* of a window */
  LEAST = 8,    /* a block is as high, however small its area is */
  RULER = 24,   /* is at least as long, and less than twice */
};

/* How high the blocks of a window are; those that would be too small have LEAST. */
struct scale {
  double height[METES_MAX_AREAS];
  bool small[METES_MAX_AREAS];
  double room;    /* what the others share, */
  uint64_t bytes; /* and how many bytes they are */
};

static uint64_t size_of(const struct metes_area *a)
{
  return a->end - a->start;
}

static void share(const struct metes_window *w, struct scale *c)
{
  c->room = (int)w->n * (SVG_LABEL + SVG_BETWEEN) - SVG_BETWEEN;
  c->bytes = 0;
  for (uint32_t i = 0; i < w->n; i++) {
    if (c->small[i])
      c->room -= LEAST;
    else
      c->bytes += size_of(&w->areas[i]);
  }
}

/* Until none of those to scale is too small. The largest never is: each has a label's room. */
static struct scale scale_of(const struct metes_window *w)
{
  struct scale c = {0};
  bool again = true;

  while (again) {
    again = false;
    share(w, &c);
    for (uint32_t i = 0; i < w->n; i++) {
      if (c.small[i])
        continue;
      c.height[i] = (double)size_of(&w->areas[i]) * c.room / (double)c.bytes;
      if (c.height[i] < LEAST) {
        c.small[i] = again = true;
        c.height[i] = LEAST;
      }
    }
  }
  return c;
}

static const char *class_of(uint32_t flags)
{
  static const char *const classes[] = {"none", "r", "w", "w", "x", "x", "wx", "wx"};

  return classes[flags & (METES_READ | METES_WRITE | METES_EXECUTE)];
}

/* From a block to its label, on both sides. */
static void put_ties(const struct svg *s, double y, double height)
{
  static const int ends[2][2] = {{SVG_MARGIN + SVG_COLUMN, SVG_LABEL_LEFT},
                                 {SVG_WIDTH - SVG_MARGIN - SVG_COLUMN, SVG_LABEL_RIGHT}};

  for (int i = 0; i < 2; i++)
    fprintf(s->to, "<path class=\"tie\" d=\"M%d %.2fL%d %dV%dL%d %.2fz\"/>\n", ends[i][0], y, ends[i][1], s->y,
            s->y + SVG_LABEL, ends[i][0], y + height);
}

static void draw_area(struct svg *s, const struct metes_window *w, uint32_t i, const struct scale *c, double y)
{
  const struct metes_area *a = &w->areas[i];
  const struct spaces at = metes_svg_spaces(w, a);
  char letters[4], size[24];

  metes_letters(a->flags, letters);
  metes_size_short(size_of(a), size, sizeof size);
  fprintf(s->to, "<g class=\"area %s%s\"><title>", class_of(a->flags), c->small[i] ? " small" : "");
  metes_svg_words(s, a->name, letters, at);
  fputs("</title>\n", s->to);
  put_ties(s, y, c->height[i]);
  metes_svg_block(s, true, y, c->height[i]);
  metes_svg_block(s, false, y, c->height[i]);
  s->y += metes_svg_label(s, a->name, letters, size, at) + SVG_BETWEEN;
  fputs("</g>\n", s->to);
}

/* A power of two of bytes, as long as they are high in the blocks below. */
static void draw_ruler(const struct svg *s, const struct scale *c)
{
  uint64_t bytes = 1;
  double length;
  char size[24];

  while ((length = (double)bytes * c->room / (double)c->bytes) < RULER)
    bytes *= 2;
  metes_size_short(bytes, size, sizeof size);
  fprintf(s->to, "<path class=\"ruler\" d=\"M%d %dv8m0 -4h%.2fm0 -4v8\"/>\n", SVG_LABEL_LEFT, s->y + 25, length);
  metes_svg_text(s, "note", SVG_LABEL_LEFT + (int)length + 9, s->y + 33, "this much height is %s", size);
}

static void draw_window(struct svg *s, const struct metes_window *w)
{
  const struct scale c = scale_of(w);
  double y = s->y + HEADING;
  char size[24];

  metes_size_short(w->areas[w->n - 1].end, size, sizeof size);
  fputs("<g class=\"window\">\n", s->to);
  metes_svg_text(s, "heading", SVG_LABEL_LEFT, s->y + 14, "%s", w->title);
  metes_svg_text(s, "size end", SVG_LABEL_RIGHT - SVG_PADDING, s->y + 14, "%s", size);
  draw_ruler(s, &c);
  s->y += HEADING;
  for (uint32_t i = w->n; i-- > 0; y += c.height[i])
    draw_area(s, w, i, &c, y);
  s->y += SVG_ZONE - SVG_BETWEEN;
  fputs("</g>\n", s->to);
}

/* The end of what the profile reserves above the windows, or their own end. */
static uint64_t reserved_end(const struct metes_profile *p, uint64_t end)
{
  for (uint32_t i = 0; i < p->n_reserved; i++)
    if (p->reserved[i].end > end)
      end = p->reserved[i].end;
  return end;
}

static void draw(struct svg *s, const struct metes_profile *p, const struct metes_layout *l)
{
  const struct metes_window snapshot = metes_snapshot_window(l), scratch = metes_scratch_window(l);
  const uint64_t top = l->scratch_gpa + l->scratch_size;
  const struct spaces above = {{top, reserved_end(p, top)}, {0, 0}};
  const struct spaces between = {{l->snapshot_gpa + l->snapshot_size, l->scratch_gpa},
                                 {l->snapshot_gva + l->snapshot_size, l->scratch_gva}};
  const struct spaces below = {{0, l->snapshot_gpa}, {0, l->snapshot_gva}};

  metes_svg_gap(s, p, above);
  draw_window(s, &scratch);
  metes_svg_gap(s, p, between);
  draw_window(s, &snapshot);
  metes_svg_hole(s, "null guard", below);
}

bool metes_svg(FILE *to, const char *profile_name, const struct metes_profile *p, const struct metes_layout *l)
{
  char *map = NULL;
  size_t n = 0;
  struct svg s = {open_memstream(&map, &n), metes_svg_head_height()};
  bool good = s.to != NULL;

  if (good) {
    draw(&s, p, l);
    good = fclose(s.to) == 0;
  }
  if (good) { /* only now is it known how high all is */
    s.to = to;
    metes_svg_head(&s, profile_name, l, s.y + metes_svg_legend_height(l));
    fwrite(map, 1, n, to);
    metes_svg_legend(&s, l);
  }
  free(map);
  return good;
}
