/* SPDX-License-Identifier: Apache-2.0
 * What the checks that fuzz/watch/make writes are made of: numbers without end (within 128 bits), memory as it was and
 * as it is, and a verdict. What cannot be decided is counted, never taken for a violation. */
#ifndef METES_FUZZ_WATCH_H
#define METES_FUZZ_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __int128 watch_int;

/* Memory that a contract says is there, and its bytes as they were before the call. */
struct watch_range {
  const uint8_t *start;
  size_t size;
  uint8_t *before;
};

/* One call of one function. */
struct watch {
  struct watch_range ranges[16], assigned[16];
  unsigned n, n_assigned;
  bool asking; /* its `requires` are being looked at: what they say is valid is noted */
  bool lost;   /* what is assigned could not be told */
};

/* Memory at a label: as it is, or as it was. */
struct watch_state {
  struct watch *w;
  bool before;
};

/* A clause, and what came of it. */
struct watch_clause {
  const char *function, *kind, *label, *where;
  unsigned long held, by_samples, undecided;
};

watch_int watch_add(watch_int a, watch_int b);
watch_int watch_sub(watch_int a, watch_int b);
watch_int watch_mul(watch_int a, watch_int b);
watch_int watch_div(watch_int a, watch_int b);
watch_int watch_mod(watch_int a, watch_int b);

/* i where it is an index of n elements; else the clause is undecided, and it is 0. */
size_t watch_index(watch_int i, size_t n);
/* p + i elements of `size` bytes, which need not be there. */
const void *watch_step(const void *p, watch_int i, size_t size);
/* The bytes at p in a state; zeroes, and the clause is undecided, where no range holds them. */
const void *watch_load(struct watch_state s, const void *p, size_t size);

/* `n` elements from p: are they there? While `requires` are looked at they are noted. */
bool watch_valid(struct watch_state s, const void *p, watch_int n, size_t size, bool writable);
/* 2 or more ranges have no byte in common: n times (const void *, watch_int elements, size_t size). */
bool watch_apart(unsigned n, ...);

/* A quantifier's numbers: all of lo <= i < hi, or, where they are too many, some; then an answer that others could
 * contradict is a guess. */
struct watch_walk {
  watch_int lo, hi, i;
  uint64_t left, chance;
  bool guess;
};
struct watch_walk watch_walk(watch_int lo, watch_int hi);
struct watch_walk watch_walk_from(watch_int lo); /* without an end */
bool watch_next(struct watch_walk *k);
/* The quantifier's answer; `found`: some number decided it. */
bool watch_answer(const struct watch_walk *k, bool found, bool answer);

/* Goes one logic function deeper; false where that is too deep, and the clause is undecided. */
bool watch_enter(void);
void watch_leave(void);
void watch_undecided(void);

/* A call: begin, each clause begun and judged, the bytes kept, what is assigned, the frame, the end. */
void watch_begin(struct watch *w);
void watch_clause_begins(void);
void watch_judge(struct watch_clause *c, bool holds);
void watch_keep(struct watch *w);
void watch_assigned(struct watch *w, const void *p, watch_int n, size_t size);
void watch_all_assigned(struct watch *w);
bool watch_frame(const struct watch *w);
void watch_end(struct watch *w);

extern struct watch_clause watch_clauses[];
extern const unsigned watch_n;

#endif
