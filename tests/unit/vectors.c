/* SPDX-License-Identifier: Apache-2.0
 * All vectors of the reference against the library: every field, every byte, every number of a refusal. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

typedef unsigned __int128 wide;

enum { LINES = 400 };

/* One line: what was asked, what the reference answered, and where we are, for messages. */
struct vector {
  struct metes_profile p;
  struct metes_config c;
  uint64_t pt_size; /* to be set after construction */
  int has_pt;
  struct json_object *out;
  const char *file;
  int line;
};

static struct json_object *field(const struct vector *v, struct json_object *o, const char *name)
{
  struct json_object *x;

  if (!json_object_object_get_ex(o, name, &x))
    fail_msg("%s:%d: no field %s", v->file, v->line, name);
  return x;
}

static uint64_t number(const struct vector *v, struct json_object *o, const char *name)
{
  return json_object_get_uint64(field(v, o, name));
}

static void assert_number(const struct vector *v, struct json_object *o, const char *name, uint64_t ours)
{
  const uint64_t theirs = number(v, o, name);

  if (theirs != ours)
    fail_msg("%s:%d: %s is %llu, the reference says %llu", v->file, v->line, name, (unsigned long long)ours,
             (unsigned long long)theirs);
}

static void assert_status(const struct vector *v, enum metes_status got, int as_expected)
{
  if (!as_expected)
    fail_msg("%s:%d: unexpected status %d", v->file, v->line, got);
}

static void assert_fields(const struct vector *v, const struct metes_layout *l)
{
  struct json_object *o = v->out;

  assert_number(v, o, "heap_size", l->heap_size);
  assert_number(v, o, "peb_offset", l->peb_offset);
  assert_number(v, o, "peb_input_data_offset", l->peb_offset);
  assert_number(v, o, "peb_output_data_offset", l->peb_offset + offsetof(struct metes_peb, output_size));
  assert_number(v, o, "peb_init_data_offset", l->peb_offset + offsetof(struct metes_peb, init_data_size));
  assert_number(v, o, "peb_heap_data_offset", l->peb_offset + offsetof(struct metes_peb, heap_size));
  assert_number(v, o, "guest_heap_buffer_offset", l->heap_offset);
  assert_number(v, o, "init_data_offset", l->init_data_offset);
  assert_number(v, o, "peb_address", l->peb_gpa);
  assert_number(v, o, "guest_code_address", l->snapshot_gpa);
  assert_number(v, o, "memory_size", l->memory_size);
  assert_number(v, o, "snapshot_size", l->snapshot_size);
  assert_number(v, o, "pt_size", l->pt_size);
  assert_number(v, o, "input_data_buffer_gva", l->scratch_gva);
  assert_number(v, o, "output_data_buffer_gva", l->output_gva);
  assert_number(v, o, "input_data_scratch_offset", 0);
  assert_number(v, o, "output_data_scratch_offset", l->input_data_size);
  assert_number(v, o, "pt_base_scratch_offset", l->pt_scratch_offset);
  assert_number(v, o, "pt_base_gpa", l->pt_gpa);
  assert_number(v, o, "first_free_scratch_gpa", l->free_gpa);
  assert_number(v, o, "scratch_base_gpa", l->scratch_gpa);
  if (l->options & METES_OPT_FILE_MAPPINGS) {
    assert_number(v, o, "peb_file_mappings_offset", l->peb_offset + offsetof(struct metes_peb, file_mapping_count));
    assert_number(v, o, "file_mappings_array_offset", l->peb_offset + METES_PEB_HEADER_SIZE);
    /* D9: the reference gives the guest-physical address, in every profile */
    assert_number(v, o, "file_mappings_array_gva", l->peb_gpa + METES_PEB_HEADER_SIZE);
  }
}

/* The PEB in hex. D9: its last word is the relocated address of the table. */
static void assert_peb(const struct vector *v, const struct metes_layout *l)
{
  struct json_object *peb = field(v, v->out, "peb");
  struct metes_peb b = metes_peb_of(l);
  const uint64_t n = metes_peb_bytes(l->options);
  char hex[161];
  uint8_t m[80];

  if (!peb)
    return;
  b.file_mappings_gva = b.file_mappings_gva - l->snapshot_gva + l->snapshot_gpa;
  metes_peb_encode(&b, l->options, m);
  for (uint64_t i = 0; i < n; i++)
    snprintf(hex + 2 * i, 3, "%02x", m[i]);
  if (strcmp(hex, json_object_get_string(peb)) != 0)
    fail_msg("%s:%d: PEB %s, the reference says %s", v->file, v->line, hex, json_object_get_string(peb));
}

/* D11: regions that are empty in the reference are not in ours. */
static void assert_regions(const struct vector *v, const struct metes_layout *l)
{
  static const char *const names[] = {"Code", "Peb", "Heap", "InitData"};
  struct json_object *theirs = field(v, v->out, "regions");
  struct metes_region r[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(l, r);
  uint32_t k = 0;

  for (size_t i = 0; i < json_object_array_length(theirs); i++) {
    struct json_object *t = json_object_array_get_idx(theirs, i);

    if (number(v, t, "start") == number(v, t, "end"))
      continue;
    if (k >= n)
      fail_msg("%s:%d: region %zu is missing", v->file, v->line, i);
    assert_number(v, t, "start", r[k].start);
    assert_number(v, t, "end", r[k].end);
    assert_number(v, t, "flags", r[k].flags);
    assert_string_equal(json_object_get_string(field(v, t, "type")), names[r[k].type]);
    k++;
  }
  assert_int_equal(k, n);
}

/* Do snapshot and scratch meet in this profile, by the reference's own numbers? (D6) */
static int meets(const struct vector *v, uint64_t pt_size)
{
  const wide both = (wide)number(v, v->out, "memory_size") + pt_size + v->c.scratch_size;

  return both > (wide)v->p.last_gpa + 1 - v->p.snapshot_gpa || both > (wide)v->p.last_gva + 1 - v->p.snapshot_gva;
}

static void check_refused(const struct vector *v, const char *code, enum metes_status got, const struct metes_error *err)
{
  if (strcmp(code, "overflow") == 0) {
    assert_status(v, got, got != METES_OK);
    return;
  }
  if (strcmp(code, "too_big") == 0)
    assert_status(v, got, got == METES_E_SCRATCH_TOO_BIG || got == METES_E_MEMORY_TOO_BIG);
  else
    assert_status(v, got, strcmp(code, "too_small") == 0 && got == METES_E_SCRATCH_TOO_SMALL);
  assert_number(v, v->out, "requested", err->requested);
  assert_number(v, v->out, "limit", err->limit);
}

/* The second step: set_pt_size. What fails leaves *l as it was. */
static void check_page_tables(const struct vector *v, struct metes_layout *l)
{
  struct json_object *error = field(v, v->out, "pt_error");
  struct metes_config c = v->c;
  struct metes_error err;

  c.pt_size = v->pt_size;
  const enum metes_status got = metes_layout_compute(&v->p, &c, l, &err);

  if (error && strcmp(json_object_get_string(field(v, error, "error")), "overflow") == 0)
    assert_status(v, got, got != METES_OK);
  else if (error) {
    assert_status(v, got, got == METES_E_PT_TOO_BIG);
    assert_number(v, error, "requested", err.requested);
    assert_number(v, error, "limit", err.limit);
  } else if (v->pt_size % METES_PAGE_SIZE != 0)
    assert_status(v, got, got == METES_E_PT_UNALIGNED);
  else if (meets(v, v->pt_size))
    assert_status(v, got, got == METES_E_PT_OVERLAP_GPA || got == METES_E_PT_OVERLAP_GVA);
  else
    assert_status(v, got, got == METES_OK);
}

static void check_vector(const struct vector *v)
{
  struct metes_error err;
  struct metes_layout l;
  struct json_object *error;
  const enum metes_status got = metes_layout_compute(&v->p, &v->c, &l, &err);

  if (json_object_object_get_ex(v->out, "error", &error)) {
    check_refused(v, json_object_get_string(error), got, &err);
    return;
  }
  if (v->c.scratch_size % METES_PAGE_SIZE != 0) {
    assert_status(v, got, got == METES_E_SCRATCH_UNALIGNED);
    return;
  }
  if (meets(v, 0)) {
    assert_status(v, got, got == METES_E_OVERLAP_GPA || got == METES_E_OVERLAP_GVA);
    return;
  }
  assert_status(v, got, got == METES_OK);
  if (v->has_pt)
    check_page_tables(v, &l);
  if (l.pt_size != number(v, v->out, "pt_size")) /* the reference took page tables that we refuse */
    return;
  assert_fields(v, &l);
  assert_peb(v, &l);
  assert_regions(v, &l);
}

static struct vector vector_of(const char *file, int line, struct json_object *in, enum metes_profile_id id,
                               uint32_t options)
{
  struct vector v = {.p = profile_of(id), .file = file, .line = line};
  struct json_object *permissions = field(&v, in, "init_data_permissions");

  v.c = (struct metes_config){
      .code_size = number(&v, in, "code_size"),
      .heap_size = number(&v, in, "heap_size"),
      .init_data_size = number(&v, in, "init_data_size"),
      .input_data_size = number(&v, in, "input_data_size"),
      .output_data_size = number(&v, in, "output_data_size"),
      .scratch_size = number(&v, in, "scratch_size"),
      .init_data_permissions = permissions ? (uint32_t)json_object_get_uint64(permissions) : METES_READ,
      .options = options,
  };
  v.has_pt = field(&v, in, "pt_size") != NULL;
  v.pt_size = number(&v, in, "pt_size");
  return v;
}

static void check_file(const char *file, enum metes_profile_id id, uint32_t options)
{
  FILE *f = fopen(file, "r");
  char *text = NULL;
  size_t room = 0;
  int line = 0;

  if (!f)
    fail_msg("%s: cannot be opened; unit tests run in the root of the tree", file);
  while (getline(&text, &room, f) > 0) {
    struct json_object *o = json_tokener_parse(text);
    struct vector v = vector_of(file, ++line, json_object_object_get(o, "in"), id, options);

    v.out = json_object_object_get(o, "out");
    check_vector(&v);
    json_object_put(o);
  }
  free(text);
  fclose(f);
  assert_int_equal(line, LINES);
}

/* LAY-23 to LAY-32, LAY-35, PEB-1 to PEB-7, REG-1 to REG-4: what the reference answers, where it is right. */
#define VECTORS(name, file, id, options)                     \
  static void name(void **state)                             \
  {                                                          \
    (void)state;                                             \
    check_file("tests/vectors/" file ".jsonl", id, options); \
  }
VECTORS(vectors_hyperlight, "hyperlight", METES_PROFILE_HYPERLIGHT, 0)
VECTORS(vectors_hyperlight_heap, "hyperlight+executable_heap", METES_PROFILE_HYPERLIGHT, METES_OPT_EXECUTABLE_HEAP)
VECTORS(vectors_hyperlight_files, "hyperlight+file_mappings", METES_PROFILE_HYPERLIGHT, METES_OPT_FILE_MAPPINGS)
VECTORS(vectors_nub, "nub", METES_PROFILE_NUB, 0)
VECTORS(vectors_nub_files, "nub+file_mappings", METES_PROFILE_NUB, METES_OPT_FILE_MAPPINGS)
VECTORS(vectors_i686, "i686", METES_PROFILE_I686, 0)

int test_vectors(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors_hyperlight),       cmocka_unit_test(vectors_hyperlight_heap),
      cmocka_unit_test(vectors_hyperlight_files), cmocka_unit_test(vectors_nub),
      cmocka_unit_test(vectors_nub_files),        cmocka_unit_test(vectors_i686),
  };

  return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
