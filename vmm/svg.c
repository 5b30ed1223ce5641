/* SPDX-License-Identifier: Apache-2.0
 * The memory map as SVG: every area is a block in each of two columns, and a label between them to
 * which both are tied. Labels have fixed heights, so nothing overlaps; blocks have those of their sizes. */
#include <inttypes.h>
#include <stdlib.h>

#include "describe.h"
#include "svg.h"
#include "svg_parts.h"

/* Down, in user units. */
enum down {
  LABEL = 50,      /* a label of a name and two ranges */
  LABEL_SHORT = 36, /* of a name and one */
  BETWEEN = 6,     /* two labels */
  ZONE = 14,       /* two zones */
  HEADING = 42,    /* of a window */
  LEAST = 8,       /* a block, however small its area is */
  RULER = 24,      /* at least this long, and less than twice */
};

struct canvas {
  FILE *to;
  int y; /* how far down all is drawn */
};

/* How high the blocks of a window are; those that would be too small have LEAST. */
struct scale {
  double height[METES_MAX_AREAS];
  bool small[METES_MAX_AREAS];
  double room;    /* what the others share, */
  uint64_t bytes; /* and how many bytes they are */
};

static int window_height(const struct metes_window *w)
{
  return (int)w->n * (LABEL + BETWEEN) - BETWEEN;
}

static void share(const struct metes_window *w, struct scale *s)
{
  s->room = window_height(w);
  s->bytes = 0;
  for (uint32_t i = 0; i < w->n; i++) {
    if (s->small[i])
      s->room -= LEAST;
    else
      s->bytes += w->areas[i].end - w->areas[i].start;
  }
}

/* Until none of those to scale is too small. The largest never is: there is more room than LEAST for each. */
static struct scale scale_of(const struct metes_window *w)
{
  struct scale s = {0};
  bool again = true;

  while (again) {
    again = false;
    share(w, &s);
    for (uint32_t i = 0; i < w->n; i++) {
      const double bytes = (double)(w->areas[i].end - w->areas[i].start);

      if (s.small[i])
        continue;
      s.height[i] = bytes * s.room / (double)s.bytes;
      if (s.height[i] < LEAST) {
        s.small[i] = again = true;
        s.height[i] = LEAST;
      }
    }
  }
  return s;
}

static const char *class_of(uint32_t flags)
{
  static const char *const classes[] = {"none", "r", "w", "w", "x", "x", "wx", "wx"};

  return classes[flags & 7];
}

static struct metes_range at(uint64_t base, const struct metes_area *a)
{
  return (struct metes_range){base + a->start, base + a->end};
}

static void put_range(const struct canvas *c, const char *space, int y, struct metes_range r)
{
  fprintf(c->to, "<text class=\"range\" x=\"%d\" y=\"%d\">%s [0x%" PRIx64 ", 0x%" PRIx64 ")</text>\n",
          SVG_LABEL_LEFT + SVG_PADDING, y, space, r.start, r.end);
}

static void put_card(const struct canvas *c, int height, const char *name, const char *letters, const char *size)
{
  fprintf(c->to, "<rect class=\"label\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>\n", SVG_LABEL_LEFT,
          c->y, SVG_LABEL_RIGHT - SVG_LABEL_LEFT, height);
  fprintf(c->to, "<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n", SVG_LABEL_LEFT + SVG_PADDING, c->y + 16, name);
  if (letters != NULL)
    fprintf(c->to, "<text class=\"letters\" x=\"236\" y=\"%d\">%s</text>\n", c->y + 16, letters);
  fprintf(c->to, "<text class=\"size end\" x=\"%d\" y=\"%d\">%s</text>\n", SVG_LABEL_RIGHT - SVG_PADDING, c->y + 16, size);
}

static void put_block(const struct canvas *c, bool left, double y, double height)
{
  fprintf(c->to, "<rect class=\"block\" x=\"%d\" y=\"%.2f\" width=\"%d\" height=\"%.2f\"/>\n",
          left ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - SVG_COLUMN, y, SVG_COLUMN, height);
}

/* From a block to its label, on both sides. */
static void put_ties(const struct canvas *c, double y, double height)
{
  const int left = SVG_MARGIN + SVG_COLUMN, right = SVG_WIDTH - left;

  fprintf(c->to, "<path class=\"tie\" d=\"M%d %.2fL%d %dV%dL%d %.2fZM%d %.2fL%d %dV%dL%d %.2fZ\"/>\n", left, y,
          SVG_LABEL_LEFT, c->y, c->y + LABEL, left, y + height, right, y, SVG_LABEL_RIGHT, c->y, c->y + LABEL,
          right, y + height);
}

static void draw_area(struct canvas *c, const struct metes_window *w, uint32_t i, const struct scale *s, double y)
{
  const struct metes_area *a = &w->areas[i];
  const struct metes_range gpa = at(w->gpa, a), gva = at(w->gva, a);
  char letters[4], size[24];

  metes_letters(a->flags, letters);
  metes_size_short(a->end - a->start, size, sizeof size);
  fprintf(c->to, "<g class=\"area %s%s\"><title>", class_of(a->flags), s->small[i] ? " small" : "");
  metes_svg_words(c->to, a->name, letters, gpa, gva);
  fputs("</title>\n", c->to);
  put_ties(c, y, s->height[i]);
  put_block(c, true, y, s->height[i]);
  put_block(c, false, y, s->height[i]);
  put_card(c, LABEL, a->name, letters, size);
  put_range(c, "GPA", c->y + 31, gpa);
  put_range(c, "GVA", c->y + 44, gva);
  fputs("</g>\n", c->to);
}

/* A power of two of bytes, as long as it is high in the blocks below. */
static void draw_ruler(const struct canvas *c, const struct scale *s)
{
  uint64_t bytes = 1;
  double length;
  char size[24];

  while ((length = (double)bytes * s->room / (double)s->bytes) < RULER)
    bytes *= 2;
  metes_size_short(bytes, size, sizeof size);
  fprintf(c->to, "<path class=\"ruler\" d=\"M%d %dv8m0 -4h%.2fm0 -4v8\"/>\n", SVG_LABEL_LEFT, c->y + 25, length);
  fprintf(c->to, "<text class=\"note\" x=\"%.2f\" y=\"%d\">this much height is %s</text>\n", SVG_LABEL_LEFT + length + 8,
          c->y + 33, size);
}

static void draw_window(struct canvas *c, const struct metes_window *w)
{
  const struct scale s = scale_of(w);
  double y = c->y + HEADING;
  char size[24];

  metes_size_short(w->areas[w->n - 1].end, size, sizeof size);
  fprintf(c->to, "<g class=\"window\">\n<text class=\"heading\" x=\"%d\" y=\"%d\">%s</text>\n", SVG_LABEL_LEFT,
          c->y + 14, w->title);
  fprintf(c->to, "<text class=\"size end\" x=\"%d\" y=\"%d\">%s</text>\n", SVG_LABEL_RIGHT - SVG_PADDING, c->y + 14,
          size);
  draw_ruler(c, &s);
  c->y += HEADING;
  for (uint32_t i = w->n; i-- > 0;) {
    draw_area(c, w, i, &s, y);
    y += s.height[i];
    c->y += LABEL + BETWEEN;
  }
  c->y += ZONE - BETWEEN;
  fputs("</g>\n", c->to);
}

static bool empty(struct metes_range r)
{
  return r.start >= r.end;
}

/* Where there is no memory, in one column: a block, and a line to the label. */
static void put_hole(const struct canvas *c, bool left, int y, int height)
{
  put_block(c, left, y, height);
  fprintf(c->to, "<path class=\"leader\" d=\"M%d %dH%d\"/>\n", left ? SVG_MARGIN + SVG_COLUMN : SVG_LABEL_RIGHT,
          c->y + (LABEL_SHORT / 2), left ? SVG_LABEL_LEFT : SVG_WIDTH - SVG_MARGIN - SVG_COLUMN);
}

/* The same broken, as it would be far too high. */
static void put_break(const struct canvas *c, bool left, int y, int height)
{
  const int x = (left ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - SVG_COLUMN) - 4;

  put_hole(c, left, y, height);
  fprintf(c->to, "<path class=\"gap\" d=\"M%d %dl8 -5l8 6l8 -6l8 6l8 -5v5l-8 5l-8 -6l-8 6l-8 -6l-8 5z\"/>\n", x,
          y + height / 2);
  fprintf(c->to, "<path class=\"break\" d=\"M%d %dl8 -5l8 6l8 -6l8 6l8 -5m0 5l-8 5l-8 -6l-8 6l-8 -6l-8 5\"/>\n", x,
          y + height / 2);
}

/* "4 KiB" where both are as long, "GPA 4 KiB, GVA 80.0 TiB" where not. */
static void sizes(struct metes_range gpa, struct metes_range gva, char *text, size_t n)
{
  char left[24], right[24];

  metes_size_short(gpa.end - gpa.start, left, sizeof left);
  metes_size_short(gva.end - gva.start, right, sizeof right);
  if (empty(gpa) || empty(gva) || gpa.end - gpa.start == gva.end - gva.start)
    snprintf(text, n, "%s", empty(gpa) ? right : left);
  else
    snprintf(text, n, "GPA %s, GVA %s", left, right);
}

/* A label for what has no memory, in one space or both: c->y is then below it. */
static void draw_hole(struct canvas *c, const char *name, struct metes_range gpa, struct metes_range gva)
{
  const int height = empty(gpa) || empty(gva) ? LABEL_SHORT : LABEL;
  int y = c->y + 31;
  char size[64];

  sizes(gpa, gva, size, sizeof size);
  put_card(c, height, name, NULL, size);
  if (!empty(gpa)) {
    put_range(c, "GPA", y, gpa);
    y += 13;
  }
  if (!empty(gva))
    put_range(c, "GVA", y, gva);
  c->y += height + BETWEEN;
}

static void open_hole(const struct canvas *c, const char *name, bool reserved, struct metes_range gpa,
                      struct metes_range gva)
{
  fprintf(c->to, "<g class=\"hole none%s\"><title>", reserved ? " reserved" : "");
  metes_svg_words(c->to, name, NULL, gpa, gva);
  fputs("</title>\n", c->to);
}

static void draw_both(struct canvas *c, const char *name, struct metes_range gpa, struct metes_range gva)
{
  open_hole(c, name, false, gpa, gva);
  put_break(c, true, c->y, LABEL);
  put_break(c, false, c->y, LABEL);
  draw_hole(c, name, gpa, gva);
  fputs("</g>\n", c->to);
}

/* One space each: guest-physical pieces from above, then the one guest-virtual gap beside them. */
static void draw_pieces(struct canvas *c, const struct metes_piece *pieces, uint32_t n, struct metes_range gva)
{
  const struct metes_range none = {0, 0};
  const int top = c->y;

  for (uint32_t i = 0; i < n; i++) {
    const char *name = pieces[i].reserved ? "reserved" : "no memory";

    if (empty(pieces[i].range))
      continue;
    open_hole(c, name, pieces[i].reserved, pieces[i].range, none);
    if (pieces[i].reserved)
      put_hole(c, true, c->y, LABEL_SHORT);
    else
      put_break(c, true, c->y, LABEL_SHORT);
    draw_hole(c, name, pieces[i].range, none);
    fputs("</g>\n", c->to);
  }
  if (empty(gva))
    return;
  open_hole(c, "no memory", false, none, gva);
  put_break(c, false, top, c->y + LABEL_SHORT - top);
  draw_hole(c, "no memory", none, gva);
  fputs("</g>\n", c->to);
}

static void draw_gap(struct canvas *c, const struct metes_profile *p, struct metes_range gpa, struct metes_range gva)
{
  struct metes_piece pieces[METES_MAX_PIECES];
  const uint32_t n = metes_pieces(p, gpa.start, gpa.end, pieces);
  const int top = c->y;

  if (n == 1 && !empty(gpa) && !empty(gva))
    draw_both(c, "no memory", gpa, gva);
  else
    draw_pieces(c, pieces, n, gva);
  if (c->y > top)
    c->y += ZONE - BETWEEN;
}

/* The end of what the profile reserves above the windows, or their own end. */
static uint64_t reserved_end(const struct metes_profile *p, uint64_t end)
{
  for (uint32_t i = 0; i < p->n_reserved; i++)
    if (p->reserved[i].end > end)
      end = p->reserved[i].end;
  return end;
}

static void draw(struct canvas *c, const struct metes_profile *p, const struct metes_layout *l)
{
  const struct metes_window snapshot = metes_snapshot_window(l), scratch = metes_scratch_window(l);
  const uint64_t top = l->scratch_gpa + l->scratch_size;

  draw_gap(c, p, (struct metes_range){top, reserved_end(p, top)}, (struct metes_range){0, 0});
  draw_window(c, &scratch);
  draw_gap(c, p, (struct metes_range){l->snapshot_gpa + l->snapshot_size, l->scratch_gpa},
           (struct metes_range){l->snapshot_gva + l->snapshot_size, l->scratch_gva});
  draw_window(c, &snapshot);
  draw_both(c, "null guard", (struct metes_range){0, l->snapshot_gpa}, (struct metes_range){0, l->snapshot_gva});
}

bool metes_svg(FILE *to, const char *profile_name, const struct metes_profile *p, const struct metes_layout *l)
{
  char *body = NULL;
  size_t n = 0;
  struct canvas c = {open_memstream(&body, &n), metes_svg_head_height()};

  if (c.to == NULL)
    return false;
  draw(&c, p, l);
  if (fclose(c.to) != 0) {
    free(body);
    return false;
  }
  metes_svg_head(to, profile_name, l, c.y + metes_svg_legend_height(l));
  fwrite(body, 1, n, to);
  metes_svg_legend(to, c.y, l);
  free(body);
  return true;
}
