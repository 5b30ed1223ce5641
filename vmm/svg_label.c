/* SPDX-License-Identifier: Apache-2.0
 * What all areas of the SVG map have: words, a label with ranges, and blocks in the columns. */
#include <inttypes.h>
#include <stdarg.h>

#include "describe.h"
#include "svg_parts.h"

struct spaces metes_svg_spaces(const struct metes_window *w, const struct metes_area *a)
{
  return (struct spaces){{w->gpa + a->start, w->gpa + a->end}, {w->gva + a->start, w->gva + a->end}};
}

bool metes_svg_empty(struct metes_range r)
{
  return r.start >= r.end;
}

static void put_words(const struct svg *s, const char *space, struct metes_range r)
{
  char size[64];

  if (metes_svg_empty(r))
    return;
  metes_size_words(r.end - r.start, size, sizeof size);
  fprintf(s->to, ", %s, %s [0x%" PRIx64 ", 0x%" PRIx64 ")", size, space, r.start, r.end);
}

void metes_svg_words(const struct svg *s, const char *name, const char *letters, struct spaces at)
{
  fprintf(s->to, "%s%s%s", name, letters == NULL ? "" : ", ", letters == NULL ? "" : letters);
  put_words(s, "guest-physical", at.gpa);
  put_words(s, "guest-virtual", at.gva);
}

void metes_svg_text(const struct svg *s, const char *class, int x, int y, const char *format, ...)
{
  va_list list;

  va_start(list, format);
  fprintf(s->to, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
  vfprintf(s->to, format, list);
  fputs("</text>\n", s->to);
  va_end(list);
}

/* A line of a label, unless the range is empty: returns where the next one goes. */
static int put_range(const struct svg *s, const char *space, int y, struct metes_range r)
{
  if (metes_svg_empty(r))
    return y;
  metes_svg_text(s, "range", SVG_LABEL_LEFT + SVG_PADDING, y, "%s [0x%" PRIx64 ", 0x%" PRIx64 ")", space,
                 r.start, r.end);
  return y + 13;
}

int metes_svg_label(const struct svg *s, const char *name, const char *letters, const char *size,
                    struct spaces at)
{
  const int height = metes_svg_empty(at.gpa) || metes_svg_empty(at.gva) ? SVG_LABEL_SHORT : SVG_LABEL;

  fprintf(s->to, "<rect class=\"label\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>\n", SVG_LABEL_LEFT,
          s->y, SVG_LABEL_RIGHT - SVG_LABEL_LEFT, height);
  metes_svg_text(s, "name", SVG_LABEL_LEFT + SVG_PADDING, s->y + 16, "%s", name);
  if (letters != NULL)
    metes_svg_text(s, "letters", 236, s->y + 16, "%s", letters);
  metes_svg_text(s, "size end", SVG_LABEL_RIGHT - SVG_PADDING, s->y + 16, "%s", size);
  put_range(s, "GVA", put_range(s, "GPA", s->y + 31, at.gpa), at.gva);
  return height;
}

void metes_svg_block(const struct svg *s, bool left, double y, double height)
{
  fprintf(s->to, "<rect class=\"block\" x=\"%d\" y=\"%.2f\" width=\"%d\" height=\"%.2f\"/>\n",
          left ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - SVG_COLUMN, y, SVG_COLUMN, height);
}
