/* SPDX-License-Identifier: Apache-2.0
 * Snapshots: a guest as it stands, to go back to, to start others from, to keep in a file.
 *
 *   metes_sandbox_take(sandbox, &snapshot, &f);            at any stop
 *   metes_sandbox_restore(sandbox, snapshot, &f);          as often as wanted
 *   metes_sandbox_start(&kvm, snapshot, &other, &f);       another guest, just like it
 *   metes_sandbox_renew(other, snapshot, &f);              and another, in the VM of one that is not needed any more
 *   metes_snapshot_free(snapshot);                         also while guests of it live
 *
 * A snapshot has the memory and the whole processor. What it does not have: the host's clock (the
 * guest's TSC goes on), and what the host keeps for itself, such as functions that it offers and files
 * that it maps.
 *
 * Each guest has a generation, a word of its bookkeeping: how often it has been put back, also into
 * a VM of its own. By it a guest can know that its random numbers are not its own any more.
 *
 * Cost: taking looks at each page of scratch; putting back copies what the guest has written since,
 * and asks KVM which pages those are; starting copies nothing, and the new guest's memory is the
 * snapshot's until it writes. To its first answer a guest that is started took 0.81 of what one made from its image
 * took, and one that is renewed 0.07 (tests/bench/clones.c): what is left out is KVM's making of a VM and a processor.
 *
 * So may many live in one process, which takes for each the pages of scratch that it has written, and at most 24 KiB
 * beside them, whatever the snapshot's size. 1,000 of 64 MiB that were all alive, had answered and written to some
 * pages took 56 and 16 KiB each, as did those of 1 MiB (tests/snapshots/clones.c, in the emulated machine). The kernel
 * took some 350 KiB for each, and for one of 64 MiB 32 more: KVM keeps two bytes for each page of a slot (Linux 6.1).
 * Each has two descriptors, so RLIMIT_NOFILE (ulimit -n) is to be 2,100 for 1,000 of them; and five mappings, of
 * which a process may have vm.max_map_count, usually 65,530. */
#ifndef METES_VM_SNAPSHOT_H
#define METES_VM_SNAPSHOT_H

#include "sandbox.h"

struct metes_vm_snapshot;

/* Takes one of a guest that has stopped, at whatever stop: an OUT or an access where no memory is counts
 * as done, and reads zero. Refuses, with status 65, to take one in the middle of a string instruction, which a
 * spent budget or a deadline can leave: the guest may still be run on. On failure *to is null. */
int metes_sandbox_take(struct metes_sandbox *s, struct metes_vm_snapshot **to, struct metes_failure *f);

/* Puts the guest back to where the snapshot was taken, whatever it did since: of this guest, or of one that it
 * shares its read-only memory with. After a failure it can be put back again, or closed, and nothing else. */
int metes_sandbox_restore(struct metes_sandbox *s, struct metes_vm_snapshot *from, struct metes_failure *f);

/* A new guest that stands where the snapshot was taken. On failure *s is null. */
int metes_sandbox_start(const struct metes_kvm *k, struct metes_vm_snapshot *from, struct metes_sandbox **s,
                        struct metes_failure *f);

/* The same in the VM of a guest that is not needed any more, of this snapshot or of one that it shares its read-only
 * memory with. All is as metes_sandbox_start leaves it: memory, processor and generation; no functions of the host,
 * no files, no voice, no deadline, and no cancel that had not come through. The VM keeps the pages of scratch that any
 * of its guests wrote. After a failure it can be renewed again, or closed, and nothing else; where the snapshot is of
 * another guest it is refused, with status 65, and nothing has changed. */
int metes_sandbox_renew(struct metes_sandbox *s, struct metes_vm_snapshot *from, struct metes_failure *f);

/* The user's part of it; guests that were started from it, or put back to it, keep theirs. Null is nothing. */
void metes_snapshot_free(struct metes_vm_snapshot *snapshot);

/* What it is a snapshot of. Valid as long as it is. */
const struct metes_guest_memory *metes_snapshot_memory(const struct metes_vm_snapshot *snapshot);

/* snapshot_file.h has the format. Writes a guest that is ready to be called, as spec/snapshot.md has it: it
 * halted with its dispatch function in rax and its stack in rsp. The first writes a snapshot; the other the
 * guest itself, and asks for no memory. Returns 0, or the status of *f: 65 where it is not ready, 74. */
int metes_snapshot_save(const struct metes_vm_snapshot *snapshot, int fd, struct metes_failure *f);
int metes_sandbox_save(const struct metes_sandbox *s, int fd, struct metes_failure *f);

/* Reads one, from anybody: `name` is for messages. What is not whole, and what core refuses, is refused
 * with status 65; registers are KVM's to judge, when a guest is started. On failure *to is null. */
int metes_snapshot_load(int fd, const char *name, struct metes_vm_snapshot **to, struct metes_failure *f);

#endif
