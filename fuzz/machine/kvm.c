/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: real KVM. The input says a profile, a configuration, an image, and then visits of one guest after the
 * other: in each it looks where it is told to, by virtual and physical address, reports, and may run random code.
 *   from outside: KVM takes just the plan, the exits are those that the slots make, what nobody may write stays;
 *   from inside: registers, PEB and bookkeeping, each byte and each fault at the edges of each region.
 * It needs /dev/kvm: tests/machine/kvm-run brings one. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/kit/target.h"
#include "fuzz/machine/machine.h"
#include "fuzz/machine/probe.h"

#define PAGE 4096u
#define VISITS 64 /* of each guest: as many as the input says, the others by a generator that it seeds */
#define CODE_EXITS 40
#define CODE_MICROSECONDS 200
#define PRESENT 1u
#define WRITING 2u
#define FETCHING 16u
#define PAGE_FAULT(code) (14u + 256u * (code))

/* An access that no slot allows: KVM tells of it. */
struct outside {
  uint64_t gpa;
  bool write;
  uint8_t value;
};

struct visit {
  const struct machine_guest *g;
  struct metes_vm *vm;
  struct probe_order order;
  uint8_t code[PROBE_CODE_MOST];
  struct probe_result due[PROBES_MOST];
  bool known[PROBES_MOST]; /* what is read there */
  struct outside outside[PROBES_MOST];
  unsigned n_outside, at_outside;
  bool written[SCRATCH_MOST / PAGE]; /* pages of scratch that may have changed */
};

static struct {
  uint64_t inputs, guests, visits, probes, codes, exits, spoiled;
} count;

static char why[320];

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

static uint64_t near(struct source *s, uint64_t start, uint64_t size)
{
  switch (pick(s, 8)) {
  case 0: return start;
  case 1: return start - 1;
  case 2: return start + size - 1;
  case 3: return start + size;
  case 4: return start + source_bytes(s, 2) * PAGE + PAGE - 1;
  case 5: return start + source_bytes(s, 2) * PAGE;
  default: return start + source_bytes(s, 4) % size;
  }
}

/* Any canonical address, or one near an edge. */
static uint64_t any_gva(struct source *s, const struct machine_guest *g)
{
  const uint32_t which = pick(s, 16);

  if (which < 14)
    return near(s, g->areas[which % g->n].start, g->areas[which % g->n].size);
  return source_bytes(s, 8) >> 17 | (which == 15 ? 0xffff800000000000 : 0);
}

static uint64_t any_gpa(struct source *s, const struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;
  const uint32_t which = pick(s, 8);
  const uint64_t gpa = which < 3   ? near(s, l->snapshot_gpa, l->snapshot_size)
                       : which < 7 ? near(s, l->scratch_gpa, l->scratch_size)
                                   : source_bytes(s, 8);

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

static void expect_physical(struct visit *v, struct probe *p, unsigned i)
{
  const struct metes_layout *const l = &v->g->memory.layout;
  const uint64_t in_snapshot = p->address - l->snapshot_gpa, in_scratch = p->address - l->scratch_gpa;

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
                                      "\x0f\x32", "\x0f\xa2", "\x0f\x01\x10", "\x0f\x01\x18", "\x0f\x09", "\xeb\xfe",
                                      "\xf3\xa4", "\xf3\xaa", "\xff\xe4", "\x9d", "\xc3", "\x50", "\xcb",
                                          "\x0f\x01\xd9"};
  const unsigned words = pick(s, 48);
  size_t n = 0;

  for (unsigned i = 0; i < words; i++) {
    const uint32_t kind = pick(s, 64);
    const uint64_t bytes = kind < 29 ? 0 : source_bytes(s, kind % 8 + 1);
    const size_t length = kind < 29 ? strlen(reach[kind]) : kind % 8 + 1;

    memcpy(v->code + n, kind < 29 ? reach[kind] : (const char *)&bytes, length);
    n += length;
  }
  for (size_t i = 1; i < n; i++)
    if (v->code[i - 1] == 0x0f && v->code[i] == 0x23)
      v->code[i] = 0x21;
  v->order.code_size = n;
}

static void ask_visit(struct source *s, struct visit *v)
{
  own_pages(v);
  v->order.n = pick(s, PROBES_MOST + 1);
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
  if (pick(s, 3) == 0)
    ask_code(s, v);
  memcpy(v->g->memory.scratch, &v->order, sizeof v->order);
  memcpy(v->g->memory.scratch + PROBE_CODE_AT, v->code, v->order.code_size);
}

/* An access outside of all slots, or a write to the one that is read-only: it must be the next that is due. */
static const char *on_outside(struct visit *v)
{
  struct kvm_run *const run = v->vm->run;
  const struct outside *const due = &v->outside[v->at_outside++];

  if (v->at_outside > v->n_outside || run->mmio.phys_addr != due->gpa || run->mmio.len != 1 ||
      (run->mmio.is_write != 0) != due->write) {
    snprintf(why, sizeof why, "the guest left for %s %#" PRIx64 ", and it should %s %#" PRIx64,
             run->mmio.is_write ? "a write to" : "a read of", (uint64_t)run->mmio.phys_addr,
             v->at_outside > v->n_outside ? "not leave: slots end at" : "for", v->at_outside > v->n_outside ? 0 :
                 due->gpa);
    return why;
  }
  if (due->write && run->mmio.data[0] != due->value)
    return "a write outside of all slots is told with another value";
  run->mmio.data[0] = due->value;
  return NULL;
}

static const char *wrong_register(const struct visit *v, const struct probe_report *r)
{
  const struct metes_entry *const e = &v->g->memory.entry;
  const struct metes_layout *const l = &v->g->memory.layout;

  if (r->rdi != l->peb_gva || r->rsi != e->rsi || r->rdx != PAGE || r->rcx != e->rcx || r->rsp != e->rsp)
    return "the guest began with other registers";
  if (r->cr0 != 0x80010033 || r->cr3 != l->pt_gpa || r->cr4 != 0x620)
    return "the guest began with other control registers";
  if (r->below[0] != l->scratch_size || r->below[1] != l->free_gpa || r->below[2] != l->pt_gpa || r->below[3] != 0)
    return "the guest found other bookkeeping";
  return NULL;
}

/* PEB-1: where the buffers, init data and heap are, in the guest's own addresses. */
static const char *wrong_peb(const struct visit *v, const struct probe_report *r)
{
  const struct metes_layout *const l = &v->g->memory.layout;
  const uint64_t due[] = {l->input_data_size, l->scratch_gva, l->output_data_size, l->scratch_gva + l->input_data_size,
                          l->init_data_size, l->snapshot_gva + l->init_data_offset, l->heap_size,
                          l->snapshot_gva + l->heap_offset};

  for (unsigned i = 0; i < sizeof due / sizeof *due; i++)
    if (r->peb[i] != due[i]) {
      snprintf(why, sizeof why, "word %u of the PEB is %#" PRIx64 " for the guest, not %#" PRIx64, i, r->peb[i],
          due[i]);
      return why;
    }
  return NULL;
}

static const char *wrong_probe(const struct visit *v, const struct probe_report *r)
{
  static const char *const kinds[] = {"read", "write", "execute", "physical read", "physical write"};

  for (unsigned i = 0; i < v->order.n; i++) {
    const struct probe *const p = &v->order.of[i];

    if (r->of[i].fault != v->due[i].fault || (v->known[i] && r->of[i].value != v->due[i].value)) {
      snprintf(why, sizeof why,
               "%s at %#" PRIx64 ": fault %#" PRIx64 ", value %#" PRIx64 ", and it should be fault %#" PRIx64
               ", value %#" PRIx64,
               kinds[p->kind], p->address, r->of[i].fault, r->of[i].value, v->due[i].fault, v->due[i].value);
      return why;
    }
  }
  return v->at_outside == v->n_outside ? NULL : "an access outside of all slots was not told of";
}

/* The report, where the layout has the output buffer. */
static const char *on_report(struct visit *v, uint32_t sum)
{
  struct probe_report r;
  const char *wrong;

  memcpy(&r, v->g->memory.scratch + v->g->memory.layout.input_data_size + PROBE_REPORT_AT, sizeof r);
  if (probe_checksum(&r) != sum || r.n != v->order.n)
    return "the guest's report is not in its output buffer";
  wrong = wrong_register(v, &r);
  wrong = wrong ? wrong : wrong_peb(v, &r);
  return wrong ? wrong : wrong_probe(v, &r);
}

/* Runs it up to its report. */
static const char *probe(struct visit *v)
{
  const struct kvm_run *const run = v->vm->run;
  const char *wrong = NULL;

  for (;;) {
    const int error = machine_run(0);
    uint32_t sum;

    count.exits++;
    if (error == EINTR || error == EAGAIN)
      continue;
    if (error == 0 && run->exit_reason == KVM_EXIT_MMIO && (wrong = on_outside(v)) == NULL)
      continue;
    if (error == 0 && run->exit_reason == KVM_EXIT_IO && run->io.port == PROBE_PORT && run->io.size == 4 &&
        run->io.count == 1 && run->io.direction == KVM_EXIT_IO_OUT) {
      memcpy(&sum, (const uint8_t *)run + run->io.data_offset, sizeof sum);
      return on_report(v, sum);
    }
    if (wrong == NULL) {
      snprintf(why, sizeof why,
          "the guest did not come to its report: errno %d, exit %u, of kind %u, after %u accesses outside",
               error, run->exit_reason, run->internal.suberror, v->at_outside);
      wrong = why;
    }
    return wrong;
  }
}

/* Random code may do anything but reach outside: reads of memory and writes to scratch need no exit. */
static const char *wrong_exit(const struct visit *v)
{
  const struct metes_layout *const l = &v->g->memory.layout;
  const struct kvm_run *const run = v->vm->run;
  const uint64_t gpa = run->mmio.phys_addr;

  if (gpa - l->scratch_gpa < l->scratch_size)
    return "the guest left for an access to its scratch";
  return !run->mmio.is_write && gpa - l->snapshot_gpa < l->snapshot_size ?
      "the guest left for a read of its snapshot" : NULL;
}

static const char *run_code(struct visit *v)
{
  struct kvm_run *const run = v->vm->run;

  for (int i = 0; i < CODE_EXITS; i++) {
    const int error = machine_run(CODE_MICROSECONDS);

    count.exits++;
    if (error == EINTR || error == EAGAIN)
      return NULL;
    if (error != 0) {
      snprintf(why, sizeof why, "KVM_RUN of random code: errno %d", error);
      return why;
    }
    if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_IN)
      memset((uint8_t *)run + run->io.data_offset, 0, (size_t)run->io.size * run->io.count);
    else if (run->exit_reason == KVM_EXIT_MMIO && wrong_exit(v) != NULL)
      return wrong_exit(v);
    else if (run->exit_reason != KVM_EXIT_IO && run->exit_reason != KVM_EXIT_MMIO)
      return NULL;
  }
  return NULL;
}

/* Puts the pages back that were to change; `all`: each page is looked at. What nobody may have written stays as it
 * is until somebody looks, so that nothing goes unseen. */
static const char *put_back(const struct visit *v, bool all)
{
  const uint64_t size = v->g->memory.layout.scratch_size;
  uint8_t *const scratch = v->g->memory.scratch;
  const bool any = v->order.code_size > 0;
  const char *wrong = NULL;

  for (uint64_t at = 0; at < size; at += PAGE) {
    const bool may = any || at == 0 || v->written[at / PAGE];

    if ((!all && !may) || memcmp(scratch + at, v->g->pristine + at, PAGE) == 0)
      continue;
    if (!may) {
      snprintf(why, sizeof why, "page %#" PRIx64 " of scratch changed, and nobody wrote there", at / PAGE);
      wrong = why;
    }
    memcpy(scratch + at, v->g->pristine + at, PAGE);
  }
  return wrong;
}

/* What led there: the visit, and the random code of the last one that had any. */
static void show(const struct visit *v, const uint8_t *code, uint64_t code_size)
{
  struct kvm_regs r;

  fprintf(stderr, "visit %" PRIu64 " of guest %" PRIu64 ", %" PRIu64 " probes, code of %" PRIu64 " bytes; last code:",
          count.visits,
          count.guests, v->order.n, v->order.code_size);
  for (uint64_t i = 0; i < code_size; i++)
    fprintf(stderr, " %02x", code[i]);
  if (metes_vm_request(v->vm->vcpu, KVM_GET_REGS, &r) == 0)
    fprintf(stderr, "; rip %#llx, rsp %#llx\n", r.rip, r.rsp);
}

/* Put back and run to its report. About once in some thousand visits, random code leaves a VM in which, on emulated SVM,
 * whatever is put back ends by SHUTDOWN before its first instruction; the cause is not known. Such a VM is given up for
 * a new one, and counted; where it happens often, it is a finding. */
static const char spoiled[] = "the VM ends whatever is put back";

static const char *arrive(struct visit *v)
{
  const char *wrong = machine_restart();

  wrong = wrong ? wrong : probe(v);
  if (wrong == NULL || v->vm->run->exit_reason != KVM_EXIT_SHUTDOWN || ++count.spoiled > 1 + count.visits / 500)
    return wrong;
  machine_close();
  return spoiled;
}

static const char *visit(struct source *s, const struct machine_guest *g, struct metes_vm *vm, bool last)
{
  static uint8_t last_code[PROBE_CODE_MOST];
  static uint64_t last_size;
  static struct visit v;
  const char *wrong;

  if (v.order.code_size > 0) {
    last_size = v.order.code_size;
    memcpy(last_code, v.code, sizeof last_code);
  }
  memset(&v, 0, sizeof v);
  v.g = g;
  v.vm = vm;
  ask_visit(s, &v);
  wrong = arrive(&v);
  if (wrong == spoiled)
    return wrong;
  if (wrong == NULL && v.order.code_size > 0)
    wrong = run_code(&v);
  wrong = wrong ? wrong : machine_leave();
  count.visits++;
  count.probes += v.order.n;
  count.codes += v.order.code_size > 0;
  wrong = wrong ? wrong : put_back(&v, last);
  if (wrong != NULL)
    show(&v, last_code, last_size);
  return wrong;
}

static const char *visits(struct source *s, const struct machine_guest *g, struct metes_vm *vm)
{
  const uint64_t size = g->memory.layout.snapshot_size;
  const bool look = pick(s, 8) == 0;
  const uint64_t before = look ? metes_checksum(g->memory.snapshot, size) : 0;
  struct source more = {.state = source_bytes(s, 1) + size};
  const char *wrong = machine_plug(g);

  count.guests++;
  if (wrong == NULL && look)
    wrong = machine_edges(g);
  for (int i = 1; i <= VISITS && wrong == NULL; i++)
    wrong = visit(s->left > 0 ? s : &more, g, vm, i == VISITS || pick(&more, 16) == 0);
  if (wrong == spoiled)
    return NULL;
  if (wrong == NULL && look && metes_checksum(g->memory.snapshot, size) != before)
    wrong = "the snapshot has changed";
  machine_unplug();
  return wrong;
}

static void tell(void)
{
  fprintf(stderr, "kvm: %" PRIu64 " inputs, %" PRIu64 " guests, %" PRIu64 " visits (%" PRIu64 " with random code), %"
          PRIu64
          " probes, %" PRIu64 " exits, %" PRIu64 " VMs given up\n", count.inputs, count.guests,
          count.visits, count.codes, count.probes, count.exits, count.spoiled);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct source s = fuzz_source(data, size);
  struct metes_vm *const vm = machine_open();
  struct metes_failure f = {0};
  struct machine_guest g;
  const char *wrong = NULL;
  bool made;

  if (count.inputs++ == 0)
    atexit(tell);
  made = machine_guest_make(&s, &g, &f);
  fuzz_first_check(made);
  if (made) {
    wrong = visits(&s, &g, vm);
    machine_guest_free(&g);
  }
  if (wrong != NULL) {
    tell();
    fuzz_show(stderr, data, size);
  }
  fuzz_verdict(wrong);
  return 0;
}
