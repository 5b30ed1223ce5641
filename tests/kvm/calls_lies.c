/* SPDX-License-Identifier: Apache-2.0
 * A guest leaves anything in its output buffer, where an answer or a call is due: what comes of it is
 * what a second reading of the specification says, written here without the core. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

#define SIZE 0x2000u /* of the output buffer: all of it is told to the guest */

struct image {
  uint8_t at[SIZE];
};

static uint64_t word(const struct image *b, uint64_t at, unsigned n)
{
  uint64_t value = 0;

  for (unsigned i = n; i > 0; i--)
    value = value << 8 | b->at[at + i - 1];
  return value;
}

static void put(struct image *b, uint64_t at, unsigned n, uint64_t value)
{
  for (unsigned i = 0; i < n && at + i < SIZE; i++, value >>= 8)
    b->at[at + i] = (uint8_t)value;
}

/* What the specification says of the element on top. */
struct found {
  bool good;
  uint64_t start;
  uint32_t kind;
  uint32_t code;
  uint64_t name_length;
  const uint8_t *name;
  const uint8_t *payload;
  uint64_t n;
};

static struct found find(const struct image *b)
{
  const struct found none = {.good = false};
  const uint64_t sp = word(b, 0, 8);
  struct found f = {.good = true};
  uint64_t total;

  if (sp < 16 || sp > SIZE)
    return none;
  f.start = word(b, sp - 8, 8);
  if (f.start < 8 || f.start > sp - 16)
    return none;
  total = word(b, f.start, 4) + 4;
  if (total > sp - f.start - 8 || total < 16)
    return none;
  f.kind = (uint32_t)word(b, f.start + 4, 4);
  f.code = (uint32_t)word(b, f.start + 8, 4);
  f.name_length = word(b, f.start + 12, 4);
  if (f.kind < 1 || f.kind > 3 || (f.kind == 3) != (f.code != 0) || f.name_length > total - 16 ||
      f.name_length > 64 || (f.kind == 1) != (f.name_length != 0))
    return none;
  f.name = b->at + f.start + 16;
  for (uint64_t i = 0; i < f.name_length; i++)
    if (f.name[i] <= ' ' || f.name[i] > '~')
      return none;
  f.payload = f.name + f.name_length;
  f.n = total - 16 - f.name_length;
  return f;
}

/* A sound image: one message, from the 8th byte on. */
static void sound(struct image *b, uint32_t kind, uint32_t code, const char *name, const char *payload)
{
  const uint64_t n = strlen(name), size = 16 + n + strlen(payload);

  memset(b, 0, sizeof *b);
  put(b, 0, 8, 8 + size + 8);
  put(b, 8, 4, size - 4);
  put(b, 12, 4, kind);
  put(b, 16, 4, code);
  put(b, 20, 4, n);
  memcpy(b->at + 24, name, n);
  memcpy(b->at + 24 + n, payload, strlen(payload));
  put(b, 8 + size, 8, 8);
}

static struct trial liar(struct fixture *x)
{
  struct trial t = {.budget = {.seconds = 5, .exits = 2000, .output = 1000}};
  struct metes_guest_args args;

  metes_guest_args_init(&args);
  args.image = x->liar;
  args.config.output_data_size = SIZE;
  args.config.input_data_size = 8 * SIZE;
  t.answer = (struct metes_answer){.at = x->room, .room = sizeof x->room};
  if (metes_sandbox_create(&x->kvm, &args, &t.s, &t.f) != 0 || run(&t) != 0) {
    CHECK(false, "a liar: %s", t.f.text);
    exit(1);
  }
  return t;
}

static int lie(struct trial *t, const char *function, const struct image *b)
{
  return call(t, function, b->at, SIZE);
}

/* Each with its clause. */
static void each(struct fixture *x)
{
  static const struct {
    const char *name;
    unsigned at, n;
    uint64_t value;
    const char *says;
  } lies[] = {
    {"no stack", 0, 8, 0, "BUF-2"}, {"a stack below itself", 0, 8, 7, "BUF-2"},
    {"a stack beyond the end", 0, 8, SIZE + 1, "BUF-2"}, {"2^64 - 1 as stack", 0, 8, UINT64_MAX, "BUF-2"},
    {"nothing", 0, 8, 8, "BUF-5"}, {"no room for a link", 0, 8, 12, "BUF-"},
    {"a link to the stack pointer", 29, 8, 0, "BUF-6"}, {"a link to itself", 29, 8, 29, "BUF-6"},
    {"a link of 2^64 - 1", 29, 8, UINT64_MAX, "BUF-6"}, {"a prefix that is too long", 8, 4, 18, "BUF-7"},
    {"a prefix of 2^32 - 1", 8, 4, UINT32_MAX, "BUF-7"}, {"less than a header", 8, 4, 11, "MSG-2"},
    {"kind 0", 12, 4, 0, "MSG-4"}, {"kind 4", 12, 4, 4, "MSG-4"}, {"kind 2^32 - 1", 12, 4, UINT32_MAX, "MSG-4"},
    {"a result with a code", 16, 4, 1, "MSG-5"}, {"an error without", 12, 4, 3, "MSG-5"},
    {"a result with a name", 20, 4, 1, "MSG-6"}, {"a name of 2^32 - 1", 20, 4, UINT32_MAX, "MSG-6"},
    {"a call without a name", 12, 4, 1, "MSG-6"},
  };
  struct trial t = liar(x);
  struct image b;

  for (unsigned i = 0; i < sizeof lies / sizeof *lies; i++) {
    sound(&b, METES_MESSAGE_RESULT, 0, "", "hello");
    put(&b, lies[i].at, lies[i].n, lies[i].value);
    CHECK(lie(&t, "poke", &b) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
            strstr(t.stop.what, lies[i].says) != NULL && run_on(&t),
          "an answer: %s: %s", lies[i].name, t.stop.what);
    CHECK(lie(&t, "poke-out", &b) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
            strstr(t.stop.what, lies[i].says) != NULL && run_on(&t),
          "a call: %s: %s", lies[i].name, t.stop.what);
  }
  metes_sandbox_close(t.s);
}

static void kinds(struct fixture *x)
{
  struct trial t = liar(x);
  struct image b;

  hear_echo(&t, "echo");
  sound(&b, METES_MESSAGE_CALL, 0, "echo", "hello");
  CHECK(lie(&t, "poke", &b) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
          strstr(t.stop.what, "is no answer") != NULL && run_on(&t),
        "a call where an answer is due: %s", t.stop.what);
  for (uint32_t kind = METES_MESSAGE_RESULT; kind <= METES_MESSAGE_ERROR; kind++) {
    sound(&b, kind, kind == METES_MESSAGE_ERROR, "", "hello");
    CHECK(lie(&t, "poke-out", &b) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
            strstr(t.stop.what, "a call is of kind 1") != NULL && run_on(&t),
          "an answer where a call is due: %s", t.stop.what);
  }
  CHECK(t.served == 0, "no function of the host was called");
  sound(&b, METES_MESSAGE_RESULT, 0, "", "12345678"); /* the second begins behind it */
  memcpy(b.at + 40, b.at + 8, 32);
  put(&b, 64, 8, 40);
  put(&b, 0, 8, 72);
  CHECK(lie(&t, "poke", &b) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
          strstr(t.stop.what, "more than one answer") != NULL && run_on(&t),
        "two answers: %s", t.stop.what);
  sound(&b, METES_MESSAGE_RESULT, 0, "", "fine");
  CHECK(lie(&t, "poke", &b) == 0 && answers(&t, "fine"), "what was left before is not found: the buffers were cleared");
  metes_sandbox_close(t.s);
}

/* The input buffer, where the host pushes. */
static void spoilt_input(struct fixture *x)
{
  static const uint64_t pointers[] = {0, 7, 0x10000000, UINT64_MAX, 8 * SIZE, 8 * SIZE - 8};
  struct trial t = liar(x);

  hear_echo(&t, "echo");
  for (unsigned i = 0; i < sizeof pointers / sizeof *pointers; i++) {
    CHECK(call(&t, "no-room", &pointers[i], 8) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
            strstr(t.stop.what, "input buffer takes no answer") != NULL && run_on(&t),
          "no room for an answer: %s", t.stop.what);
    CHECK(call(&t, "spoil", &pointers[i], 8) == 0 && t.stop.outcome == METES_OUTCOME_WELL &&
            call(&t, "spoil", "", 0) == 0 && t.stop.outcome == METES_OUTCOME_BAD_MESSAGE &&
            strstr(t.stop.what, "input buffer takes no call") != NULL && t.stop.exits == 0,
          "no room for a call: %s", t.stop.what);
    CHECK(call(&t, "spoil", "", 0) == METES_EXIT_REFUSED && run_on(&t), "then it is not called: %s", t.f.text);
  }
  CHECK(call(&t, "many", "x", 1) == METES_EXIT_OK && answers(&t, "x"), "at last it is called again");
  metes_sandbox_close(t.s);
}

static uint64_t draw(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15;

  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static void at_random(struct image *b, uint64_t *state)
{
  static const uint64_t values[] = {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 64, 65, SIZE - 8, SIZE, SIZE + 1,
                                    UINT32_MAX, UINT64_MAX};
  static const char *const texts[] = {"", "x", "hello", "something that is a good deal longer than a header"};
  static const char *const names[] = {"echo", "ech", "unheard"};
  const uint32_t kind = 1 + (uint32_t)(draw(state) % 3);

  sound(b, kind, kind == 3 ? 1 + (uint32_t)draw(state) % 9 : 0, kind == 1 ? names[draw(state) % 3] : "",
        texts[draw(state) % 4]);
  for (uint64_t k = draw(state) % 3; k > 0; k--) {
    const uint64_t sp = word(b, 0, 8);
    const uint64_t fields[] = {0, 8, 12, 16, 20, 24, sp - 8, draw(state) % 100};
    const uint64_t value = values[draw(state) % (sizeof values / sizeof *values)] + draw(state) % 2 * draw(state) % 3;

    put(b, fields[draw(state) % 8] % SIZE, draw(state) % 2 ? 4 : draw(state) % 2 ? 1 : 8, value);
  }
}

/* What an answer has to come to, or a call. */
static bool as_answer(const struct trial *t, const struct found *m)
{
  if (!m->good || m->kind == METES_MESSAGE_CALL || m->start != 8)
    return t->stop.outcome == METES_OUTCOME_BAD_MESSAGE;
  if (m->kind == METES_MESSAGE_ERROR)
    return t->stop.outcome == METES_OUTCOME_FAILED && t->stop.answered && t->stop.verdict == m->code;
  return t->stop.outcome == METES_OUTCOME_WELL && t->answer.size == m->n &&
         memcmp(t->answer.at, m->payload, m->n) == 0;
}

static bool as_call(const struct trial *t, const struct found *m)
{
  static char text[2 * SIZE];
  const bool known = m->name_length == 4 && memcmp(m->name, "echo", 4) == 0;
  size_t n;

  if (!m->good || m->kind != METES_MESSAGE_CALL || m->start != 8)
    return t->stop.outcome == METES_OUTCOME_BAD_MESSAGE || (m->good && t->stop.outcome == METES_OUTCOME_ABORTED);
  n = (size_t)sprintf(text, "kind %u code %u: ", known ? 2u : 3u, known ? 0 : METES_ERROR_NO_FUNCTION);
  if (!known)
    n += (size_t)sprintf(text + n, "the host has no function '%.*s'", (int)m->name_length, (const char *)m->name);
  else
    for (uint64_t i = 0; i < m->n; i++)
      text[n++] = (char)m->payload[i];
  return t->stop.outcome == METES_OUTCOME_WELL && t->answer.size == (n < SIZE - 32 ? n : SIZE - 32) &&
         memcmp(t->answer.at, text, t->answer.size) == 0;
}

static void random_lies(struct fixture *x)
{
  struct trial t = liar(x);
  unsigned wrong = 0, came[METES_OUTCOME_CANCELLED + 1] = {0};
  uint64_t state = x->seed;
  struct image b;

  hear_echo(&t, "echo");
  for (uint64_t i = 0; i < x->rounds && wrong == 0; i++) {
    const bool answer = i % 2;

    at_random(&b, &state);
    const struct found m = find(&b);
    wrong += lie(&t, answer ? "poke" : "poke-out", &b) != 0 || !(answer ? as_answer(&t, &m) : as_call(&t, &m));
    if (wrong > 0)
      printf("# round %lu, %s: %s%s, outcome %u; a message: %d of kind %u\n", (unsigned long)i,
             answer ? "answer" : "call", t.f.text, t.stop.what, t.stop.outcome, m.good, m.kind);
    came[t.stop.outcome]++;
    wrong += t.stop.outcome != METES_OUTCOME_WELL && !run_on(&t);
  }
  CHECK(wrong == 0, "%lu buffers at random (seed %lu) come to what was said of them", (unsigned long)x->rounds,
        (unsigned long)x->seed);
  CHECK(came[METES_OUTCOME_WELL] > x->rounds / 20 && came[METES_OUTCOME_FAILED] > x->rounds / 50 &&
          came[METES_OUTCOME_BAD_MESSAGE] > x->rounds / 5,
        "%u well, %u errors, %u bad", came[METES_OUTCOME_WELL], came[METES_OUTCOME_FAILED],
        came[METES_OUTCOME_BAD_MESSAGE]);
  CHECK(!t.bare, "no function of the host was given the guest's own memory");
  metes_sandbox_close(t.s);
}

void lies(struct fixture *x)
{
  each(x);
  kinds(x);
  spoilt_input(x);
  random_lies(x);
}
