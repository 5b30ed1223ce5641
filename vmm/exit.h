/* SPDX-License-Identifier: Apache-2.0
 * What the exit status of every `metes` command means. */
#ifndef METES_EXIT_H
#define METES_EXIT_H

/* 64 to 77 are those of sysexits.h, 124 that of timeout(1), 159 that of a shell for SIGSYS. `metes audit` has
 * 65 where a rule was broken, and else ends as the program did that it ran. */
enum metes_exit {
  METES_EXIT_OK = 0,
  METES_EXIT_GUEST_FAILED = 1,   /* the guest reported failure */
  METES_EXIT_USAGE = 64,         /* the command line is wrong */
  METES_EXIT_REFUSED = 65,       /* a configuration, plan or image was refused, or a rule broken */
  METES_EXIT_NO_INPUT = 66,      /* an input file is missing or unreadable */
  METES_EXIT_NO_KVM = 69,        /* KVM is not available */
  METES_EXIT_INTERNAL = 70,      /* an internal check failed */
  METES_EXIT_SYSTEM = 71,        /* a system call failed */
  METES_EXIT_OUTPUT = 74,        /* output could not be written */
  METES_EXIT_NO_PERMISSION = 77, /* something is there and may not be used */
  METES_EXIT_DEADLINE = 124,     /* the guest ran out of time */
  METES_EXIT_BUDGET = 125,       /* the guest ran out of exits or output */
  METES_EXIT_SHUTDOWN = 126,     /* the guest shut down (triple fault) */
  METES_EXIT_KILLED = 159,       /* killed by policy */
};

#endif
