/* SPDX-License-Identifier: Apache-2.0
 * Calls on the command line: `metes run GUEST --call NAME --input FILE`. */
#ifndef METES_RUN_CALLS_H
#define METES_RUN_CALLS_H

#include <argp.h>

#include "json_write.h"
#include "sandbox.h"

#define METES_CALLS_MOST 16u

struct metes_call {
  const char *name; /* of the function; null for what the guest starts with */
  const char *file;
  struct metes_bytes input; /* its bytes */
  struct metes_answer answer;
  bool answered;
};

/* All zero: nothing is called. */
struct metes_call_list {
  struct metes_call calls[METES_CALLS_MOST];
  unsigned n;
  const char *file; /* of an --input before any --call */
  uint8_t *pages;   /* for the answers */
  uint64_t size;
  bool json;        /* answers wait for metes_call_list_json; else they go to standard output at once */
};

/* Parser for --call and --input, to be used as a child; its input is a struct metes_call_list.
 * Keys of its options lie from 0x1200 to 0x12FF. */
extern const struct argp metes_call_argp;

/* Reads the files, before there is a guest; then, before it runs, registers the functions of the host
 * and takes memory for answers. Each returns 0, or the status of *f; metes_call_list_end in all cases. */
int metes_call_list_read(struct metes_call_list *c, struct metes_failure *f);
int metes_call_list_prepare(struct metes_call_list *c, struct metes_sandbox *s, bool json,
                            struct metes_failure *f);
void metes_call_list_end(struct metes_call_list *c);

/* Runs the guest and makes the calls, in order, as long as all is well. The budget is of all together. */
int metes_call_list_run(struct metes_call_list *c, struct metes_sandbox *s,
                        const struct metes_budget *b, struct metes_stop *stop,
                        struct metes_failure *f);

/* The answers, as a member of an object that is open; nothing where nothing was called. */
void metes_call_list_json(const struct metes_call_list *c, struct metes_json *j);

#endif
