/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the test of file mappings share. */
#ifndef METES_TESTS_KVM_MAPS_H
#define METES_TESTS_KVM_MAPS_H

#include "tap.h"
#include "vmm/vm_snapshot.h"

#define FIRST "first line\nsecond\n"

struct fixture {
  struct metes_kvm kvm;
  struct metes_bytes files; /* vmm/guest/files.c */
  struct metes_bytes poker; /* tests/kvm/poker.c */
  unsigned rounds;          /* of what must not leak */
};

/* A guest in its sandbox, and what came of it last. */
struct trial {
  struct metes_sandbox *s;
  struct metes_stop stop;
  struct metes_failure f;
  struct metes_answer answer;
  uint8_t room[16384];
};


/* A file in memory that holds this text; and whether it still does. */
int file_of(const char *text);
bool holds(int fd, const char *text);

/* A sandbox whose layout has file mappings, or has not; that has run to its HLT. */
struct metes_guest_args args_of(struct metes_bytes guest, uint32_t options);
void begin(struct fixture *x, struct trial *t, struct metes_bytes guest, uint32_t options);
bool ready(struct trial *t);

/* Maps a new file of this text, whose descriptor is closed at once. */
bool map(struct trial *t, const char *text, const char *label);
bool unmap(struct trial *t, const char *label);

/* Calls a function with a text, which answers with just this; or ends so, and *t says how. */
bool says(struct trial *t, const char *function, const char *argument, const char *answer);
bool ends(struct trial *t, const char *function, const char *argument, enum metes_outcome outcome, const char *what);

void good_maps(struct fixture *x); /* maps_good.c: found, read, written, gone; snapshots; leaks */
void bad_maps(struct fixture *x);  /* maps_bad.c: refusals, and guests that come to an end */

#endif
