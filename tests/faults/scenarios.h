/* SPDX-License-Identifier: Apache-2.0
 * Lives of a sandbox on the made-up kernel, each a function that does all of it and tells what came of it. */
#ifndef METES_FAULTS_SCENARIOS_H
#define METES_FAULTS_SCENARIOS_H

#include "fake.h"
#include "vmm/sandbox.h"

/* What came of it: the first failure, or how the guest stopped. */
struct told {
  int status;
  enum metes_outcome outcome;
  uint64_t exits;
  char text[2048]; /* of the failure, or what the command said */
};

struct scenario {
  const char *name;
  void (*live)(struct told *t);
  bool pairs;   /* with every pair of faults, too */
  int status;   /* what comes of it without a fault */
  enum metes_outcome outcome;
  bool registers; /* it needs those of a stop: KVM has to tell them */
};
extern const struct scenario scenarios[];
extern const unsigned n_scenarios;

/* One exit of a script; KVM_EXIT_HLT follows the last. */
struct step {
  uint32_t reason;
  uint16_t port;     /* of an OUT of `n` bytes, `size` at a time */
  uint8_t size;
  const char *bytes;
  uint32_t n;
  void (*act)(void); /* done first, as a guest or a signal would */
  int error;         /* of KVM_RUN, in place of an exit */
};
void play(const struct step *steps, unsigned n);

/* A guest's image: code, data, an entry. */
const uint8_t *sample_image(size_t *n);

/* The monitor's own state is as at the start of a process. */
void forget(void);

/* Hands the status on; a failure that is not told, or told of nothing, is noticed. */
int checked(int status, struct metes_failure *f);

/* Between them standard output and standard error are the made-up kernel's; what was said is then in t->text. */
void streams_begin(void);
void streams_end(struct told *t);

/* The command `metes run` with these words. */
void run_command(struct told *t, const char *const *words);

#endif
