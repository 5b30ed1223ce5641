/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the command line's JSON. The first byte says what the text is:
 *   a request (metes layout --batch)   read as a second, strict reader reads it; written, read again: the same
 *   a plan (metes check)               written, read again: the same
 *   any bytes                          written as text and as digits, read again: the same
 * What is refused is refused with a sentence, and what is answered is one line of JSON. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/json/json.h"
#include "fuzz/kit/target.h"
#include "vmm/json_layout.h"
#include "vmm/json_read.h"

static struct metes_request request(void)
{
  struct metes_request q = {.permissions = METES_READ};

  metes_config_default(&q.config);
  return q;
}

static const uint64_t *member(const struct metes_request *q, unsigned key)
{
  const struct metes_config *const c = &q->config;
  const uint64_t *const all[KEYS] = {&c->input_data_size, &c->output_data_size, &c->heap_size, &c->scratch_size,
                                     &c->code_size, &c->init_data_size, &q->permissions, &c->pt_size};

  return all[key];
}

static void write_request(const struct metes_request *q)
{
  struct metes_json j = {.to = writing()};

  metes_json_open(&j, NULL, '{');
  for (unsigned i = 0; i < KEYS; i++)
    metes_json_u64(&j, keys[i], *member(q, i));
  metes_json_close(&j, '}');
  fclose(j.to);
}

static const char *read_again(const struct metes_request *q)
{
  struct metes_request again = request();
  char detail[160];
  const char *wrong = NULL;

  write_request(q);
  if (!metes_json_request(text, n_text, &again, detail, sizeof detail))
    wrong = "what was accepted is refused when it is written";
  for (unsigned i = 0; i < KEYS && wrong == NULL; i++)
    if (*member(&again, i) != *member(q, i))
      wrong = "what was accepted is another when it is written";
  free(text);
  return wrong;
}

/* One line, one object, nothing but printable ASCII; and what it says of a layout is the layout's. */
static const char *judge_answer(const struct metes_answer *a)
{
  char detail[160];
  const char *wrong = NULL;
  struct json_object *o, *value;

  for (size_t i = 0; i + 1 < n_text && wrong == NULL; i++)
    if (text[i] < 0x20 || text[i] >= 0x7f)
      wrong = "an answer with what is not printable";
  if (wrong != NULL || n_text < 3 || text[n_text - 1] != '\n')
    return wrong ? wrong : "an answer that is no line";
  o = metes_json_parse(text, n_text - 1, detail, sizeof detail);
  if (o == NULL)
    return "an answer that is no JSON";
  if (json_object_object_get_ex(o, "error", NULL) != (a->status != METES_OK))
    wrong = "an answer that says an error and is none, or the other way round";
  else if (a->status == METES_OK && (!json_object_object_get_ex(o, "scratch_base_gpa", &value) ||
                                     json_object_get_uint64(value) != a->layout.scratch_gpa))
    wrong = "an answer with another number than the layout's";
  json_object_put(o);
  return wrong;
}

static const char *answer(const struct metes_request *q, uint8_t which)
{
  struct metes_json j = {.to = writing()};
  struct metes_profile p;
  struct metes_answer a;
  struct metes_error err;
  const char *wrong;

  metes_profile_builtin((enum metes_profile_id)(which / 16 % 3), &p, &err);
  metes_answer(&p, q, &a);
  metes_json_answer(&j, &p, &a);
  fclose(j.to);
  wrong = judge_answer(&a);
  free(text);
  return wrong;
}

static const char *as_request(const char *from, size_t n, uint8_t which)
{
  struct metes_request q = request();
  char detail[160];
  struct strict s;
  const bool strict = strictly(from, n, &s), accepted = metes_json_request(from, n, &q, detail, sizeof detail);
  const char *wrong;

  fuzz_first_check(accepted);
  if (!accepted)
    return strict ? "a sound request is refused" : sentence(detail, sizeof detail);
  if (s.beyond)
    return "a number beyond 64 bits is accepted";
  for (unsigned i = 0; i < KEYS && strict; i++)
    if (*member(&q, i) != s.value[i])
      return "a number is read as another";
  wrong = read_again(&q);
  return wrong ? wrong : answer(&q, which);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const uint8_t which = size > 0 ? data[0] : 0;
  const uint8_t *const from = size > 0 ? data + 1 : (const uint8_t *)"";
  const size_t n = size > 0 ? size - 1 : 0;

  (void)fuzz_source(data, size); /* it is counted; it makes no choices, but is a text */
  fuzz_verdict(which % 4 == 0   ? as_request((const char *)from, n, which)
               : which % 4 == 1 ? as_plan((const char *)from, n)
               : which % 4 == 2 ? as_bytes(from, n)
                                : as_request((const char *)from, n, which));
  return 0;
}
