/* SPDX-License-Identifier: Apache-2.0
 * What stands around the SVG map: its style, what it is about, the configuration, and the legend. */
#include <inttypes.h>

#include "describe.h"
#include "svg_parts.h"

/* Letters are small enough for the widest usual fonts. Colours are Okabe and Ito's, which colour-blind people can tell apart; letters say the same. What is
 * dashed is not to scale. Paper is always light. */
static const char style[] =
  "<style>\n"
  "text{font:11px system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif;fill:#1b1f24}\n"
  ".title{font-size:18px;font-weight:600}\n"
  ".heading,.name{font-size:13px;font-weight:600}\n"
  ".column{font-size:12px;font-weight:600}\n"
  ".range,.size,.letters,.exact{font:11px ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace}\n"
  ".letters{font-weight:700}\n"
  ".exact{font-size:10px}\n"
  ".key,.note,.exact{fill:#57606a}\n"
  ".end{text-anchor:end}\n"
  ".page{fill:#fff}\n"
  ".label{fill-opacity:.1;stroke-opacity:.55}\n"
  ".tie{fill-opacity:.22;stroke-opacity:.3}\n"
  ".r rect,.r path{fill:#56b4e9;stroke:#0072b2}\n"
  ".w rect,.w path{fill:#009e73;stroke:#006b4e}\n"
  ".x rect,.x path{fill:#cc79a7;stroke:#99487a}\n"
  ".wx rect,.wx path{fill:#e69f00;stroke:#a85b00}\n"
  ".none rect,.none path{fill:#8c959f;stroke:#6e7781}\n"
  ".small .block,.hole .block,.hole .label{fill-opacity:.18;stroke-dasharray:3 2}\n"
  ".hole .label,.hole .block{fill-opacity:.04}\n"
  ".reserved .block,.reserved .label{fill-opacity:.3}\n"
  ".hole .gap{fill:#fff;stroke:none}\n"
  ".hole .break,.hole .leader,.ruler{fill:none;stroke:#6e7781}\n"
  "@media screen and (prefers-color-scheme:dark){\n"
  "text{fill:#e6edf3}\n"
  ".key,.note,.exact{fill:#9da7b3}\n"
  ".page,.hole .gap{fill:#15191f}\n"
  ".label{fill-opacity:.14}\n"
  ".r rect,.r path{stroke:#8fd0f5}\n"
  ".w rect,.w path{stroke:#3ccfa4}\n"
  ".x rect,.x path{stroke:#e6a9cb}\n"
  ".wx rect,.wx path{stroke:#ffc549}\n"
  "}\n"
  "</style>\n";

/* What is measured, and what it has: two columns of them below the title. */
struct fact {
  const char *name;
  uint64_t size;
};

enum { TITLE = 34, FACTS = 60, FACT_STEP = 16, N_FACTS = 8, COLUMNS = FACTS + 5 * FACT_STEP + 16, LEGEND = 10 };

void metes_svg_words(FILE *to, const char *name, const char *letters, struct metes_range gpa, struct metes_range gva)
{
  const bool physical = gpa.start < gpa.end, virtual = gva.start < gva.end;
  char size[64];

  fputs(name, to);
  if (letters != NULL)
    fprintf(to, ", %s", letters);
  if (physical) {
    metes_size_words(gpa.end - gpa.start, size, sizeof size);
    fprintf(to, ", %s, guest-physical [0x%" PRIx64 ", 0x%" PRIx64 ")", size, gpa.start, gpa.end);
  }
  if (!virtual)
    return;
  metes_size_words(gva.end - gva.start, size, sizeof size);
  if (!physical || gpa.end - gpa.start != gva.end - gva.start)
    fprintf(to, ", %s", size);
  fprintf(to, ", guest-virtual [0x%" PRIx64 ", 0x%" PRIx64 ")", gva.start, gva.end);
}

static void describe_window(FILE *to, const struct metes_window *w)
{
  fprintf(to, "\n%s:", w->title);
  for (uint32_t i = w->n; i-- > 0;) {
    const struct metes_area *a = &w->areas[i];
    char letters[4];

    metes_letters(a->flags, letters);
    fputs(i + 1 == w->n ? " " : "; ", to);
    metes_svg_words(to, a->name, letters, (struct metes_range){w->gpa + a->start, w->gpa + a->end},
                    (struct metes_range){w->gva + a->start, w->gva + a->end});
  }
  fputc('.', to);
}

/* The picture in words, for those who do not see it. */
static void describe(FILE *to, const char *profile_name, const struct metes_layout *l)
{
  const struct metes_window snapshot = metes_snapshot_window(l), scratch = metes_scratch_window(l);

  fprintf(to, "<title id=\"metes-title\">Memory map of a guest, profile %s</title>\n", profile_name);
  fputs("<desc id=\"metes-desc\">Both address spaces of a micro-VM side by side, the top of memory at the top.", to);
  describe_window(to, &scratch);
  describe_window(to, &snapshot);
  fputs("\nBelow: ", to);
  metes_svg_words(to, "null guard", NULL, (struct metes_range){0, l->snapshot_gpa},
                  (struct metes_range){0, l->snapshot_gva});
  fputs(", never mapped.</desc>\n", to);
}

static void put_fact(FILE *to, uint32_t i, struct fact f)
{
  const int x = i % 2 == 0 ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - 222;
  const int y = FACTS + (int)(i / 2) * FACT_STEP;
  char size[24];

  metes_size_short(f.size, size, sizeof size);
  fprintf(to, "<text class=\"key\" x=\"%d\" y=\"%d\">%s</text>\n", x, y, f.name);
  fprintf(to, "<text class=\"size end\" x=\"%d\" y=\"%d\">%s</text>\n", x + 146, y, size);
  fprintf(to, "<text class=\"exact end\" x=\"%d\" y=\"%d\">%" PRIu64 "</text>\n", x + 222, y, f.size);
}

static void put_facts(FILE *to, const struct metes_layout *l)
{
  const struct fact facts[N_FACTS] = {
    {"code", l->code_size},         {"input", l->input_data_size}, {"heap", l->heap_size},
    {"output", l->output_data_size}, {"init data", l->init_data_size}, {"scratch", l->scratch_size},
    {"page tables", l->pt_size},    {"snapshot", l->snapshot_size},
  };
  char letters[4];

  for (uint32_t i = 0; i < N_FACTS; i++)
    put_fact(to, i, facts[i]);
  metes_letters(l->init_data_permissions, letters);
  fprintf(to, "<text class=\"key\" x=\"%d\" y=\"%d\">init data %s, %s file mappings, heap %sexecutable</text>\n",
          SVG_MARGIN, FACTS + 4 * FACT_STEP, letters, (l->options & METES_OPT_FILE_MAPPINGS) != 0 ? "with" : "no",
          (l->options & METES_OPT_EXECUTABLE_HEAP) != 0 ? "" : "not ");
}

int metes_svg_head_height(void)
{
  return COLUMNS + 14;
}

void metes_svg_head(FILE *to, const char *profile_name, const struct metes_layout *l, int height)
{
  fprintf(to,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" lang=\"en\" role=\"img\" "
          "aria-labelledby=\"metes-title\" aria-describedby=\"metes-desc\">\n",
          SVG_WIDTH, height);
  describe(to, profile_name, l);
  fputs(style, to);
  fprintf(to, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", SVG_WIDTH, height);
  fprintf(to, "<text class=\"title\" x=\"%d\" y=\"%d\">Memory map, profile %s</text>\n", SVG_MARGIN, TITLE, profile_name);
  put_facts(to, l);
  fprintf(to, "<text class=\"column\" x=\"%d\" y=\"%d\">guest-physical (GPA)</text>\n", SVG_MARGIN, COLUMNS);
  fprintf(to, "<text class=\"column end\" x=\"%d\" y=\"%d\">guest-virtual (GVA)</text>\n", SVG_WIDTH - SVG_MARGIN,
          COLUMNS);
}

static const char *const keys[][3] = {
  {"r", "r--", "read"},
  {"w", "rw-", "read and write"},
  {"x", "r-x", "read and execute"},
  {"wx", "rwx", "all of them"},
  {"none", "---", "none of them, or no memory"},
};

static const char *const notes[] = {
  "[start, end) begins at start and stops before end.",
  "Sizes with a point are rounded.",
  "To scale: solid blocks with others of their window, by its ruler.",
  "Not to scale: what is dashed, labels, one window beside the other.",
  "The null guard is never mapped. No slot may lie where it is reserved.",
  "Page tables: those in scratch are copied from the snapshot at the start.", /* where there are any */
};

enum {
  N_KEYS = sizeof keys / sizeof *keys,
  N_NOTES = sizeof notes / sizeof *notes,
  KEY_ROWS = (N_KEYS + 1) / 2,
  KEY_STEP = 18,
  NOTE_STEP = 16,
};

static int notes_of(const struct metes_layout *l)
{
  return l->pt_size != 0 ? N_NOTES : N_NOTES - 1;
}

int metes_svg_legend_height(const struct metes_layout *l)
{
  return LEGEND + KEY_ROWS * KEY_STEP + notes_of(l) * NOTE_STEP + 2 * LEGEND;
}

void metes_svg_legend(FILE *to, int y, const struct metes_layout *l)
{
  y += LEGEND;
  for (int i = 0; i < N_KEYS; i++) {
    const int x = SVG_MARGIN + i % 2 * (SVG_WIDTH / 2 - 6), top = y + i / 2 * KEY_STEP;

    fprintf(to, "<g class=\"legend %s\"><rect x=\"%d\" y=\"%d\" width=\"20\" height=\"11\"/>", keys[i][0], x, top);
    fprintf(to, "<text class=\"letters\" x=\"%d\" y=\"%d\">%s</text>", x + 28, top + 9, keys[i][1]);
    fprintf(to, "<text x=\"%d\" y=\"%d\">%s</text></g>\n", x + 58, top + 9, keys[i][2]);
  }
  y += KEY_ROWS * KEY_STEP + 2 * LEGEND;
  for (int i = 0; i < notes_of(l); i++)
    fprintf(to, "<text class=\"note\" x=\"%d\" y=\"%d\">%s</text>\n", SVG_MARGIN, y + (i - 1) * NOTE_STEP + 10, notes[i]);
  fputs("</svg>\n", to);
}
