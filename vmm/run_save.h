/* SPDX-License-Identifier: Apache-2.0
 * `metes run --save` and `--load`: a guest from one run to the next. */
#ifndef METES_RUN_SAVE_H
#define METES_RUN_SAVE_H

#include "vm_snapshot.h"

/* Does the work in a child, which may write to `fd` what shall be at `path`, and waits for it. Who runs a guest
 * gives up opening, renaming and removing files, for good; so this process, which has never seen a guest, puts
 * the file in its place: whole where the child's status is 0, and not at all otherwise. Returns the child's status
 * (128 + N where signal N killed it), or 74 where it could not be done. Ctrl-C and its like end the child. */
int metes_save_run(const char *path, int (*work)(void *mine, int fd), void *mine);

/* What is in such a file; metes_snapshot_free. Returns 0, or the status of *f. */
int metes_load_guest(const char *path, struct metes_vm_snapshot **to, struct metes_failure *f);

#endif
