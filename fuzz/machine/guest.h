/* SPDX-License-Identifier: Apache-2.0
 * A guest for the fuzz target `kvm`, by a string of choices: its image around the code of probe.c, its memory as the
 * monitor makes it, and what it must find where. */
#ifndef METES_FUZZ_GUEST_H
#define METES_FUZZ_GUEST_H

#include "tests/properties/source.h"
#include "vmm/image.h"

#define SCRATCH_MOST (1u << 19)
#define SNAPSHOT_MOST (16u << 20)
#define AREAS_MOST 9u
#define FAR 4u

/* Guest-virtual [start, start + size), seen at `host`. */
struct area {
  uint64_t start, size;
  const uint8_t *host;
  uint32_t flags; /* METES_READ | … */
  bool scratch;
  uint64_t offset; /* from the start of the snapshot, or of scratch */
};

struct machine_guest {
  struct metes_guest_memory memory;
  struct area areas[AREAS_MOST];
  unsigned n;
  uint64_t far[FAR]; /* guest-physical addresses anywhere: a few for each guest, as KVM keeps a page for each */
  uint8_t *pristine; /* of its scratch, before it ran */
};

/* Makes one; false where the monitor refuses it, in *f. The snapshot is sealed. */
bool machine_guest_make(struct source *s, struct machine_guest *g, struct metes_failure *f);
void machine_guest_free(struct machine_guest *g);

/* The ELF file of the last one that was to be made. */
struct metes_bytes machine_guest_image(void);

/* Where an address is; null: nowhere. */
const struct area *machine_area(const struct machine_guest *g, uint64_t gva);

#endif
