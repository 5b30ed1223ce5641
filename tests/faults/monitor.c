/* SPDX-License-Identifier: Apache-2.0
 * A hostile life by a string of bytes: each entry into the guest takes what it needs from it; HLT when it is used up. */
#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "scenarios.h"
#include "vmm/guest/abi.h"
#include "vmm/guest_report.h"
#include "vmm/json_write.h"

unsigned long monitor_runs, monitor_outcomes[16], monitor_failures;

/* One life. */
struct life {
  const uint8_t *at, *end;
  struct metes_sandbox *sandbox;
  struct model model;
  bool fired;     /* the deadline's signal was sent in this run */
  bool cancelled; /* metes_sandbox_cancel was called, and no run has ended by it */
};

static void take(struct life *l, void *to, size_t n)
{
  const size_t left = (size_t)(l->end - l->at), got = n < left ? n : left;

  memset(to, 0, n);
  memcpy(to, l->at, got);
  l->at += got;
}

static uint8_t byte(struct life *l)
{
  uint8_t b;

  take(l, &b, 1);
  return b;
}

/* An OUT, most of them as KVM tells of them. */
static void fill_io(struct life *l, struct kvm_run *run)
{
  static const uint16_t ports[] = {METES_PORT_PRINT, METES_PORT_LOG, METES_PORT_ABORT, METES_PORT_HALT, METES_PORT_CALL,
                                   METES_PORT_PRINT, METES_PORT_LOG, METES_PORT_ABORT};
  const uint8_t how = byte(l), odd = byte(l);

  run->exit_reason = KVM_EXIT_IO;
  run->io.direction = KVM_EXIT_IO_OUT;
  run->io.port = ports[how % 8];
  run->io.size = (uint8_t)(1u << how / 8 % 3);
  run->io.count = how / 32;
  run->io.data_offset = 4096;
  take(l, (uint8_t *)run + 4096, (size_t)run->io.count * run->io.size);
  if (odd >= 128) /* an abort that ends */
    memset((uint8_t *)run + 4096 + run->io.count * run->io.size, METES_ABORT_END, run->io.size);
  run->io.count += odd >= 128;
  if (odd % 16 == 1)
    take(l, &run->io.port, sizeof run->io.port);
  if (odd % 16 == 2)
    take(l, &run->io.count, sizeof run->io.count);
  if (odd % 16 == 3)
    take(l, &run->io.data_offset, sizeof run->io.data_offset);
  if (odd % 16 == 4)
    take(l, &run->io, sizeof run->io);
}

static void fill_any(struct life *l, struct kvm_run *run, uint32_t reason)
{
  run->exit_reason = reason;
  take(l, &run->io, 64); /* whatever of the union is meant */
}

/* What the guest does before it leaves. */
static void write_memory(struct life *l)
{
  const struct metes_layout *const layout = &metes_sandbox_memory(l->sandbox)->layout;
  uint8_t bytes[64];
  uint32_t offset;

  take(l, &offset, sizeof offset);
  take(l, bytes, sizeof bytes);
  fake_guest_write(layout->scratch_gpa + offset % layout->scratch_size, bytes, sizeof bytes);
}

static int interrupt(struct life *l)
{
  static const int errors[] = {EINTR, EAGAIN, EINTR, EINTR};
  const uint8_t how = byte(l);

  if (how % 4 == 1)
    l->fired |= fake_timer_fires();
  if (how % 4 == 2) {
    l->cancelled = true;
    metes_sandbox_cancel(l->sandbox);
  }
  return errors[how / 4 % 4];
}

static int next_exit(struct kvm_run *run, size_t size, unsigned nth, void *mine)
{
  struct life *const l = mine;
  const uint8_t what = l->at == l->end ? 0 : byte(l);
  uint16_t reason;

  (void)nth;
  switch (what % 8) {
  case 0: run->exit_reason = KVM_EXIT_HLT; break;
  case 1: fill_any(l, run, byte(l) % 40); break;
  case 2:
    take(l, &reason, sizeof reason);
    fill_any(l, run, reason % 4096);
    break;
  case 3: return interrupt(l);
  default:
    if (what & 64)
      write_memory(l);
    fill_io(l, run);
  }
  model_exit(&l->model, run, size);
  return 0;
}

static void drop(void *mine, const char *text, size_t n)
{
  *(unsigned long *)mine += n + (unsigned char)text[0];
}

static void drop_line(void *mine, unsigned level, const char *line, size_t n)
{
  for (size_t i = 0; i < n; i++)
    *(unsigned long *)mine += level + (unsigned char)line[i];
}

/* What is said of a stop, whatever the registers are. */
static void report(const struct life *l, const struct metes_stop *s)
{
  static FILE *nowhere;
  struct metes_json j = {0};

  if (nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL)
    abort();
  j.to = nowhere;
  metes_report(nowhere, s, metes_sandbox_memory(l->sandbox));
  metes_report_json(&j, s, metes_sandbox_memory(l->sandbox));
}

static const char *judge(struct life *l, const struct metes_stop *s)
{
  if (s->outcome == METES_OUTCOME_DEADLINE)
    return l->fired ? NULL : "a deadline that did not pass";
  if (s->outcome == METES_OUTCOME_CANCELLED) {
    if (!l->cancelled)
      return "cancelled by nobody";
    l->cancelled = false;
    return NULL;
  }
  return model_judge(&l->model, s);
}

static const char *run_once(struct life *l)
{
  static unsigned long heard;
  struct metes_failure f = {0};
  struct metes_stop stop;
  const uint8_t how = byte(l);
  const struct metes_budget b = {how % 4 == 0 ? 0.25 : 0, 1 + how % 32, how % 2 == 0 ? how : how / 16};
  const char *wrong;
  int status;

  model_begin(&l->model, &b);
  l->fired = false;
  metes_sandbox_hear(l->sandbox, (struct metes_voice){drop, drop_line, &heard});
  monitor_runs++;
  status = checked(metes_sandbox_run(l->sandbox, &b, &stop, &f), &f);
  monitor_failures += status != 0;
  if (status != 0)
    return status == METES_EXIT_SYSTEM ? NULL : "another status than that of a system call";
  wrong = judge(l, &stop);
  if (wrong == NULL) {
    monitor_outcomes[stop.outcome]++;
    report(l, &stop);
  }
  return wrong;
}

static const char *live(struct life *l)
{
  struct metes_failure f = {0};
  struct metes_kvm kvm = {.fd = -1};
  struct metes_guest_args a;
  const char *wrong = NULL;
  int status;

  metes_guest_args_init(&a);
  a.image.at = (uint8_t *)(uintptr_t)sample_image(&a.image.n);
  status = checked(metes_kvm_open(&kvm, &f), &f);
  if (status == 0)
    status = checked(metes_sandbox_create(&kvm, &a, &l->sandbox, &f), &f);
  fake.strange = true;
  take(l, &fake.regs, sizeof fake.regs);
  take(l, &fake.sregs.cr0, 6 * sizeof fake.sregs.cr0);
  for (unsigned i = 0; status == 0 && i < 4 && wrong == NULL; i++)
    wrong = run_once(l);
  metes_sandbox_close(l->sandbox);
  metes_kvm_close(&kvm);
  return wrong;
}

const char *monitor(const uint8_t *bytes, size_t n)
{
  struct life l = {.at = bytes, .end = bytes + n};
  const char *wrong;
  uint8_t faults;

  fake_begin();
  forget();
  faults = byte(&l);
  for (unsigned i = 0; i < faults % 4u && i < 2; i++)
    fake.faults[i] = (struct fake_fault){.at = byte(&l), .pick = byte(&l), .sticky = (faults & 16u << i) != 0};
  fake.run = next_exit;
  fake.mine = &l;
  wrong = live(&l);
  fake_end();
  return fake.wrong[0] != '\0' ? fake.wrong : wrong;
}
