/* SPDX-License-Identifier: Apache-2.0
 * Every status of the core has a code, a clause and a whole sentence; those that no command can provoke, too. Prints TAP. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "vmm/describe.h"

#define LAST METES_E_MAPPING_ROOM

static int count, failures;

static void ok(int good, enum metes_status s, const char *what, const char *text)
{
  count++;
  if (!good)
    failures++;
  printf("%s %d - status %d %s: %s\n", good ? "ok" : "not ok", count, (int)s, what, text);
}

static int lower_snake_case(const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    if (!islower((unsigned char)*at) && *at != '_')
      return 0;
  return *text != '\0';
}

/* A letter or two, a number, and what belongs to it: LAY-24. */
static int clause(const char *text)
{
  const char *dash = strchr(text, '-');

  return dash != NULL && dash > text && isdigit((unsigned char)dash[1]);
}

static void one(enum metes_status s)
{
  const struct metes_error e = {5000, 4096, 1};
  struct metes_memslot slots[4097] = {{.slot = 7}, {.slot = 9, .gpa = 4097, .size = 4096}};
  const struct metes_subject subject = {.slots = slots};
  char bare[512], full[512], cut[20];

  metes_describe(s, &e, NULL, bare, sizeof bare);
  metes_describe(s, &e, &subject, full, sizeof full);
  ok(lower_snake_case(metes_error_code(s)) && strcmp(metes_error_code(s), "unknown") != 0, s, "has a code",
     metes_error_code(s));
  ok(clause(metes_error_clause(s)), s, "has a clause", metes_error_clause(s));
  ok(strlen(bare) > 15 && strpbrk(bare, "{}") == NULL, s, "is a sentence", bare);
  ok(strlen(full) > 15 && strpbrk(full, "{}") == NULL, s, "is a sentence with its subject", full);
  ok(metes_error_kvm_rule(s, &slots[1]) == NULL || metes_error_kvm_rule(s, NULL)[0] == 'K', s, "names KVM's rules",
     metes_error_clause(s));
  memset(cut, 'x', sizeof cut);
  metes_describe(s, &e, NULL, cut, 10);
  ok(strlen(cut) == 9 && strncmp(cut, bare, 9) == 0 && cut[10] == 'x', s, "is cut where there is no room", cut);
}

/* An overlap names both ranges, of the region that was to be added too: the plan does not hold that. */
static void refused_region(void)
{
  const struct metes_limits m = {.gpa_end = 1ULL << 36, .host_end = 1ULL << 47, .max_slots = 4};
  const struct metes_extra x[] = {{0x3000, 0x6000, 0x700000020000, 0x3000, 2, 0},
                                  {0x4000, 0x4800, 0x700000020000, 0x800, 2, 0},
                                  {0x6000, 0x5000, 0x700000020000, 0x1000, 2, 0}};
  static const char *const said[] = {
    "slot 2 (place 2, 0x3000 to 0x6000) overlaps slot 0 (place 0, 0x1000 to 0x4000)",
    "slot 2 (place 2, 0x4000 to 0x4800) has size 0x800, which is not a multiple of the page size, 4 KiB (4096 bytes)",
    "slot 2 (place 2, 0x6000 to 0x5000) is empty: it begins at 0x6000 and ends at 0x5000",
  };
  struct metes_memslot s[3] = {{0, METES_SLOT_READONLY, 0x1000, 0x3000, 0x700000000000},
                               {1, 0, 0x100000, 0x1000, 0x700000010000}};
  char text[512];

  for (int i = 0; i < 3; i++) {
    const struct metes_subject subject = {.slots = s, .extra = &x[i], .n_slots = 2};
    struct metes_error e;
    const enum metes_status status = metes_plan_add(s, 2, &x[i], &m, &e);

    metes_describe(status, &e, &subject, text, sizeof text);
    ok(strcmp(text, said[i]) == 0, status, "of a region that was to be added", text);
  }
}

int main(void)
{
  const enum metes_status beyond = (enum metes_status)(LAST + 1);
  const struct metes_error e = {0, 0, UINT32_MAX};
  char text[128];

  for (int s = METES_OK + 1; s <= (int)LAST; s++)
    one((enum metes_status)s);
  refused_region();
  ok(strcmp(metes_error_code(beyond), "unknown") == 0, beyond, "is none", metes_error_code(beyond));
  metes_describe(METES_E_PROFILE, &e, NULL, text, sizeof text);
  ok(strstr(text, "it is unknown") != NULL, METES_E_PROFILE, "with any index", text);
  metes_describe(METES_E_PROFILE, &(struct metes_error){0, 0, 9}, NULL, text, sizeof text);
  ok(strstr(text, "it is unknown") != NULL, METES_E_PROFILE, "with the number of no flaw", text);
  metes_describe(METES_E_PROFILE, &(struct metes_error){0, 0, 12}, NULL, text, sizeof text);
  ok(strstr(text, "(PRO-12): the alignment must be") != NULL, METES_E_PROFILE, "with another alignment", text);
  metes_size_words(UINT64_MAX, text, sizeof text);
  ok(strcmp(text, "2^64 - 1 bytes or more") == 0, METES_OK, "saturated", text);
  metes_size_words(UINT64_MAX - 1, text, sizeof text);
  ok(strcmp(text, "16.0 EiB (18446744073709551614 bytes)") == 0, METES_OK, "large", text);
  metes_size_words(1, text, sizeof text);
  ok(strcmp(text, "1 byte") == 0, METES_OK, "one", text);
  printf("1..%d\n", count);
  return failures != 0;
}
