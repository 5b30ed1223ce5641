/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target kvm: an input as a person reads it: configuration, profile, what each visit asks, the image. No KVM is
 * needed for that. */
#include <inttypes.h>
#include <string.h>

#include "fuzz/kit/target.h"
#include "fuzz/machine/visit.h"

const char *const probe_kinds[] = {"read", "write", "execute", "physical read", "physical write"};

static void show_config(FILE *f, const struct metes_config *c)
{
  fprintf(f, "\"config\": {");
#define X(name) fprintf(f, "\"" #name "\": %" PRIu64 ", ", c->name);
  X(code_size) X(heap_size) X(init_data_size) X(input_data_size) X(output_data_size) X(scratch_size) X(pt_size)
#undef X
  fprintf(f, "\"init_data_permissions\": %u, \"options\": %u}", c->init_data_permissions, c->options);
}

static void show_places(FILE *f, const struct metes_guest_memory *m)
{
  const struct metes_layout *const l = &m->layout;

  fprintf(f, ", \"profile\": {\"snapshot_gva\": \"%#" PRIx64 "\", \"last_gva\": \"%#" PRIx64 "\", \"last_gpa\": \"%#"
          PRIx64 "\"}", m->profile.snapshot_gva, m->profile.last_gva, m->profile.last_gpa);
  fprintf(f, ", \"slots\": [{\"gpa\": \"%#" PRIx64 "\", \"size\": %" PRIu64 "}, {\"gpa\": \"%#" PRIx64
          "\", \"size\": %" PRIu64 "}], \"entry\": \"%#" PRIx64 "\"", l->snapshot_gpa, l->snapshot_size,
          l->scratch_gpa, l->scratch_size, m->entry.rip);
}

static void show_visit(FILE *f, const struct visit *v)
{
  fprintf(f, "{\"probes\": [");
  for (unsigned i = 0; i < v->order.n; i++)
    fprintf(f, "%s{\"kind\": \"%s\", \"address\": \"%#" PRIx64 "\", \"value\": %u, \"fault\": \"%#" PRIx64 "\"}",
            i > 0 ? ", " : "", probe_kinds[v->order.of[i].kind], v->order.of[i].address, v->order.of[i].value,
            v->due[i].fault);
  fprintf(f, "], \"code\": \"");
  for (uint64_t i = 0; i < v->order.code_size; i++)
    fprintf(f, "%02x", v->code[i]);
  fprintf(f, "\"}");
}

/* The visits that the input itself asks for. */
static void show_visits(FILE *f, struct source *s, const struct machine_guest *g)
{
  static struct visit v;
  int n = 0;

  fprintf(f, ", \"visits\": [");
  for (; n < VISITS && s->left > 0; n++) {
    memset(&v, 0, sizeof v);
    v.g = g;
    visit_ask(s, &v, false);
    fprintf(f, "%s", n > 0 ? ", " : "");
    show_visit(f, &v);
  }
  fprintf(f, "], \"visits_by_its_seed\": %d", VISITS - n);
}

void fuzz_show(FILE *f, const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  struct metes_failure refusal = {0};
  struct machine_guest g;
  const bool made = machine_guest_make(&s, &g, &refusal);

  fprintf(f, "{\"accepted\": %s, ", made ? "true" : "false");
  show_config(f, &g.memory.config);
  if (made) {
    show_places(f, &g.memory);
    show_visits(f, &s, &g);
    machine_guest_free(&g);
  } else {
    fprintf(f, ", \"refused\": \"%s\"", refusal.text[0] != 0 ? refusal.text : "it is larger than this target takes");
  }
  fprintf(f, "}\n");
}

int fuzz_show_image(FILE *f, const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  struct metes_failure refusal = {0};
  struct machine_guest g;
  const struct metes_bytes image = machine_guest_image();

  if (machine_guest_make(&s, &g, &refusal))
    machine_guest_free(&g);
  return fwrite(image.at, 1, image.n, f) == image.n;
}
