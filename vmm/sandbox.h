/* SPDX-License-Identifier: Apache-2.0
 * A guest in its machine: made, run to its stops, called, given back. What an embedder includes.
 *
 *   struct metes_guest_args args;
 *   metes_guest_args_init(&args);
 *   args.image = …;                                        an ELF file's bytes
 *   metes_kvm_open(&kvm, &f);
 *   metes_sandbox_create(&kvm, &args, &sandbox, &f);
 *   metes_sandbox_register(sandbox, "twice", twice, NULL, &f);
 *   metes_sandbox_run(sandbox, &budget, &stop, &f);        to its HLT: the guest is ready
 *   metes_sandbox_call(sandbox, "greet", "you", 3, &answer, &budget, &stop, &f);
 *   metes_sandbox_close(sandbox);
 *
 * Every function that returns int returns 0, or the status of *f: the monitor itself could not do
 * it (enum metes_exit), with a sentence. What a guest does is never such a failure: *stop says it.
 * One thread at a time uses a sandbox; metes_sandbox_cancel alone may come from any. */
#ifndef METES_SANDBOX_H
#define METES_SANDBOX_H

#include "guest/abi.h"
#include "image.h"
#include "kvm.h"
#include "ports.h"
#include "stop.h"

struct metes_sandbox;

/* What a run, or a call, may use up. */
struct metes_budget {
  double seconds;  /* of wall-clock time; 0: as metes_sandbox_arm said, or no end */
  uint64_t exits;  /* to the monitor */
  uint64_t output; /* bytes of text, log and abort together */
};

/* Makes a VM for the image: its memory laid out and filled, its slots, its processor at the entry.
 * `k` must stay open as long as the sandbox is; nothing of *a is kept. On failure *s is null. */
int metes_sandbox_create(const struct metes_kvm *k, const struct metes_guest_args *a,
                         struct metes_sandbox **s, struct metes_failure *f);
/* The same in two steps: first everything that needs no KVM, so that a bad image is refused on any
 * machine; then its VM, just once, and metes_sandbox_close where that fails. */
int metes_sandbox_build(const struct metes_guest_args *a, struct metes_sandbox **s,
                        struct metes_failure *f);
int metes_sandbox_attach(struct metes_sandbox *s, const struct metes_kvm *k, struct metes_failure *f);
/* Gives all of it back. Null is nothing to close. */
void metes_sandbox_close(struct metes_sandbox *s);

/* Where its words go from now on; at first they are dropped. */
void metes_sandbox_hear(struct metes_sandbox *s, struct metes_voice voice);

/* Runs the guest from where it stands until it stops. */
int metes_sandbox_run(struct metes_sandbox *s, const struct metes_budget *b, struct metes_stop *stop,
                      struct metes_failure *f);

/* A function of the host for its guest: reads argument[0 .. n - 1], which it may keep only until it
 * returns, and answers; 0, or a code of its own where the answer is text that says why there is no
 * result. The guest stands still meanwhile, and may be neither run nor called. */
typedef uint32_t metes_host_function(void *mine, const uint8_t *argument, size_t n,
                                     struct metes_answer *answer);

/* From now on the guest finds it by this name: 1 to 64 characters of 0x21 to 0x7e. Up to 64
 * functions; a name is given once. `mine` is handed to it. */
int metes_sandbox_register(struct metes_sandbox *s, const char *name,
                           metes_host_function *function, void *mine, struct metes_failure *f);

/* Before the first run: leaves these bytes on the input buffer, as a CALL named METES_INPUT_NAME. */
int metes_sandbox_input(struct metes_sandbox *s, const void *bytes, size_t n,
                        struct metes_failure *f);

/* Calls a function of the guest, which a run has left ready, and runs it until it has answered.
 * WELL: the answer is in answer->at[0 .. answer->size - 1]; room for the output buffer's size is
 * always enough. FAILED with stop->answered: it answered with an error, whose code is stop->verdict
 * and whose text is stop->message. Each other end is the end of the calls: the buffers are cleared,
 * and calls are refused, with a sentence, until a run leaves the guest ready again. */
int metes_sandbox_call(struct metes_sandbox *s, const char *name, const void *argument, size_t n,
                       struct metes_answer *answer, const struct metes_budget *b,
                       struct metes_stop *stop, struct metes_failure *f);

/* Files as memory of the guest, read by it and, copy-on-write, written: the file itself never changes. Its
 * layout needs METES_OPT_FILE_MAPPINGS. While the guest stands still they come and go, up to 32; the guest
 * finds each in its table (spec/filemap.md) by its label, 1 to 63 characters of 0x21 to 0x7e, given once.
 *
 * metes_sandbox_map maps all of a regular file, as whole pages with zeroes behind its end, from a descriptor that
 * is open for reading and may be closed right after. Who writes to the file meanwhile changes what the guest reads,
 * but for the pages that it has written; who cuts it short ends a run that reads there: METES_OUTCOME_REFUSED.
 * metes_sandbox_unmap takes it away: an access then is METES_OUTCOME_FAULT, or the guest's own page fault.
 *
 * A mapping belongs to the sandbox and to no snapshot: a restore leaves it, a guest that is started from a
 * snapshot or from a file has none, and its table says so. Neither may be called once the process is confined.
 * What cannot be mapped is refused with status 65, and nothing has changed. */
int metes_sandbox_map(struct metes_sandbox *s, int fd, const char *label, struct metes_failure *f);
int metes_sandbox_unmap(struct metes_sandbox *s, const char *label, struct metes_failure *f);

/* Can a file be mapped, and as how many bytes of whole pages? `name` is for messages. Returns 0 or the status of *f. */
int metes_file_size(int fd, const char *name, uint64_t *size, struct metes_failure *f);

/* Has a run, or a snapshot that it came from, left it ready to be called? */
bool metes_sandbox_ready(const struct metes_sandbox *s);

/* Starts the deadline of the runs to come, for a caller who may make no system call later; each
 * run then ends when it has passed. Called while the guest stands still in a run, by a voice or a function
 * of the host, it takes the place of that run's own. metes_sandbox_disarm takes it back. */
int metes_sandbox_arm(struct metes_sandbox *s, double seconds, struct metes_failure *f);
void metes_sandbox_disarm(struct metes_sandbox *s);

/* Ends the run that is going on, or the next one, with METES_OUTCOME_CANCELLED. From any thread. */
void metes_sandbox_cancel(struct metes_sandbox *s);

/* What it is laid out as; and its processor. Valid as long as the sandbox is. */
const struct metes_guest_memory *metes_sandbox_memory(const struct metes_sandbox *s);
const struct metes_vm *metes_sandbox_vm(const struct metes_sandbox *s);

#endif
