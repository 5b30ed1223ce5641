/* SPDX-License-Identifier: Apache-2.0
 * What the tests of snapshots share. */
#include "snapshots.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/scratch.h"

static unsigned count, failed;

bool ok(bool good, const char *format, ...)
{
  va_list list;

  printf("%sok %u - ", good ? "" : "not ", ++count);
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
  fflush(stdout);
  failed += !good;
  return good;
}

int done(void)
{
  printf("1..%u\n", count);
  return failed > 0;
}

void must(int status, const struct metes_failure *f)
{
  if (status == 0)
    return;
  printf("not ok - %s (%d)\n", f->text, status);
  exit(1);
}

static struct metes_guest_args args;

void read_guest(const char *path, struct metes_guest_args *a)
{
  FILE *file = fopen(path, "rb");

  metes_guest_args_init(a);
  a->image.at = malloc(1 << 20);
  if (file == NULL || a->image.at == NULL || (a->image.n = fread(a->image.at, 1, 1 << 20, file)) == 0)
    exit(66);
  fclose(file);
  args = *a;
}

void give(uint8_t *bytes, size_t n)
{
  args.init_data = (struct metes_bytes){bytes, n};
}

struct metes_sandbox *guest(const struct metes_kvm *k, uint64_t scratch, uint64_t heap)
{
  const struct metes_budget b = {10, 1000, 1 << 20};
  struct metes_failure f = {0};
  struct metes_sandbox *s;
  struct metes_stop stop;

  args.config.scratch_size = scratch;
  args.config.heap_size = heap;
  must(metes_sandbox_create(k, &args, &s, &f), &f);
  must(metes_sandbox_run(s, &b, &stop, &f), &f);
  if (stop.outcome != METES_OUTCOME_WELL || metes_sandbox_vm(s)->run->exit_reason != KVM_EXIT_HLT)
    ok(false, "the guest runs to its halt: outcome %d, %.*s", (int)stop.outcome, (int)stop.message_used, stop.message);
  return s;
}

void tell(struct metes_sandbox *s, enum command command, uint64_t argument)
{
  const struct metes_vm *vm = metes_sandbox_vm(s);
  struct kvm_regs r;

  if (metes_vm_request(vm->vcpu, KVM_GET_REGS, &r) < 0)
    exit(71);
  r.rbx = command;
  r.rcx = argument;
  if (metes_vm_request(vm->vcpu, KVM_SET_REGS, &r) < 0)
    exit(71);
}

struct metes_stop ask_for(struct metes_sandbox *s, enum command command, uint64_t argument, struct metes_budget b)
{
  struct metes_failure f = {0};
  struct metes_stop stop;

  tell(s, command, argument);
  must(metes_sandbox_run(s, &b, &stop, &f), &f);
  return stop;
}

struct metes_stop ask(struct metes_sandbox *s, enum command command, uint64_t argument)
{
  return ask_for(s, command, argument, (struct metes_budget){3, 1000, 1 << 20}); /* a planted fault may make it run for ever */
}

bool same_memory(const struct metes_guest_memory *a, const struct metes_guest_memory *b)
{
  const uint64_t size = a->layout.scratch_size, word = size - METES_SCRATCH_GENERATION_BELOW;

  return size == b->layout.scratch_size && memcmp(a->scratch, b->scratch, word) == 0 &&
         memcmp(a->scratch + word + 8, b->scratch + word + 8, size - word - 8) == 0 &&
         memcmp(a->snapshot, b->snapshot, a->layout.snapshot_size) == 0;
}

unsigned many(const char *name, unsigned usual, unsigned most)
{
  const char *const said = getenv(name);
  const unsigned n = said == NULL ? usual : (unsigned)atoi(said);

  return n < most ? n : most;
}

unsigned descriptors(void)
{
  DIR *all = opendir("/proc/self/fd");
  unsigned n = 0;

  while (readdir(all) != NULL)
    n++;
  closedir(all);
  return n;
}

unsigned lines_of(const char *path, const char *start)
{
  FILE *const file = fopen(path, "r");
  char line[4096];
  unsigned n = 0;

  if (file == NULL)
    exit(71);
  while (fgets(line, sizeof line, file) != NULL)
    n += strncmp(line, start, strlen(start)) == 0;
  fclose(file);
  return n;
}

unsigned mappings(void)
{
  return lines_of("/proc/self/maps", "");
}

unsigned long field(const char *path, const char *name)
{
  FILE *file = fopen(path, "r");
  unsigned long value = 0, all = 0;
  char line[256];

  while (fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), " %lu", &value) == 1)
      all += value;
  fclose(file);
  return all;
}

unsigned long resident(void)
{
  return field("/proc/self/status", "VmRSS:");
}

unsigned long private_memory(void)
{
  return field("/proc/self/smaps_rollup", "Pss_Anon:");
}
