/* SPDX-License-Identifier: Apache-2.0
 * What the `metes` commands share: options of a layout, sizes, and how output ends. */
#ifndef METES_CLI_H
#define METES_CLI_H

#include <argp.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/metes.h"
#include "exit.h"

struct metes_failure;

/* The commands: argv[0] is "metes layout" and so on; they return the exit status. */
int metes_cmd_layout(int argc, char **argv);
int metes_cmd_check(int argc, char **argv);
int metes_cmd_run(int argc, char **argv);
int metes_cmd_audit(int argc, char **argv);
int metes_cmd_doctor(int argc, char **argv);

/* What SIGPIPE did before `metes` ignored it: a program that it starts gets it back. */
extern void (*metes_sigpipe_was)(int);

/* Which sizes were given on the command line, as bits of `given` below. */
#define METES_GIVEN_CODE_SIZE 1u
#define METES_GIVEN_INIT_DATA_SIZE 2u
#define METES_GIVEN_PT_SIZE 4u
#define METES_GIVEN_SCRATCH_SIZE 8u

/* What the layout options say. */
struct metes_layout_args {
  enum metes_profile_id profile_id;
  struct metes_profile profile; /* with what --irqchip reserves */
  struct metes_config config;
  unsigned given; /* METES_GIVEN_* */
  bool irqchip;
};

/* Parser for --profile, all sizes, --init-data-permissions, --executable-heap,
 * --file-mappings and --irqchip. Use it as a child:
 *
 *   static const struct argp_child children[] = {{&metes_layout_argp, 0, "Layout:", 1}, {0}};
 *   case ARGP_KEY_INIT: state->child_inputs[0] = &my->layout;   // struct metes_layout_args
 *
 * It fills in defaults itself. Keys of its options lie from 0x1000 to 0x10FF. Wrong
 * values are usage errors: exit 64 through argp_error. */
extern const struct argp metes_layout_argp;

/* The names of the profiles that ship, by enum metes_profile_id; a null ends them. */
extern const char *const metes_profile_names[];

/* Reads a size: 4096, 0x1000, 4K, 16M, 1G (binary units, either case, also KiB, MiB, GiB).
 * False where it is no size or is 2^64 or more; *size is then untouched. */
bool metes_parse_size(const char *text, uint64_t *size);

/* Parses the options of a command and exits on usage errors. `--help` prints
 * `examples` first, then what argp makes of the options; it exits by itself. */
#define METES_KEY_HELP 0x1100
#define METES_HELP_OPTION                                            \
  {"help", METES_KEY_HELP, NULL, 0, "Print this help", -1},          \
  {                                                                  \
    "usage", METES_KEY_HELP, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, -1 \
  }
_Noreturn void metes_help(struct argp_state *state, const char *examples);

/* Ends standard output: flushes and closes it. Returns `status`, or METES_EXIT_OUTPUT with a
 * message where anything written to stdout since the start was lost. The last call of a command. */
int metes_finish_output(int status);

/* Called right after writing to stdout, it keeps the reason why that failed, for metes_finish_output. */
void metes_watch_output(void);

/* The same after metes_confine, which leaves no close and no exit handlers: it ends the process. */
_Noreturn void metes_finish_confined(int status);

/* "metes: ..." on stderr, in the manner of printf. */
__attribute__((format(printf, 1, 2))) void metes_say(const char *format, ...);

/* "metes: ..." on stderr, in the manner of printf, and then `: ` and the text of errno. */
__attribute__((format(printf, 1, 2))) void metes_say_errno(const char *format, ...);

/* The most that metes_read_file reads. */
#define METES_MAX_FILE (1UL << 30)

/* Reads all of a file, or of standard input for "-", into *bytes, the caller's to free.
 * Returns 0, or the exit status, with the reason said and *bytes not to be used. */
int metes_read_file(const char *path, uint8_t **bytes, size_t *n);

/* Opens a file to read. -1: *f says why not. */
int metes_open_input(const char *path, int flags, struct metes_failure *f);

/* Whether the first `n` bytes of a file are as good as all of it. */
struct metes_enough {
  bool (*is)(const uint8_t *bytes, size_t n, const void *of);
  const void *of;
};

/* The same, of a file no more than is enough, about; asked now and then. */
int metes_read_enough(const char *path, const struct metes_enough *e, uint8_t **bytes, size_t *n);

/* Writes a file whole or not at all: a new one beside it takes its place when it is complete. Only
 * what is no regular file (a device, a pipe) is written straight into.
 * Returns 0, or METES_EXIT_OUTPUT with the reason said and what was there still there. */
int metes_write_file(const char *path, const void *bytes, size_t n);

/* Writes what `draw` draws of `what`, to a file or, for "-", to standard output: in memory first, so that it is written
 * whole or not at all. Returns 0, what metes_write_file does, or METES_EXIT_SYSTEM where `draw` says no, with the reason
 * said. */
int metes_write_picture(const char *path, bool (*draw)(FILE *to, const void *what), const void *what);

/* The same in steps, for a file that another writes: what is written to `fd`, the caller's to close,
 * takes the place of what is there when the end says so. Each returns 0, or METES_EXIT_OUTPUT with the reason said. */
struct metes_output {
  int fd;
  bool replaces;        /* else fd is what stands there itself */
  char path[PATH_MAX];
  char beside[PATH_MAX + 32];
};
int metes_output_open(const char *path, struct metes_output *o);
int metes_output_end(const char *path, struct metes_output *o, bool keep);

/* The exit status for a file that could not be opened, or read, by errno: 66, 77 or 71. */
int metes_open_status(int error);

/* Whether to use colour on this stream: a terminal, no NO_COLOR, TERM not dumb. */
bool metes_colour(FILE *stream);

#endif
