/* SPDX-License-Identifier: Apache-2.0
 * Where there is no memory, on the SVG map: nothing of it is to scale. */
#include "describe.h"
#include "svg_parts.h"

/* In one column: a block, and a line to the label. */
static void put_empty(const struct svg *s, bool left, int y, int height)
{
  metes_svg_block(s, left, y, height);
  fprintf(s->to, "<path class=\"leader\" d=\"M%d %dh%d\"/>\n", left ? SVG_MARGIN + SVG_COLUMN : SVG_LABEL_RIGHT,
          s->y + (SVG_LABEL_SHORT / 2), SVG_LABEL_LEFT - SVG_MARGIN - SVG_COLUMN);
}

/* The same broken, as it would be far too high. */
static void put_broken(const struct svg *s, bool left, int y, int height)
{
  const int x = (left ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - SVG_COLUMN) - 4;

  put_empty(s, left, y, height);
  fprintf(s->to, "<path class=\"break\" d=\"M%d %dl8 -5l8 6l8 -6l8 6l8 -5v5l-8 5l-8 -6l-8 6l-8 -6l-8 5z\"/>\n", x,
          y + height / 2);
}

/* "4 KiB" where both are as long or one is empty, "GPA 4 KiB, GVA 80.0 TiB" where not. */
static void say_sizes(struct spaces at, char *text, size_t n)
{
  const uint64_t gpa = at.gpa.end - at.gpa.start, gva = at.gva.end - at.gva.start;
  char left[24], right[24];

  metes_size_short(gpa, left, sizeof left);
  metes_size_short(gva, right, sizeof right);
  if (gpa == gva || gpa == 0 || gva == 0)
    snprintf(text, n, "%s", gpa == 0 ? right : left);
  else
    snprintf(text, n, "GPA %s, GVA %s", left, right);
}

static void open_hole(const struct svg *s, const char *name, bool reserved, struct spaces at)
{
  fprintf(s->to, "<g class=\"hole none%s\"><title>", reserved ? " reserved" : "");
  metes_svg_words(s, name, NULL, at);
  fputs("</title>\n", s->to);
}

static void close_hole(struct svg *s, const char *name, struct spaces at)
{
  char size[64];

  say_sizes(at, size, sizeof size);
  s->y += metes_svg_label(s, name, NULL, size, at) + SVG_BETWEEN;
  fputs("</g>\n", s->to);
}

void metes_svg_hole(struct svg *s, const char *name, struct spaces at)
{
  open_hole(s, name, false, at);
  put_broken(s, true, s->y, SVG_LABEL);
  put_broken(s, false, s->y, SVG_LABEL);
  close_hole(s, name, at);
}

static void draw_piece(struct svg *s, const struct metes_piece *p)
{
  const struct spaces at = {p->range, {0, 0}};
  const char *name = p->reserved ? "reserved" : "no memory";

  if (metes_svg_empty(p->range))
    return;
  open_hole(s, name, p->reserved, at);
  if (p->reserved)
    put_empty(s, true, s->y, SVG_LABEL_SHORT);
  else
    put_broken(s, true, s->y, SVG_LABEL_SHORT);
  close_hole(s, name, at);
}

/* The one guest-virtual gap beside guest-physical pieces, which begin at `top`. */
static void draw_beside(struct svg *s, int top, struct metes_range gva)
{
  const struct spaces at = {{0, 0}, gva};

  if (metes_svg_empty(gva))
    return;
  open_hole(s, "no memory", false, at);
  put_broken(s, false, top, s->y + SVG_LABEL_SHORT - top);
  close_hole(s, "no memory", at);
}

void metes_svg_gap(struct svg *s, const struct metes_profile *p, struct spaces at)
{
  struct metes_piece pieces[METES_MAX_PIECES];
  const uint32_t n = metes_pieces(p, at.gpa.start, at.gpa.end, pieces);
  const int top = s->y;

  if (n == 1 && !metes_svg_empty(at.gpa) && !metes_svg_empty(at.gva)) {
    metes_svg_hole(s, "no memory", at);
  } else {
    for (uint32_t i = 0; i < n; i++)
      draw_piece(s, &pieces[i]);
    draw_beside(s, top, at.gva);
  }
  if (s->y > top)
    s->y += SVG_ZONE - SVG_BETWEEN;
}
