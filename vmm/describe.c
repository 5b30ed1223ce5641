/* SPDX-License-Identifier: Apache-2.0
 * A refusal in words: fills in the sentence of its status. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "describe_table.h"

static const char *const flaws[] = {
  "it is unknown",
  "the snapshot must begin on a multiple of the alignment, above the first page, in both spaces",
  "both spaces must end on a multiple of the alignment, below 2^64 - 1",
  "guest-physical addresses must have at most 52 bits",
  "scratch must end above the snapshot's start, in both spaces",
  "the largest region must be a multiple of the alignment, at most 0x3fffffff000 bytes",
  "no window may reach a non-canonical address",
  "it must have at most 8 reserved ranges",
  "no reserved range may be empty",
  [12] = "the alignment must be 4096, 16384 or 0x200000",
};

static const char *flaw_words(uint32_t i)
{
  return i < sizeof flaws / sizeof *flaws && flaws[i] != NULL ? flaws[i] : flaws[0];
}

static const struct metes_sentence *row_of(enum metes_status s)
{
  static const struct metes_sentence unknown = {"unknown", "", "", "the core answered with a status that is not known here"};

  return (size_t)s < metes_n_sentences && metes_sentences[s].code[0] != '\0' ? &metes_sentences[s] : &unknown;
}

const char *metes_error_code(enum metes_status s)
{
  return row_of(s)->code;
}

const char *metes_error_clause(enum metes_status s)
{
  return row_of(s)->clause;
}

const char *metes_error_kvm_rule(enum metes_status s, const struct metes_memslot *slot)
{
  if (s == METES_E_SLOT_UNALIGNED && slot != NULL)
    return slot->gpa % METES_PAGE_SIZE != 0 ? "K2" : slot->size % METES_PAGE_SIZE != 0 ? "K1" : "K3";
  if (s == METES_E_SLOT_GPA && slot != NULL && slot->size > UINT64_MAX - slot->gpa)
    return "K6";
  return row_of(s)->kvm_rule[0] != '\0' ? row_of(s)->kvm_rule : NULL;
}

void metes_size_short(uint64_t size, char *text, size_t n)
{
  static const char units[] = "KMGTPE";
  unsigned u = 0;

  if (size < 1024) {
    snprintf(text, n, "%" PRIu64 " B", size);
    return;
  }
  while (u < 5 && size >> (10 * (u + 2)) != 0)
    u++;
  if (size % (1ULL << (10 * (u + 1))) == 0)
    snprintf(text, n, "%" PRIu64 " %ciB", size >> (10 * (u + 1)), units[u]);
  else
    snprintf(text, n, "%.1f %ciB", (double)(size >> (10 * u)) / 1024, units[u]);
}

void metes_size_words(uint64_t size, char *text, size_t n)
{
  char rounded[24];

  metes_size_short(size, rounded, sizeof rounded);
  if (size == UINT64_MAX) /* saturated, or as good as (LAY-4) */
    snprintf(text, n, "2^64 - 1 bytes or more");
  else if (size < 1024)
    snprintf(text, n, "%" PRIu64 " byte%s", size, size == 1 ? "" : "s");
  else
    snprintf(text, n, "%s (%" PRIu64 " bytes)", rounded, size);
}

static void range_words(const struct metes_subject *x, uint32_t slot, uint64_t place, struct metes_range r, char *text,
                        size_t n)
{
  char where[32] = "";

  if (!x->placeless)
    snprintf(where, sizeof where, "place %" PRIu64 ", ", place);
  snprintf(text, n, "slot %" PRIu32 " (%s0x%" PRIx64 " to 0x%" PRIx64 ")", slot, where, r.start, r.end);
}

/* The slot at a place of the plan, or the one that was to come there, by its half-open range. */
static void slot_words(const struct metes_subject *x, uint64_t place, char *text, size_t n)
{
  const struct metes_memslot *s = x->slots;

  if (x->extra != NULL && place == x->n_slots)
    range_words(x, x->extra->slot, place, (struct metes_range){x->extra->start, x->extra->end}, text, n);
  else if (s == NULL)
    snprintf(text, n, "slot at place %" PRIu64, place);
  else
    range_words(x, s[place].slot, place,
                (struct metes_range){s[place].gpa, metes_sat_add(s[place].gpa, s[place].size)}, text, n);
}

static void window(uint64_t first, uint64_t last, char *text, size_t n)
{
  snprintf(text, n, "[0x%" PRIx64 ", 0x%" PRIx64 "]", first, last);
}

static const char *unaligned(uint64_t gpa, uint64_t size)
{
  return gpa % METES_PAGE_SIZE != 0 ? "guest-physical address" : size % METES_PAGE_SIZE != 0 ? "size" : "host address";
}

static const char *unaligned_field(const struct metes_subject *x, uint32_t place)
{
  if (x->extra != NULL && place == x->n_slots)
    return unaligned(x->extra->start, x->extra->host_size);
  return x->slots == NULL ? "the value" : unaligned(x->slots[place].gpa, x->slots[place].size);
}

/* What stands for one letter of a sentence. */
static void expand(char letter, const struct metes_error *e, const struct metes_subject *x, char *text,
                   size_t n)
{
  text[0] = '\0';
  switch (letter) {
  case 'r': metes_size_words(e->requested, text, n); break;
  case 'l': metes_size_words(e->limit, text, n); break;
  case 'R': snprintf(text, n, "0x%" PRIx64, e->requested); break;
  case 'L': snprintf(text, n, "0x%" PRIx64, e->limit); break;
  case 'd': snprintf(text, n, "%" PRIu64, e->requested); break;
  case 'D': snprintf(text, n, "%" PRIu64, e->limit); break;
  case 'i': snprintf(text, n, "%" PRIu32, e->index); break;
  case 's': slot_words(x, e->index, text, n); break;
  case 't': slot_words(x, e->limit, text, n); break;
  case 'u': snprintf(text, n, "%s", unaligned_field(x, e->index)); break;
  case 'f': snprintf(text, n, "%s", flaw_words(e->index)); break;
  case 'p':
  case 'v':
    if (x->profile == NULL)
      snprintf(text, n, "the profile");
    else if (letter == 'p')
      window(x->profile->snapshot_gpa, x->profile->last_gpa, text, n);
    else
      window(x->profile->snapshot_gva, x->profile->last_gva, text, n);
    break;
  default: break;
  }
}

void metes_describe(enum metes_status s, const struct metes_error *e, const struct metes_subject *subject,
                    char *text, size_t n)
{
  static const struct metes_subject nothing = {.slots = NULL};
  char words[96];
  size_t used = 0;

  if (n == 0)
    return;
  text[0] = '\0';
  for (const char *at = row_of(s)->sentence; *at != '\0' && used + 1 < n; at++) {
    if (*at == '{') {
      expand(at[1], e, subject == NULL ? &nothing : subject, words, sizeof words);
      used += (size_t)snprintf(text + used, n - used, "%s", words);
      at += 2;
    } else {
      text[used++] = *at;
      text[used] = '\0';
    }
  }
}
