/* SPDX-License-Identifier: Apache-2.0
 * Files on the command line: opened before the guest is made, and closed before it runs. */
#include "run_maps.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "sys.h"

#define KEY_MAP 0x1300

static const struct argp_option options[] = {
  {"map", KEY_MAP, "FILE@LABEL", 0,
   "Give it this file as memory, copy-on-write; the guest finds it by its label, which is the file's name where there "
   "is no @LABEL. May be repeated, up to 32 times", 0},
  {0},
};

/* What stands behind the last @, or the file's own name. */
static void split(struct metes_map *x, const char *text, struct argp_state *state)
{
  const char *const at = strrchr(text, '@'), *const slash = strrchr(text, '/');
  const char *const label = at != NULL ? at + 1 : slash != NULL ? slash + 1 : text;
  const size_t n = at != NULL ? (size_t)(at - text) : strlen(text), letters = strlen(label);

  if (n == 0 || n >= PATH_MAX)
    argp_error(state, "--map: '%s' names no file: FILE@LABEL is needed", text);
  if (letters == 0 || letters >= METES_LABEL_SIZE)
    argp_error(state, "--map: the label of '%s' has %zu characters, and must have 1 to %zu", text, letters,
               (size_t)METES_LABEL_SIZE - 1);
  x->path = n;
  x->label = label;
}

static void add(struct metes_map_list *m, const char *text, struct argp_state *state)
{
  struct metes_map *const x = &m->maps[m->n];

  if (m->n == METES_MAX_FILE_MAPPINGS)
    argp_error(state, "--map: %u files are the most", METES_MAX_FILE_MAPPINGS);
  *x = (struct metes_map){.file = text, .fd = -1};
  split(x, text, state);
  for (unsigned i = 0; i < m->n; i++)
    if (strcmp(m->maps[i].label, x->label) == 0)
      argp_error(state, "--map: '%s' and '%s' have one label", m->maps[i].file, text);
  m->n++;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  if (key != KEY_MAP)
    return ARGP_ERR_UNKNOWN;
  add(state->input, value, state);
  return 0;
}

const struct argp metes_map_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

static int open_file(struct metes_map *x, struct metes_failure *f)
{
  char path[PATH_MAX];
  uint64_t size;

  snprintf(path, sizeof path, "%.*s", (int)x->path, x->file);
  x->fd = metes_open_input(path, O_NONBLOCK, f); /* not waiting for the writer of a pipe, which is refused */
  return x->fd < 0 ? f->status : metes_file_size(x->fd, path, &size, f);
}

int metes_map_list_open(struct metes_map_list *m, struct metes_failure *f)
{
  int status = 0;

  for (unsigned i = 0; i < m->n && status == 0; i++)
    status = open_file(&m->maps[i], f);
  return status;
}

int metes_map_list_map(struct metes_map_list *m, struct metes_sandbox *s, struct metes_failure *f)
{
  int status = 0;

  for (unsigned i = 0; i < m->n && status == 0; i++)
    status = metes_sandbox_map(s, m->maps[i].fd, m->maps[i].label, f);
  metes_map_list_end(m);
  return status;
}

void metes_map_list_end(struct metes_map_list *m)
{
  for (struct metes_map *x = m->maps; x < m->maps + m->n; x++) {
    if (x->fd >= 0)
      metes_sys.close(x->fd);
    x->fd = -1;
  }
}
