/* SPDX-License-Identifier: Apache-2.0
 * Core and a second model on snapshot records: written, damaged, and forged with a right checksum.
 * The model has its own list of the words, and the checksum as a sum over all bytes at once. */
#include "agree.h"

enum { WORDS = 39, BYTES = 8 * WORDS, N_RESERVED = 10, RANGES = 11, CONFIG = 27, NARROW = 34, ENTRY = 37, STACK = 38 };

/* The words of a record, in wire order (SNAP-1). */
static void model_words(const struct metes_snapshot *s, uint64_t *w)
{
  const struct metes_profile *p = &s->profile;
  const struct metes_config *c = &s->config;
  const uint64_t head[4] = {0, 1, BYTES, 0}, p_words[7] = {p->snapshot_gpa, p->snapshot_gva, p->last_gpa, p->last_gva,
                                                          p->max_size,     p->alignment,    p->n_reserved};
  const uint64_t c_words[12] = {c->code_size,        c->heap_size,    c->init_data_size, c->input_data_size,
                                c->output_data_size, c->scratch_size, c->pt_size,        c->init_data_permissions,
                                c->options,          s->generation,   s->entry,          s->stack};

  memset(w, 0, BYTES);
  memcpy(w, head, sizeof head);
  memcpy(w + 4, p_words, sizeof p_words);
  for (uint32_t i = 0; i < p->n_reserved && i < 8; i++) {
    w[RANGES + 2 * i] = p->reserved[i].start;
    w[RANGES + 1 + 2 * i] = p->reserved[i].end;
  }
  memcpy(w + CONFIG, c_words, sizeof c_words);
}

/* The snapshot that such words say. */
static struct metes_snapshot model_snapshot(const uint64_t *w)
{
  struct metes_snapshot s = {
      .profile = {w[4], w[5], w[6], w[7], w[8], w[9], (uint32_t)w[10], {{0, 0}}},
      .config = {w[27], w[28], w[29], w[30], w[31], w[32], w[33], (uint32_t)w[34], (uint32_t)w[35]},
      .generation = w[36],
      .entry = w[37],
      .stack = w[38],
  };

  for (int i = 0; i < 8; i++)
    s.profile.reserved[i] = (struct metes_range){w[RANGES + 2 * i], w[RANGES + 1 + 2 * i]};
  return s;
}

/* SNAP-6: 1 + the sum of the bytes; their number + the sum of them, each as often as it is followed or is the last. */
static uint64_t model_sum(const uint8_t *m)
{
  uint64_t a = 1, b = BYTES - 32;

  for (uint64_t i = 32; i < BYTES; i++) {
    a += m[i];
    b += (BYTES - i) * m[i];
  }
  return b % 65521 * 0x10000 + a % 65521;
}

/* SNAP-6, of any bytes: a little of everything, or the largest sums that there can be. */
const char *agree_checksums(struct source *s)
{
  static uint8_t m[10000];
  const uint64_t len = pick(s, 2) ? 4095 + pick(s, 4) : source_bytes(s, 2) % (sizeof m + 1);
  const int large = pick(s, 4) == 0;
  uint64_t state = source_bytes(s, 8);
  wide a = 1, b = len;

  for (uint64_t i = 0; i < len; i++) {
    m[i] = large ? 0xFF : (uint8_t)source_random(&state);
    a += m[i];
    b += (wide)(len - i) * m[i];
  }
  return metes_checksum(m, len) == b % 65521 * 0x10000 + a % 65521 ? NULL : "the checksum of many bytes";
}

static void model_bytes(const uint64_t *w, uint8_t *m)
{
  for (int i = 0; i < BYTES; i++)
    m[i] = (uint8_t)(w[i / 8] >> (i % 8 * 8));
  memcpy(m, "METESNAP", 8);
}

static void model_seal(uint8_t *m)
{
  const uint64_t sum = model_sum(m);

  for (int i = 0; i < 8; i++)
    m[24 + i] = (uint8_t)(sum >> i * 8);
}

static void model_read(const uint8_t *m, uint64_t *w)
{
  memset(w, 0, BYTES);
  for (int i = BYTES; i-- > 0;)
    w[i / 8] = w[i / 8] << 8 | m[i];
}

/* SNAP-9 to SNAP-11. */
static struct model_answer model_state(const struct metes_snapshot *s)
{
  struct model_answer a = model_layout(&s->profile, &s->config);
  const wide half = (wide)1 << 47, top = ((wide)1 << 64) - half;
  const struct metes_layout l = a.l;

  if (a.status != METES_OK)
    return a;
  if (s->entry < s->profile.snapshot_gva || s->entry >= s->profile.snapshot_gva + model_up(s->config.code_size, s->profile.alignment))
    a = model_no(METES_E_SNAPSHOT_ENTRY, 8 * ENTRY, s->entry, 0);
  else if (s->stack == 0 || s->stack & 15 || (s->stack >= half && s->stack < top + 16))
    a = model_no(METES_E_SNAPSHOT_STACK, 8 * STACK, s->stack, 0);
  a.l = l;
  return a;
}

/* SNAP-2 to SNAP-8, then what it says. */
static struct model_answer model_record(const uint8_t *m, uint64_t len, struct metes_snapshot *s)
{
  uint64_t w[WORDS];

  if (len < BYTES)
    return model_no(METES_E_SNAPSHOT_SHORT, len, BYTES, 0);
  model_read(m, w);
  if (memcmp(m, "METESNAP", 8) != 0)
    return model_no(METES_E_SNAPSHOT_MAGIC, 0, w[0], 0);
  if (w[1] != 1)
    return model_no(METES_E_SNAPSHOT_VERSION, 8, w[1], 0);
  if (w[2] != BYTES)
    return model_no(METES_E_SNAPSHOT_SIZE, 16, w[2], 0);
  if (w[3] != model_sum(m))
    return model_no(METES_E_SNAPSHOT_CHECKSUM, 24, w[3], 0);
  for (uint64_t k = 4; k < WORDS; k++) {
    const int narrow = k == N_RESERVED || k == NARROW || k == NARROW + 1;
    const int unused = k >= RANGES && k < CONFIG && (wide)RANGES + 2 * (wide)w[N_RESERVED] <= k;

    if ((narrow && w[k] >> 32) || (unused && w[k]))
      return model_no(METES_E_SNAPSHOT_FIELD, 8 * k, w[k], 0);
  }
  *s = model_snapshot(w);
  return model_state(s);
}

static const char *same(enum metes_status got, const struct metes_error *err, const struct model_answer *want)
{
  static const struct metes_error untouched = {7, 7, 7};

  agree_seen[(uint32_t)got % AGREE_STATUSES]++;
  if (got != want->status)
    return "status of a snapshot";
  return same_error(err, got == METES_OK ? &untouched : &want->err) ? NULL : "error of a snapshot";
}

const char *agree_record(const uint8_t *m, uint64_t len)
{
  struct metes_snapshot s, want, as_it_was;
  struct metes_error err = {7, 7, 7};
  struct metes_layout l, l_was;
  uint64_t w[WORDS], w_want[WORDS];

  memset(&s, 0xA5, sizeof s);
  memset(&l, 0xA5, sizeof l);
  memcpy(&as_it_was, &s, sizeof s);
  memcpy(&l_was, &l, sizeof l);
  const struct model_answer a = model_record(m, len, &want);
  const enum metes_status read = metes_snapshot_read(m, len, &s, &err);
  const enum metes_status got = read == METES_OK ? metes_snapshot_check(&s, &l, &err) : read;
  const char *why = same(got, &err, &a);

  if (why)
    return why;
  if (read != METES_OK && memcmp(&s, &as_it_was, sizeof s))
    return "a refused record gives nothing";
  if (got != METES_OK)
    return memcmp(&l, &l_was, sizeof l) ? "a refused snapshot has no layout" : NULL;
  model_words(&s, w);
  model_words(&want, w_want);
  if (memcmp(w, w_want, sizeof w) != 0 ||
      memcmp(s.profile.reserved, want.profile.reserved, sizeof s.profile.reserved) != 0)
    return "what a record says";
  return memcmp(&l, &a.l, sizeof l) ? "the layout of a record is a fresh one" : NULL;
}

/* Any field, mostly to a number that matters; often with the checksum that belongs to it. */
static void damage(uint8_t *m, struct source *s, const uint64_t *near, uint32_t n)
{
  uint64_t w[WORDS];

  if (pick(s, 4) == 0) {
    m[pick(s, 2) ? pick(s, 40) : pick(s, BYTES / 2) + pick(s, BYTES / 2)] ^= (uint8_t)(1 << pick(s, 8));
  } else {
    const uint32_t k = pick(s, 3) ? 4 + pick(s, WORDS - 4) : pick(s, 2) ? N_RESERVED : NARROW + pick(s, 5);

    model_read(m, w);
    w[k] = pick(s, 4) ? pick_size(s, near, n) : w[k] + ((uint64_t)1 << 32);
    for (uint32_t i = 0; i < 8; i++)
      m[8 * k + i] = (uint8_t)(w[k] >> i * 8);
  }
  if (pick(s, 4))
    model_seal(m);
}

/* Mostly a place where a guest can go on. */
static struct metes_snapshot make(const struct trial *t, struct source *s)
{
  struct metes_snapshot v = {.profile = t->p, .config = t->c, .generation = source_bytes(s, 8)};
  const uint64_t end = v.profile.snapshot_gva + v.config.code_size;
  const uint64_t edges[4] = {v.profile.snapshot_gva, end, end + 4096, 0x800000000000};
  const uint64_t stacks[4] = {v.profile.last_gva + 1, 0x800000000000, 0xFFFF800000000000, 16};

  v.entry = v.profile.snapshot_gva;
  if (pick(s, 4) == 0 || v.config.code_size == 0)
    v.entry = pick_size(s, edges, 4);
  else
    v.entry += source_bytes(s, 8) % v.config.code_size;
  v.stack = pick(s, 4) ? (v.profile.last_gva - 0x2F) & ~(uint64_t)15 : pick_size(s, stacks, 4);
  return v;
}

const char *agree_snapshots(const struct trial *t, struct source *s)
{
  const struct metes_snapshot v = make(t, s);
  const uint64_t near[6] = {v.entry, v.stack, v.config.scratch_size, v.profile.last_gpa, 1, 0};
  const uint64_t len = pick(s, 4) ? BYTES + pick(s, 8) : pick(s, 2) ? BYTES - 1 : pick(s, 2) * 256 + pick(s, 256);
  uint8_t m[BYTES + 256], want[BYTES + 256];
  struct metes_error err = {7, 7, 7};
  struct model_answer a = {.status = METES_OK};
  uint64_t w[WORDS];

  memset(m, 0xC3, sizeof m);
  memcpy(want, m, sizeof m);
  if (len < BYTES)
    a = model_no(METES_E_BUFFER, BYTES, len, 0);
  const char *why = same(metes_snapshot_write(&v, m, len, &err), &err, &a);

  model_words(&v, w);
  if (a.status == METES_OK) {
    model_bytes(w, want);
    model_seal(want);
  }
  if (why || memcmp(m, want, sizeof m) != 0)
    return why ? why : "the bytes of a record, or nothing";
  model_bytes(w, m); /* for a buffer that was too short, too */
  model_seal(m);
  why = agree_record(m, sizeof m);
  for (uint32_t i = pick(s, 3); i > 0 && !why; i--) {
    damage(m, s, near, 6);
    why = agree_record(m, len);
  }
  return why;
}
