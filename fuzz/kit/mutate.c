/* SPDX-License-Identifier: Apache-2.0
 * The mutator. Most targets read their input as a string of choices: which choices an input makes is seen by running
 * it, and then they are what is changed, taken out, doubled and moved, never half of one. A target whose input has a
 * format of its own changes it itself (fuzz_reshape). Both engines call fuzz_mutate: kit/libfuzzer.c, kit/afl.c. */
#include <string.h>

#include "fuzz/kit/target.h"

enum { MOST_CHANGES = 4, REFUSED_ONE_IN = 8, OWN_ONE_IN = 4, UNMENDED_ONE_IN = 4 };

/* A number that likes edges, of a choice of n bytes. */
static uint64_t any_number(struct source *chance, uint64_t old, size_t n)
{
  const uint64_t near[2] = {old, old / 4096 * 4096}, v = pick_size(chance, near, 2);

  return n == 8 ? v : v & (((uint64_t)1 << 8 * n) - 1);
}

static uint64_t get(const uint8_t *data, size_t size, struct source_choice c)
{
  struct source s = {.data = data + c.at, .left = size - c.at};

  return source_take(&s, c.bytes);
}

/* Writes a choice, also where the input has ended just there; the new size. */
static size_t put(uint8_t *data, size_t size, size_t room, struct source_choice c, uint64_t v)
{
  for (size_t i = 0; i < c.bytes && c.at + i < room; i++)
    data[c.at + i] = (uint8_t)(v >> 8 * i);
  return c.at + c.bytes <= size ? size : c.at + c.bytes < room ? c.at + c.bytes : room;
}

static size_t change(struct source *chance, uint8_t *data, size_t size, size_t room, struct source_choice c)
{
  const uint64_t old = get(data, size, c);

  if (c.of)
    return put(data, size, room, c, c.of > 1 ? (old % c.of + 1 + pick(chance, c.of - 1)) % c.of : 0);
  return put(data, size, room, c, any_number(chance, old, c.bytes));
}

/* A piece [from, to) of the input is put at `at`, before what stands there or over it. */
static size_t copy(uint8_t *data, size_t size, size_t room, size_t at, size_t from, size_t to, int over)
{
  uint8_t piece[256];
  const size_t n = to - from < sizeof piece ? to - from : sizeof piece, all = over ? size : size + n;

  if (all > room || at + n > all)
    return size;
  memcpy(piece, data + from, n);
  if (!over)
    memmove(data + at + n, data + at, size - at);
  memcpy(data + at, piece, n);
  return all;
}

/* Random choices behind the end. */
static size_t grow(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  size_t n = 1 + pick(chance, 24);

  while (n-- > 0 && size < room)
    data[size++] = (uint8_t)source_bytes(chance, 1);
  return size;
}

/* One change at the boundaries of choices; those behind it stay what they were where their number allows it. */
static size_t step(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  const struct source_choices *const all = &fuzz_choices;
  uint32_t n = all->n;

  while (n > 0 && all->made[n - 1].at >= size) /* choices behind the end are all 0; one of them may be made */
    n--;
  const uint32_t most = n + 8 < all->n ? n + 8 : all->n;
  const struct source_choice a = all->made[source_bytes(chance, 2) % most];
  const struct source_choice b = all->made[source_bytes(chance, 2) % most];
  const size_t low = a.at < b.at ? a.at : b.at, high = a.at < b.at ? b.at : a.at;
  const uint32_t kind = pick(chance, 16);

  if (kind < 10 || high > size)
    return a.at <= size ? change(chance, data, size, room, a) : grow(chance, data, size, room);
  if (kind < 12 && size > high - low) { /* taken out */
    memmove(data + low, data + high, size - high);
    return size - (high - low);
  }
  if (kind < 15 && low < high)
    return copy(data, size, room, kind == 12 ? low : all->made[source_bytes(chance, 2) % (n ? n : 1)].at, low, high,
                kind == 14);
  return grow(chance, data, size, room);
}

/* What is left where the input makes no choices: bytes. */
static size_t blind(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  const size_t at = size ? source_bytes(chance, 4) % size : 0;

  if (size == 0 || pick(chance, 8) == 0)
    return grow(chance, data, size, room);
  if (pick(chance, 2))
    data[at] ^= (uint8_t)(1U << pick(chance, 8));
  else
    data[at] = (uint8_t)source_bytes(chance, 1);
  return size;
}

/* Is it the input that ran last? Then it is known which choices it makes, and whether it passed. */
static int is_last(const uint8_t *data, size_t size)
{
  return size == fuzz_kept_size && memcmp(fuzz_kept, data, size) == 0;
}

/* Knows it, by running it again where it was not the last: the engine has run it, so it breaks nothing. What is made of
 * it may break anything, and is the engine's to run. */
static int know(const uint8_t *data, size_t size)
{
  if (size > FUZZ_KEPT)
    return 0;
  if (!is_last(data, size)) {
    fuzz_choices.n = 0;
    fuzz_aside = 1;
    LLVMFuzzerTestOneInput(data, size);
    fuzz_aside = 0;
  }
  return 1;
}

/* What did not pass the first check is mostly left for the last input that did, so that most of what is made passes
 * too. Engines change one input several times, one change upon the other: without this, most end as refused ones. */
static size_t sound_one(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  static uint8_t sound[FUZZ_KEPT];
  static size_t sound_size;
  static int there;

  if (fuzz_mutator_is('a') || !know(data, size))
    return size;
  if (fuzz_passed()) {
    memcpy(sound, data, size);
    sound_size = size;
    there = 1;
  } else if (there && sound_size <= room && pick(chance, REFUSED_ONE_IN)) {
    memcpy(data, sound, sound_size);
    return sound_size;
  }
  return size;
}

/* Changes to the choices of an input, or to its bytes. */
static size_t changes(struct source *chance, uint8_t *data, size_t size, size_t room)
{
  const int choices = know(data, size) && fuzz_choices.n > 0;

  for (uint32_t n = 1 + pick(chance, MOST_CHANGES) * pick(chance, 2); n > 0; n--) {
    const size_t old = size;

    size = choices ? step(chance, data, size, room) : blind(chance, data, size, room);
    if (size != old)
      break; /* the choices are no more where they were */
  }
  return size;
}

size_t fuzz_mutate(uint8_t *data, size_t size, size_t room, uint64_t seed, fuzz_changes *own)
{
  struct source chance = {.state = seed};

  fuzz_begun = 1;
  size = sound_one(&chance, data, size, room);

  const int owns = own && pick(&chance, OWN_ONE_IN) == 0;
  const size_t n = owns ? 0 : fuzz_reshape(&chance, data, size, room);

  if (n > 0)
    return n;
  size = owns ? own(data, size, room) : changes(&chance, data, size, room);
  return pick(&chance, UNMENDED_ONE_IN) && !fuzz_mutator_is('a') ? fuzz_mend(data, size, room) : size;
}
