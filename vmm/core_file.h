/* SPDX-License-Identifier: Apache-2.0
 * An ELF core of a guest that failed, for `gdb GUEST CORE`.
 *
 * It holds the registers as the report has them (NT_PRSTATUS; those of the FPU are not in it), where
 * the image was entered, so that gdb relocates it (NT_AUXV), and each page of the guest's two windows
 * as the guest's page tables had it at the end: what was copied on write is what the guest saw. So
 * are the pages of files that it had touched; those that a file has lost since are zero. A page that leads
 * into no memory of it is left out. p_paddr is guest-physical. Where a triple fault reset the processor, memory is as seen from the root that the
 * guest began with.
 *
 * The file is opened, and emptied, before the guest runs; after that it is written from its first
 * byte to its last with write(2) alone, so that it may be a pipe, and so that a confined process
 * needs no other call. Of a guest that ends well it stays empty. */
#ifndef METES_CORE_FILE_H
#define METES_CORE_FILE_H

#include "failure.h"
#include "image.h"
#include "stop.h"

/* Returns 0 and *fd, the caller's to close, or the status of *f: 74. SIGBUS has a handler from here on (files.h). */
int metes_core_open(const char *path, int *fd, struct metes_failure *f);

/* Writes all of it. Returns 0, or the status of *f: 74, where what was written is incomplete. */
int metes_core_write(int fd, const struct metes_guest_memory *g, const struct metes_stop *s,
                     struct metes_failure *f);

/* core_notes.c: the notes, of whole words. */
#define METES_CORE_NOTES_SIZE 408

void metes_core_notes(const struct metes_guest_memory *g, const struct metes_stop *s,
                      uint8_t to[METES_CORE_NOTES_SIZE]);

#endif
