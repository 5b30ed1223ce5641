/* SPDX-License-Identifier: Apache-2.0
 * What each test of the API on KVM prints, and reads first. */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *part;
static unsigned number, failures;

bool part_runs(const char *name)
{
  return part == NULL || strcmp(part, name) == 0;
}

bool check(bool good, const char *format, ...)
{
  va_list list;

  number++;
  failures += !good;
  printf("%s %u - ", good ? "ok" : "not ok", number);
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
  if (!good && part != NULL)
    exit(1);
  return good;
}

int check_end(void)
{
  printf("1..%u\n", number);
  return failures != 0;
}

struct metes_bytes read_file(const char *path)
{
  struct metes_bytes b = {.at = malloc(1 << 20)};
  FILE *const file = fopen(path, "rb");

  if (file == NULL || b.at == NULL)
    exit(66);
  b.n = fread(b.at, 1, 1 << 20, file);
  fclose(file);
  return b;
}

void open_kvm(struct metes_kvm *kvm)
{
  struct metes_failure f;

  setvbuf(stdout, NULL, _IOLBF, 0);
  if (metes_kvm_open(kvm, &f) == 0)
    return;
  printf("not ok 1 - KVM: %s\n1..1\n", f.text);
  exit(1);
}
