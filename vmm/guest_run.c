/* SPDX-License-Identifier: Apache-2.0
 * The loop around KVM_RUN: every exit either goes on or is an end of its own. */
#include "guest_run.h"

#include <inttypes.h>

#include "deadline.h"

static bool end(struct metes_stop *s, enum metes_outcome o)
{
  s->outcome = o;
  return true;
}

static bool of_answer(enum metes_port_answer answer, uint16_t port, const struct metes_ports *p,
                      struct metes_stop *s)
{
  switch (answer) {
  case METES_PORT_GO_ON: return false;
  case METES_PORT_HALTED:
    return end(s, p->verdict == 0 ? METES_OUTCOME_WELL : METES_OUTCOME_FAILED);
  case METES_PORT_ABORTED: return end(s, METES_OUTCOME_ABORTED);
  case METES_PORT_FULL:
    snprintf(s->what, sizeof s->what, "the guest spent its budget of output (--max-output)");
    return end(s, METES_OUTCOME_BUDGET);
  case METES_PORT_CALLED:
    snprintf(s->what, sizeof s->what,
             "the guest called a function of the host (port 101): that is not available yet");
    return end(s, METES_OUTCOME_UNSUPPORTED);
  case METES_PORT_UNKNOWN: break;
  }
  snprintf(s->what, sizeof s->what, "the guest wrote to port %u, which this machine does not have",
           port);
  return end(s, METES_OUTCOME_UNSUPPORTED);
}

/* One exit may bring many items of a string instruction. */
static bool on_io(const struct metes_vm *vm, struct metes_ports *p, struct metes_stop *s)
{
  const struct kvm_run *run = vm->run;
  const uint8_t *item = (const uint8_t *)run + run->io.data_offset;

  if (run->io.direction != KVM_EXIT_IO_OUT) {
    snprintf(s->what, sizeof s->what, "the guest read from port %u, which this machine does not have",
             run->io.port);
    return end(s, METES_OUTCOME_UNSUPPORTED);
  }
  for (uint32_t i = 0; i < run->io.count; i++, item += run->io.size)
    if (of_answer(metes_port_out(p, run->io.port, item, run->io.size), run->io.port, p, s))
      return true;
  return false;
}

static bool on_mmio(const struct kvm_run *run, struct metes_stop *s)
{
  s->gpa = run->mmio.phys_addr;
  s->length = run->mmio.len;
  s->write = run->mmio.is_write != 0;
  return end(s, METES_OUTCOME_FAULT);
}

static bool on_refusal(const struct kvm_run *run, struct metes_stop *s)
{
  if (run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
    snprintf(s->what, sizeof s->what, "KVM could not go on with the guest: internal error %u",
             run->internal.suberror);
  else
    snprintf(s->what, sizeof s->what, "KVM could not enter the guest: hardware reason 0x%" PRIx64,
             (uint64_t)run->fail_entry.hardware_entry_failure_reason);
  return end(s, METES_OUTCOME_REFUSED);
}

static bool on_exit_of(const struct metes_vm *vm, struct metes_ports *p, struct metes_stop *s)
{
  const struct kvm_run *run = vm->run;

  switch (run->exit_reason) {
  case KVM_EXIT_IO: return on_io(vm, p, s);
  case KVM_EXIT_HLT: return end(s, METES_OUTCOME_WELL);
  case KVM_EXIT_MMIO: return on_mmio(run, s);
  case KVM_EXIT_SHUTDOWN: return end(s, METES_OUTCOME_SHUTDOWN);
  case KVM_EXIT_INTERNAL_ERROR:
  case KVM_EXIT_FAIL_ENTRY: return on_refusal(run, s);
  case KVM_EXIT_INTR:
  case KVM_EXIT_IRQ_WINDOW_OPEN: return false;
  default:
    snprintf(s->what, sizeof s->what, "KVM left the guest for reason %u, which is not known here",
             run->exit_reason);
    return end(s, METES_OUTCOME_UNSUPPORTED);
  }
}

static int loop(struct metes_vm *vm, uint64_t exits, struct metes_ports *p, struct metes_stop *s,
                struct metes_failure *f)
{
  for (;;) {
    const int entered = metes_vm_enter(vm, f);

    if (entered > 0)
      return entered;
    if (entered < 0 && vm->run->immediate_exit) {
      end(s, METES_OUTCOME_DEADLINE);
      return 0;
    }
    if (entered < 0) /* another signal */
      continue;
    s->exits++;
    if (on_exit_of(vm, p, s))
      return 0;
    if (s->exits >= exits) {
      snprintf(s->what, sizeof s->what, "the guest spent its budget of exits (--max-exits)");
      end(s, METES_OUTCOME_BUDGET);
      return 0;
    }
  }
}

int metes_guest_run(struct metes_vm *vm, const struct metes_budget *b, struct metes_ports *p,
                    struct metes_stop *s, struct metes_failure *f)
{
  int status = metes_deadline_arm(vm->run, b->seconds, f);

  *s = (struct metes_stop){.outcome = METES_OUTCOME_WELL};
  if (status == 0)
    status = loop(vm, b->exits, p, s, f);
  metes_deadline_disarm();
  metes_ports_end(p);
  if (status == 0)
    metes_stop_registers(s, vm);
  return status;
}
