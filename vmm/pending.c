/* SPDX-License-Identifier: Apache-2.0
 * Commands that are not built in yet; each goes away with its own source. */
#include "cli.h"

static int pending(const char *name)
{
  metes_say("%s is not built in yet", name);
  return METES_EXIT_INTERNAL;
}

__attribute__((weak)) int metes_cmd_check(int argc, char **argv) { (void)argc; return pending(argv[0]); }
__attribute__((weak)) int metes_cmd_run(int argc, char **argv) { (void)argc; return pending(argv[0]); }
__attribute__((weak)) int metes_cmd_doctor(int argc, char **argv) { (void)argc; return pending(argv[0]); }
