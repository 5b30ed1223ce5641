/* SPDX-License-Identifier: Apache-2.0
 * The `metes` command: finds the subcommand and calls it. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "cli.h"
#include "sys.h"

#define VERSION "metes 0.1.0\n"

struct command {
  const char *name;
  char *full_name; /* what messages and --help call it */
  int (*run)(int argc, char **argv);
  const char *what;
};

static char layout_name[] = "metes layout", check_name[] = "metes check", run_name[] = "metes run",
            audit_name[] = "metes audit", doctor_name[] = "metes doctor";

void (*metes_sigpipe_was)(int) = SIG_DFL;

static const struct command commands[] = {
  {"layout", layout_name, metes_cmd_layout, "compute a guest's memory layout and show its map"},
  {"check", check_name, metes_cmd_check, "check any VMM's memory slots against KVM's rules"},
  {"audit", audit_name, metes_cmd_audit, "run any KVM monitor and hold its memory slots against KVM's rules"},
  {"run", run_name, metes_cmd_run, "run a guest on KVM"},
  {"doctor", doctor_name, metes_cmd_doctor, "say what this machine can do"},
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static void help(FILE *to)
{
  fputs("examples:\n"
        "  metes layout --code-size 64K             the map of a guest with 64 KiB of code\n"
        "  metes layout --profile nub --json        a layout as JSON\n"
        "  metes check plan.json                    are these memory slots sound?\n"
        "  metes audit -- lkvm run -k bzImage       are those that this monitor makes?\n"
        "  metes run build/guest/hello              boot a guest on KVM\n"
        "\n"
        "Usage: metes COMMAND [OPTION...]\n"
        "\n",
        to);
  for (size_t i = 0; i < N_COMMANDS; i++)
    fprintf(to, "  %-8s  %s\n", commands[i].name, commands[i].what);
  fputs("\n"
        "`metes COMMAND --help` says more. `metes --version` prints the version.\n",
        to);
}

/* A file opened where a standard stream is closed would be taken for that
 * stream: fill the gap with something that cannot be written (or read). */
static void fill_standard_streams(void)
{
  for (int fd = 0; fd <= 2; fd++)
    if (metes_sys.fcntl(fd, F_GETFD, 0) < 0)
      (void)metes_sys.open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC, 0);
}

static int run_command(const char *name, int argc, char **argv)
{
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (strcmp(name, commands[i].name) == 0) {
      argv[0] = commands[i].full_name;
      return commands[i].run(argc, argv);
    }
  metes_say("there is no command '%s'; `metes --help` lists them", name);
  return METES_EXIT_USAGE;
}

int main(int argc, char **argv)
{
  fill_standard_streams();
  metes_sigpipe_was = signal(SIGPIPE, SIG_IGN); /* a write that fails ends in METES_EXIT_OUTPUT */
  setlocale(LC_CTYPE, "");
  if (argc < 2) {
    help(stderr);
    return METES_EXIT_USAGE;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
    help(stdout);
    return metes_finish_output(METES_EXIT_OK);
  }
  if (strcmp(argv[1], "--version") == 0) {
    fputs(VERSION, stdout);
    return metes_finish_output(METES_EXIT_OK);
  }
  return run_command(argv[1], argc - 1, argv + 1);
}
