/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: real KVM. The input says a profile, a configuration, an image, and then visits of one guest after the
 * other: in each it looks where it is told to, by virtual and physical address, reports, and may run random code.
 *   from outside: KVM takes just the plan, the exits are those that the slots make, what nobody may write stays;
 *   from inside: registers, PEB and bookkeeping, each byte and each fault at the edges of each region.
 * It needs /dev/kvm: tests/machine/kvm-run brings one. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/kit/target.h"
#include "fuzz/machine/visit.h"

struct counts count;

/* What led there: the visit, and the random code of the last one that had any. */
static void show(const struct visit *v, const uint8_t *code, uint64_t code_size)
{
  struct kvm_regs r;

  fprintf(stderr, "visit %" PRIu64 " of guest %" PRIu64 ", %" PRIu64 " probes, code of %" PRIu64
          " bytes; last code:", count.visits, count.guests, v->order.n, v->order.code_size);
  for (uint64_t i = 0; i < code_size; i++)
    fprintf(stderr, " %02x", code[i]);
  if (metes_vm_request(v->vm->vcpu, KVM_GET_REGS, &r) == 0)
    fprintf(stderr, "; rip %#llx, rsp %#llx\n", r.rip, r.rsp);
}

/* The same on a new VM. */
static const char *on_a_new_one(struct visit *v)
{
  const char *wrong = visit_put_back(v, true);

  machine_close();
  v->vm = machine_open();
  visit_tell(v);
  wrong = wrong ? wrong : machine_plug(v->g);
  wrong = wrong ? wrong : machine_restart();
  return wrong ? wrong : visit_probe(v);
}

/* Put back and run to its report. Once in many thousand visits, random code leaves a VM in which, on emulated SVM,
 * whatever is put back ends by SHUTDOWN before its first instruction; the cause is not known. Such a VM is given up for
 * a new one, and counted; where the same visit ends so there too, or it happens often, it is a finding. */
static const char *arrive(struct visit *v)
{
  const char *wrong = machine_restart();

  wrong = wrong ? wrong : visit_probe(v);
  if (wrong == NULL || v->vm->run->exit_reason != KVM_EXIT_SHUTDOWN || ++count.spoiled > 1 + count.visits / 2000)
    return wrong;
  return on_a_new_one(v);
}

/* The visit that is going on, or was the last. */
static struct visit now;

/* A visit of this guest, asked for. After random code, control registers are looked at. */
static void ask(struct source *s, const struct machine_guest *g, struct metes_vm *vm, bool closer)
{
  const bool coded = now.order.code_size > 0;

  memset(&now, 0, sizeof now);
  now.g = g;
  now.vm = vm;
  visit_ask(s, &now, closer || coded);
}

static const char *visit(struct source *s, const struct machine_guest *g, struct metes_vm *vm, bool closer, bool last)
{
  static uint8_t last_code[PROBE_CODE_MOST];
  static uint64_t last_size;
  const char *wrong;

  if (now.order.code_size > 0) {
    last_size = now.order.code_size;
    memcpy(last_code, now.code, sizeof last_code);
  }
  ask(s, g, vm, closer);
  wrong = arrive(&now);
  if (wrong == NULL && now.order.code_size > 0)
    wrong = visit_run_code(&now);
  wrong = wrong ? wrong : machine_leave();
  count.visits++;
  count.known += !fuzz_begun;
  count.probes += now.order.n;
  count.codes += now.order.code_size > 0;
  wrong = wrong ? wrong : visit_put_back(&now, last);
  if (wrong != NULL)
    show(&now, last_code, last_size);
  return wrong;
}

/* All visits of a guest; the mutator only wants to see the choices that the input makes. */
static const char *visit_all(struct source *s, struct source *more, const struct machine_guest *g, struct metes_vm *vm)
{
  const char *wrong = NULL;

  for (int i = 1; i <= VISITS && wrong == NULL && (!fuzz_aside || s->left > 0); i++) {
    const uint32_t chance = pick(more, 32);

    if (fuzz_aside)
      ask(s, g, vm, false);
    else
      wrong = visit(s->left > 0 ? s : more, g, vm, i == 1 || chance == 1, i == VISITS || chance < 2);
  }
  return wrong;
}

/* What the input does not say, it seeds. */
static struct source rest_of(const uint8_t *data, size_t size)
{
  struct source more = {.state = size};

  for (size_t i = 0; i < size; i++)
    more.state = source_random(&more.state) ^ data[i];
  return more;
}

static const char *visits(struct source *s, struct source more, const struct machine_guest *g, struct metes_vm *vm)
{
  const uint64_t size = g->memory.layout.snapshot_size;
  const bool look = pick(&more, 2) == 0 && !fuzz_aside;
  const uint64_t before = look ? metes_checksum(g->memory.snapshot, size) : 0;
  const char *wrong = fuzz_aside ? visit_all(s, &more, g, vm) : machine_plug(g);

  if (fuzz_aside)
    return wrong;
  count.guests++;
  if (wrong == NULL && look)
    wrong = machine_edges(g);
  wrong = wrong ? wrong : visit_all(s, &more, g, vm);
  if (wrong == NULL && look && metes_checksum(g->memory.snapshot, size) != before)
    wrong = "the snapshot has changed";
  machine_unplug();
  return wrong;
}

static void tell(void)
{
  fprintf(stderr, "kvm: %" PRIu64 " inputs, %" PRIu64 " guests, %" PRIu64 " visits (%" PRIu64 " of inputs that it began "
          "with, %" PRIu64 " with random code), %" PRIu64 " probes, %" PRIu64 " exits, %" PRIu64 " VMs given up\n",
          count.inputs, count.guests, count.visits, count.known, count.codes, count.probes, count.exits,
          count.spoiled);
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
    wrong = visits(&s, rest_of(data, size), &g, vm);
    machine_guest_free(&g);
  }
  if (wrong != NULL) {
    tell();
    fuzz_show(stderr, data, size);
  }
  fuzz_verdict(wrong);
  return 0;
}
