/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: what the host writes of a layout, sound or not, into memory of any size: PEB, init data, scratch's
 * words, the copy of the page tables; and the registers. The oracle keeps the memory a second time. */
#include <string.h>

#include "core/metes.h"
#include "fuzz/kit/target.h"
#include "tests/properties/model.h"

enum { MOST = 512, EDGE = 16 };

/* Memory, what lies about it, and the same as it should be. */
struct room {
  uint8_t real[EDGE + MOST + EDGE], want[EDGE + MOST + EDGE];
  uint64_t len;
};

static struct room snapshot, scratch;

static void fill(struct room *r, uint64_t len, uint8_t with)
{
  r->len = len;
  for (size_t i = 0; i < sizeof r->want; i++)
    r->want[i] = (uint8_t)(with + i * 3);
  memcpy(r->real, r->want, sizeof r->want);
}

static int same(const struct room *r)
{
  return memcmp(r->real, r->want, sizeof r->real) == 0;
}

static void word(struct room *r, wide at, uint64_t v)
{
  fuzz_put(r->want, EDGE + (size_t)at, v, 8);
}

/* Small numbers that fit mostly, or anything. */
static uint64_t number(struct source *s, uint64_t near)
{
  const uint64_t edges[3] = {near, MOST, UINT64_MAX - 8};

  return pick(s, 4) ? pick(s, 128) : pick_size(s, edges, 3);
}

static struct metes_layout make(struct source *s)
{
  struct metes_layout l;
  uint64_t *const fields[] = {&l.peb_offset,   &l.init_data_offset, &l.init_data_size,    &l.memory_size,
                              &l.pt_size,      &l.scratch_size,     &l.input_data_size,   &l.pt_scratch_offset,
                              &l.scratch_gva,  &l.scratch_gpa,      &l.free_gpa,          &l.pt_gpa,
                              &l.peb_gva,      &l.peb_gpa,          &l.output_data_size,  &l.output_gva,
                              &l.heap_size,    &l.heap_gva,         &l.init_data_gva};

  memset(&l, 0, sizeof l);
  fill(&snapshot, pick(s, 4) ? MOST : source_bytes(s, 2) % MOST, 1);
  fill(&scratch, pick(s, 4) ? MOST : source_bytes(s, 2) % MOST, 101);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    *fields[i] = i < 8 ? number(s, scratch.len) : source_bytes(s, 8);
  l.options = pick(s, 4);
  if (pick(s, 4))
    l.scratch_size = l.input_data_size % 128 + 40 + pick(s, 200);
  return l;
}

/* The answer, and whether the memory is as it should be. */
static const char *judge(enum metes_status got, const struct metes_error *err, struct model_answer a, const char *what)
{
  static const struct metes_error untouched = {7, 7, 7};
  const struct metes_error *const want = a.status == METES_OK ? &untouched : &a.err;

  fuzz_first_check(a.status == METES_OK);
  if (got != a.status || err->requested != want->requested || err->limit != want->limit || err->index != want->index)
    return what;
  return same(&snapshot) && same(&scratch) ? NULL : what;
}

/* PEB-1, PEB-9. */
static const char *peb(const struct metes_layout *l)
{
  const wide at = l->peb_offset, bytes = l->options & 1 ? 80 : 64;
  struct model_answer a = model_no(METES_OK, 0, 0, 0);
  struct metes_error err = {7, 7, 7};
  const uint64_t words[10] = {l->input_data_size, l->scratch_gva,   l->output_data_size, l->output_gva,
                              l->init_data_size,  l->init_data_gva, l->heap_size,        l->heap_gva,
                              0,                  model_sat((wide)l->peb_gva + 80)};

  if (at + bytes > snapshot.len)
    a = model_no(METES_E_BUFFER, at + bytes, snapshot.len, 0);
  for (wide i = 0; 8 * i < bytes && a.status == METES_OK; i++)
    word(&snapshot, at + 8 * i, words[i]);
  return judge(metes_peb_write(l, snapshot.real + EDGE, snapshot.len, &err), &err, a, "a PEB that is written");
}

/* MEM-2, MEM-3. */
static const char *init_data(struct source *s, const struct metes_layout *l)
{
  static uint8_t data[MOST];
  const uint64_t n = pick(s, 4) && l->init_data_size <= MOST ? l->init_data_size : pick(s, 256);
  const wide at = l->init_data_offset;
  struct model_answer a = model_no(METES_OK, 0, 0, 0);
  struct metes_error err = {7, 7, 7};

  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t)(0xFF - i * 5);
  if (n != l->init_data_size)
    a = model_no(METES_E_LENGTH, n, l->init_data_size, 0);
  else if (at + n > snapshot.len)
    a = model_no(METES_E_BUFFER, at + n, snapshot.len, 0);
  else
    memcpy(snapshot.want + EDGE + at, data, n);
  return judge(metes_init_data_write(l, snapshot.real + EDGE, snapshot.len, data, n, &err), &err, a,
               "init data that is written");
}

/* SCR-5. */
static struct model_answer words_fit(const struct metes_layout *l)
{
  const wide least = (wide)(l->input_data_size < 8 ? 8 : l->input_data_size) + 8 + 0x30;

  if (l->input_data_size < 8 || l->scratch_size < least)
    return model_no(METES_E_SCRATCH_TOO_SMALL, l->scratch_size, least, 0);
  return l->scratch_size > scratch.len ? model_no(METES_E_BUFFER, l->scratch_size, scratch.len, 0)
                                       : model_no(METES_OK, 0, 0, 0);
}

/* SCR-2, SCR-4, SCR-8. */
static const char *words(struct source *s, const struct metes_layout *l)
{
  const struct model_answer a = words_fit(l);
  const uint64_t generation = source_bytes(s, 8);
  const wide end = l->scratch_size;
  struct metes_error err = {7, 7, 7};

  if (a.status == METES_OK) {
    word(&scratch, 0, 8);
    word(&scratch, l->input_data_size, 8);
    word(&scratch, end - 8, l->scratch_size);
    word(&scratch, end - 16, l->free_gpa);
    word(&scratch, end - 24, l->pt_gpa);
    word(&scratch, end - 32, generation);
  }
  const char *why = judge(metes_scratch_init(l, generation, scratch.real + EDGE, scratch.len, &err), &err, a,
                          "scratch's words");

  if (why)
    return why;
  if (a.status == METES_OK)
    word(&scratch, end - 32, generation + 1);
  return judge(metes_scratch_set_generation(l, generation + 1, scratch.real + EDGE, scratch.len, &err), &err, a,
               "the generation");
}

/* SCR-7. */
static const char *tables(const struct metes_layout *l)
{
  const wide from = (wide)l->memory_size + l->pt_size, to = (wide)l->pt_scratch_offset + l->pt_size;
  struct model_answer a = model_no(METES_OK, 0, 0, 0);
  struct metes_error err = {7, 7, 7};

  if (from > snapshot.len)
    a = model_no(METES_E_BUFFER, from, snapshot.len, 0);
  else if (to > scratch.len)
    a = model_no(METES_E_BUFFER, to, scratch.len, 1);
  else
    memcpy(scratch.want + EDGE + l->pt_scratch_offset, snapshot.want + EDGE + l->memory_size, l->pt_size);
  return judge(metes_scratch_copy_pt(l, snapshot.real + EDGE, snapshot.len, scratch.real + EDGE, scratch.len, &err),
               &err, a, "the page tables' copy");
}

static uint64_t less(uint64_t x, uint64_t by)
{
  return x > by ? x - by : 0;
}

/* SCR-1, SCR-3. */
static const char *areas(const struct metes_layout *l)
{
  const struct metes_scratch_areas a = metes_scratch_areas(l);
  const wide output = (wide)l->input_data_size + l->output_data_size, free = (wide)l->pt_scratch_offset + l->pt_size;
  const uint64_t stack = less(l->scratch_size, 0x2000), words = less(l->scratch_size, 0x30);
  const uint64_t want[12] = {0, l->input_data_size, l->input_data_size, model_sat(output), l->pt_scratch_offset,
                             model_sat(free), model_sat(free), stack, stack, words, words, l->scratch_size};
  const uint64_t got[12] = {a.input.start, a.input.end, a.output.start, a.output.end, a.page_tables.start,
                            a.page_tables.end, a.free.start, a.free.end, a.exception_stack.start,
                            a.exception_stack.end, a.bookkeeping.start, a.bookkeeping.end};

  return memcmp(got, want, sizeof got) == 0 ? NULL : "the areas of scratch";
}

/* SCR-6: of a stack pointer that would lie below 0, whatever. */
static const char *registers(struct source *s, const struct metes_layout *l)
{
  const uint64_t rip = source_bytes(s, 8);
  const struct metes_entry e = metes_entry_of(l, rip);
  const wide rsp = (wide)model_sat((wide)l->scratch_gva + l->scratch_size) - 0x38;

  if (e.cr3 != l->pt_gpa || e.rip != rip || e.rdi != l->peb_gva || e.rsi || e.rcx || e.rdx != 4096 || e.rflags != 2)
    return "the registers of a guest that starts";
  return rsp >> 64 || e.rsp == rsp ? NULL : "the stack pointer of a guest that starts";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  const struct metes_layout l = make(&s);
  const char *why = peb(&l);

  why = why ? why : init_data(&s, &l);
  why = why ? why : words(&s, &l);
  why = why ? why : tables(&l);
  why = why ? why : areas(&l);
  fuzz_verdict(why ? why : registers(&s, &l));
  return 0;
}
