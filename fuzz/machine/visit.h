/* SPDX-License-Identifier: Apache-2.0
 * Parts of the fuzz target `kvm`: one visit of a guest, what it is told to do, and what it must find. */
#ifndef METES_FUZZ_VISIT_H
#define METES_FUZZ_VISIT_H

#include "fuzz/machine/machine.h"
#include "fuzz/machine/probe.h"

#define PAGE 4096u
#define VISITS 256 /* of each guest: as many as the input says, the others by a generator that it seeds */

/* An access that no slot allows: KVM tells of it. */
struct outside {
  uint64_t gpa;
  bool write;
  uint8_t value;
};

#define OUTSIDE_MOST 4u /* accesses that no slot allows, in a visit that has any: each is an exit */

struct visit {
  const struct machine_guest *g;
  struct metes_vm *vm;
  struct probe_order order;
  uint8_t code[PROBE_CODE_MOST];
  struct probe_result due[PROBES_MOST];
  bool known[PROBES_MOST]; /* what is read there */
  struct outside outside[OUTSIDE_MOST];
  unsigned n_outside, at_outside, most_outside;
  bool written[SCRATCH_MOST / PAGE]; /* pages of scratch that may have changed */
};

struct counts {
  uint64_t inputs, guests, visits, known, probes, codes, exits, spoiled;
};
extern struct counts count;

extern const char *const probe_kinds[]; /* by enum probe_kind */
extern char why[320]; /* where what is wrong is said with numbers */

/* What the guest is to do, by the input, and what it must find; written where it looks for it. `closer`: it also reads
 * what costs an exit. */
void visit_ask(struct source *s, struct visit *v, bool closer);

/* Writes it where the guest looks for it: visit_ask has done so. */
void visit_tell(struct visit *v);

/* Runs it up to its report; null, or what is wrong in it or on the way. */
const char *visit_probe(struct visit *v);

/* Runs the visit's random code. */
const char *visit_run_code(struct visit *v);

/* Puts the pages back that were to change; `all`: each page is looked at. What nobody may have written stays as it
 * is until somebody looks, so that nothing goes unseen. */
const char *visit_put_back(const struct visit *v, bool all);

#endif
