/* SPDX-License-Identifier: Apache-2.0
 * A configuration read from JSON, and the answer to it: what `metes layout` says with --json and --batch. */
#ifndef METES_JSON_LAYOUT_H
#define METES_JSON_LAYOUT_H

#include "core/metes.h"
#include "json_write.h"

/* What is asked for: a configuration, whose permissions may be any number yet. */
struct metes_request {
  struct metes_config config;
  uint64_t permissions;
};

/* The answer of the core in two steps: first without page tables, then with them.
 * `layout` is that of the last step that went well, if any did. */
struct metes_answer {
  struct metes_layout layout;
  enum metes_status status;    /* of the first step */
  enum metes_status pt_status; /* of the second */
  struct metes_error error;    /* of the one that failed */
};

/* Reads one object, {"code_size": 4096, …}. Missing keys keep the value that q
 * has. On false, detail says what is wrong, of which key or at which byte. */
bool metes_json_request(const char *text, size_t length, struct metes_request *q, char *detail,
                        size_t n);

void metes_answer(const struct metes_profile *p, const struct metes_request *q,
                  struct metes_answer *a);

/* Writes the answer as one line: a layout, or {"error": …}. */
void metes_json_answer(struct metes_json *j, const struct metes_profile *p,
                       const struct metes_answer *a);

/* Writes {"error":"bad_input","detail":…} as one line. */
void metes_json_bad_input(struct metes_json *j, const char *detail);

/* Writes the members of a refusal: error, requested, limit, detail. */
void metes_json_refusal(struct metes_json *j, enum metes_status s, const struct metes_error *e,
                        const char *detail);

#endif
