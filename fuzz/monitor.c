/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the whole monitor on a made-up kernel (tests/faults). The input says which system calls fail, how the
 * guest is configured, what its image is, what KVM answers, and what the guest does in between
 * (tests/faults/monitor.c). */
#include "fuzz/kit/target.h"
#include "tests/faults/monitor.h"
#include "tests/faults/monitor_guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const char *const why = monitor(&s);

  fuzz_first_check(monitor_accepted);
  fuzz_verdict(why);
  return 0;
}

static const struct metes_guest_args *asked(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);

  monitor(&s);
  return guest_last();
}

void fuzz_show(FILE *f, const uint8_t *data, size_t size)
{
  const struct metes_config *const c = &asked(data, size)->config;

  fprintf(f, "{\"accepted\": %s, \"config\": {", monitor_accepted ? "true" : "false");
#define X(name) fprintf(f, "\"" #name "\": %lu, ", c->name);
  X(code_size) X(heap_size) X(init_data_size) X(input_data_size) X(output_data_size) X(scratch_size) X(pt_size)
#undef X
  fprintf(f, "\"init_data_permissions\": %u, \"options\": %u}}\n", c->init_data_permissions, c->options);
}

int fuzz_show_image(FILE *f, const uint8_t *data, size_t size)
{
  const struct metes_bytes image = asked(data, size)->image;

  return image.n > 0 && fwrite(image.at, 1, image.n, f) == image.n;
}
