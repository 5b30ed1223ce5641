/* SPDX-License-Identifier: Apache-2.0
 * The loop around KVM_RUN: every exit either goes on or is an end of its own. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crash.h"
#include "sandbox_parts.h"

static bool end(struct metes_stop *s, enum metes_outcome o)
{
  s->outcome = o;
  return true;
}

static bool unknown_port(uint16_t port, const char *done, struct metes_stop *stop)
{
  snprintf(stop->what, sizeof stop->what, "the guest %s port %u, which this machine does not have", done,
           port);
  return end(stop, METES_OUTCOME_UNSUPPORTED);
}

static bool of_answer(struct metes_sandbox *s, enum metes_port_answer answer, uint16_t port,
                      struct metes_stop *stop)
{
  switch (answer) {
  case METES_PORT_GO_ON: return false;
  case METES_PORT_HALTED:
    return end(stop, s->ports.verdict == 0 ? METES_OUTCOME_WELL : METES_OUTCOME_FAILED);
  case METES_PORT_ABORTED: return end(stop, METES_OUTCOME_ABORTED);
  case METES_PORT_FULL:
    snprintf(stop->what, sizeof stop->what, "the guest spent its budget of output (--max-output)");
    return end(stop, METES_OUTCOME_BUDGET);
  case METES_PORT_CALLED: return metes_calls_serve(s, stop);
  case METES_PORT_UNKNOWN: break;
  }
  return unknown_port(port, "wrote to", stop);
}

/* KVM is trusted with more than this, but to hold it to its own page costs next to nothing. */
static bool in_page(const struct metes_vm *vm)
{
  const uint64_t size = vm->run->io.size, at = vm->run->io.data_offset;

  return (size == 1 || size == 2 || size == 4) && at <= vm->run_size &&
         vm->run->io.count <= (vm->run_size - at) / size;
}

static bool beyond_page(const struct metes_vm *vm, struct metes_stop *stop)
{
  snprintf(stop->what, sizeof stop->what,
           "KVM told of %u items of %u bytes at byte %" PRIu64 " of its page for the processor, which has %zu",
           vm->run->io.count, vm->run->io.size, (uint64_t)vm->run->io.data_offset, vm->run_size);
  return end(stop, METES_OUTCOME_REFUSED);
}

/* One exit may bring many items of a string instruction. */
static bool on_io(struct metes_sandbox *s, struct metes_stop *stop)
{
  const struct kvm_run *run = s->vm.run;
  const uint8_t *item;

  if (run->io.direction != KVM_EXIT_IO_OUT)
    return unknown_port(run->io.port, "read from", stop);
  if (!in_page(&s->vm))
    return beyond_page(&s->vm, stop);
  item = (const uint8_t *)run + run->io.data_offset;
  for (uint32_t i = 0; i < run->io.count; i++, item += run->io.size)
    if (of_answer(s, metes_port_out(&s->ports, run->io.port, item, run->io.size), run->io.port, stop))
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

static bool on_exit_of(struct metes_sandbox *s, struct metes_stop *stop)
{
  const struct kvm_run *run = s->vm.run;

  if (s->held && run->exit_reason == KVM_EXIT_DEBUG)
    return end(stop, METES_OUTCOME_TRAP);
  switch (run->exit_reason) {
  case KVM_EXIT_IO: return on_io(s, stop);
  case KVM_EXIT_HLT: return end(stop, METES_OUTCOME_WELL);
  case KVM_EXIT_MMIO: return on_mmio(run, stop);
  case KVM_EXIT_SHUTDOWN: return end(stop, METES_OUTCOME_SHUTDOWN);
  case KVM_EXIT_INTERNAL_ERROR:
  case KVM_EXIT_FAIL_ENTRY: return on_refusal(run, stop);
  case KVM_EXIT_INTR:
  case KVM_EXIT_IRQ_WINDOW_OPEN: return false;
  default:
    snprintf(stop->what, sizeof stop->what, "KVM left the guest for reason %u, which is not known here",
             run->exit_reason);
    return end(stop, METES_OUTCOME_UNSUPPORTED);
  }
}

/* Asked after every exit, too: its signal may not have been sent (tgkill, EAGAIN). */
static bool cancelled(struct metes_sandbox *s, struct metes_stop *stop)
{
  return atomic_load(&s->cancelled) && atomic_exchange(&s->cancelled, false) &&
         end(stop, METES_OUTCOME_CANCELLED);
}

/* A signal came. Ours says by whom it was sent; of any other the guest goes on. */
static bool on_signal(struct metes_sandbox *s, struct metes_stop *stop)
{
  return cancelled(s, stop) || (s->vm.run->immediate_exit && end(stop, METES_OUTCOME_DEADLINE));
}

static bool spent(uint64_t exits, struct metes_stop *stop)
{
  if (stop->exits < exits)
    return false;
  snprintf(stop->what, sizeof stop->what, "the guest spent its budget of exits (--max-exits)");
  return end(stop, METES_OUTCOME_BUDGET);
}

/* Nobody but a file has pages that can go. */
static int no_page(const struct metes_sandbox *s, struct metes_stop *stop, struct metes_failure *f)
{
  if (s->files.n == 0)
    return f->status;
  *f = (struct metes_failure){.status = 0};
  snprintf(stop->what, sizeof stop->what,
           "KVM found no page for the guest: a file that is mapped was cut short, or cannot be read");
  end(stop, METES_OUTCOME_REFUSED);
  return 0;
}

static int loop(struct metes_sandbox *s, uint64_t exits, struct metes_stop *stop,
                struct metes_failure *f)
{
  for (;;) {
    const int entered = s->left_over ? 0 : metes_vm_enter(&s->vm, f);

    s->left_over = false;
    if (entered > 0)
      return entered;
    if (entered == METES_VM_NO_PAGE)
      return no_page(s, stop, f);
    if (entered < 0) {
      if (on_signal(s, stop))
        return 0;
      continue;
    }
    stop->exits++;
    if (on_exit_of(s, stop) || spent(exits, stop) || cancelled(s, stop))
      return 0;
  }
}

static void tell(const struct metes_sandbox *s, struct metes_stop *stop)
{
  const struct metes_ports *p = &s->ports;

  stop->verdict = p->verdict;
  stop->code = p->code;
  stop->message_used = p->message_used;
  memcpy(stop->message, p->message, p->message_used);
  if (!s->calls.calling || stop->outcome != METES_OUTCOME_WELL)
    metes_vm_registers(&s->vm, stop);
  metes_crash_found(s->guest, stop);
}

int metes_guest_run(struct metes_sandbox *s, uint64_t exits, struct metes_stop *stop,
                    struct metes_failure *f)
{
  int status = metes_deadline_watch(&s->deadline, s->vm.run, f);

  *stop = (struct metes_stop){.outcome = METES_OUTCOME_WELL};
  if (status != 0)
    return status;
  if (!s->held)
    metes_ports_begin(&s->ports);
  s->vm.run->immediate_exit = atomic_load(&s->cancelled); /* one that came before the watch */
  status = loop(s, exits, stop, f);
  metes_deadline_leave(&s->deadline);
  if (!s->held)
    metes_ports_end(&s->ports);
  if (status == 0)
    tell(s, stop);
  return status;
}
