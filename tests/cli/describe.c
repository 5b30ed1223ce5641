/* SPDX-License-Identifier: Apache-2.0
 * Every status of the core has a code, a clause and a whole sentence; those that no command can provoke, too. Prints TAP. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "vmm/describe.h"

#define LAST METES_E_MAPPING_END

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
  const struct metes_subject subject = {NULL, NULL, slots};
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

int main(void)
{
  const enum metes_status beyond = (enum metes_status)(LAST + 1);
  const struct metes_error e = {0, 0, UINT32_MAX};
  char text[128];

  for (int s = METES_OK + 1; s <= (int)LAST; s++)
    one((enum metes_status)s);
  ok(strcmp(metes_error_code(beyond), "unknown") == 0, beyond, "is none", metes_error_code(beyond));
  metes_describe(METES_E_PROFILE, &e, NULL, text, sizeof text);
  ok(strstr(text, "it is unknown") != NULL, METES_E_PROFILE, "with any index", text);
  metes_size_words(UINT64_MAX, text, sizeof text);
  ok(strcmp(text, "2^64 - 1 bytes or more") == 0, METES_OK, "saturated", text);
  metes_size_words(UINT64_MAX - 1, text, sizeof text);
  ok(strcmp(text, "16.0 EiB (18446744073709551614 bytes)") == 0, METES_OK, "large", text);
  metes_size_words(1, text, sizeof text);
  ok(strcmp(text, "1 byte") == 0, METES_OK, "one", text);
  printf("1..%d\n", count);
  return failures != 0;
}
