/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on a guest's two buffers, of any layout: the host pushes onto input, takes from output and
 * empties both; the guest does as it likes. The model keeps scratch a second time. */
#include "agree.h"

enum { MOST = 192, PAD = 32, STEPS = 10 };

struct guest {
  struct metes_memory m;
  uint8_t real[PAD + MOST + PAD], want[PAD + MOST + PAD]; /* scratch, and what lies about it */
};

static uint8_t *wanted(struct guest *g, uint64_t at)
{
  return g->want + PAD + at;
}

static wide number(const uint8_t *m, int n)
{
  wide v = 0;

  while (n-- > 0)
    v = v * 256 + m[n];
  return v;
}

static void put_number(uint8_t *m, uint64_t v)
{
  for (int i = 0; i < 8; i++)
    m[i] = (uint8_t)(v >> 8 * i);
}

/* BUF-10. */
static struct model_answer model_inside(const struct metes_layout *l)
{
  const wide both = (wide)l->input_data_size + l->output_data_size;

  if (l->input_data_size < 8 || l->output_data_size < 8)
    return model_no(METES_E_BUFFER, 8, l->input_data_size < 8 ? l->input_data_size : l->output_data_size, 1);
  return both > l->scratch_size ? model_no(METES_E_BUFFER, both, l->scratch_size, 2) : model_no(METES_OK, 0, 0, 0);
}

/* BUF-11: as if its bytes were written by hand. */
static struct model_answer model_push(struct guest *g, const uint8_t *data, uint64_t len)
{
  const struct model_answer a = model_inside(&g->m.layout);
  uint8_t *const m = wanted(g, 0);

  if (a.status != METES_OK)
    return a;
  const wide size = g->m.layout.input_data_size, sp = number(m, 8), least = number(data, 4) + 4;

  if (sp < 8 || sp > size)
    return model_no(METES_E_STACK, sp, size, 0);
  if (sp + len + 8 > size)
    return model_no(METES_E_STACK_FULL, (wide)len + 8, size - sp, 0);
  if (len < 8 || least > len)
    return model_no(METES_E_ELEMENT, len, len < 8 ? 8 : least, 0);
  memcpy(m + sp, data, len);
  put_number(m + sp + len, (uint64_t)sp);
  put_number(m, (uint64_t)sp + len + 8);
  return a;
}

/* BUF-12. */
static struct model_answer model_take(struct guest *g, uint8_t *to, uint64_t room, uint64_t *n)
{
  const struct model_answer a = model_inside(&g->m.layout);

  if (a.status != METES_OK)
    return a;
  uint8_t *const m = wanted(g, g->m.layout.input_data_size);
  const wide size = g->m.layout.output_data_size, sp = number(m, 8);

  if (sp == 8)
    return model_no(METES_E_STACK_EMPTY, 0, 0, 0);
  if (sp < 16 || sp > size)
    return model_no(METES_E_STACK, sp, size, 0);
  const wide link = number(m + sp - 8, 8);

  if (link < 8 || link + 16 > sp)
    return model_no(METES_E_LINK, link, sp - 16, 0);
  const wide length = number(m + link, 4) + 4;

  if (link + length + 8 > sp)
    return model_no(METES_E_PREFIX, length, sp - 8 - link, 0);
  if (length > room)
    return model_no(METES_E_BUFFER, length, room, 0);
  *n = (uint64_t)length;
  memcpy(to, m + link, *n);
  memset(m + link, 0, (uint64_t)(sp - link));
  put_number(m, (uint64_t)link);
  return a;
}

/* BUF-13. */
static struct model_answer model_clear(struct guest *g)
{
  const struct model_answer a = model_inside(&g->m.layout);

  if (a.status == METES_OK) {
    memset(wanted(g, 0), 0, g->m.layout.input_data_size + g->m.layout.output_data_size);
    *wanted(g, 0) = *wanted(g, g->m.layout.input_data_size) = 8;
  }
  return a;
}

static const char *push(struct guest *g, struct source *s)
{
  struct metes_error err = {7, 7, 7};
  uint8_t data[40] = {0};
  const uint64_t len = pick(s, sizeof data);

  for (size_t i = 4; i < sizeof data; i++)
    data[i] = (uint8_t)pick(s, 256);
  data[0] = (uint8_t)(pick(s, 8) ? (len < 4 ? 0 : len - 4) : pick(s, 256));
  const struct model_answer a = model_push(g, data, len);

  return same_answer(metes_input_push(&g->m, data, len, &err), &err, &a, "the answer to a push onto input");
}

static const char *take(struct guest *g, struct source *s)
{
  struct metes_error err = {7, 7, 7};
  uint8_t to[64], want[64];
  uint64_t n = 99, m = 99;
  const uint64_t room = pick(s, 2) ? sizeof to : pick(s, sizeof to);

  memset(to, 0xC3, sizeof to);
  memset(want, 0xC3, sizeof want);
  const struct model_answer a = model_take(g, want, room, &m);
  const enum metes_status got = metes_output_take(&g->m, to, room, &n, &err);

  if (n != m || memcmp(to, want, sizeof to) != 0)
    return "the bytes that are taken from output, and no others";
  return same_answer(got, &err, &a, "the answer to a take from output");
}

static const char *clear(struct guest *g)
{
  struct metes_error err = {7, 7, 7};
  const struct model_answer a = model_clear(g);

  return same_answer(metes_buffers_clear(&g->m, &err), &err, &a, "the answer where buffers are emptied");
}

/* The guest: an honest answer, or anything anywhere. */
static void meddle(struct guest *g, struct source *s)
{
  const uint64_t at = g->m.layout.input_data_size % MOST, len = 8 + pick(s, 24);
  uint8_t *const m = wanted(g, at);
  const uint64_t sp = m[0];

  if (pick(s, 3) && at + sp + len + 8 <= MOST) {
    for (uint64_t i = 0; i < len; i++)
      m[sp + i] = (uint8_t)(i < 4 ? 0 : pick(s, 256));
    m[sp] = (uint8_t)(pick(s, 8) ? len - 4 : pick(s, 40));
    put_number(m + sp + len, pick(s, 8) ? sp : pick(s, 64));
    put_number(m, sp + len + 8);
  } else {
    const uint64_t near = pick(s, 2) ? at : 0, o = near + (pick(s, 2) ? 0 : pick(s, 40));

    *wanted(g, o % MOST) = (uint8_t)pick(s, 256);
  }
  memcpy(g->real, g->want, sizeof g->real);
}

/* Small buffers that fill scratch or nearly; seldom such as no layout has. */
static void make(struct guest *g, struct source *s)
{
  static const uint64_t near[] = {0, 8, 7, MOST};
  struct metes_layout *const l = &g->m.layout;

  memset(g, 0, sizeof *g);
  memset(g->want, 0x5A, sizeof g->want);
  l->input_data_size = 8 + pick(s, MOST / 2 - 8);
  l->output_data_size = 8 + pick(s, MOST / 2 - 8);
  l->scratch_size = MOST - (pick(s, 4) ? 0 : pick(s, MOST));
  if (pick(s, 6) == 0)
    l->input_data_size = pick_size(s, near, 4);
  if (pick(s, 6) == 0)
    l->output_data_size = pick(s, 2) ? l->scratch_size - l->input_data_size + pick(s, 3) - 1 : pick_size(s, near, 4);
  put_number(wanted(g, 0), 8);
  put_number(wanted(g, l->input_data_size % MOST), 8);
  memcpy(g->real, g->want, sizeof g->real);
  g->m.scratch = g->real + PAD;
}

const char *agree_exchange(struct source *s)
{
  struct guest g;
  const char *why = NULL;

  make(&g, s);
  for (int i = 0; i < STEPS && !why; i++) {
    const uint32_t what = pick(s, 16);

    if (what % 2 == 0)
      meddle(&g, s);
    why = what < 7 ? push(&g, s) : what < 15 ? take(&g, s) : clear(&g);
    if (!why && memcmp(g.real, g.want, sizeof g.real) != 0)
      why = "scratch after a push, a take or where buffers are emptied";
  }
  return why;
}
