/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target kvm: the guest runs; its exits, its report and its memory are judged. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/machine/visit.h"

#define CODE_EXITS 16
#define CODE_MICROSECONDS 1000

char why[320];

/* An access outside of all slots, or a write to the one that is read-only: it must be the next that is due. */
static const char *on_outside(struct visit *v)
{
  struct kvm_run *const run = v->vm->run;
  const struct outside *const due = &v->outside[v->at_outside++];

  if (v->at_outside > v->n_outside || run->mmio.phys_addr != due->gpa || run->mmio.len != 1 ||
      (run->mmio.is_write != 0) != due->write) {
    snprintf(why, sizeof why, "the guest left for %s %#" PRIx64 ", and it should %s %#" PRIx64,
             run->mmio.is_write ? "a write to" : "a read of", (uint64_t)run->mmio.phys_addr,
             v->at_outside > v->n_outside ? "not leave: slots end at" : "for",
             v->at_outside > v->n_outside ? 0 : due->gpa);
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
  if (r->cr0 != 0x80010033 || r->cr3 != l->pt_gpa || r->cr4 != (v->order.control ? 0x620 : 0))
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
  for (unsigned i = 0; i < v->order.n; i++) {
    const struct probe *const p = &v->order.of[i];

    if (r->of[i].fault != v->due[i].fault || (v->known[i] && r->of[i].value != v->due[i].value)) {
      snprintf(why, sizeof why,
               "%s at %#" PRIx64 ": fault %#" PRIx64 ", value %#" PRIx64 ", and it should be fault %#" PRIx64
               ", value %#" PRIx64,
               probe_kinds[p->kind], p->address, r->of[i].fault, r->of[i].value, v->due[i].fault, v->due[i].value);
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

const char *visit_probe(struct visit *v)
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

const char *visit_run_code(struct visit *v)
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

const char *visit_put_back(const struct visit *v, bool all)
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
