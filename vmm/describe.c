/* SPDX-License-Identifier: Apache-2.0
 * What each refusal of the core means, in a sentence. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"

/* One row for each status. In the sentence stand for numbers:
 *   {r} {l}  requested and limit as sizes         {R} {L}  the same as addresses
 *   {d} {D}  the same as plain numbers            {i}      index
 *   {p}      the guest-physical window of the profile, {v} the guest-virtual one
 *   {s} {t}  the plan's slot at `index` and at `limit`, {f} the flaw of a profile
 *   {u}      which field of the slot at `index` is unaligned */
struct row {
  const char *code;
  const char *clause;
  const char *kvm_rule;
  const char *sentence;
};

static const struct row rows[] = {
  [METES_OK] = {"ok", "", NULL, "nothing is wrong"},
  [METES_E_PROFILE] = {"bad_profile", "LAY-20", NULL, "the profile is unsound (PRO-{i}): {f}"},
  [METES_E_OPTIONS] = {"bad_options", "LAY-21", NULL, "the option bits {d} are not all known; the known ones are {D}"},
  [METES_E_PERMISSIONS] = {"bad_permissions", "LAY-22", NULL,
    "init data permissions {d} are not bits of READ 1, WRITE 2 and EXECUTE 4, at most {D} together"},
  [METES_E_SCRATCH_TOO_BIG] = {"too_big", "LAY-23", NULL,
    "the scratch size, {r}, is more than the largest region, {l}"},
  [METES_E_SCRATCH_TOO_SMALL] = {"too_small", "LAY-24", NULL,
    "the scratch size, {r}, is less than the {l} that the input and output buffers take with the 12 "
    "pages that every guest needs"},
  [METES_E_MEMORY_TOO_BIG] = {"too_big", "LAY-25", NULL,
    "code, PEB, heap and init data together, {r}, are more than the largest region, {l}"},
  [METES_E_SCRATCH_UNALIGNED] = {"unaligned", "LAY-26", NULL,
    "the scratch size, {r}, is not a multiple of the page size, {l}"},
  [METES_E_OVERLAP_GPA] = {"overlap", "LAY-27", NULL,
    "snapshot and scratch overlap in guest-physical space: together they take {r}, and {p} has room for {l}"},
  [METES_E_OVERLAP_GVA] = {"overlap", "LAY-28", NULL,
    "snapshot and scratch overlap in guest-virtual space: together they take {r}, and {v} has room for {l}"},
  [METES_E_PT_TOO_BIG] = {"too_small", "LAY-29", NULL,
    "the scratch size, {r}, is less than the {l} that buffers, page tables and the 12 pages that "
    "every guest needs take"},
  [METES_E_PT_UNALIGNED] = {"unaligned", "LAY-30", NULL,
    "the page-table size, {r}, is not a multiple of the page size, {l}"},
  [METES_E_PT_OVERLAP_GPA] = {"overlap", "LAY-31", NULL,
    "with its page tables the snapshot overlaps scratch in guest-physical space: together they take "
    "{r}, and {p} has room for {l}"},
  [METES_E_PT_OVERLAP_GVA] = {"overlap", "LAY-32", NULL,
    "with its page tables the snapshot overlaps scratch in guest-virtual space: together they take "
    "{r}, and {v} has room for {l}"},
  [METES_E_RESERVED] = {"reserved", "LAY-33", NULL,
    "snapshot or scratch would lie over the reserved guest-physical range from {R} to {L}"},
  [METES_E_BUFFER] = {"too_big", "PEB-9", NULL, "what is to be written needs {r} of memory, and {l} are there"},
  [METES_E_LENGTH] = {"bad_length", "MEM-2", NULL, "{r} of init data were given, and {l} were announced"},
  [METES_E_SLOT_BUDGET] = {"too_many", "PLAN-1", "K5", "the plan has {d} slots, and KVM has {D}"},
  [METES_E_SLOT_NUMBER] = {"too_big", "PLAN-2", "K5", "{s} has a number that is not below the {D} that KVM has"},
  [METES_E_SLOT_FLAGS] = {"bad_flags", "PLAN-3", "K12",
    "{s} has flags {d}; known are LOG_DIRTY_PAGES 1 and READONLY 2"},
  [METES_E_SLOT_EMPTY] = {"empty", "PLAN-4", "K8", "{s} is empty: it begins at {R} and ends at {L}"},
  [METES_E_SLOT_UNALIGNED] = {"unaligned", "PLAN-5", "K1",
    "{s} has {u} {R}, which is not a multiple of the page size, {l}"},
  [METES_E_SLOT_PAGES] = {"too_big", "PLAN-6", "K7", "{s} takes {r}; one slot holds at most {l}"},
  [METES_E_SLOT_GPA] = {"beyond_gpa", "PLAN-7", "K13",
    "{s} takes {r} of guest-physical space, and from its address on there are {l}"},
  [METES_E_SLOT_HOST] = {"beyond_host", "PLAN-8", "K3",
    "{s} takes {r} of the host's user space, and from its address on there are {l}"},
  [METES_E_SLOT_RESERVED] = {"reserved", "PLAN-9", "K16",
    "{s} lies over the reserved guest-physical range from {R} to {L}"},
  [METES_E_SLOT_TWICE] = {"duplicate", "PLAN-10", "K10", "{s} has the same number as {t}"},
  [METES_E_SLOT_OVERLAP] = {"overlap", "PLAN-11", "K11", "{s} overlaps {t}"},
  [METES_E_SLOT_LENGTHS] = {"bad_length", "PLAN-12", NULL,
    "{s} is {r} long in the guest and {l} in the host"},
  [METES_E_UNMAPPED] = {"unmapped", "GPA-1", NULL, "no region holds {l} from guest-physical {R} on"},
};

static const char *const flaws[] = {
  "it is unknown",
  "the snapshot must begin on a page, above the first one, in both spaces",
  "both spaces must end with a page, below 2^64 - 1",
  "guest-physical addresses must have at most 52 bits",
  "scratch must end above the snapshot's start, in both spaces",
  "the largest region must be whole pages, at most 0x3fffffff000 bytes",
  "no window may reach a non-canonical address",
  "it must have at most 8 reserved ranges",
  "no reserved range may be empty",
};

static const struct row *row_of(enum metes_status s)
{
  static const struct row unknown = {"unknown", "", NULL, "the core answered with a status that is not known here"};

  return (size_t)s < sizeof rows / sizeof *rows ? &rows[s] : &unknown;
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
  return row_of(s)->kvm_rule;
}

void metes_size_words(uint64_t size, char *text, size_t n)
{
  static const char units[] = "KMGT";
  int u = -1;
  uint64_t whole = size;

  for (; whole >= 1024 && whole % 1024 == 0 && u < 3; u++)
    whole /= 1024;
  if (size == UINT64_MAX) /* saturated, or as good as (LAY-4) */
    snprintf(text, n, "2^64 - 1 bytes or more");
  else if (u < 0)
    snprintf(text, n, "%" PRIu64 " byte%s", size, size == 1 ? "" : "s");
  else
    snprintf(text, n, "%" PRIu64 " %ciB (%" PRIu64 " bytes)", whole, units[u], size);
}

static void slot_words(const struct metes_memslot *s, uint64_t place, char *text, size_t n)
{
  if (s == NULL)
    snprintf(text, n, "slot at place %" PRIu64, place);
  else
    snprintf(text, n, "slot %" PRIu32 " (place %" PRIu64 ", 0x%" PRIx64 " to 0x%" PRIx64 ")", s[place].slot,
             place, s[place].gpa, metes_sat_add(s[place].gpa, s[place].size));
}

static void window(uint64_t first, uint64_t last, char *text, size_t n)
{
  snprintf(text, n, "[0x%" PRIx64 ", 0x%" PRIx64 "]", first, last);
}

static const char *unaligned_field(const struct metes_memslot *s)
{
  return s == NULL ? "the value" : s->gpa % METES_PAGE_SIZE != 0    ? "guest-physical address"
                               : s->size % METES_PAGE_SIZE != 0 ? "size"
                                                                : "host address";
}

/* What stands for one letter of a sentence. */
static void expand(char letter, const struct metes_error *e, const struct metes_subject *x, char *text,
                   size_t n)
{
  const struct metes_memslot *slot = x->slots == NULL ? NULL : &x->slots[e->index];

  text[0] = '\0';
  switch (letter) {
  case 'r': metes_size_words(e->requested, text, n); break;
  case 'l': metes_size_words(e->limit, text, n); break;
  case 'R': snprintf(text, n, "0x%" PRIx64, e->requested); break;
  case 'L': snprintf(text, n, "0x%" PRIx64, e->limit); break;
  case 'd': snprintf(text, n, "%" PRIu64, e->requested); break;
  case 'D': snprintf(text, n, "%" PRIu64, e->limit); break;
  case 'i': snprintf(text, n, "%" PRIu32, e->index); break;
  case 's': slot_words(x->slots, e->index, text, n); break;
  case 't': slot_words(x->slots, e->limit, text, n); break;
  case 'u': snprintf(text, n, "%s", unaligned_field(slot)); break;
  case 'f': snprintf(text, n, "%s", flaws[e->index <= 8 ? e->index : 0]); break;
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
  static const struct metes_subject nothing = {NULL, NULL, NULL};
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
