/* SPDX-License-Identifier: Apache-2.0
 * How a guest ended, and what is told of it: to people, and as JSON. */
#ifndef METES_GUEST_REPORT_H
#define METES_GUEST_REPORT_H

#include "ports.h"
#include "vm.h"

/* The ends that a guest can come to. */
enum metes_outcome {
  METES_OUTCOME_WELL,        /* HLT, or verdict 0: exit 0 */
  METES_OUTCOME_FAILED,      /* another verdict: exit 1 */
  METES_OUTCOME_ABORTED,     /* by its own word: exit 1 */
  METES_OUTCOME_DEADLINE,    /* exit 124 */
  METES_OUTCOME_BUDGET,      /* of exits or output: exit 125 */
  METES_OUTCOME_SHUTDOWN,    /* triple fault: exit 126, as all that follow */
  METES_OUTCOME_FAULT,       /* an access that no memory slot allows */
  METES_OUTCOME_UNSUPPORTED, /* something that this machine does not have */
  METES_OUTCOME_REFUSED,     /* by KVM, which would not run it */
};

struct metes_stop {
  enum metes_outcome outcome;
  uint64_t exits;
  char what[160]; /* what was not supported, or which budget was spent */
  uint64_t gpa;   /* of a FAULT */
  uint32_t length;
  bool write;
  bool has_registers;
  struct kvm_regs regs;
  struct kvm_sregs sregs;
};

int metes_outcome_exit(enum metes_outcome o);
const char *metes_outcome_name(enum metes_outcome o);

/* Asks the processor where it stands. */
void metes_stop_registers(struct metes_stop *s, const struct metes_vm *vm);

/* Sentences on `to`, each line beginning with "metes: ". Nothing where all is well. */
void metes_report(FILE *to, const struct metes_stop *s, const struct metes_ports *p,
                  const struct metes_guest_memory *g);

/* What there is to tell: whether registers are of interest; whether they were kept (a
 * triple fault resets an AMD processor); whether cr2 is the address at fault; and the
 * instruction at fault. */
bool metes_stop_tells(const struct metes_stop *s, const struct metes_ports *p);
bool metes_stop_survived(const struct metes_stop *s);
bool metes_stop_has_address(const struct metes_stop *s, const struct metes_ports *p);
uint64_t metes_stop_rip(const struct metes_stop *s, const struct metes_ports *p);

/* guest_json.c: the same as members of an object that is open. */
struct metes_json;
void metes_report_json(struct metes_json *j, const struct metes_stop *s, const struct metes_ports *p,
                       const struct metes_guest_memory *g);

/* guest_place.c: where an address belongs, in words: "its heap (rw-)". */
void metes_words_of_gpa(const struct metes_guest_memory *g, uint64_t gpa, char *text, size_t n);
void metes_words_of_gva(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, char *text,
                        size_t n);
/* What its page tables at cr3 allow it there, as they are now: METES_READ | …, 0 where nothing is mapped. */
uint32_t metes_permissions_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva);
/* The bytes of its code from `gva` on, as far as they can be read; how many. */
size_t metes_code_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, uint8_t *code,
                     size_t n);
const char *metes_place_name(enum metes_place place);

#endif
