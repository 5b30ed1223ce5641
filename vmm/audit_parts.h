/* SPDX-License-Identifier: Apache-2.0
 * What the parts of an audit share: a judgement, what is said of it, and the look of a map. */
#ifndef METES_AUDIT_PARTS_H
#define METES_AUDIT_PARTS_H

#include "audit.h"

/* What core says of a change. The plan is what core was asked about: the new slot alone, or behind another. */
struct metes_judgement {
  enum metes_status status;
  struct metes_error error;
  struct metes_memslot plan[2];
};

/* audit_judge.c: a change of slots, which KVM has not yet made or refused, by the rules. */
struct metes_judgement metes_judge_slot(const struct metes_audit *a, const struct metes_audit_vm *vm,
                                        const struct metes_memslot *x);
/* The same of a slot that is there, and what KVM is about to keep for itself from `gpa` on. */
struct metes_judgement metes_judge_own(const struct metes_audit *a, const struct metes_memslot *x, enum metes_own own,
                                       uint64_t gpa);
/* The place of a slot with this number, or vm->n. */
uint32_t metes_audit_find(const struct metes_audit_vm *vm, uint32_t slot);

/* audit_say.c: a rule that is broken, and a refusal of KVM's that no rule explains. */
void metes_audit_say_broken(const struct metes_audit *a, const struct metes_audit_vm *vm, const struct metes_change *c,
                            const struct metes_judgement *j);
void metes_audit_say_unexplained(const struct metes_audit *a, const struct metes_audit_vm *vm,
                                 const struct metes_change *c);
/* A change that could not be read: the audit is not complete. */
void metes_audit_say_unread(const struct metes_audit *a, const struct metes_audit_vm *vm, const struct metes_change *c);
/* The end of "12 slots". */
const char *metes_plural(uint64_t n);

/* audit_map.c: a VM's memory, as a text or as a JSON object. */
void metes_audit_map(FILE *to, const struct metes_audit_vm *vm);
/* "slot 3 of address space 1, READONLY" */
void metes_audit_slot_words(const struct metes_audit_slot *s, char *text, size_t n);
/* What stands behind "12 slots" where they are in two address spaces. */
const char *metes_audit_spaces_words(const struct metes_audit_vm *vm);
uint64_t metes_audit_bytes(const struct metes_audit_vm *vm);

#endif
