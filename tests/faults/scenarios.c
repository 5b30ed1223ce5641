/* SPDX-License-Identifier: Apache-2.0
 * The lives that are lived. A new one is a function and a line in the list. */
#include "lives.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/message.h"
#include "core/page.h"
#include "vmm/cli.h"
#include "vmm/guest/abi.h"
#include "vmm/host_pages.h"
#include "vmm/sys.h"

struct metes_sandbox *sandbox;

void arguments(struct metes_guest_args *a)
{
  static uint8_t data[100];

  metes_guest_args_init(a);
  a->image.at = (uint8_t *)(uintptr_t)sample_image(&a->image.n);
  a->init_data = (struct metes_bytes){data, sizeof data};
}

int run_once(struct told *t, const struct metes_budget *b, struct metes_failure *f)
{
  struct metes_stop stop = {0};
  const int status = checked(metes_sandbox_run(sandbox, b, &stop, f), f);

  t->outcome = stop.outcome;
  t->exits = stop.exits;
  return status;
}

/* Made, run, given back: `runs` times what is played. */
static void life(struct told *t, const struct metes_budget *b, unsigned runs)
{
  struct metes_failure f = {0};
  struct metes_kvm kvm = {.fd = -1};
  struct metes_guest_args a;

  sandbox = NULL;
  arguments(&a);
  t->status = checked(metes_kvm_open(&kvm, &f), &f);
  if (t->status == 0)
    t->status = checked(metes_sandbox_create(&kvm, &a, &sandbox, &f), &f);
  if (t->status != 0 && sandbox != NULL)
    fake_wrong("a sandbox that could not be made is not null");
  for (unsigned i = 0; i < runs && t->status == 0; i++)
    t->status = run_once(t, b, &f);
  metes_sandbox_close(sandbox);
  metes_kvm_close(&kvm);
  snprintf(t->text, sizeof t->text, "%s", f.text);
}

const struct metes_budget plenty = {0, 1000, 1000}, timed = {0.5, 1000, 1000}, few = {0, 3, 3};

static void to_halt(struct told *t)
{
  PLAY(OUT(METES_PORT_PRINT, "hello\n"), OUT(METES_PORT_LOG, "\3mind the gap\n\2"), {.reason = KVM_EXIT_INTR},
       {.reason = KVM_EXIT_IRQ_WINDOW_OPEN}, OUT(METES_PORT_HALT, "\0"));
  life(t, &plenty, 1);
}

static void three_runs(struct told *t)
{
  life(t, &timed, 3);
}

static void verdict(struct told *t)
{
  PLAY(OUT(METES_PORT_HALT, "\7"));
  life(t, &plenty, 1);
}

static void aborted(struct told *t)
{
  PLAY(OUT(METES_PORT_ABORT, "\7why\xff"));
  life(t, &plenty, 1);
}

static void fault(struct told *t)
{
  PLAY({.reason = KVM_EXIT_MMIO});
  life(t, &plenty, 1);
}

static void triple_fault(struct told *t)
{
  PLAY({.reason = KVM_EXIT_SHUTDOWN});
  life(t, &plenty, 1);
}

static void refused(struct told *t)
{
  PLAY({.reason = KVM_EXIT_FAIL_ENTRY});
  life(t, &plenty, 1);
}

static void unknown(struct told *t)
{
  PLAY({.reason = KVM_EXIT_NMI});
  life(t, &plenty, 1);
}

static void exits_spent(struct told *t)
{
  PLAY({.reason = KVM_EXIT_INTR}, {.reason = KVM_EXIT_INTR}, {.reason = KVM_EXIT_INTR});
  life(t, &few, 1);
}

static void output_spent(struct told *t)
{
  PLAY(OUT(METES_PORT_PRINT, "abc"), OUT(METES_PORT_PRINT, "d"));
  life(t, &few, 1);
}

/* A signal of somebody else's comes first: the guest goes on. */
void expire(void)
{
  if (!fake_timer_fires())
    fake_wrong("no timer is set");
}

static void deadline(struct told *t)
{
  PLAY({.error = EINTR}, OUT(METES_PORT_PRINT, "still here"), {.act = expire});
  life(t, &timed, 1);
}

static void cancel(void)
{
  metes_sandbox_cancel(sandbox);
}

/* Whether or not its signal can be sent: an exit comes right after. */
static void cancelled(struct told *t)
{
  PLAY({.act = cancel, .reason = KVM_EXIT_INTR}, {.reason = KVM_EXIT_SHUTDOWN});
  life(t, &plenty, 1);
}

/* Too little of the vCPU is offered. */
static void short_vcpu(struct told *t)
{
  fake.vcpu_size = 16;
  life(t, &plenty, 1);
}

static void copied_pages(struct told *t)
{
  struct metes_failure f = {0};
  const int fd = metes_sys.memfd_create("copied", 0);
  const uint8_t *pages;

  if (fd < 0) {
    t->status = metes_fail_call(&f, "memfd_create");
  } else {
    pages = metes_host_pages_copy_of(fd, METES_PAGE_SIZE, "a copy", &f);
    t->status = checked(pages == NULL ? f.status : 0, &f);
    metes_host_pages_release(pages, METES_PAGE_SIZE);
    metes_sys.close(fd);
  }
  snprintf(t->text, sizeof t->text, "%s", f.text);
}

/* A guest's buffers, with sizes as they are by default: the input buffer is the first of slot 1. */
#define BUFFER_SIZE 16384u

static uint8_t *buffer(unsigned nth)
{
  static uint8_t none[BUFFER_SIZE];
  uint8_t *const at = fake_guest_memory(fake_slot_gpa(1) + nth * BUFFER_SIZE, BUFFER_SIZE);

  return at != NULL ? at : none;
}

/* The guest leaves a message for the host, having read what it was told. */
static void leave(uint32_t kind, const char *name, const char *payload)
{
  uint8_t message[256];
  struct metes_error err;
  uint64_t n = 0;

  memset(buffer(0), 0, BUFFER_SIZE);
  buffer(0)[0] = 8;
  if (metes_message_put(message, sizeof message, kind, 0, (const uint8_t *)name, strlen(name), (const uint8_t *)payload,
                        strlen(payload), &n, &err) != METES_OK ||
      metes_buffer_push(buffer(1), BUFFER_SIZE, message, n, &err) != METES_OK)
    fake_wrong("the guest cannot leave a message");
}

static void call_host(void)
{
  leave(METES_MESSAGE_CALL, "host.echo", "what it is given");
}

static void answer(void)
{
  leave(METES_MESSAGE_RESULT, "", "what it says");
}

/* It waits to be called: with its dispatch function, and a stack. */
void wait_for_call(void)
{
  fake.regs.rax = fake.regs.rip;
  fake.regs.rsp &= ~15ull;
}

static uint32_t echo(void *mine, const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)mine;
  memcpy(a->at, argument, n);
  a->size = n;
  return 0;
}

#define CALLED                                                                                                 \
  {.act = call_host, .reason = KVM_EXIT_IO, .port = METES_PORT_CALL, .size = 1, .bytes = "x", .n = 1},          \
    {.act = wait_for_call, .reason = KVM_EXIT_HLT}, {.reason = KVM_EXIT_INTR}, {.act = answer, .reason = KVM_EXIT_HLT}

/* It calls the host while it runs, and is then called itself. */
static void called(struct told *t, struct metes_failure *f)
{
  uint8_t room[BUFFER_SIZE];
  struct metes_answer got = {room, sizeof room, 0};
  struct metes_stop stop = {0};

  t->status = checked(metes_sandbox_register(sandbox, "host.echo", echo, NULL, f), f);
  if (t->status == 0)
    t->status = run_once(t, &timed, f);
  if (t->status == 0 && fake.events[fake.n_events - 1].row == NULL && t->outcome != METES_OUTCOME_WELL)
    fake_wrong("the guest does not wait: %d", (int)t->outcome);
  if (t->status == 0)
    t->status = checked(metes_sandbox_call(sandbox, "greet", "you", 3, &got, &plenty, &stop, f), f);
  if (t->status == 0 && (stop.outcome != METES_OUTCOME_WELL || got.size != 12 || memcmp(room, "what it says", 12) != 0))
    fake_wrong("not what it answered: %zu bytes, outcome %d", got.size, (int)stop.outcome);
}

static void calls(struct told *t)
{
  struct metes_failure f = {0};
  struct metes_kvm kvm = {.fd = -1};
  struct metes_guest_args a;

  PLAY(CALLED);
  sandbox = NULL;
  arguments(&a);
  t->status = checked(metes_kvm_open(&kvm, &f), &f);
  if (t->status == 0)
    t->status = checked(metes_sandbox_create(&kvm, &a, &sandbox, &f), &f);
  if (t->status == 0)
    called(t, &f);
  metes_sandbox_close(sandbox);
  metes_kvm_close(&kvm);
  snprintf(t->text, sizeof t->text, "%s", f.text);
}

/* Two files come, one goes, and the guest runs in between. */
static void map_files(struct told *t, int fd, struct metes_failure *f)
{
  t->status = checked(metes_sandbox_map(sandbox, fd, "one", f), f);
  if (t->status == 0)
    t->status = run_once(t, &plenty, f);
  if (t->status == 0)
    t->status = checked(metes_sandbox_map(sandbox, fd, "two", f), f);
  if (t->status == 0)
    t->status = checked(metes_sandbox_unmap(sandbox, "one", f), f);
  if (t->status == 0 && t->outcome == METES_OUTCOME_WELL)
    t->status = run_once(t, &plenty, f);
}

static void files(struct told *t)
{
  struct metes_failure f = {0};
  struct metes_kvm kvm = {.fd = -1};
  const int fd = metes_sys.memfd_create("mapped", 0);
  struct metes_guest_args a;

  sandbox = NULL;
  arguments(&a);
  a.config.options = METES_OPT_FILE_MAPPINGS;
  t->status = fd < 0 ? metes_fail_call(&f, "memfd_create") : checked(metes_kvm_open(&kvm, &f), &f);
  if (t->status == 0)
    t->status = checked(metes_sandbox_create(&kvm, &a, &sandbox, &f), &f);
  if (t->status == 0)
    map_files(t, fd, &f);
  metes_sandbox_close(sandbox);
  metes_kvm_close(&kvm);
  if (fd >= 0)
    metes_sys.close(fd);
  snprintf(t->text, sizeof t->text, "%s", f.text);
}

static void cut_file(struct told *t)
{
  PLAY({.error = EFAULT});
  files(t);
}

static void command_map(struct told *t)
{
  RUN("guest", "--map", "data@one", "--map", "data@two");
}

static void command_call(struct told *t)
{
  PLAY(CALLED);
  RUN("guest", "--call", "greet", "--input", "data");
}

static void command_call_json(struct told *t)
{
  PLAY(CALLED);
  RUN("guest", "--json", "--call", "greet");
}

static void command_text(struct told *t)
{
  PLAY(OUT(METES_PORT_PRINT, "hello\n"), OUT(METES_PORT_LOG, "\2line\n"), {.reason = KVM_EXIT_INTR});
  RUN("guest");
}

static void command_json(struct told *t)
{
  PLAY(OUT(METES_PORT_PRINT, "hello\n"), OUT(METES_PORT_HALT, "\1"));
  RUN("--json", "guest", "--init-data", "data", "--deadline", "2");
}

static void command_fault(struct told *t)
{
  PLAY({.reason = KVM_EXIT_MMIO});
  RUN("guest", "--max-exits", "9");
}

static void command_shutdown(struct told *t)
{
  PLAY(OUT(METES_PORT_PRINT, "that"), {.reason = KVM_EXIT_SHUTDOWN});
  RUN("guest", "--json");
}

static void command_deadline(struct told *t)
{
  PLAY(OUT(METES_PORT_PRINT, "that"), {.act = expire});
  RUN("guest", "--deadline", "0.1");
}

static void command_core(struct told *t)
{
  PLAY({.reason = KVM_EXIT_MMIO});
  RUN("guest", "--core", "core");
}

static void command_no_file(struct told *t)
{
  RUN("nothing");
}

/* What was there stays, or what is new is there whole; and nothing beside it. */
static void check_written(const char *path, const char *before, const char *after, size_t n)
{
  const struct fake_file *const f = fake_file_of(path);
  const bool old = before == NULL ? f == NULL : f != NULL && f->n == strlen(before) && memcmp(f->bytes, before, f->n) == 0;

  if (!old && (f == NULL || f->n != n || memcmp(f->bytes, after, n) != 0))
    fake_wrong("half-written: %s, %zu bytes", path, f == NULL ? 0 : f->n);
  for (unsigned i = 0; i < FAKE_FILES; i++)
    if (strstr(fake.files[i].path, ".new") != NULL)
      fake_wrong("left behind: %s", fake.files[i].path);
}

static void write_file(struct told *t, const char *path, const char *before)
{
  static char bytes[10000];

  memset(bytes, 'b', sizeof bytes);
  if (before != NULL)
    fake_file_add(path, before, strlen(before));
  streams_begin();
  t->status = metes_write_file(path, bytes, sizeof bytes);
  streams_end(t);
  check_written(path, before, bytes, sizeof bytes);
}

static void new_file(struct told *t)
{
  write_file(t, "fresh", NULL);
}

static void changed_file(struct told *t)
{
  write_file(t, "there", "what was there");
}

#define WELL 0, METES_OUTCOME_WELL

const struct scenario scenarios[] = {
  {"a guest that prints, logs and halts", to_halt, true, WELL, false},
  {"a sandbox that runs three times", three_runs, false, WELL, false},
  {"a guest that halts with a verdict", verdict, false, 0, METES_OUTCOME_FAILED, false},
  {"a guest that aborts", aborted, false, 0, METES_OUTCOME_ABORTED, false},
  {"a guest that touches what no slot allows", fault, false, 0, METES_OUTCOME_FAULT, false},
  {"a triple fault", triple_fault, false, 0, METES_OUTCOME_SHUTDOWN, false},
  {"an entry that fails", refused, false, 0, METES_OUTCOME_REFUSED, false},
  {"an exit that is not known", unknown, false, 0, METES_OUTCOME_UNSUPPORTED, false},
  {"a budget of exits", exits_spent, false, 0, METES_OUTCOME_BUDGET, false},
  {"a budget of output", output_spent, false, 0, METES_OUTCOME_BUDGET, false},
  {"a deadline", deadline, true, 0, METES_OUTCOME_DEADLINE, false},
  {"a guest that is cancelled", cancelled, true, 0, METES_OUTCOME_CANCELLED, false},
  {"a vCPU of 16 bytes", short_vcpu, false, METES_EXIT_SYSTEM, METES_OUTCOME_WELL, false},
  {"pages that copy a file", copied_pages, true, WELL, false},
  {"metes run", command_text, true, WELL, false},
  {"metes run --json", command_json, true, 1, METES_OUTCOME_WELL, false},
  {"calls both ways", calls, true, WELL, true},
  {"files as memory", files, false, WELL, false},
  {"a file that is cut short", cut_file, false, 0, METES_OUTCOME_REFUSED, false},
  {"metes run --map", command_map, false, WELL, false},
  {"metes run --call", command_call, true, WELL, true},
  {"metes run --json --call", command_call_json, false, WELL, true},
  {"metes run, a fault", command_fault, false, METES_EXIT_SHUTDOWN, METES_OUTCOME_WELL, false},
  {"metes run --json, a triple fault", command_shutdown, false, METES_EXIT_SHUTDOWN, METES_OUTCOME_WELL, false},
  {"metes run, a deadline", command_deadline, false, METES_EXIT_DEADLINE, METES_OUTCOME_WELL, false},
  {"metes run --core", command_core, false, METES_EXIT_SHUTDOWN, METES_OUTCOME_WELL, false},
  {"metes run, no guest", command_no_file, false, METES_EXIT_NO_INPUT, METES_OUTCOME_WELL, false},
  {"a snapshot that is gone back to", go_back, false, WELL, false},
  {"a guest that is renewed", renew, false, WELL, false},
  {"a snapshot that others start from", start_others, false, WELL, false},
  {"a snapshot to a file, and back", keep_and_load, false, WELL, false},
  {"metes run --save, the parent", command_save, true, WELL, false},
  {"metes run --save, a child that fails", command_save_failed, false, METES_EXIT_REFUSED, METES_OUTCOME_WELL, false},
  {"metes run --save, the child", command_save_child, false, WELL, false},
  {"metes run --load", command_load, false, WELL, false},
  {"metes run --gdb", command_gdb, false, WELL, true},
  {"metes run --gdb, Ctrl-C and a kill", command_gdb_kill, false, METES_EXIT_DEADLINE, METES_OUTCOME_WELL, true},
  {"metes run --gdb, a fault", command_gdb_fault, false, METES_EXIT_SHUTDOWN, METES_OUTCOME_WELL, true},
  {"a file that is new", new_file, true, WELL, false},
  {"a file that is replaced", changed_file, true, WELL, false},
};
const unsigned n_scenarios = sizeof scenarios / sizeof *scenarios;
