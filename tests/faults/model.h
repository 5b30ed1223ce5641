/* SPDX-License-Identifier: Apache-2.0
 * A second opinion on what an exit of KVM leads to. */
#ifndef METES_FAULTS_MODEL_H
#define METES_FAULTS_MODEL_H

#include "vmm/sandbox.h"

enum { MODEL_GOES_ON = -1, MODEL_ANY = -2 }; /* beside enum metes_outcome */

/* One run as the model sees it: what may still be used up, and how it must end. */
struct model {
  uint64_t exits, output;
  bool abort_code;
  int due; /* MODEL_GOES_ON: no exit has ended it */
};

void model_begin(struct model *m, const struct metes_budget *b);
void model_exit(struct model *m, const struct kvm_run *run, size_t size);

/* What is wrong with how it ended, or null. */
const char *model_judge(const struct model *m, const struct metes_stop *s);

#endif
