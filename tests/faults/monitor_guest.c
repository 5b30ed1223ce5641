/* SPDX-License-Identifier: Apache-2.0
 * A guest by a string of bytes. Most are accepted: each byte below 128 leaves its part as it is by default. */
#include "monitor_guest.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"
#include "core/metes.h"

#define MOST_SEGMENTS 4u
#define EDITS 3u

static struct {
  Elf64_Ehdr head;
  Elf64_Phdr segments[MOST_SEGMENTS];
  uint8_t code[2048];
} file;
static size_t file_size;
static struct metes_guest_args last;
static uint8_t init_data[4096];

/* A size as it is by default; or any number of pages, of odd bytes, or far too much. */
static void size_of(uint8_t b, uint64_t usual, uint64_t *to, bool *plain)
{
  const unsigned k = b & 63;

  if (b < 128)
    *to = usual;
  else if (b < 192)
    *to = b < 160 ? k * 0x1000ull : (k - 31) * 0x4fcull;
  else
    *to = k < 48 ? 1ull << (k + 12) : 0 - (1ull << (k - 48));
  *plain &= b < 128;
}

/* Segments in pages of their own, the first with the entry; where `b` says so, not quite. */
static void build_image(const uint8_t *b, uint64_t at)
{
  const unsigned n = 1 + b[0] % MOST_SEGMENTS;

  file.head = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                           .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
                           .e_entry = at + offsetof(__typeof__(file), code), .e_phoff = offsetof(__typeof__(file),
                               segments),
                           .e_ehsize = sizeof file.head, .e_phentsize = sizeof *file.segments, .e_phnum = (uint16_t)n};
  for (unsigned i = 0; i < MOST_SEGMENTS; i++)
    file.segments[i] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = i == 0 ? PF_R | PF_X : b[1] % 2 ? PF_R : PF_R | PF_W,
                                    .p_offset = i * 0x100ull, .p_vaddr = at + i * 0x3000ull,
                                        .p_paddr = at + i * 0x3000ull,
                                    .p_filesz = i == 0 ? sizeof file : 3 * (uint64_t)b[2],
                                        .p_memsz = 0x2000ull + b[3], .p_align = 4096};
  for (unsigned i = 0; i < MOST_SEGMENTS; i++)
    file.segments[i].p_align = i == 0 ? 4096 : 0x100;
  memset(file.code, 0xf4, sizeof file.code);
  file_size = sizeof file;
}

/* A few words of the file are others, or it ends early. */
static bool edit(struct source *c)
{
  const uint8_t how = byte(c);
  bool same = true;

  for (unsigned i = 0; i < EDITS; i++) {
    const uint8_t at = byte(c), width = byte(c);
    uint32_t value;

    take(c, &value, sizeof value);
    if (how < 128 || i > how % 4u)
      continue;
    if (width < 200)
      memcpy((uint8_t *)&file + at, &value, 1 + width % 4u);
    else
      file_size = value % (sizeof file + 1);
    same = false;
  }
  return same;
}

static void ask_config(struct source *c, struct guest_asked *a)
{
  struct metes_config *const k = &a->args.config;
  const uint8_t fit = byte(c), options = byte(c);
  uint64_t *const sizes[] = {&k->code_size, &k->heap_size, &k->init_data_size, &k->input_data_size,
      &k->output_data_size,
                             &k->scratch_size, &k->pt_size};

  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
    size_of(byte(c), *sizes[i], sizes[i], &a->plain);
  if (fit >= 128)
    a->args.fit = fit & 15;
  k->options = options >= 240 ? options : options >= 128 ? options % 4 : 0;
  if (options % 16 >= 12)
    k->init_data_permissions = options;
  a->plain &= fit < 128 && k->options < 4 && k->init_data_permissions < 8;
}

void guest_ask(struct source *c, struct guest_asked *a)
{
  struct metes_error err;
  uint8_t image[4], kind, data;

  *a = (struct guest_asked){.plain = true};
  metes_guest_args_init(&a->args);
  kind = byte(c);
  if (kind >= 128)
    metes_profile_builtin((enum metes_profile_id)(kind % 3), &a->args.profile, &err);
  ask_config(c, a);
  take(c, image, sizeof image);
  build_image(image, a->args.profile.snapshot_gva);
  a->plain &= edit(c);
  a->args.image = (struct metes_bytes){(uint8_t *)&file, file_size};
  data = byte(c);
  memset(init_data, data, sizeof init_data);
  if (data >= 64)
    a->args.init_data = (struct metes_bytes){init_data, data * 16u};
  take(c, &a->args.seed, sizeof a->args.seed);
  last = a->args;
}

const struct metes_guest_args *guest_last(void)
{
  return &last;
}

const char *guest_refused(const struct guest_asked *a, int status, const struct metes_failure *f)
{
  bool failed = false;

  for (unsigned i = 0; i < fake.n_events; i++)
    failed |= fake.events[i].row != NULL;
  if (memchr(f->text, '\0', sizeof f->text) == NULL || f->text[0] == '\0')
    return "a guest is refused without a sentence";
  if (failed)
    return NULL;
  if (a->plain)
    return "a guest that is sound is refused";
  if (status == METES_EXIT_SYSTEM) /* the fake has no more than 32 MiB for each mapping */
    return strstr(f->text, strerror(ENOMEM)) != NULL ? NULL : "a system call is blamed, and none failed";
  return status == METES_EXIT_REFUSED ? NULL : "another status than those of a refused guest";
}

/* Is each byte of the code region that of the file, or zero? By the file's own headers, read here once more. */
static bool code_is_right(const struct metes_guest_memory *g)
{
  static uint8_t expected[1 << 20];
  const uint64_t n = g->layout.code_size;
  Elf64_Phdr p;

  if (n > sizeof expected)
    return true;
  memset(expected, 0, n);
  for (unsigned i = 0; i < file.head.e_phnum; i++) {
    memcpy(&p, (const uint8_t *)&file + file.head.e_phoff + i * sizeof p, sizeof p);
    const uint64_t at = p.p_vaddr - (file.head.e_type == ET_EXEC ? g->layout.snapshot_gva : 0);

    if (p.p_type != PT_LOAD || p.p_memsz == 0)
      continue;
    if (at > n || p.p_filesz > n - at || p.p_offset > file_size || p.p_filesz > file_size - p.p_offset)
      return false;
    memcpy(expected + at, (const uint8_t *)&file + p.p_offset, p.p_filesz);
  }
  return memcmp(expected, g->snapshot, n) == 0;
}

static bool slot_is(unsigned i, uint64_t gpa, uint64_t size, const void *host, uint32_t flags)
{
  const struct kvm_userspace_memory_region *const s = fake_slot(i);

  return s->guest_phys_addr == gpa && s->memory_size == size && s->userspace_addr == (uintptr_t)host &&
      s->flags == flags;
}

static bool registers_are_right(const struct guest_asked *a, const struct metes_guest_memory *g)
{
  const uint64_t base = file.head.e_type == ET_EXEC ? 0 : g->layout.snapshot_gva;

  return fake.regs.rip == base + file.head.e_entry && fake.regs.rdi == g->layout.peb_gva &&
      fake.regs.rsi == a->args.seed &&
         fake.regs.rflags == 2 && fake.regs.rsp - g->layout.scratch_gva < g->layout.scratch_size &&
         fake.sregs.cr3 == g->layout.pt_gpa;
}

const char *guest_made(const struct guest_asked *a, const struct metes_sandbox *s)
{
  const struct metes_guest_memory *const g = metes_sandbox_memory(s);
  const struct metes_layout *const l = &g->layout;
  const struct metes_peb peb = metes_peb_of(l);
  uint8_t bytes[METES_PEB_HEADER_SIZE];

  if (!slot_is(0, l->snapshot_gpa, l->snapshot_size, g->snapshot, KVM_MEM_READONLY) ||
      !slot_is(1, l->scratch_gpa, l->scratch_size, g->scratch, 0) || fake_slot(2)->memory_size != 0)
    return "KVM's slots are not those of the layout";
  metes_peb_encode(&peb, l->options, bytes);
  if (memcmp(g->snapshot + l->peb_offset, bytes, metes_peb_bytes(l->options)) != 0)
    return "the PEB is not that of the layout";
  if (!code_is_right(g))
    return "the code region is not what the file says";
  if (a->args.init_data.at != NULL && memcmp(g->snapshot + l->init_data_offset, init_data, a->args.init_data.n) != 0)
    return "the init data is not what was given";
  return registers_are_right(a, g) ? NULL : "the registers at the entry are not those of the layout";
}
