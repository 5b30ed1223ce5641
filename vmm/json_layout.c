/* SPDX-License-Identifier: Apache-2.0
 * A configuration read from JSON, and a layout written as JSON. */
#include <stddef.h>
#include <string.h>

#include "describe.h"
#include "json_layout.h"
#include "json_read.h"

/* A PEB that lies further up is not shown: the reference's vectors do not have it either. */
#define SHOWN_PEB_BELOW (64ULL << 20)

/* The keys of a request; those with `null_is_default` may be null. */
struct field {
  const char *key;
  size_t offset;
  bool may_be_null;
  uint64_t null_value;
};

#define SIZE(name) {#name, offsetof(struct metes_request, config.name), false, 0}

static const struct field fields[] = {
  SIZE(input_data_size),
  SIZE(output_data_size),
  SIZE(heap_size),
  SIZE(scratch_size),
  SIZE(code_size),
  SIZE(init_data_size),
  {"init_data_permissions", offsetof(struct metes_request, permissions), true, METES_READ},
  {"pt_size", offsetof(struct metes_request, config.pt_size), true, 0},
};

#define N_FIELDS (sizeof fields / sizeof *fields)

/* Null, or what is wrong with this member. */
static const char *read_field(const char *key, struct json_object *o, struct metes_request *q)
{
  for (unsigned i = 0; i < N_FIELDS; i++) {
    uint64_t *value = (uint64_t *)(void *)((char *)q + fields[i].offset);

    if (strcmp(key, fields[i].key) != 0)
      continue;
    if (o != NULL || !fields[i].may_be_null)
      return metes_json_number(o, value);
    *value = fields[i].null_value;
    return NULL;
  }
  return "there is no such key";
}

static bool read_fields(struct json_object *o, struct metes_request *q, char *detail, size_t n)
{
  struct json_object_iter i;
  char shown[48];

  json_object_object_foreachC(o, i) {
    const char *problem = read_field(i.key, i.val, q);

    if (problem == NULL)
      continue;
    metes_json_shown(i.key, shown, sizeof shown);
    snprintf(detail, n, "%s%s%s", shown, shown[0] != '\0' ? ": " : "", problem);
    return false;
  }
  return true;
}

bool metes_json_request(const char *text, size_t length, struct metes_request *q, char *detail,
                        size_t n)
{
  struct json_object *o = metes_json_parse(text, length, detail, n);
  bool good = o != NULL && read_fields(o, q, detail, n);

  if (good && metes_json_members(text, length) != (size_t)json_object_object_length(o)) {
    snprintf(detail, n, "a key comes twice");
    good = false;
  }
  json_object_put(o);
  return good;
}

void metes_answer(const struct metes_profile *p, const struct metes_request *q, struct metes_answer *a)
{
  struct metes_config c = q->config;

  a->pt_status = METES_OK;
  c.pt_size = 0;
  /* the bits above 31 cannot be said to the core; its answer does not depend on which they are */
  c.init_data_permissions = q->permissions > UINT32_MAX ? UINT32_MAX : (uint32_t)q->permissions;
  a->status = metes_layout_compute(p, &c, &a->layout, &a->error);
  if (a->status == METES_E_PERMISSIONS)
    a->error.requested = q->permissions;
  c.pt_size = q->config.pt_size;
  if (a->status == METES_OK && c.pt_size != 0)
    a->pt_status = metes_layout_compute(p, &c, &a->layout, &a->error);
}

void metes_json_bad_input(struct metes_json *j, const char *detail)
{
  metes_json_open(j, NULL, '{');
  metes_json_text(j, "error", "bad_input");
  metes_json_text(j, "detail", detail);
  metes_json_close(j, '}');
  metes_json_line(j);
}

void metes_json_refusal(struct metes_json *j, enum metes_status s, const struct metes_error *e,
                        const char *detail)
{
  metes_json_text(j, "error", metes_error_code(s));
  metes_json_u64(j, "requested", e->requested);
  metes_json_u64(j, "limit", e->limit);
  metes_json_text(j, "detail", detail);
}

/* `at` tells which step refused, in the words of the reference's vectors. */
static void put_refusal(struct metes_json *j, const struct metes_profile *p, enum metes_status s,
                        const struct metes_error *e, const char *at)
{
  const struct metes_subject subject = {.profile = p};
  char detail[512];

  metes_describe(s, e, &subject, detail, sizeof detail);
  metes_json_refusal(j, s, e, detail);
  metes_json_text(j, "at", at);
}

static void put_peb(struct metes_json *j, const struct metes_layout *l)
{
  static const char hex[] = "0123456789abcdef";
  const struct metes_peb b = metes_peb_of(l);
  const uint64_t n = metes_peb_bytes(l->options);
  uint8_t bytes[METES_PEB_HEADER_SIZE];
  char text[2 * METES_PEB_HEADER_SIZE + 1];

  if (l->peb_offset >= SHOWN_PEB_BELOW) {
    metes_json_none(j, "peb");
    return;
  }
  metes_peb_encode(&b, l->options, bytes);
  for (uint64_t i = 0; i < n; i++) {
    text[2 * i] = hex[bytes[i] / 16];
    text[2 * i + 1] = hex[bytes[i] % 16];
  }
  text[2 * n] = '\0';
  metes_json_text(j, "peb", text);
}

static void put_regions(struct metes_json *j, const struct metes_layout *l)
{
  static const char *const names[] = {"Code", "Peb", "Heap", "InitData"};
  struct metes_region r[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(l, r);

  metes_json_open(j, "regions", '[');
  for (uint32_t i = 0; i < n; i++) {
    metes_json_open(j, NULL, '{');
    metes_json_u64(j, "start", r[i].start);
    metes_json_u64(j, "end", r[i].end);
    metes_json_u64(j, "flags", r[i].flags);
    metes_json_text(j, "type", names[r[i].type]);
    metes_json_close(j, '}');
  }
  metes_json_close(j, ']');
}

static void put_pt_error(struct metes_json *j, const struct metes_profile *p,
                         const struct metes_answer *a)
{
  if (a->pt_status == METES_OK) {
    metes_json_none(j, "pt_error");
    return;
  }
  metes_json_open(j, "pt_error", '{');
  put_refusal(j, p, a->pt_status, &a->error, "set_pt_size");
  metes_json_close(j, '}');
}

/* The PEB's words lie in the order of struct metes_peb (PEB-1). */
static void put_peb_offsets(struct metes_json *j, const struct metes_layout *l)
{
  metes_json_u64(j, "peb_offset", l->peb_offset);
  metes_json_u64(j, "peb_input_data_offset", l->peb_offset + offsetof(struct metes_peb, input_size));
  metes_json_u64(j, "peb_output_data_offset", l->peb_offset + offsetof(struct metes_peb, output_size));
  metes_json_u64(j, "peb_init_data_offset", l->peb_offset + offsetof(struct metes_peb, init_data_size));
  metes_json_u64(j, "peb_heap_data_offset", l->peb_offset + offsetof(struct metes_peb, heap_size));
}

static void put_file_mappings(struct metes_json *j, const struct metes_layout *l)
{
  metes_json_u64(j, "peb_file_mappings_offset",
                 l->peb_offset + offsetof(struct metes_peb, file_mapping_count));
  metes_json_u64(j, "file_mappings_array_offset", l->peb_offset + METES_PEB_HEADER_SIZE);
  metes_json_u64(j, "file_mappings_array_gva", metes_peb_of(l).file_mappings_gva);
}

static void put_layout(struct metes_json *j, const struct metes_profile *p,
                       const struct metes_answer *a)
{
  const struct metes_layout *l = &a->layout;

  metes_json_u64(j, "heap_size", l->heap_size);
  put_peb_offsets(j, l);
  metes_json_u64(j, "guest_heap_buffer_offset", l->heap_offset);
  metes_json_u64(j, "init_data_offset", l->init_data_offset);
  metes_json_u64(j, "peb_address", l->peb_gpa);
  metes_json_u64(j, "guest_code_address", l->snapshot_gpa);
  metes_json_u64(j, "memory_size", l->memory_size);
  metes_json_u64(j, "snapshot_size", l->snapshot_size);
  metes_json_u64(j, "pt_size", l->pt_size);
  put_pt_error(j, p, a);
  metes_json_u64(j, "output_data_buffer_gva", l->output_gva);
  metes_json_u64(j, "output_data_scratch_offset", l->input_data_size);
  metes_json_u64(j, "input_data_buffer_gva", l->scratch_gva);
  metes_json_u64(j, "input_data_scratch_offset", 0);
  metes_json_u64(j, "pt_base_scratch_offset", l->pt_scratch_offset);
  metes_json_u64(j, "pt_base_gpa", l->pt_gpa);
  metes_json_u64(j, "first_free_scratch_gpa", l->free_gpa);
  metes_json_u64(j, "scratch_base_gpa", l->scratch_gpa);
  put_peb(j, l);
  if ((l->options & METES_OPT_FILE_MAPPINGS) != 0)
    put_file_mappings(j, l);
  put_regions(j, l);
}

void metes_json_answer(struct metes_json *j, const struct metes_profile *p,
                       const struct metes_answer *a)
{
  metes_json_open(j, NULL, '{');
  if (a->status == METES_OK)
    put_layout(j, p, a);
  else
    put_refusal(j, p, a->status, &a->error, "new");
  metes_json_close(j, '}');
  metes_json_line(j);
}
