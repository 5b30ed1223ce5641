/* SPDX-License-Identifier: Apache-2.0
 * What scenarios are made of: a script of exits, an image, the command with its streams. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenarios.h"
#include "vmm/cli.h"
#include "vmm/sys.h"

static const struct step *script;
static unsigned n_script;

static int play_one(struct kvm_run *run, size_t size, unsigned nth, void *mine)
{
  const struct step *const s = &script[nth - 1];

  (void)size, (void)mine;
  if (nth > n_script)
    return 0;
  if (s->act != NULL)
    s->act();
  if (s->error != 0)
    return s->error;
  run->exit_reason = s->reason;
  if (s->reason == KVM_EXIT_MMIO) {
    run->mmio.phys_addr = 0x800000123;
    run->mmio.len = 4;
    run->mmio.is_write = 1;
  }
  if (s->reason != KVM_EXIT_IO)
    return 0;
  run->io.direction = KVM_EXIT_IO_OUT;
  run->io.port = s->port;
  run->io.size = s->size;
  run->io.count = s->n / s->size;
  run->io.data_offset = 4096;
  memcpy((uint8_t *)run + 4096, s->bytes, s->n);
  return 0;
}

void play(const struct step *steps, unsigned n)
{
  script = steps;
  n_script = n;
  fake.run = play_one;
}

const uint8_t *sample_image(size_t *n)
{
  static struct {
    Elf64_Ehdr head;
    Elf64_Phdr segment;
    uint8_t code[64];
  } image;

  image.head = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                            .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_entry = 0x1000,
                            .e_phoff = sizeof image.head, .e_ehsize = sizeof image.head,
                            .e_phentsize = sizeof image.segment, .e_phnum = 1};
  image.segment = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0, .p_vaddr = 0x1000,
                               .p_paddr = 0x1000, .p_filesz = sizeof image, .p_memsz = 8192, .p_align = 4096};
  image.head.e_entry = 0x1000 + sizeof image.head + sizeof image.segment;
  memset(image.code, 0xf4, sizeof image.code);
  *n = sizeof image;
  return (const uint8_t *)&image;
}

int checked(int status, struct metes_failure *f)
{
  if (status != 0 && (f->status != status || f->text[0] == '\0'))
    fake_wrong("status %d is returned, *f has %d: %s", status, f->status, f->text);
  if (status == 0 && (f->status != 0 || f->text[0] != '\0'))
    fake_wrong("all is well, and *f has %d: %s", f->status, f->text);
  return status;
}

static ssize_t to_output(void *mine, const char *bytes, size_t n)
{
  const ssize_t put = metes_sys.write(mine == NULL ? STDOUT_FILENO : STDERR_FILENO, bytes, n);

  return put < 0 ? 0 : put;
}

/* A stream as stdio makes them, over the made-up kernel. */
static FILE *stream(bool error)
{
  static int errors;
  FILE *const s = fopencookie(error ? &errors : NULL, "w", (cookie_io_functions_t){.write = to_output});

  if (s == NULL)
    abort();
  setvbuf(s, NULL, error ? _IONBF : _IOFBF, 0);
  return s;
}

/* With --json standard output is one object, or could not be written. */
static void check_json(const char *const *words, int status)
{
  const char *const at = fake.output, *const end = memchr(at, '\n', fake.n_output);

  for (; *words != NULL; words++)
    if (strcmp(*words, "--json") == 0 && status != METES_EXIT_OUTPUT &&
        (fake.n_output < 3 || at[0] != '{' || end != at + fake.n_output - 1 || end[-1] != '}'))
      fake_wrong("standard output is no JSON object: %.*s", (int)fake.n_output, at);
}

/* Of the heap, what cli_file.c took: whoever ends by exit_group need not give it back. */
#define N_BLOCKS 16
static void *blocks[N_BLOCKS];
void *__real_realloc(void *at, size_t n);
void *__wrap_realloc(void *at, size_t n);
void __real_free(void *at);
void __wrap_free(void *at);

static void forget_block(const void *at)
{
  for (unsigned i = 0; i < N_BLOCKS; i++)
    if (blocks[i] == at)
      blocks[i] = NULL;
}

/* What the command's own parts ask of libc's heap fails, too. */
void *__wrap_realloc(void *at, size_t n)
{
  void *const got = fake_fails("realloc") ? NULL : __real_realloc(at, n);

  if (got == NULL)
    return NULL;
  forget_block(at);
  for (unsigned i = 0; i < N_BLOCKS; i++)
    if (blocks[i] == NULL) {
      blocks[i] = got;
      return got;
    }
  fake_wrong("more than %d blocks of the heap", N_BLOCKS);
  return got;
}

void __wrap_free(void *at)
{
  forget_block(at);
  __real_free(at);
}

static void check_heap(void)
{
  for (unsigned i = 0; i < N_BLOCKS; i++)
    if (blocks[i] != NULL) {
      fake_wrong("leak: a block of the heap");
      __real_free(blocks[i]);
      blocks[i] = NULL;
    }
}

/* All of it goes back to the kernel. */
static int process_ends(void)
{
  for (unsigned i = 0; i < N_BLOCKS; i++) {
    __real_free(blocks[i]);
    blocks[i] = NULL;
  }
  return fake.exit_status;
}

static FILE *real_output, *real_error;

void streams_begin(void)
{
  real_output = stdout;
  real_error = stderr;
  stdout = stream(false);
  stderr = stream(true);
}

/* What is left in a buffer is of no interest, nor what becomes of it. */
void streams_end(struct told *t)
{
  const size_t said = fake.n_messages, put = fake.n_output;

  fake.faults[0] = fake.faults[1] = (struct fake_fault){0};

  fclose(stdout);
  fclose(stderr);

  fake.n_messages = said;
  fake.n_output = put;
  stdout = real_output;
  stderr = real_error;
  snprintf(t->text, sizeof t->text, "%.*s", (int)said, fake.messages);
}

void run_command(struct told *t, const char *const *words)
{
  char name[] = "metes run", *argv[16] = {name};
  int argc = 1;
  size_t n;
  const uint8_t *const image = sample_image(&n);

  fake_file_add("guest", image, n);
  fake_file_add("data", "some init data", 14);
  for (const char *const *w = words; *w != NULL; w++)
    argv[argc++] = (char *)(uintptr_t)*w;
  streams_begin();
  fake.exits = true;
  if (setjmp(fake.exit) == 0)
    t->status = metes_cmd_run(argc, argv);
  else
    t->status = process_ends();
  streams_end(t);
  check_heap();
  check_json(words, t->status);
}
