/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on messages: what one side writes is what the other reads, and a hostile side writes
 * whatever it likes. */
#include "core/message.h"

#include "agree.h"

enum { MOST = 120, NAMES = 70, PAYLOADS = 48 };

struct letter {
  uint32_t kind, code;
  uint64_t name_length, payload_length;
  uint8_t name[NAMES], payload[PAYLOADS];
};

static wide number(const uint8_t *m, uint64_t at)
{
  return m[at] | (wide)m[at + 1] << 8 | (wide)m[at + 2] << 16 | (wide)m[at + 3] << 24;
}

/* MSG-4 to MSG-7: the first thing that is wrong behind the length. */
static struct model_answer head(wide kind, wide code, const uint8_t *name, wide n, wide room)
{
  if (kind != 1 && kind != 2 && kind != 3)
    return model_no(METES_E_MESSAGE_KIND, 4, kind, 0);
  if (kind == 3 ? code == 0 : code > 0)
    return model_no(METES_E_MESSAGE_CODE, 8, code, 0);
  if (n > room || n > 64 || (n > 0) != (kind == 1))
    return model_no(METES_E_MESSAGE_NAME, 12, n, 0);
  for (uint64_t i = 0; i < n; i++)
    if (name[i] <= ' ' || name[i] >= 127)
      return model_no(METES_E_MESSAGE_NAME, 16 + i, name[i], 0);
  return model_no(METES_OK, 0, 0, 0);
}

/* MSG-2, MSG-3. */
static struct model_answer whole(const uint8_t *m, uint64_t len)
{
  if (len < 16)
    return model_no(METES_E_MESSAGE_SHORT, len, 16, 0);
  if (number(m, 0) + 4 != len)
    return model_no(METES_E_MESSAGE_LENGTH, number(m, 0) + 4, len, 0);
  return head(number(m, 4), number(m, 8), m + 16, number(m, 12), len - 16);
}

/* MSG-8, MSG-9. */
const char *agree_message(const uint8_t *m, uint64_t len)
{
  const struct metes_message untouched = {1, 2, 3, 4, 5, 6};
  struct metes_message x = untouched;
  struct metes_error err = {7, 7, 7};
  const struct model_answer a = whole(m, len);
  const char *why = same_answer(metes_message_parse(m, len, &x, &err), &err, &a, "what a message is");

  if (why)
    return why;
  if (a.status != METES_OK)
    return memcmp(&x, &untouched, sizeof x) == 0 ? NULL : "a message that is none is not read";
  if (x.kind != number(m, 4) || x.code != number(m, 8) || x.name_length != number(m, 12) || x.name != 16)
    return "what a message says";
  return x.payload == 16 + x.name_length && x.payload_length == len - x.payload ? NULL : "where the payload is";
}

static struct letter letter(struct source *s)
{
  struct letter x = {0};

  x.kind = pick(s, 16) ? 1 + pick(s, 3) : pick(s, 6);
  x.code = pick(s, 8) ? (x.kind == 3 ? 1 + pick(s, 200) : 0) : pick(s, 2);
  x.name_length = pick(s, 8) ? (x.kind == 1 ? 1 + pick(s, 64) : 0) : pick(s, NAMES);
  x.payload_length = pick(s, PAYLOADS);
  for (uint64_t i = 0; i < x.name_length; i++)
    x.name[i] = (uint8_t)(pick(s, 64) ? 0x21 + pick(s, 94) : pick(s, 256));
  for (uint64_t i = 0; i < x.payload_length; i++)
    x.payload[i] = (uint8_t)pick(s, 256);
  return x;
}

/* MSG-1: the bytes that are to be there. */
static uint64_t spell(const struct letter *x, uint8_t *m)
{
  const uint64_t size = 16 + x->name_length + x->payload_length;

  memset(m, 0, 16);
  m[0] = (uint8_t)(size - 4);
  m[4] = (uint8_t)x->kind;
  m[8] = (uint8_t)x->code;
  m[12] = (uint8_t)x->name_length;
  memcpy(m + 16, x->name, x->name_length);
  memcpy(m + 16 + x->name_length, x->payload, x->payload_length);
  return size;
}

static const char *write(const struct letter *x, uint8_t *m, uint64_t len, uint64_t *size)
{
  const uint64_t all = 16 + x->name_length + x->payload_length;
  uint8_t want[MOST + 64];
  struct metes_error err = {7, 7, 7};
  const struct model_answer a = all > len ? model_no(METES_E_BUFFER, all, len, 0)
                                          : head(x->kind, x->code, x->name, x->name_length, x->name_length);

  memcpy(want, m, MOST);
  if (a.status == METES_OK)
    spell(x, want);
  *size = 7;
  const char *why = same_answer(metes_message_put(m, len, x->kind, x->code, x->name, x->name_length, x->payload,
                                                  x->payload_length, size, &err),
                                &err, &a, "which messages are written");

  if (why)
    return why;
  if (*size != (a.status == METES_OK ? all : 7))
    return "how long a written message is";
  return memcmp(m, want, MOST) == 0 ? NULL : "the bytes of a message, and no others, are written";
}

const char *agree_messages(struct source *s)
{
  uint8_t m[MOST];
  const struct letter x = letter(s);
  const uint64_t len = pick(s, 4) ? MOST : pick(s, MOST + 1);
  uint64_t size;

  memset(m, 0x5A, sizeof m);
  const char *why = write(&x, m, len, &size);

  if (why || size == 7)
    return why;
  why = agree_message(m, size);
  for (int i = 0; i < 4 && !why; i++) { /* the other side changes a byte, or loses some */
    if (pick(s, 2))
      m[pick(s, 2) ? pick(s, 16) : pick(s, (uint32_t)size)] = (uint8_t)pick(s, pick(s, 2) ? 8 : 256);
    why = agree_message(m, pick(s, 8) ? size : pick(s, MOST));
  }
  return why;
}
