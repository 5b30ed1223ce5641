/* SPDX-License-Identifier: Apache-2.0
 * Where choices come from: a fuzzer's bytes while they last, or a seeded generator. */
#ifndef METES_SOURCE_H
#define METES_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/* The choices that were made of some data, in order: where each stands, its bytes, and of how many it was one
 * (0: any number). For mutators, which then change choices and not bytes. */
enum { SOURCE_CHOICES = 2048 };
struct source_choices {
  const uint8_t *start;
  uint32_t n;
  struct source_choice {
    uint32_t at;
    uint16_t bytes, of;
  } made[SOURCE_CHOICES];
};

struct source {
  const uint8_t *data; /* NULL: the generator */
  size_t left;
  uint64_t state;
  struct source_choices *choices; /* NULL: nobody asks */
};

static inline void source_note(struct source *s, size_t bytes, uint32_t of)
{
  struct source_choices *const c = s->choices;

  if (c && c->n < SOURCE_CHOICES)
    c->made[c->n++] = (struct source_choice){(uint32_t)(s->data - c->start), (uint16_t)bytes, (uint16_t)of};
}

/* splitmix64: every seed is a good one. */
static inline uint64_t source_random(uint64_t *state)
{
  uint64_t z = (*state += 0x9E3779B97F4A7C15U);

  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/* n bytes as a number, n at most 8; 0 where the data has ended. Nobody is told. */
static inline uint64_t source_take(struct source *s, size_t n)
{
  uint64_t v = 0;

  if (!s->data)
    return source_random(&s->state) >> (64 - 8 * n);
  for (size_t i = 0; i < n && s->left; i++, s->left--)
    v |= (uint64_t)*s->data++ << (8 * i);
  return v;
}

/* The same, a choice: any number. */
static inline uint64_t source_bytes(struct source *s, size_t n)
{
  source_note(s, n, 0);
  return source_take(s, n);
}

/* One of 0 .. n - 1, n at most 256. */
static inline uint32_t pick(struct source *s, uint32_t n)
{
  source_note(s, 1, n);
  return (uint32_t)source_take(s, 1) % n;
}

/* A number that likes edges: one of `near`, powers of two, pages, 2^64 less a
 * little, or any; exactly or a byte or a page beside. */
static inline uint64_t pick_size(struct source *s, const uint64_t *near, uint32_t n)
{
  static const uint64_t beside[] = {0, 0, 0, 0, 1, 4095, 4096, 0x2000, 0x1FFF, 0x40};
  const uint32_t kind = pick(s, 12), add = pick(s, 20);
  uint64_t v;

  if (kind < 5 && n > 0)
    v = near[pick(s, n)];
  else if (kind < 7)
    v = (uint64_t)1 << pick(s, 64);
  else if (kind < 8)
    v = source_bytes(s, 1) * 4096;
  else if (kind < 9)
    v = 0 - ((uint64_t)1 << pick(s, 48));
  else if (kind < 10)
    v = source_bytes(s, 4);
  else
    v = source_bytes(s, 8) >> pick(s, 64);
  return add < 10 ? v + beside[add] : v - beside[add - 10];
}

#endif
