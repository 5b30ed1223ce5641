/* SPDX-License-Identifier: Apache-2.0
 * What a snapshot consists of, for the sources of the monitor alone. */
#ifndef METES_VM_SNAPSHOT_PARTS_H
#define METES_VM_SNAPSHOT_PARTS_H

#include <stdatomic.h>

#include "cpu_state.h"
#include "vm_snapshot.h"

struct metes_calls;

struct metes_vm_snapshot {
  atomic_uint users;
  struct metes_guest_memory guest; /* snapshot: a share; scratch: a mapping of fd that nobody writes */
  int fd;                          /* a sealed memfd: scratch */
  uint64_t generation;
  bool loaded;                     /* from a file, which may be anybody's */
  bool ready;                      /* to be called: the members of struct metes_calls */
  uint64_t entry;
  uint64_t stack;
  char why[256];
  struct metes_cpu_state cpu;
};

/* What has been written since the guest was as `base` says. All zero: no snapshot yet, nothing is noted. */
struct metes_dirt {
  struct metes_vm_snapshot *base; /* null: what was put back last, or taken, is unknown */
  uint64_t words;                 /* of each bitmap, a bit a page of scratch; whole eights */
  uint64_t *log;                  /* by the guest: KVM's answer */
  uint64_t *wrote;                /* by the host */
};

/* dirt.c: begins to note, in so many bytes of `room`, all zero; forgets what was noted; notes no more. */
uint64_t metes_dirt_room(const struct metes_layout *l);
void metes_dirt_begin(struct metes_dirt *d, const struct metes_layout *l, uint64_t *room);
int metes_dirt_forget(struct metes_dirt *d, const struct metes_vm *vm, struct metes_failure *f);
void metes_dirt_free(struct metes_dirt *d);

/* Copies back what was written, and forgets it. *any: whether the guest wrote any; KVM, which then protects
 * the page again, has made the processor forget its translations of addresses. */
int metes_dirt_put_back(struct metes_dirt *d, const struct metes_vm *vm, const struct metes_guest_memory *g,
                        bool *any, struct metes_failure *f);

/* Another user; metes_snapshot_free takes one away. */
struct metes_vm_snapshot *metes_snapshot_hold(struct metes_vm_snapshot *snapshot);

/* Memory for one, all zero but for its first user. */
struct metes_vm_snapshot *metes_snapshot_make(struct metes_failure *f);

/* A file in memory with room for `size` bytes, seen at *at, for its maker to fill; then sealed, for good, and seen as
 * scratch of the snapshot. metes_snapshot_free gives back what there is of it. */
int metes_snapshot_open(struct metes_vm_snapshot *snapshot, uint64_t size, uint8_t **at, struct metes_failure *f);
int metes_snapshot_seal(struct metes_vm_snapshot *snapshot, uint8_t *at, struct metes_failure *f);

/* Is a page all zero? Copying the pages that are not; and those that differ: no memory is taken for others. */
bool metes_page_is_zero(const uint8_t *page);
void metes_pages_copy(uint8_t *to, const uint8_t *from, uint64_t size);
void metes_pages_put(uint8_t *to, const uint8_t *from, uint64_t size);

/* Can the guest be put back to it? Returns 0, or the status of *f. Then the parts of that: where it stands as for
 * calls, and its generation, as s->generation says. */
int metes_snapshot_fits(const struct metes_sandbox *s, const struct metes_vm_snapshot *from, struct metes_failure *f);
void metes_snapshot_put_calls(struct metes_calls *c, const struct metes_vm_snapshot *from);
int metes_sandbox_write_generation(struct metes_sandbox *s, struct metes_failure *f);

#endif
