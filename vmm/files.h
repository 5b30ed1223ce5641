/* SPDX-License-Identifier: Apache-2.0
 * Files in a guest's memory, for the sources of the monitor alone; sandbox.h has what an embedder uses. */
#ifndef METES_FILES_H
#define METES_FILES_H

#include "image.h"

/* A file that is mapped. */
struct metes_file {
  struct metes_file_mapping entry; /* what the guest's table says: label, address, size */
  struct metes_mapping place;
  uint8_t *pages;                  /* of the host: a private view of the file, which nobody writes */
  uint32_t slot;
};

/* All zero: none is mapped. What is mapped is known from here alone, never from the guest's table. */
struct metes_files {
  struct metes_file all[METES_MAX_FILE_MAPPINGS];
  uint32_t n;
  struct metes_memslot plan[2 + METES_MAX_FILE_MAPPINGS]; /* where n > 0: all slots of the VM, two and n */
};

/* Writes the guest's PEB and table, whatever it made of them: with just these files, or none where `files` is
 * null. Only in a layout with file mappings. Returns 0, or the status of *f. */
int metes_files_tell(const struct metes_guest_memory *g, const struct metes_files *files, struct metes_failure *f);

/* The file that has this address, or null. */
const struct metes_file *metes_file_of_gva(const struct metes_files *files, uint64_t gva);
const struct metes_file *metes_file_of_gpa(const struct metes_files *files, uint64_t gpa);

/* files_read.c: copies what the guest sees at [gva, gva + n), through the tables at cr3, in its own memory and in its
 * files; returns how many bytes, up to the first that is not there. A file that was cut short has no pages behind its
 * end: for that there is a handler of SIGBUS, which whoever reads must have set before, when it may call the system. */
uint64_t metes_guest_seen(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, uint8_t *to, uint64_t n);
int metes_files_guard(struct metes_failure *f);

/* Gives the pages back: after the VM. */
void metes_files_free(struct metes_files *files);

#endif
