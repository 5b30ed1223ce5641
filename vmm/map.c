/* SPDX-License-Identifier: Apache-2.0
 * The memory map of a layout as a picture: one stack of areas between two rulers of addresses. */
#include <inttypes.h>
#include <string.h>

#include "areas.h"
#include "describe.h"
#include "map.h"

/* 14 columns of guest-physical addresses, a blank, a box of 45, a blank, 18 of guest-virtual: 79. */
#define INNER 43

/* What boxes are drawn with. */
struct pen {
  const char *across, *down, *hole;
  const char *top_left, *top_right, *bottom_left, *bottom_right, *left_tee, *right_tee;
};

static const struct pen utf8_pen = {"─", "│", "┆", "┌", "┐", "└", "┘", "├", "┤"};
static const struct pen ascii_pen = {"-", "|", ":", "+", "+", "+", "+", "+", "+"};

struct canvas {
  FILE *to;
  const struct pen *pen;
  bool colour;
};

static void colour(const struct canvas *c, const char *code)
{
  if (c->colour)
    fprintf(c->to, "\033[%sm", code);
}

/* Writable and executable is what one should see first. */
static const char *colour_of(uint32_t flags)
{
  if ((flags & METES_WRITE) != 0 && (flags & METES_EXECUTE) != 0)
    return "1;33";
  return (flags & METES_EXECUTE) != 0 ? "35" : (flags & METES_WRITE) != 0 ? "32" : "36";
}

static void address(const struct canvas *c, bool left, bool known, uint64_t a)
{
  char text[24] = "";

  if (known)
    snprintf(text, sizeof text, "0x%" PRIx64, a);
  if (left)
    fprintf(c->to, "%14s ", text);
  else if (known)
    fprintf(c->to, " %s", text);
}

/* A line across the box, with a title in it if there is one; both addresses belong to it. */
static void rule(const struct canvas *c, const char *ends[2], const char *title, const char *size,
                 uint64_t gpa, uint64_t gva)
{
  const size_t taken = *title == '\0' ? 0 : strlen(title) + strlen(size) + 6;

  address(c, true, true, gpa);
  fprintf(c->to, "%s", ends[0]);
  if (taken > 0) {
    fprintf(c->to, "%s ", c->pen->across);
    colour(c, "1");
    fputs(title, c->to);
    colour(c, "0");
    fputc(' ', c->to);
  }
  for (size_t i = taken; i < INNER; i++)
    fputs(c->pen->across, c->to);
  if (taken > 0)
    fprintf(c->to, " %s %s", size, c->pen->across);
  fprintf(c->to, "%s", ends[1]);
  address(c, false, true, gva);
  fputc('\n', c->to);
}

static void area_row(const struct canvas *c, const struct metes_area *a)
{
  char perms[4], size[24];

  metes_letters(a->flags, perms);
  metes_size_short(a->end - a->start, size, sizeof size);
  fprintf(c->to, "%14s %s ", "", c->pen->down);
  colour(c, colour_of(a->flags));
  fprintf(c->to, "%-15s %s", a->name, perms);
  colour(c, "0");
  fprintf(c->to, "%10s %11" PRIu64 " %s\n", size, a->end - a->start, c->pen->down);
}

static void draw_window(const struct canvas *c, const struct metes_window *w)
{
  const char *top[] = {c->pen->top_left, c->pen->top_right};
  const char *tee[] = {c->pen->left_tee, c->pen->right_tee};
  const char *bottom[] = {c->pen->bottom_left, c->pen->bottom_right};
  const uint64_t end = w->areas[w->n - 1].end;
  char size[24];

  metes_size_short(end, size, sizeof size);
  rule(c, top, w->title, size, w->gpa + end, w->gva + end);
  for (uint32_t i = w->n; i-- > 0;) {
    const struct metes_area *a = &w->areas[i];

    area_row(c, a);
    rule(c, i == 0 ? bottom : tee, "", "", w->gpa + a->start, w->gva + a->start);
  }
}

/* A stretch without memory; on each side how long it is there, if it is there. */
static void hole(const struct canvas *c, const char *what, uint64_t gpa_size, uint64_t gva_size)
{
  char left[24] = "", right[24] = "";

  if (gpa_size != 0)
    metes_size_short(gpa_size, left, sizeof left);
  if (gva_size != 0)
    metes_size_short(gva_size, right, sizeof right);
  colour(c, "2");
  fprintf(c->to, "%14s %s %-*s %s%s%s\n", left, c->pen->hole, INNER - 2, what, c->pen->hole,
          gva_size != 0 ? " " : "", right);
  colour(c, "0");
}

/* The guest-physical space [start, end) between the windows, from above: what is reserved there
 * splits it. The guest-virtual length stands beside its first part. */
static void draw_gap(const struct canvas *c, const struct metes_profile *p, uint64_t start,
                     uint64_t end, uint64_t gva_size)
{
  struct metes_piece pieces[METES_MAX_PIECES];
  const uint32_t n = start < end || gva_size != 0 ? metes_pieces(p, start, end, pieces) : 0;

  for (uint32_t i = 0; i < n; i++) {
    const struct metes_range r = pieces[i].range;

    if (!pieces[i].reserved) {
      hole(c, "no memory", r.end - r.start, i == 0 ? gva_size : 0);
      continue;
    }
    address(c, true, true, r.end);
    fprintf(c->to, "%s\n", c->pen->hole);
    hole(c, "reserved: no slot may lie here", r.end - r.start, 0);
    address(c, true, true, r.start);
    fprintf(c->to, "%s\n", c->pen->hole);
  }
}

static void peb_row(const struct canvas *c, const char *name, uint64_t gva, uint64_t size)
{
  char words[24];

  metes_size_short(size, words, sizeof words);
  fprintf(c->to, "%14s   %-13s 0x%-16" PRIx64 " %10s %11" PRIu64 "\n", "", name, gva, words, size);
}

static void draw_peb(const struct canvas *c, const struct metes_layout *l)
{
  const struct metes_peb b = metes_peb_of(l);

  fprintf(c->to, "\n%14s ", "");
  colour(c, "1");
  fprintf(c->to, "The PEB at 0x%" PRIx64, l->peb_gva);
  colour(c, "0");
  fputs(" tells the guest these addresses:\n", c->to);
  peb_row(c, "input", b.input_gva, b.input_size);
  peb_row(c, "output", b.output_gva, b.output_size);
  peb_row(c, "init data", b.init_data_gva, b.init_data_size);
  peb_row(c, "heap", b.heap_gva, b.heap_size);
  if ((l->options & METES_OPT_FILE_MAPPINGS) != 0)
    fprintf(c->to, "%14s   %-13s 0x%-16" PRIx64 " %" PRIu64 " of %u entries\n", "", "file mappings",
            b.file_mappings_gva, b.file_mapping_count, METES_MAX_FILE_MAPPINGS);
}

void metes_map(FILE *to, const char *profile_name, const struct metes_profile *p,
               const struct metes_layout *l, struct metes_map_style style)
{
  const struct canvas c = {to, style.utf8 ? &utf8_pen : &ascii_pen, style.colour};
  const struct metes_window snapshot = metes_snapshot_window(l), scratch = metes_scratch_window(l);

  colour(&c, "1");
  fprintf(to, "\nguest-physical profile %-37s guest-virtual\n", profile_name);
  colour(&c, "0");
  draw_window(&c, &scratch);
  draw_gap(&c, p, l->snapshot_gpa + l->snapshot_size, l->scratch_gpa,
           l->scratch_gva - l->snapshot_gva - l->snapshot_size);
  draw_window(&c, &snapshot);
  hole(&c, "null guard: never mapped", l->snapshot_gpa, l->snapshot_gva);
  fprintf(to, "%14s %45s 0x0\n", "0x0", "");
  draw_peb(&c, l);
}
