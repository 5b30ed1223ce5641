/* SPDX-License-Identifier: Apache-2.0
 * `metes layout`: a layout as a map, as JSON or as a picture, or many by --batch. */
#include <errno.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "cli.h"
#include "describe.h"
#include "guest_size.h"
#include "json_layout.h"
#include "map.h"
#include "svg.h"

struct args {
  struct metes_layout_args layout;
  const char *guest;
  const char *svg; /* where the picture goes */
  bool json;
  bool batch;
};

enum key { KEY_JSON = 0x1200, KEY_BATCH, KEY_SVG };

static const struct argp_option options[] = {
  {"json", KEY_JSON, NULL, 0, "Print one JSON object instead of the map", 0},
  {"batch", KEY_BATCH, NULL, 0,
   "Read one JSON object a line from standard input, print one a line, in order", 0},
  {"svg", KEY_SVG, "FILE", 0, "Draw the map into FILE as an SVG picture instead; - is standard output", 0},
  METES_HELP_OPTION,
  {0},
};

static const struct argp_child children[] = {{&metes_layout_argp, 0, "What to lay out:", 1}, {0}};

static const char examples[] =
  "  metes layout --code-size 64K                       the map of a guest with 64 KiB of code\n"
  "  metes layout build/guest/hello                     the same for the code of an ELF image\n"
  "  metes layout --profile nub --heap-size 16M --json  one JSON object\n"
  "  metes layout --code-size 64K --svg map.svg         the map as a picture\n"
  "  echo '{\"code_size\": 65536}' | metes layout --batch\n";

static const char doc[] =
  "Compute where everything of a guest lies, and show it."
  "\vSizes are written 4096, 0x1000, 4K, 16M or 1G.\n\n"
  "With --batch the keys of a line are input_data_size, output_data_size, heap_size, scratch_size, "
  "code_size, init_data_size, init_data_permissions (null or READ 1 + WRITE 2 + EXECUTE 4) and "
  "pt_size (or null); what is missing is as the options say. A line that cannot be read gets "
  "{\"error\":\"bad_input\", ...} and the next one is read.\n\n"
  "Exit status: 0 well, 64 wrong usage, 65 no layout or no good image, 66 the image is missing, "
  "71 out of memory, 74 output could not be written.";

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct args *a = state->input;

  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = &a->layout; return 0;
  case KEY_JSON: a->json = true; return 0;
  case KEY_BATCH: a->batch = true; return 0;
  case KEY_SVG: a->svg = value; return 0;
  case METES_KEY_HELP: metes_help(state, examples);
  case ARGP_KEY_ARG:
    if (a->guest != NULL)
      argp_error(state, "more than one GUEST: '%s'", value);
    a->guest = value;
    return 0;
  case ARGP_KEY_END:
    if (a->guest != NULL && a->batch)
      argp_error(state, "--batch takes no GUEST");
    if (a->svg != NULL && a->batch)
      argp_error(state, "--batch draws no --svg");
    if (a->svg != NULL && a->json && strcmp(a->svg, "-") == 0)
      argp_error(state, "--json and --svg - cannot both have standard output");
    if (a->guest != NULL && (a->layout.given & METES_GIVEN_CODE_SIZE) != 0)
      argp_error(state, "either --code-size or a GUEST says how large the code is");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static void refuse(const struct metes_profile *p, enum metes_status s, const struct metes_error *e)
{
  const struct metes_subject subject = {.profile = p};
  char text[512];

  metes_describe(s, e, &subject, text, sizeof text);
  metes_say("%s: %s (%s)", metes_error_code(s), text, metes_error_clause(s));
}

struct picture {
  const struct args *a;
  const struct metes_layout *l;
};

static bool draw(FILE *to, const void *what)
{
  const struct picture *const x = what;

  return metes_svg(to, metes_profile_names[x->a->layout.profile_id], &x->a->layout.profile, x->l);
}

static int show(const struct args *a)
{
  const struct metes_profile *p = &a->layout.profile;
  const struct metes_request q = {a->layout.config, a->layout.config.init_data_permissions};
  const struct metes_map_style style = {strcmp(nl_langinfo(CODESET), "UTF-8") == 0, metes_colour(stdout)};
  struct metes_answer answer;
  struct metes_json j = {stdout, false};
  enum metes_status s;

  metes_answer(p, &q, &answer);
  s = answer.status != METES_OK ? answer.status : answer.pt_status;
  if (a->svg != NULL && s == METES_OK) {
    const struct picture x = {a, &answer.layout};
    const int status = metes_write_picture(a->svg, draw, &x);

    if (status != METES_EXIT_OK)
      return status;
  }
  if (a->json)
    metes_json_answer(&j, p, &answer);
  else if (s == METES_OK && a->svg == NULL)
    metes_map(stdout, metes_profile_names[a->layout.profile_id], p, &answer.layout, style);
  else if (s != METES_OK)
    refuse(p, s, &answer.error);
  return metes_finish_output(s == METES_OK ? METES_EXIT_OK : METES_EXIT_REFUSED);
}

int metes_cmd_layout(int argc, char **argv)
{
  static const struct argp argp = {options, parse, "[GUEST]", doc, children, NULL, NULL};
  struct args a = {0};
  int status;

  argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &a);
  if (a.batch)
    return metes_batch(STDIN_FILENO, &a.layout.profile, &a.layout.config);
  status = a.guest == NULL ? METES_EXIT_OK
                           : metes_guest_size(a.guest, &a.layout.profile, &a.layout.config.code_size);
  return status == METES_EXIT_OK ? show(&a) : status;
}
