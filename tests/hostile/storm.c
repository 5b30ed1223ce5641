/* SPDX-License-Identifier: Apache-2.0
 * A guest from its file; clock, descriptors, random numbers, TAP. */
#include "storm.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/scratch.h"

int failed;

static void need(int status, const struct metes_failure *f)
{
  if (status == 0)
    return;
  printf("Bail out! %s\n", f->text);
  exit(1);
}

static struct metes_bytes read_file(const char *path)
{
  FILE *const from = fopen(path, "rb");
  struct metes_bytes b = {.at = malloc(1 << 20)};

  if (from == NULL || b.at == NULL || (b.n = fread(b.at, 1, 1 << 20, from)) == 0) {
    printf("Bail out! %s cannot be read\n", path);
    exit(1);
  }
  fclose(from);
  return b;
}

void guest_open(struct guest *g, const char *path, uint64_t seed, uint32_t options)
{
  struct metes_failure f;

  *g = (struct guest){.kvm = {.fd = -1}};
  metes_guest_args_init(&g->args);
  g->args.name = path;
  g->args.image = read_file(path);
  g->args.seed = seed;
  g->args.config.options |= options;
  need(metes_kvm_open(&g->kvm, &f), &f);
  need(metes_sandbox_create(&g->kvm, &g->args, &g->sandbox, &f), &f);
}

void guest_make_ready(struct guest *g)
{
  const struct metes_budget b = {.seconds = 5, .exits = 10000, .output = 1 << 16};
  struct metes_stop stop;
  struct metes_failure f;

  need(metes_sandbox_run(g->sandbox, &b, &stop, &f), &f);
  if (stop.outcome != METES_OUTCOME_WELL) {
    printf("Bail out! %s did not become ready: outcome %d\n", g->args.name, stop.outcome);
    exit(1);
  }
}

void guest_keep(struct guest *g)
{
  struct metes_failure f;

  need(metes_sandbox_take(g->sandbox, &g->snapshot, &f), &f);
}

void guest_restore(struct guest *g)
{
  struct metes_failure f;

  need(metes_sandbox_restore(g->sandbox, g->snapshot, &f), &f);
}

bool guest_same(const struct guest *g)
{
  const struct metes_guest_memory *const is = metes_sandbox_memory(g->sandbox);
  const struct metes_guest_memory *const was = metes_snapshot_memory(g->snapshot);
  const uint64_t size = is->layout.scratch_size, word = size - METES_SCRATCH_GENERATION_BELOW;
  const uint64_t behind = word + sizeof word;

  return memcmp(is->scratch, was->scratch, word) == 0 &&
         memcmp(is->scratch + behind, was->scratch + behind, size - behind) == 0;
}

void guest_close(struct guest *g)
{
  metes_sandbox_close(g->sandbox);
  metes_snapshot_free(g->snapshot);
  metes_kvm_close(&g->kvm);
  free(g->args.image.at);
}

bool check(bool good, const char *format, ...)
{
  static int number;
  va_list values;

  printf("%s %d - ", good ? "ok" : "not ok", ++number);
  va_start(values, format);
  vprintf(format, values);
  va_end(values);
  putchar('\n');
  fflush(stdout);
  failed |= !good;
  return good;
}

uint64_t nanoseconds(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int descriptors(void)
{
  DIR *const all = opendir("/proc/self/fd");
  int n = -3; /* itself, and the two points */

  while (all != NULL && readdir(all) != NULL)
    n++;
  closedir(all);
  return n;
}

uint64_t random64(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15;

  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}
