/* SPDX-License-Identifier: Apache-2.0
 * What stands around the SVG map: its style, what it is about, the configuration, and the legend. */
#include <inttypes.h>

#include "describe.h"
#include "svg_parts.h"

/* Letters are so small that the widest usual fonts fit. Colours are Okabe and Ito's, which colour-blind
 * people can tell apart; letters say the same. What is dashed is not to scale. Paper is always light. */
const char metes_svg_style[] =
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
  ".hole .break{fill:#fff}\n"
  ".hole .leader,.ruler{fill:none;stroke:#6e7781}\n"
  "@media screen and (prefers-color-scheme:dark){\n"
  "text{fill:#e6edf3}\n"
  ".key,.note,.exact{fill:#9da7b3}\n"
  ".page,.hole .break{fill:#15191f}\n"
  ".label{fill-opacity:.14}\n"
  ".r rect,.r path{stroke:#8fd0f5}\n"
  ".w rect,.w path{stroke:#3ccfa4}\n"
  ".x rect,.x path{stroke:#e6a9cb}\n"
  ".wx rect,.wx path{stroke:#ffc549}\n"
  "}\n"
  "</style>\n";

/* What is measured, in two columns below the title. */
struct fact {
  const char *name;
  uint64_t size;
};

enum {
  TITLE = 34,
  FACTS = 60,
  FACT_WIDTH = 216,
  FACT_STEP = 16,
  N_FACTS = 8,
  COLUMNS = FACTS + 5 * FACT_STEP + 16,
  LEGEND = 10,
};

static void describe_window(const struct svg *s, const struct metes_window *w)
{
  fprintf(s->to, "\n%s", w->title);
  for (uint32_t i = w->n; i-- > 0;) {
    char letters[4];

    metes_letters(w->areas[i].flags, letters);
    fputs(i + 1 == w->n ? ": " : "; ", s->to);
    metes_svg_words(s, w->areas[i].name, letters, metes_svg_spaces(w, &w->areas[i]));
  }
  fputc('.', s->to);
}

/* The picture in words, for those who do not see it. */
static void describe(const struct svg *s, const char *profile_name, const struct metes_layout *l)
{
  const struct metes_window snapshot = metes_snapshot_window(l), scratch = metes_scratch_window(l);
  const struct spaces below = {{0, l->snapshot_gpa}, {0, l->snapshot_gva}};

  fprintf(s->to, "<title id=\"metes-title\">Memory map of a guest, profile %s</title>\n", profile_name);
  fputs("<desc id=\"metes-desc\">Both address spaces side by side, the top of memory at the top.", s->to);
  describe_window(s, &scratch);
  describe_window(s, &snapshot);
  fputs("\nBelow: ", s->to);
  metes_svg_words(s, "null guard", NULL, below);
  fputs(", never mapped.</desc>\n", s->to);
}

static void put_fact(const struct svg *s, int i, struct fact f)
{
  const int x = i % 2 == 0 ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - FACT_WIDTH;
  const int y = FACTS + i / 2 * FACT_STEP;
  char size[24];

  metes_size_short(f.size, size, sizeof size);
  metes_svg_text(s, "key", x, y, "%s", f.name);
  metes_svg_text(s, "size end", x + FACT_WIDTH - 72, y, "%s", size);
  metes_svg_text(s, "exact end", x + FACT_WIDTH, y, "%" PRIu64, f.size);
}

static void put_facts(const struct svg *s, const struct metes_layout *l)
{
  const struct fact facts[N_FACTS] = {
    {"code", l->code_size},           {"input", l->input_data_size},
    {"heap", l->heap_size},           {"output", l->output_data_size},
    {"init data", l->init_data_size}, {"scratch", l->scratch_size},
    {"page tables", l->pt_size},      {"snapshot", l->snapshot_size},
  };
  char letters[4];

  for (int i = 0; i < N_FACTS; i++)
    put_fact(s, i, facts[i]);
  metes_letters(l->init_data_permissions, letters);
  metes_svg_text(s, "key", SVG_MARGIN, FACTS + 4 * FACT_STEP, "init data %s, %s file mappings, heap %sexecutable",
                 letters, (l->options & METES_OPT_FILE_MAPPINGS) != 0 ? "with" : "no",
                 (l->options & METES_OPT_EXECUTABLE_HEAP) != 0 ? "" : "not ");
}

int metes_svg_head_height(void)
{
  return COLUMNS + 14;
}

void metes_svg_head(const struct svg *s, const char *profile_name, const struct metes_layout *l, int height)
{
  fprintf(s->to,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" lang=\"en\" role=\"img\" "
          "aria-labelledby=\"metes-title\" aria-describedby=\"metes-desc\">\n",
          SVG_WIDTH, height);
  describe(s, profile_name, l);
  fputs(metes_svg_style, s->to);
  fprintf(s->to, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", SVG_WIDTH, height);
  metes_svg_text(s, "title", SVG_MARGIN, TITLE, "Memory map, profile %s", profile_name);
  put_facts(s, l);
  metes_svg_text(s, "column", SVG_MARGIN, COLUMNS, "guest-physical (GPA)");
  metes_svg_text(s, "column end", SVG_WIDTH - SVG_MARGIN, COLUMNS, "guest-virtual (GVA)");
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
  return LEGEND + KEY_ROWS * KEY_STEP + 2 * LEGEND + notes_of(l) * NOTE_STEP;
}

static void put_key(const struct svg *s, int i, int y)
{
  const int x = i % 2 == 0 ? SVG_MARGIN : SVG_WIDTH - SVG_MARGIN - FACT_WIDTH;

  fprintf(s->to, "<g class=\"legend %s\"><rect x=\"%d\" y=\"%d\" width=\"20\" height=\"11\"/>\n", keys[i][0], x, y);
  metes_svg_text(s, "letters", x + 28, y + 9, "%s", keys[i][1]);
  metes_svg_text(s, "meaning", x + 58, y + 9, "%s", keys[i][2]);
  fputs("</g>\n", s->to);
}

void metes_svg_legend(const struct svg *s, const struct metes_layout *l)
{
  const int first = s->y + 2 * LEGEND + KEY_ROWS * KEY_STEP + LEGEND;

  for (int i = 0; i < N_KEYS; i++)
    put_key(s, i, s->y + LEGEND + i / 2 * KEY_STEP);
  for (int i = 0; i < notes_of(l); i++)
    metes_svg_text(s, "note", SVG_MARGIN, first + i * NOTE_STEP, "%s", notes[i]);
  fputs("</svg>\n", s->to);
}
