/* SPDX-License-Identifier: Apache-2.0
 * Parts of the fuzz target `json`: the second reader of a request, a plan, any bytes. */
#ifndef METES_FUZZ_JSON_H
#define METES_FUZZ_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define KEYS 8u

extern const char *const keys[KEYS]; /* of a request, and what each is where it is not named */
extern const uint64_t usual[KEYS];

/* The second reader: RFC 8259, of one flat object whose members are known, each once, a whole number below 2^64, or
 * null for the last two keys. */
struct strict {
  const char *at, *end;
  uint64_t value[KEYS];
  unsigned seen;
  bool beyond; /* a number had more than 64 bits */
};
bool strictly(const char *from, size_t n, struct strict *s);

/* What is written goes to `text`, which is freed by who wrote. */
extern char *text;
extern size_t n_text;
FILE *writing(void);

/* A refusal must be one sentence that can be printed. Null, or what is wrong. */
const char *sentence(const char *detail, size_t room);

/* The other two kinds of text. Null, or what does not hold. */
const char *as_plan(const char *from, size_t n);
const char *as_bytes(const uint8_t *bytes, size_t n);

#endif
