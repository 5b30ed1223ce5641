/* SPDX-License-Identifier: Apache-2.0
 * Reading JSON piece by piece, strictly and exactly: numbers are unsigned 64-bit or refused. */
#ifndef METES_JSON_READ_H
#define METES_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why not a library: those at hand round numbers of more than 53 or 63 bits,
 * take 1e3 and 18446744073709551616 for integers, and drop a key that comes
 * twice. Here a caller says what must come next, and learns the byte where
 * something else came. */
struct metes_json_reader {
  const char *text;
  size_t length;
  size_t at;
  const char *problem; /* null, or the first thing that was wrong, at byte `at` */
};

void metes_json_start(struct metes_json_reader *r, const char *text, size_t length);

/* The first byte of the next value, blanks skipped; 0 at the end. */
char metes_json_peek(struct metes_json_reader *r);

/* Steps into '{' or '['. All of these answer false after a problem. */
bool metes_json_enter(struct metes_json_reader *r, char opening);

/* Is there another member or element? Steps over the comma before it, or out of the
 * object or array. `first` is true until the first call, which makes it false. */
bool metes_json_more(struct metes_json_reader *r, char closing, bool *first);

/* A key and its colon. What does not fit n bytes ends in "...". */
bool metes_json_key(struct metes_json_reader *r, char *key, size_t n);

bool metes_json_string(struct metes_json_reader *r, char *text, size_t n);
bool metes_json_number(struct metes_json_reader *r, uint64_t *value);
bool metes_json_null(struct metes_json_reader *r);

/* Nothing but blanks must be left. */
bool metes_json_end(struct metes_json_reader *r);

/* Records a problem unless there is one already; false. */
bool metes_json_wrong(struct metes_json_reader *r, const char *problem);

#endif
