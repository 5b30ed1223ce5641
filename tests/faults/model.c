/* SPDX-License-Identifier: Apache-2.0
 * What an exit leads to, by the table in vmm/stop.h and the ports of vmm/guest/abi.h. */
#include "model.h"

#include <string.h>

#include "vmm/guest/abi.h"

void model_begin(struct model *m, const struct metes_budget *b)
{
  *m = (struct model){.exits = b->exits, .output = b->output, .due = MODEL_GOES_ON};
}

static int spend(struct model *m)
{
  if (m->output == 0)
    return METES_OUTCOME_BUDGET;
  m->output--;
  return MODEL_GOES_ON;
}

static int abort_byte(struct model *m, uint8_t byte)
{
  if (!m->abort_code) {
    m->abort_code = true;
    return MODEL_GOES_ON;
  }
  return byte == METES_ABORT_END ? METES_OUTCOME_ABORTED : spend(m);
}

/* How many bytes of an item count, and from which on. */
static unsigned extent(uint16_t port, const uint8_t *item, unsigned size, unsigned *first)
{
  unsigned n = 1;

  *first = 0;
  if (port == METES_PORT_ABORT && size > 1) {
    *first = 1;
    return item[0] < size - 1 ? item[0] : size - 1;
  }
  while (port != METES_PORT_ABORT && n < size && item[n] != 0)
    n++;
  return n;
}

static int out(struct model *m, uint16_t port, const uint8_t *item, unsigned size)
{
  uint32_t value = 0;
  int due = MODEL_GOES_ON;
  unsigned first, n;

  switch (port) {
  case METES_PORT_HALT:
    memcpy(&value, item, size);
    return value == 0 ? METES_OUTCOME_WELL : METES_OUTCOME_FAILED;
  case METES_PORT_CALL: return MODEL_ANY;
  case METES_PORT_PRINT:
  case METES_PORT_LOG:
  case METES_PORT_ABORT: break;
  default: return METES_OUTCOME_UNSUPPORTED;
  }
  n = extent(port, item, size, &first);
  for (unsigned i = first; i < first + n && due == MODEL_GOES_ON; i++)
    due = port == METES_PORT_ABORT ? abort_byte(m, item[i]) : spend(m);
  return due;
}

static int io(struct model *m, const struct kvm_run *run, size_t size)
{
  const uint8_t *item;
  const unsigned each = run->io.size;
  int due = MODEL_GOES_ON;

  if (run->io.direction != KVM_EXIT_IO_OUT)
    return METES_OUTCOME_UNSUPPORTED;
  if ((each != 1 && each != 2 && each != 4) || run->io.data_offset > size ||
      (uint64_t)run->io.count * each > size - run->io.data_offset)
    return METES_OUTCOME_REFUSED;
  item = (const uint8_t *)run + run->io.data_offset;
  for (uint32_t i = 0; i < run->io.count && due == MODEL_GOES_ON; i++, item += each)
    due = out(m, run->io.port, item, each);
  return due;
}

void model_exit(struct model *m, const struct kvm_run *run, size_t size)
{
  switch (run->exit_reason) {
  case KVM_EXIT_IO: m->due = io(m, run, size); break;
  case KVM_EXIT_HLT: m->due = METES_OUTCOME_WELL; break;
  case KVM_EXIT_MMIO: m->due = METES_OUTCOME_FAULT; break;
  case KVM_EXIT_SHUTDOWN: m->due = METES_OUTCOME_SHUTDOWN; break;
  case KVM_EXIT_FAIL_ENTRY:
  case KVM_EXIT_INTERNAL_ERROR: m->due = METES_OUTCOME_REFUSED; break;
  case KVM_EXIT_INTR:
  case KVM_EXIT_IRQ_WINDOW_OPEN: break;
  default: m->due = METES_OUTCOME_UNSUPPORTED; break;
  }
  if (m->exits > 0)
    m->exits--;
  if (m->due == MODEL_GOES_ON && m->exits == 0)
    m->due = METES_OUTCOME_BUDGET;
}

static bool told(const struct metes_stop *s)
{
  switch (s->outcome) {
  case METES_OUTCOME_BUDGET:
  case METES_OUTCOME_UNSUPPORTED:
  case METES_OUTCOME_REFUSED:
  case METES_OUTCOME_BAD_MESSAGE: return s->what[0] != '\0' && memchr(s->what, '\0', sizeof s->what) != NULL;
  default: return true;
  }
}

const char *model_judge(const struct model *m, const struct metes_stop *s)
{
  if ((int)s->outcome < 0 || s->outcome > METES_OUTCOME_TRAP)
    return "an outcome that there is not";
  if (m->due != MODEL_ANY && m->due != (int)s->outcome)
    return "not the outcome that the table in vmm/stop.h says";
  if (!told(s))
    return "an outcome without its sentence";
  if (s->message_used > sizeof s->message)
    return "a message that is too long";
  return NULL;
}
