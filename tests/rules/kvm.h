/* SPDX-License-Identifier: Apache-2.0
 * The least of KVM that the rules need: one VM whose slots come and go. */
#ifndef METES_RULES_KVM_H
#define METES_RULES_KVM_H

#include <stdint.h>

#include "core/metes.h"

struct kvm {
  int dev;
  int vm;
  uint32_t max_slots; /* KVM_CAP_NR_MEMSLOTS */
  uint32_t phys_bits; /* what the MMU can address */
  int vmx;            /* Intel, whose KVM has slots of its own */
};

/* Opens /dev/kvm and makes a VM; ends the program where that cannot be. */
struct kvm kvm_open(void);
int kvm_new_vm(const struct kvm *k);

/* KVM's answer to one slot: 0 or errno. */
int kvm_set(int vm, const struct metes_memslot *s);

/* Hands slots over in order. Returns n, or the place of the first that is refused, with *answer its errno. */
uint32_t kvm_set_all(int vm, const struct metes_memslot *s, uint32_t n, int *answer);

/* Deletes those slots again. */
void kvm_clear(int vm, const struct metes_memslot *s, uint32_t n);

/* Tells KVM where its TSS pages may be and makes a vCPU, which is when they come to be. Returns 0 or errno. */
int kvm_set_tss(int vm, uint64_t gpa);

/* In random.c. */
void random_plans(const struct kvm *k, const struct metes_limits *m, void (*report)(int well, const char *what));

/* Runs 16-bit code at gpa 0x1000, in `memory` of 4096 bytes, with a slot of these flags. Returns the exit
 * reason; where it is MMIO, *mmio is the address and *write whether it was written. */
uint32_t kvm_run_code(const struct kvm *k, const uint8_t *code, uint64_t n, uint32_t flags, uint8_t *memory,
                      uint64_t *mmio, int *write);

#endif
