/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target kvm: what a visit does, by the input, and what must come of it. */
#include <string.h>

#include "fuzz/machine/visit.h"

#define PRESENT 1u
#define WRITING 2u
#define FETCHING 16u
#define PAGE_FAULT(code) (14u + 256u * (code))

/* The pages of scratch that the probe itself writes: report, tables, its own pages, stack. */
static void own_pages(struct visit *v)
{
  const struct metes_scratch_areas a = metes_scratch_areas(&v->g->memory.layout);
  const struct metes_range own[] = {
    {a.output.start + PROBE_REPORT_AT, a.output.start + PROBE_REPORT_AT + sizeof(struct probe_report)},
    a.page_tables, {a.free.start, a.free.start + PROBE_PAGES * PAGE}, a.exception_stack, a.bookkeeping};

  for (unsigned i = 0; i < sizeof own / sizeof *own; i++)
    for (uint64_t at = own[i].start / PAGE; at * PAGE < own[i].end; at++)
      v->written[at] = true;
}

/* May a probe write here? Where nothing of its own lies, nor its order. */
static bool spare(const struct visit *v, uint64_t offset)
{
  return !v->written[offset / PAGE] && offset >= PROBE_CODE_AT + PROBE_CODE_MOST;
}

/* What scratch holds there, if that is known: what the guest does not write, and as the host last wrote it. */
static bool scratch_byte(const struct visit *v, uint64_t offset, uint64_t *value)
{
  *value = v->g->memory.scratch[offset];
  return spare(v, offset);
}

/* `far`: so many pages behind it at most. */
static uint64_t near(struct source *s, uint64_t start, uint64_t size, uint64_t far)
{
  switch (pick(s, 8)) {
  case 0: return start;
  case 1: return start - 1;
  case 2: return start + size - 1;
  case 3: return start + size;
  case 4: return start + source_bytes(s, 2) % far * PAGE + PAGE - 1;
  case 5: return start + source_bytes(s, 2) % far * PAGE;
  default: return start + source_bytes(s, 4) % size;
  }
}

/* Any canonical address, or one near an edge. */
static uint64_t any_gva(struct source *s, const struct machine_guest *g)
{
  const uint32_t which = pick(s, 16);

  if (which < 14)
    return near(s, g->areas[which % g->n].start, g->areas[which % g->n].size, 1u << 16);
  return source_bytes(s, 8) >> 17 | (which == 15 ? 0xffff800000000000 : 0);
}

static uint64_t any_gpa(struct source *s, const struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;
  const uint32_t which = pick(s, 8);
  const uint64_t gpa = which < 3   ? near(s, l->snapshot_gpa, l->snapshot_size, l->snapshot_size / PAGE + 4)
                       : which < 7 ? near(s, l->scratch_gpa, l->scratch_size, l->scratch_size / PAGE + 4)
                                   : g->far[pick(s, FAR)];

  return gpa % (1ull << 38);
}

/* What a probe of a virtual address must find. */
static void expect_virtual(struct visit *v, struct probe *p, unsigned i)
{
  const struct area *const a = machine_area(v->g, p->address);
  const uint64_t in = a != NULL ? p->address - a->start : 0, at = a != NULL ? a->offset + in : 0;
  struct probe_result *const due = &v->due[i];

  if (a != NULL && a->scratch && p->kind == PROBE_WRITE && !spare(v, at))
    p->kind = PROBE_READ;
  if (p->kind == PROBE_EXECUTE && a != NULL && a->flags & METES_EXECUTE && a->host[in] != 0xc3)
    p->kind = PROBE_READ;
  *due = (struct probe_result){.value = p->address};
  v->known[i] = true;
  if (a == NULL)
    due->fault = PAGE_FAULT(p->kind == PROBE_WRITE ? WRITING : p->kind == PROBE_EXECUTE ? FETCHING : 0);
  else if (p->kind == PROBE_WRITE && !a->scratch) /* a copy must be made first */
    due->fault = PAGE_FAULT(PRESENT | WRITING);
  else if (p->kind == PROBE_EXECUTE && !(a->flags & METES_EXECUTE))
    due->fault = PAGE_FAULT(PRESENT | FETCHING);
  else if (p->kind == PROBE_READ)
    v->known[i] = !a->scratch ? (due->value = a->host[in], true) : scratch_byte(v, at, &due->value);
  else
    due->value = p->value;
  if (a != NULL && a->scratch && p->kind == PROBE_WRITE)
    v->written[at / PAGE] = true;
}

static void expect_outside(struct visit *v, const struct probe *p, unsigned i)
{
  const bool write = p->kind == PROBE_PHYSICAL_WRITE;
  const uint8_t value = write ? (uint8_t)p->value : (uint8_t)(p->address / PAGE * 7 + p->address);

  v->outside[v->n_outside++] = (struct outside){p->address, write, value};
  v->due[i] = (struct probe_result){.value = write ? p->value : value};
}

/* An exit costs as much as a hundred probes without: where the visit has had its share of them, it looks within. */
static void stay_inside(const struct visit *v, struct probe *p)
{
  const struct metes_layout *const l = &v->g->memory.layout;
  const bool in_snapshot = p->address - l->snapshot_gpa < l->snapshot_size;

  if (v->n_outside < v->most_outside || p->address - l->scratch_gpa < l->scratch_size)
    return;
  if (in_snapshot)
    p->kind = PROBE_PHYSICAL_READ;
  else
    p->address = l->scratch_gpa + p->address % l->scratch_size;
}

static void expect_physical(struct visit *v, struct probe *p, unsigned i)
{
  const struct metes_layout *const l = &v->g->memory.layout;
  uint64_t in_snapshot, in_scratch;

  stay_inside(v, p);
  in_snapshot = p->address - l->snapshot_gpa;
  in_scratch = p->address - l->scratch_gpa;
  v->known[i] = true;
  if (in_scratch < l->scratch_size) {
    if (!spare(v, in_scratch))
      p->kind = PROBE_PHYSICAL_READ;
    if (p->kind == PROBE_PHYSICAL_READ)
      v->known[i] = scratch_byte(v, in_scratch, &v->due[i].value);
    else
      v->due[i].value = p->value, v->written[in_scratch / PAGE] = true;
  } else if (in_snapshot < l->snapshot_size && p->kind == PROBE_PHYSICAL_READ) {
    v->due[i].value = v->g->memory.snapshot[in_snapshot];
  } else {
    expect_outside(v, p, i);
  }
}

/* Reaches out of the program, seldom met by chance. No debug register is written: QEMU's SVM leaves a guest's
 * breakpoints to its host, whose kernel then dies of them (tests/hostile/images.c). */
static void ask_code(struct source *s, struct visit *v)
{
  static const char *const reach[] = {"\xe6\x65", "\xee", "\xef", "\xec", "\x6e", "\xf3\x6e", "\x6c", "\xf4", "\xfa",
                                      "\xcc", "\x0f\x0b", "\x0f\x22\xd8", "\x0f\x22\xc0", "\x0f\x22\xe0", "\x0f\x30",
                                      "\x0f\x32", "\x0f\xa2", "\x0f\x01\x10", "\x0f\x01\x18", "\x0f\x09", "\x58",
                                      "\xf3\xa4", "\xf3\xaa", "\xff\xe4", "\x9d", "\xc3", "\x50", "\xcb",
                                          "\x0f\x01\xd9"};
  const unsigned words = pick(s, 48), loops = pick(s, 32);
  size_t n = 0;

  for (unsigned i = 0; i < words; i++) {
    const uint32_t kind = pick(s, 64);
    const uint64_t bytes = kind < 29 ? 0 : source_bytes(s, kind % 8 + 1);
    const size_t length = kind < 29 ? strlen(reach[kind]) : kind % 8 + 1;

    if (i == loops && words % 4 == 0) { /* only a timer ends it: not often */
      memcpy(v->code + n, "\xeb\xfe", 2);
      n += 2;
    }
    memcpy(v->code + n, kind < 29 ? reach[kind] : (const char *)&bytes, length);
    n += length;
  }
  for (size_t i = 1; i < n; i++)
    if (v->code[i - 1] == 0x0f && v->code[i] == 0x23)
      v->code[i] = 0x21;
  v->order.code_size = n;
}

void visit_tell(struct visit *v)
{
  v->at_outside = 0;
  memcpy(v->g->memory.scratch, &v->order, sizeof v->order);
  memcpy(v->g->memory.scratch + PROBE_CODE_AT, v->code, v->order.code_size);
}

void visit_ask(struct source *s, struct visit *v, bool closer)
{
  own_pages(v);
  v->order.n = pick(s, PROBES_MOST + 1);
  v->order.control = closer;
  v->most_outside = pick(s, 4) == 0 ? OUTSIDE_MOST : 0;
  for (unsigned i = 0; i < v->order.n; i++) {
    struct probe *const p = &v->order.of[i];

    p->kind = pick(s, 5);
    p->value = (uint32_t)source_bytes(s, 1);
    p->address = p->kind < PROBE_PHYSICAL_READ ? any_gva(s, v->g) : any_gpa(s, v->g);
    if (p->kind < PROBE_PHYSICAL_READ && (p->address >> 47) + 1 & 0x1fffe) /* a general protection fault instead */
      p->address = p->address << 17 >> 17;
    if (p->kind < PROBE_PHYSICAL_READ)
      expect_virtual(v, p, i);
    else
      expect_physical(v, p, i);
  }
  if (pick(s, 5) == 0)
    ask_code(s, v);
  visit_tell(v);
}
