/* SPDX-License-Identifier: Apache-2.0
 * What fuzz targets share. A target is one file, fuzz/NAME.c, that defines LLVMFuzzerTestOneInput, and, where it has
 * something to say there, the functions below that are weak: see kit/target.c. */
#ifndef METES_FUZZ_TARGET_H
#define METES_FUZZ_TARGET_H

#include <stdio.h>

#include "tests/properties/source.h"

/* One input; 0. It ends the process where something does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input as a source of choices. The mutator sees which were made. */
struct source fuzz_source(const uint8_t *data, size_t size);

/* Ends the process if `why` is not NULL: "this does not hold: WHY". */
void fuzz_verdict(const char *why);

/* Of this input: did it get past what refuses most bytes? Told once, or for each call that an input makes; counted for
 * METES_FUZZ_TALLY. */
void fuzz_first_check(int passed);

/* What the last input was told: did it pass most of its first checks? An input that was told nothing did. */
int fuzz_passed(void);

/* Weak: what an input means, as one JSON object. */
void fuzz_show(FILE *f, const uint8_t *data, size_t size);

/* Weak: the same input as C, the body of a function that returns 0 where all holds; 0: there is none. */
int fuzz_show_c(FILE *f, const uint8_t *data, size_t size);

/* Weak: writes the image that a guest is made of by this input; 0: there is none. */
int fuzz_show_image(FILE *f, const uint8_t *data, size_t size);

/* Weak: changes an input, of which `size` bytes of `room` are in use, as the format has it; the new size, 0: cannot.
 * Without it the mutator changes the choices that the input makes, or bytes where it makes none. */
size_t fuzz_reshape(struct source *chance, uint8_t *data, size_t size, size_t room);

/* Weak: after changes that know nothing of the format, makes right again what has to be right before any of the input
 * is believed; the new size. */
size_t fuzz_mend(uint8_t *data, size_t size, size_t room);

/* For reshaping: n bytes of v, little-endian. */
static inline void fuzz_put(uint8_t *m, size_t at, uint64_t v, size_t n)
{
  for (size_t i = 0; i < n; i++)
    m[at + i] = (uint8_t)(v >> 8 * i);
}

/* The mutator, for both engines. `own` is the engine's: it has a share of the changes, where it is not NULL. */
typedef size_t fuzz_changes(uint8_t *data, size_t size, size_t room);
size_t fuzz_mutate(uint8_t *data, size_t size, size_t room, uint64_t seed, fuzz_changes *own);

/* How it mutates, by METES_FUZZ_MUTATOR: blind leaves all to the engine; any takes each input as it comes, and mends
 * nothing. */
int fuzz_mutator_is(char first);

/* Not 0 while the mutator runs an input to see its choices: that is no execution. */
extern int fuzz_aside;

/* Not 0 once the mutator has been asked: what ran before are the inputs that the engine began with. */
extern int fuzz_begun;

/* The last input that ran, where it is not too long, and the choices that it made. */
enum { FUZZ_KEPT = 1 << 14 };
extern struct source_choices fuzz_choices;
extern uint8_t fuzz_kept[FUZZ_KEPT];
extern size_t fuzz_kept_size;

#endif
