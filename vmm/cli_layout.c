/* SPDX-License-Identifier: Apache-2.0
 * The options that say what to lay out; a child parser of `metes layout` and `metes run`. */
#include <string.h>

#include "cli.h"

const char *const metes_profile_names[] = {"hyperlight", "nub", "i686", NULL};

/* Pages of KVM's in-kernel interrupt chips (K16). */
static const struct metes_range irqchip_pages[] = {{0xFEC00000, 0xFEC01000}, {0xFEE00000, 0xFEE01000}};

enum key {
  KEY_PROFILE = 0x1000,
  KEY_CODE,
  KEY_HEAP,
  KEY_INIT_DATA,
  KEY_INPUT,
  KEY_OUTPUT,
  KEY_SCRATCH,
  KEY_PT,
  KEY_PERMISSIONS,
  KEY_EXECUTABLE_HEAP,
  KEY_FILE_MAPPINGS,
  KEY_IRQCHIP,
};

static const struct argp_option options[] = {
  {"profile", KEY_PROFILE, "NAME", 0, "Address spaces: hyperlight (default), nub, i686", 0},
  {"code-size", KEY_CODE, "SIZE", 0, "The guest's code; default 0", 0},
  {"heap-size", KEY_HEAP, "SIZE", 0, "Its heap; default 128K, also for 0", 0},
  {"init-data-size", KEY_INIT_DATA, "SIZE", 0, "Data it starts with; default 0", 0},
  {"input-data-size", KEY_INPUT, "SIZE", 0, "Buffer for calls; default 16K, at least 8K", 0},
  {"output-data-size", KEY_OUTPUT, "SIZE", 0, "Buffer for results; default 16K, at least 8K", 0},
  {"scratch-size", KEY_SCRATCH, "SIZE", 0, "Its writable memory, buffers included; default 288K", 0},
  {"pt-size", KEY_PT, "SIZE", 0, "Page tables, behind the snapshot and again in scratch; default 0", 0},
  {"init-data-permissions", KEY_PERMISSIONS, "RWX", 0, "Of init data: some of r, w, x; default r", 0},
  {"executable-heap", KEY_EXECUTABLE_HEAP, NULL, 0, "Make the heap executable", 0},
  {"file-mappings", KEY_FILE_MAPPINGS, NULL, 0, "Put a table of 32 file mappings into the PEB", 0},
  {"irqchip", KEY_IRQCHIP, NULL, 0, "Keep off the I/O APIC and APIC pages of KVM's interrupt chips", 0},
  {0},
};

static void set_profile(struct metes_layout_args *a, const char *name, struct argp_state *state)
{
  struct metes_error err;

  for (unsigned i = 0; metes_profile_names[i] != NULL; i++)
    if (strcmp(name, metes_profile_names[i]) == 0) {
      a->profile_id = (enum metes_profile_id)i;
      metes_profile_builtin(a->profile_id, &a->profile, &err);
      return;
    }
  argp_error(state, "no profile is called '%s'; there are hyperlight, nub and i686", name);
}

static void set_permissions(uint32_t *bits, const char *text, struct argp_state *state)
{
  static const char letters[] = "rwx";

  *bits = 0;
  for (const char *at = text; *at != '\0'; at++) {
    const char *letter = strchr(letters, *at | 0x20);
    const uint32_t bit = letter != NULL && *letter != '\0' ? 1u << (letter - letters) : 0;

    if (*at != '-' && (bit == 0 || (*bits & bit) != 0))
      argp_error(state, "--init-data-permissions: '%s' is not some of r, w and x", text);
    *bits |= bit;
  }
}

/* The field that an option with a size sets; null for other options. */
static uint64_t *size_field(struct metes_layout_args *a, int key)
{
  switch (key) {
  case KEY_CODE: a->given |= METES_GIVEN_CODE_SIZE; return &a->config.code_size;
  case KEY_HEAP: return &a->config.heap_size;
  case KEY_INIT_DATA: a->given |= METES_GIVEN_INIT_DATA_SIZE; return &a->config.init_data_size;
  case KEY_INPUT: return &a->config.input_data_size;
  case KEY_OUTPUT: return &a->config.output_data_size;
  case KEY_SCRATCH: a->given |= METES_GIVEN_SCRATCH_SIZE; return &a->config.scratch_size;
  case KEY_PT: a->given |= METES_GIVEN_PT_SIZE; return &a->config.pt_size;
  default: return NULL;
  }
}

static void start(struct metes_layout_args *a)
{
  struct metes_error err;

  memset(a, 0, sizeof *a);
  metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &a->profile, &err);
  metes_config_default(&a->config);
}

static void finish(struct metes_layout_args *a)
{
  struct metes_error err;

  for (size_t i = 0; a->irqchip && i < sizeof irqchip_pages / sizeof *irqchip_pages; i++)
    metes_profile_reserve(&a->profile, irqchip_pages[i].start, irqchip_pages[i].end, &err);
}

static const char *option_name(int key)
{
  for (const struct argp_option *o = options; o->name != NULL; o++)
    if (o->key == key)
      return o->name;
  return "";
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct metes_layout_args *a = state->input;
  uint64_t *field;

  switch (key) {
  case ARGP_KEY_INIT: start(a); return 0;
  case ARGP_KEY_END: finish(a); return 0;
  case KEY_PROFILE: set_profile(a, value, state); return 0;
  case KEY_PERMISSIONS: set_permissions(&a->config.init_data_permissions, value, state); return 0;
  case KEY_EXECUTABLE_HEAP: a->config.options |= METES_OPT_EXECUTABLE_HEAP; return 0;
  case KEY_FILE_MAPPINGS: a->config.options |= METES_OPT_FILE_MAPPINGS; return 0;
  case KEY_IRQCHIP: a->irqchip = true; return 0;
  default: break;
  }
  field = size_field(a, key);
  if (field == NULL)
    return ARGP_ERR_UNKNOWN;
  if (!metes_parse_size(value, field))
    argp_error(state, "--%s: '%s' is not a size below 2^64, such as 4096, 0x1000, 4K, 16M or 1G",
               option_name(key), value);
  return 0;
}

const struct argp metes_layout_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};
