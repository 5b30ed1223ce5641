/* SPDX-License-Identifier: Apache-2.0
 * A hostile life by a string of bytes: each entry into the guest takes what it needs from it; HLT when it is used up.
 * */
#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/message.h"
#include "model.h"
#include "monitor_guest.h"
#include "scenarios.h"
#include "vmm/guest/abi.h"
#include "vmm/guest_report.h"
#include "vmm/json_write.h"

unsigned long monitor_runs, monitor_outcomes[16], monitor_failures;
bool monitor_accepted;

/* One life. */
struct life {
  struct source *c;
  struct metes_sandbox *sandbox;
  struct model model;
  bool fired;     /* the deadline's signal was sent in this run */
  bool cancelled; /* metes_sandbox_cancel was called, and no run has ended by it */
};

/* An OUT, most of them as KVM tells of them. */
static void fill_io(struct life *l, struct kvm_run *run)
{
  static const uint16_t ports[] = {METES_PORT_PRINT, METES_PORT_LOG, METES_PORT_ABORT, METES_PORT_HALT, METES_PORT_CALL,
                                   METES_PORT_PRINT, METES_PORT_LOG, METES_PORT_ABORT};
  const uint8_t how = byte(l->c), odd = byte(l->c);

  run->exit_reason = KVM_EXIT_IO;
  run->io.direction = KVM_EXIT_IO_OUT;
  run->io.port = ports[how % 8];
  run->io.size = (uint8_t)(1u << how / 8 % 3);
  run->io.count = how / 32;
  run->io.data_offset = 4096;
  take(l->c, (uint8_t *)run + 4096, (size_t)run->io.count * run->io.size);
  if (odd >= 128) /* an abort that ends */
    memset((uint8_t *)run + 4096 + run->io.count * run->io.size, METES_ABORT_END, run->io.size);
  run->io.count += odd >= 128;
  if (odd % 16 == 1)
    take(l->c, &run->io.port, sizeof run->io.port);
  if (odd % 16 == 2)
    take(l->c, &run->io.count, sizeof run->io.count);
  if (odd % 16 == 3)
    take(l->c, &run->io.data_offset, sizeof run->io.data_offset);
  if (odd % 16 == 4)
    take(l->c, &run->io, sizeof run->io);
}

static void fill_any(struct life *l, struct kvm_run *run, uint32_t reason)
{
  run->exit_reason = reason;
  take(l->c, &run->io, 64); /* whatever of the union is meant */
}

/* What the guest does before it leaves: bytes anywhere in scratch, many of them at the head of a buffer. */
static void write_memory(struct life *l)
{
  const struct metes_layout *const layout = &metes_sandbox_memory(l->sandbox)->layout;
  uint8_t bytes[64];
  uint32_t offset;

  take(l->c, &offset, sizeof offset);
  take(l->c, bytes, sizeof bytes);
  if (offset % 4 == 1)
    offset = offset / 4 % 64;
  else if (offset % 4 == 2)
    offset = (uint32_t)layout->input_data_size + offset / 4 % 64;
  fake_guest_write(layout->scratch_gpa + offset % layout->scratch_size, bytes, sizeof bytes);
}

/* A message for the host on the output buffer, having read what it was told; now and then one that is none. */
static void leave_message(struct life *l)
{
  const struct metes_layout *const layout = &metes_sandbox_memory(l->sandbox)->layout;
  uint8_t *const in = fake_guest_memory(layout->scratch_gpa, layout->input_data_size);
  uint8_t *const out = fake_guest_memory(layout->scratch_gpa + layout->input_data_size, layout->output_data_size);
  const uint8_t how = byte(l->c), named = byte(l->c), length = byte(l->c);
  const char *const name = named % 4 == 0 ? "echo" : named % 4 == 1 ? "no such" : "";
  uint8_t message[512], payload[256];
  struct metes_error err;
  uint64_t n = 0;

  if (in == NULL || out == NULL) /* planted faults, and registers of a slot that is not there */
    return;
  take(l->c, payload, length % 64);
  memset(payload + length % 64, how, sizeof payload - length % 64);
  memset(in, 0, 8);
  in[0] = how % 8 == 1 ? how : 8;
  if (metes_message_put(message, sizeof message, how % 8 == 2 ? how : 1 + how / 8 % 3, named / 4, (const uint8_t *)name,
                        strlen(name), payload, length, &n, &err) != METES_OK)
    return;
  if (how % 8 == 3)
    message[named % 24] ^= length;
  (void)metes_buffer_push(out, layout->output_data_size, message, how % 8 == 4 ? length % n : n, &err);
}

/* It waits to be called: with its dispatch function, and a stack; or nearly so. */
static void wait_for_call(struct life *l)
{
  const struct metes_layout *const layout = &metes_sandbox_memory(l->sandbox)->layout;
  const uint8_t how = byte(l->c);

  fake.regs.rax = layout->snapshot_gva + how % 16 + (how / 16 == 1 ? layout->code_size : 0);
  fake.regs.rsp = layout->scratch_gva + layout->scratch_size - 0x1000 * (1 + how % 2) + (how / 16 == 2 ? 8 : 0);
}

static int interrupt(struct life *l)
{
  static const int errors[] = {EINTR, EAGAIN, EINTR, EINTR};
  const uint8_t how = byte(l->c);

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
  const uint8_t what = l->c->left == 0 ? 0 : byte(l->c);
  uint16_t reason;

  (void)nth;
  if (what & 128)
    leave_message(l);
  if (what % 8 == 0 && what & 32)
    wait_for_call(l);
  switch (what % 8) {
  case 0: run->exit_reason = KVM_EXIT_HLT; break;
  case 1: fill_any(l, run, byte(l->c) % 40); break;
  case 2:
    take(l->c, &reason, sizeof reason);
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
  if ((int)s->outcome < 0 || s->outcome > METES_OUTCOME_TRAP)
    return "an outcome that there is not";
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

static struct metes_budget budget(struct life *l)
{
  const uint8_t how = byte(l->c);
  const struct metes_budget b = {how % 4 == 0 ? 0.25 : 0, 1 + how % 32, how % 2 == 0 ? how : how / 16};

  model_begin(&l->model, &b);
  l->fired = false;
  monitor_runs++;
  return b;
}

/* What is wrong with a run, or a call, that ended so; `refused`: it need not even begin. */
static const char *ended(struct life *l, int status, const struct metes_stop *stop, bool refused)
{
  const char *wrong;

  monitor_failures += status == METES_EXIT_SYSTEM;
  if (status != 0)
    return status == METES_EXIT_SYSTEM || (refused && status == METES_EXIT_REFUSED) ? NULL
                                                                                   : "another status than it may have";
  wrong = judge(l, stop);
  if (wrong == NULL) {
    monitor_outcomes[stop->outcome]++;
    report(l, stop);
  }
  return wrong;
}

static const char *run_once(struct life *l)
{
  struct metes_failure f = {0};
  struct metes_stop stop;
  const struct metes_budget b = budget(l);
  const int status = checked(metes_sandbox_run(l->sandbox, &b, &stop, &f), &f);

  return ended(l, status, &stop, false);
}

static const char *call_once(struct life *l)
{
  static const char *const names[] = {"greet", "", "a name that has blanks", "echo"};
  static uint8_t argument[20480], room[20480];
  const uint8_t how = byte(l->c), length = byte(l->c);
  const bool ready = metes_sandbox_ready(l->sandbox);
  struct metes_answer a = {room, how % 8 == 7 ? 3 : sizeof room, 0};
  struct metes_failure f = {0};
  struct metes_stop stop;
  struct metes_budget b;
  int status;

  b = budget(l);
  status = checked(metes_sandbox_call(l->sandbox, names[how % 4], argument, length < 250 ? length : length * 80u, &a,
      &b,
                                      &stop, &f), &f);
  l->model.due = MODEL_ANY; /* its words are core's to judge */
  if (status == 0 && !ready)
    return "a guest was called that is not ready";
  if (status == 0 && stop.outcome == METES_OUTCOME_WELL && a.size > a.room)
    return "an answer is longer than there is room";
  return ended(l, status, &stop, true);
}

static uint32_t echo(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  struct life *const l = mine;

  if (n > 0 && argument[0] == 'c') {
    l->cancelled = true;
    metes_sandbox_cancel(l->sandbox);
  }
  a->size = n <= a->room ? n : a->room + 1;
  memcpy(a->at, argument, n <= a->room ? n : 0);
  return n > 1 ? argument[1] % 4u : 0;
}

/* What it can be told before it runs. A failure of these must leave it as it was. */
static void prepare(struct life *l)
{
  static unsigned long heard;
  static uint8_t given[20480];
  const uint8_t how = byte(l->c);
  struct metes_failure f = {0};

  metes_sandbox_hear(l->sandbox, (struct metes_voice){drop, drop_line, &heard});
  if (how % 2 == 1)
    (void)checked(metes_sandbox_register(l->sandbox, how & 16 ? "" : "echo", echo, l, &f), &f);
  f = (struct metes_failure){0};
  if (how % 4 == 3)
    (void)checked(metes_sandbox_input(l->sandbox, given, how * 80u, &f), &f);
}

static const char *lives(struct life *l)
{
  const char *wrong = NULL;

  prepare(l);
  for (unsigned i = 0; i < 5 && wrong == NULL; i++)
    wrong = l->c->left > 0 && byte(l->c) & 1 ? call_once(l) : run_once(l);
  return wrong;
}

/* The registers that it shows are any from here on. */
static void estrange(struct life *l)
{
  fake.strange = true;
  if (byte(l->c) < 128)
    return;
  take(l->c, &fake.regs, sizeof fake.regs);
  take(l->c, &fake.sregs.cr0, 6 * sizeof fake.sregs.cr0);
}

static const char *live(struct life *l)
{
  struct metes_failure f = {0};
  struct metes_kvm kvm = {.fd = -1};
  struct guest_asked a;
  const char *wrong = NULL;
  int status;

  guest_ask(l->c, &a);
  status = checked(metes_kvm_open(&kvm, &f), &f);
  if (status == 0) {
    status = checked(metes_sandbox_create(&kvm, &a.args, &l->sandbox, &f), &f);
    wrong = status != 0 ? guest_refused(&a, status, &f) : guest_made(&a, l->sandbox);
  }
  monitor_accepted = status == 0;
  if (status == 0 && wrong == NULL) {
    estrange(l);
    wrong = lives(l);
  } else if (l->sandbox != NULL && status != 0) {
    wrong = "a sandbox that could not be made is not null";
  }
  metes_sandbox_close(l->sandbox);
  metes_kvm_close(&kvm);
  return wrong;
}

const char *monitor(struct source *s)
{
  struct life l = {.c = s};
  const char *wrong;
  uint8_t faults, three[3];

  fake_begin();
  forget();
  faults = byte(l.c);
  for (unsigned i = 0; i < 2; i++) {
    take(l.c, three, sizeof three);
    if (faults % 4u > i)
      fake.faults[i] = (struct fake_fault){.at = three[0] + 256u * (three[2] % 2), .pick = three[1],
          .sticky = (faults & 16u << i) != 0};
  }
  fake.run = next_exit;
  fake.mine = &l;
  wrong = live(&l);
  fake_end();
  return fake.wrong[0] != '\0' ? fake.wrong : wrong;
}
