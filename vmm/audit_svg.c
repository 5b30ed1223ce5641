/* SPDX-License-Identifier: Apache-2.0
 * The maps of an audit as SVG: each slot is a block of a column, the top of memory at the top, and a label to which
 * it is tied. Labels of slots are all as high; a block is the higher by a step the larger by twice its slot is. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit_draw.h"
#include "audit_parts.h"
#include "cli.h"
#include "describe.h"
#include "svg_parts.h"

enum {
  WIDTH = 440,
  RIGHT = WIDTH - SVG_MARGIN,
  HOLE = 26, /* a label of where no slot is */
  LINE = 16,
};

/* A slot, or where none is. */
struct piece {
  uint64_t start, end;
  const struct metes_audit_slot *slot;
};

static int label_height(const struct piece *p)
{
  return p->slot == NULL ? HOLE : SVG_LABEL;
}

/* One for a page, and one more for each doubling. */
static double steps(const struct piece *p)
{
  double n = 1;

  for (uint64_t size = p->end - p->start; size > METES_PAGE_SIZE; size /= 2)
    n++;
  return n;
}

static const char *class_of(const struct piece *p)
{
  if (p->slot == NULL)
    return "hole none";
  if (p->slot->private)
    return "wx";
  return (p->slot->slot.flags & METES_SLOT_READONLY) != 0 ? "r" : "w";
}

static void put_label(const struct svg *s, const struct piece *p, int height)
{
  const int x = SVG_LABEL_LEFT + SVG_PADDING;
  char words[72] = "no slot", size[24];

  if (p->slot != NULL)
    metes_audit_slot_words(p->slot, words, sizeof words);
  metes_size_short(p->end - p->start, size, sizeof size);
  fprintf(s->to, "<rect class=\"label\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>\n", SVG_LABEL_LEFT,
          s->y, RIGHT - SVG_LABEL_LEFT, height);
  metes_svg_text(s, p->slot == NULL ? "note" : "name", x, s->y + 17, "%s", words);
  metes_svg_text(s, "size end", RIGHT - SVG_PADDING, s->y + 17, "%s", size);
  if (p->slot == NULL)
    return;
  metes_svg_text(s, "range", x, s->y + 31, "GPA  [0x%" PRIx64 ", 0x%" PRIx64 ")", p->start, p->end);
  metes_svg_text(s, "range", x, s->y + 44, "host [0x%" PRIx64 ", 0x%" PRIx64 ")", p->slot->slot.host,
                 metes_sat_add(p->slot->slot.host, p->end - p->start));
}

static void draw_piece(struct svg *s, const struct piece *p, double y, double block)
{
  const int height = label_height(p);

  fprintf(s->to, "<g class=\"%s\">", class_of(p));
  fprintf(s->to, "<path class=\"tie\" d=\"M%d %.2fL%d %dV%dL%d %.2fz\"/>\n", SVG_MARGIN + SVG_COLUMN, y, SVG_LABEL_LEFT,
          s->y, s->y + height, SVG_MARGIN + SVG_COLUMN, y + block);
  metes_svg_block(s, true, y, block);
  put_label(s, p, height);
  fputs("</g>\n", s->to);
  s->y += height + SVG_BETWEEN;
}

static void draw_pieces(struct svg *s, const struct piece *p, uint32_t n)
{
  double all = 0, y = s->y;
  int room = -SVG_BETWEEN;

  for (uint32_t i = 0; i < n; i++) {
    all += steps(&p[i]);
    room += label_height(&p[i]) + SVG_BETWEEN;
  }
  for (uint32_t i = n; i-- > 0;) {
    const double block = steps(&p[i]) * room / all;

    draw_piece(s, &p[i], y, block);
    y += block;
  }
}

/* The slots of one address space, and what lies between them. Returns where the next one begins; 0 for no memory. */
static uint32_t draw_space(struct svg *s, const struct metes_audit_vm *vm, uint32_t first)
{
  struct piece *pieces = calloc(2 * (size_t)(vm->n - first), sizeof *pieces);
  const uint32_t space = METES_SPACE_OF(vm->slots[first].slot.slot);
  uint64_t at = 0;
  uint32_t i = first, n = 0;

  if (pieces == NULL)
    return 0;
  for (; i < vm->n && METES_SPACE_OF(vm->slots[i].slot.slot) == space; i++) {
    const struct metes_memslot *slot = &vm->slots[i].slot;

    if (slot->gpa > at)
      pieces[n++] = (struct piece){at, slot->gpa, NULL};
    at = metes_sat_add(slot->gpa, slot->size);
    pieces[n++] = (struct piece){slot->gpa, at, &vm->slots[i]};
  }
  if (space != 0) {
    s->y += LINE;
    metes_svg_text(s, "column", SVG_MARGIN, s->y, "address space %" PRIu32, space);
    s->y += LINE / 2;
  }
  draw_pieces(s, pieces, n);
  free(pieces);
  return i;
}

static void note_kept(struct svg *s, const struct metes_audit_vm *vm)
{
  for (int own = 0; own < METES_N_OWN; own++)
    if (vm->has[own]) {
      metes_svg_text(s, "note", SVG_MARGIN, s->y + 10, "kept by KVM: [0x%" PRIx64 ", 0x%" PRIx64 "), %s", vm->own[own],
                     metes_sat_add(vm->own[own], metes_own_kinds[own].size), metes_own_kinds[own].name);
      s->y += LINE;
    }
}

/* A name in XML: it is printable, without quotes. */
static void safe_name(const char *name, char *safe, size_t n)
{
  snprintf(safe, n, "%s", name);
  for (char *at = safe; *at != '\0'; at++)
    if (strchr("<>&", *at) != NULL)
      *at = '?';
}

static bool draw_vm(struct svg *s, const struct metes_audit_vm *vm)
{
  char size[24], name[METES_NAME_ROOM];

  safe_name(vm->name, name, sizeof name);
  metes_size_short(metes_audit_bytes(vm), size, sizeof size);
  s->y += 30;
  metes_svg_text(s, "title", SVG_MARGIN, s->y, "VM %" PRIu32 ": %s", vm->id, name);
  s->y += 20;
  metes_svg_text(s, "key", SVG_MARGIN, s->y, "%" PRIu32 " slot%s%s, %s; %" PRIu64 " change%s, %" PRIu64 " broken",
                 vm->n, metes_plural(vm->n), metes_audit_spaces_words(vm), size, vm->changes,
                 metes_plural(vm->changes), vm->broken);
  s->y += 14;
  for (uint32_t i = 0; i < vm->n;) {
    i = draw_space(s, vm, i);
    if (i == 0)
      return false;
  }
  note_kept(s, vm);
  return true;
}

static void legend(struct svg *s)
{
  static const char *const notes[] = {
    "[start, end) begins at start and stops before end.",
    "Green: writable. Blue: READONLY. Orange: private (guest_memfd).",
    "A block is a step higher for each doubling of what it stands for.",
  };

  for (size_t i = 0; i < sizeof notes / sizeof *notes; i++, s->y += LINE)
    metes_svg_text(s, "note", SVG_MARGIN, s->y + LINE, "%s", notes[i]);
  s->y += LINE;
}

static bool draw_all(struct svg *s, const struct metes_audit *a)
{
  for (uint32_t i = 0; i < a->n; i++)
    if (!draw_vm(s, &a->vms[i]))
      return false;
  legend(s);
  return true;
}

static bool draw_to(FILE *to, const void *what)
{
  const struct metes_audit *const a = what;
  char *map = NULL;
  size_t n = 0;
  struct svg s = {open_memstream(&map, &n), 0};
  bool good = s.to != NULL && draw_all(&s, a);

  if (s.to != NULL && fclose(s.to) != 0)
    good = false;
  if (good) { /* only now is it known how high all is */
    fprintf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" ", WIDTH,
            s.y + SVG_MARGIN, WIDTH);
    fputs("lang=\"en\" role=\"img\">\n", to);
    fprintf(to, "<title>Memory slots of %" PRIu32 " VM%s</title>\n%s", a->n, metes_plural(a->n), metes_svg_style);
    fprintf(to, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", WIDTH, s.y + SVG_MARGIN);
    fwrite(map, 1, n, to);
    fputs("</svg>\n", to);
  }
  free(map);
  return good;
}

int metes_audit_draw(const char *path, const struct metes_audit *a)
{
  return metes_write_picture(path, draw_to, a);
}
