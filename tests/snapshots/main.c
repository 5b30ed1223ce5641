/* SPDX-License-Identifier: Apache-2.0
 * Snapshots on KVM. METES_RESTORES=10000 METES_GUESTS=1000 is the whole of it, and what ./do test asks for.
 * usage: snapshots GUEST [ends | stops | restores | registers | starts | renews | clones | files]... */
#include <string.h>

#include "snapshots.h"

static const struct {
  const char *name;
  void (*run)(const struct metes_kvm *);
} tests[] = {{"ends", test_ends}, {"stops", test_stops}, {"restores", test_restores}, {"registers", test_registers},
             {"starts", test_starts}, {"renews", test_renews}, {"clones", test_clones}, {"files", test_files}};

static bool wanted(int argc, char **argv, const char *name)
{
  for (int i = 2; i < argc; i++)
    if (strcmp(argv[i], name) == 0)
      return true;
  return argc == 2;
}

int main(int argc, char **argv)
{
  struct metes_guest_args args;
  struct metes_failure f = {0};
  struct metes_kvm k;

  if (argc < 2)
    return 64;
  read_guest(argv[1], &args);
  must(metes_kvm_open(&k, &f), &f);
  for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++)
    if (wanted(argc, argv, tests[i].name))
      tests[i].run(&k);
  metes_kvm_close(&k);
  return done();
}
