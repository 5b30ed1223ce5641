/* SPDX-License-Identifier: Apache-2.0
 * KVM itself: opened, asked for what it can do, before any VM. */
#ifndef METES_KVM_H
#define METES_KVM_H

#include <linux/kvm.h>
#include <stdbool.h>

#include "core/metes.h"
#include "failure.h"

/* What Metes needs of KVM beside its API of version 12. */
struct metes_kvm_need {
  int capability;
  const char *name;
  const char *why;
};

extern const struct metes_kvm_need metes_kvm_needs[];
extern const unsigned metes_kvm_n_needs;

/* As many CPUID entries as KVM has at most (KVM_MAX_CPUID_ENTRIES, arch/x86/include/asm/kvm_host.h). */
#define METES_CPUID_MOST 256u

/* struct kvm_cpuid2 with its entries. */
struct metes_cpuid {
  uint32_t n;
  uint32_t padding;
  struct kvm_cpuid_entry2 entries[METES_CPUID_MOST];
};

struct metes_kvm {
  int fd;
  uint32_t max_slots;       /* KVM_CAP_NR_MEMSLOTS */
  uint32_t physical_bits;   /* what the host's MMU can address */
  struct metes_cpuid cpuid; /* what a guest may see */
};

/* Opens /dev/kvm and checks all of it. Returns 0, or the status of *f: 69 where there
 * is no KVM or not enough of it, 77 where it may not be opened, 71. metes_kvm_close in both cases. */
int metes_kvm_open(struct metes_kvm *k, struct metes_failure *f);
void metes_kvm_close(struct metes_kvm *k);

/* The steps of it, for `metes doctor`: the file alone, then its API and capabilities. */
int metes_kvm_open_file(struct metes_kvm *k, struct metes_failure *f);
int metes_kvm_version(const struct metes_kvm *k, struct metes_failure *f);
int metes_kvm_has(const struct metes_kvm *k, const struct metes_kvm_need *need,
                  struct metes_failure *f);

/* And what bounds every plan: max_slots, and physical_bits from what a guest may see. */
int metes_kvm_ask_bounds(struct metes_kvm *k, struct metes_failure *f);

/* Do all addresses of a profile fit into the width that the CPUID has? If not: the same CPUID with such a width. */
bool metes_kvm_wide(const struct metes_kvm *k, const struct metes_profile *p);
void metes_kvm_widen(struct metes_cpuid *c, const struct metes_kvm *k, const struct metes_profile *p);

/* What the host allows a plan of slots in this profile. */
struct metes_limits metes_kvm_limits(const struct metes_kvm *k, const struct metes_profile *p);

#endif
