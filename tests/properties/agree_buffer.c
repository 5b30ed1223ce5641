/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on buffers: a host and a guest that push and pop, and a guest that
 * writes into the buffer whatever it likes. */
#include "core/buffer.h"

#include "agree.h"

enum { MOST = 96, STEPS = 10 };

struct room {
  uint8_t m[MOST];
  uint32_t size;
};

static wide word(const uint8_t *m, uint64_t at, int bytes)
{
  wide v = 0;

  for (int i = bytes; i-- > 0;)
    v = v << 8 | m[at + (uint64_t)i];
  return v;
}

/* BUF-2, BUF-5 to BUF-7. */
static struct model_answer top(const struct room *r, struct metes_element *e)
{
  if (r->size < 8)
    return model_no(METES_E_BUFFER, 8, r->size, 0);
  const wide sp = word(r->m, 0, 8);

  if (sp == 8)
    return model_no(METES_E_STACK_EMPTY, 0, 0, 0);
  if (sp < 16 || sp > r->size)
    return model_no(METES_E_STACK, sp, r->size, 0);
  const wide link = word(r->m, (uint64_t)sp - 8, 8);

  if (link < 8 || link + 16 > sp)
    return model_no(METES_E_LINK, link, sp - 16, 0);
  const wide length = word(r->m, (uint64_t)link, 4) + 4;

  if (link + length + 8 > sp)
    return model_no(METES_E_PREFIX, length, sp - 8 - link, 0);
  *e = (struct metes_element){(uint64_t)link, (uint64_t)length, (uint64_t)sp};
  return model_no(METES_OK, 0, 0, 0);
}

/* BUF-2 to BUF-4. */
static struct model_answer room_for(const struct room *r, const uint8_t *data, uint64_t len)
{
  if (r->size < 8)
    return model_no(METES_E_BUFFER, 8, r->size, 0);
  const wide sp = word(r->m, 0, 8), least = word(data, 0, 4) + 4;

  if (sp < 8 || sp > r->size)
    return model_no(METES_E_STACK, sp, r->size, 0);
  if (sp + len + 8 > r->size)
    return model_no(METES_E_STACK_FULL, (wide)len + 8, r->size - sp, 0);
  if (len < 8)
    return model_no(METES_E_ELEMENT, len, 8, 0);
  return len < least ? model_no(METES_E_ELEMENT, len, least, 0) : model_no(METES_OK, 0, 0, 0);
}

static const char *same(enum metes_status got, const struct metes_error *err, const struct model_answer *want)
{
  static const struct metes_error untouched = {7, 7, 7};

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  if (got != want->status)
    return "status of a buffer";
  return same_error(err, got == METES_OK ? &untouched : &want->err) ? NULL : "error of a buffer";
}

/* BUF-1, BUF-8: element, link and pointer where the model puts them. */
static const char *push(struct room *r, struct source *s)
{
  struct room want = *r;
  struct metes_error err = {7, 7, 7};
  uint8_t data[40];
  const uint64_t len = pick(s, sizeof data);

  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t)(i < 4 ? 0 : pick(s, 256));
  data[0] = (uint8_t)(pick(s, 4) ? (len < 4 ? 0 : len - 4) : pick(s, 256));
  const struct model_answer a = room_for(r, data, len);
  const char *why = same(metes_buffer_push(r->m, r->size, data, len, &err), &err, &a);

  if (a.status == METES_OK) {
    const uint64_t sp = want.m[0], end = sp + len + 8;

    memcpy(want.m + sp, data, len);
    memset(want.m + sp + len, 0, 8);
    want.m[sp + len] = (uint8_t)sp;
    want.m[0] = (uint8_t)end;
  }
  if (why)
    return why;
  return memcmp(r, &want, sizeof want) == 0 ? NULL : "what was pushed, and nothing else, is in the buffer";
}

/* BUF-8, BUF-9, LE-2. */
static const char *pop(struct room *r, struct source *s)
{
  struct room want = *r;
  struct metes_error err = {7, 7, 7};
  struct metes_element e = {1, 2, 3}, f = e;
  const struct model_answer a = top(r, &f);
  const char *why = same(metes_buffer_peek(r->m, r->size, &e, &err), &err, &a);

  if (why || e.start != f.start || e.length != f.length || e.end != f.end)
    return why ? why : "the element on top";
  if (a.status != METES_OK || pick(s, 3) == 0)
    return memcmp(r, &want, sizeof want) == 0 ? NULL : "a peek changes nothing";
  memset(want.m + e.start, 0, e.end - e.start);
  memset(want.m, 0, 8);
  want.m[0] = (uint8_t)e.start;
  if (metes_buffer_pop(r->m, r->size, e, &err) != METES_OK || memcmp(r, &want, sizeof want) != 0)
    return "what was popped is zero, and nothing else";
  return NULL;
}

/* The guest writes: mostly near the numbers that matter. */
static void meddle(struct room *r, struct source *s)
{
  const uint32_t at = pick(s, 3) ? r->m[0] % MOST : pick(s, MOST);

  r->m[pick(s, 2) ? at : at >= 8 ? at - 8 : 0] = (uint8_t)pick(s, 256);
  if (pick(s, 4) == 0)
    r->m[0] = (uint8_t)pick(s, 256);
  if (pick(s, 8) == 0)
    r->m[pick(s, 8)] = (uint8_t)pick(s, 256);
}

const char *agree_buffers(struct source *s)
{
  struct room r = {{8}, 0};
  const char *why = NULL;

  r.size = pick(s, 8) ? 64 + pick(s, 33) : pick(s, MOST);
  for (int i = 0; i < STEPS && !why; i++) {
    if (pick(s, 6) == 0)
      meddle(&r, s);
    why = pick(s, 3) ? push(&r, s) : pop(&r, s);
  }
  return why;
}
