/* SPDX-License-Identifier: Apache-2.0
 * A guest by choices: profile, sizes, segments. What it must see is written down here from what was asked for. */
#include "fuzz/machine/guest.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/host_pages.h"

#define PAGE 4096u
#define SEGMENTS_MOST 4u
#define SEGMENT_PAGES 4u
#define RET 0xc3

/* probe.c, as it was linked. */
__asm__(".section .rodata\n"
        "machine_code: .incbin \"build/fuzz/machine/probe.bin\"\n"
        "machine_code_end:\n"
        ".previous\n");
extern const uint8_t machine_code[], machine_code_end[];

static struct {
  Elf64_Ehdr head;
  Elf64_Phdr segments[SEGMENTS_MOST];
  uint8_t bytes[SEGMENTS_MOST][SEGMENT_PAGES * PAGE];
} file;

/* A profile that ships, or one whose windows lie elsewhere. */
static void ask_profile(struct source *s, struct metes_profile *p)
{
  static const uint64_t gvas[] = {0, 0x1000, 0x200000, 0x40000000, 0x7f0000000000, 0xffff800000000000};
  const uint32_t kind = pick(s, 8);
  const uint64_t gva = gvas[pick(s, 6)], pages = source_bytes(s, 2), last = source_bytes(s, 4);
  struct metes_error err;

  metes_profile_builtin(kind < 7 ? (enum metes_profile_id)(kind / 3) : METES_PROFILE_HYPERLIGHT, p, &err);
  if (kind < 7)
    return;
  p->snapshot_gva = gva + pages * PAGE;
  p->snapshot_gpa = PAGE * (1 + pages % 512);
  p->last_gpa = ((last % 0x4000000 + 0x1000) * PAGE + PAGE - 1) % (1ull << 38);
  if (last % 4 == 0)
    p->last_gva = 0x7fffffffefff;
}

static uint64_t size_of(struct source *s, uint64_t usual)
{
  const uint32_t kind = pick(s, 8);
  const uint64_t n = source_bytes(s, 2);

  return kind < 3 ? usual : kind < 6 ? n % 64 * PAGE : kind == 6 ? n : n * 64;
}

static void ask_config(struct source *s, struct metes_guest_args *a)
{
  struct metes_config *const c = &a->config;

  c->heap_size = size_of(s, 2 * PAGE);
  c->init_data_size = size_of(s, 0);
  c->input_data_size = size_of(s, c->input_data_size);
  c->output_data_size = size_of(s, c->output_data_size);
  c->scratch_size = size_of(s, 0) % SCRATCH_MOST / PAGE * PAGE;
  c->init_data_permissions = pick(s, 8);
  c->options = pick(s, 4);
  a->fit &= ~METES_FIT_INIT_DATA;
}

static uint32_t flags_of(const Elf64_Phdr *p)
{
  return (p->p_flags & PF_R ? METES_READ : 0) | (p->p_flags & PF_W ? METES_WRITE : 0) |
         (p->p_flags & PF_X ? METES_EXECUTE : 0);
}

/* The first segment is the code of probe.c, at any offset; each page of each begins with a RET, and ends so. */
static void ask_image(struct source *s, struct metes_guest_args *a)
{
  static const uint32_t flags[] = {PF_R, PF_R | PF_X, PF_R | PF_W, PF_R};
  const size_t code = (size_t)(machine_code_end - machine_code);
  const uint32_t n = 1 + pick(s, SEGMENTS_MOST), page = pick(s, 3), byte = (uint32_t)source_bytes(s, 2) % (PAGE - 2);
  const uint32_t at = PAGE * page + byte, dyn = pick(s, 2);
  const uint64_t base = dyn ? 0 : a->profile.snapshot_gva;
  uint64_t next = base + PAGE * pick(s, 4);

  file.head = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                           .e_type = dyn ? ET_DYN : ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
                           .e_phoff = offsetof(__typeof__(file), segments), .e_entry = next + at,
                           .e_ehsize = sizeof file.head, .e_phentsize = sizeof *file.segments, .e_phnum = (uint16_t)n};
  for (uint32_t i = 0; i < n; i++) {
    const uint64_t pages = 1 + pick(s, SEGMENT_PAGES), zeros = PAGE * pick(s, 3), fill = source_bytes(s, 1);

    memset(file.bytes[i], (int)fill, sizeof file.bytes[i]);
    for (unsigned k = 0; k < SEGMENT_PAGES; k++)
      file.bytes[i][k * PAGE] = file.bytes[i][k * PAGE + PAGE - 1] = RET;
    file.segments[i] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = i == 0 ? PF_R | PF_X : flags[pick(s, 4)],
                                    .p_offset = offsetof(__typeof__(file), bytes) + i * sizeof file.bytes[i],
                                    .p_vaddr = next, .p_filesz = i == 0 ? sizeof file.bytes[i] : pages * PAGE,
                                    .p_align = 1};
    file.segments[i].p_memsz = file.segments[i].p_filesz + zeros;
    next += file.segments[i].p_memsz + PAGE * pick(s, 3);
  }
  memcpy(file.bytes[0] + at, machine_code, code);
  a->image = (struct metes_bytes){(uint8_t *)&file, sizeof file};
}

static void see(struct machine_guest *g, uint64_t offset, uint64_t size, uint32_t flags)
{
  const struct metes_layout *const l = &g->memory.layout;

  if (size > 0 && flags != 0)
    g->areas[g->n++] = (struct area){l->snapshot_gva + offset, size, g->memory.snapshot + offset, flags, false, offset};
}

/* Of scratch, seen at `gva`. */
static void see_scratch(struct machine_guest *g, uint64_t gva, uint64_t offset, uint64_t size)
{
  g->areas[g->n++] = (struct area){gva, size, g->memory.scratch + offset, METES_READ | METES_WRITE, true, offset};
}

/* With file mappings it is the guest's own: the last page of the page tables (MAP-7). */
static void see_peb(struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;

  if (l->options & METES_OPT_FILE_MAPPINGS)
    see_scratch(g, l->peb_gva, l->pt_scratch_offset + l->pt_size - PAGE, PAGE);
  else
    see(g, l->peb_offset, l->heap_offset - l->peb_offset, METES_READ);
}

/* The segments as the file has them, the regions as the layout has them. */
static void see_all(struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;
  const uint64_t base = file.head.e_type == ET_DYN ? 0 : l->snapshot_gva;

  g->n = 0;
  for (unsigned i = 0; i < file.head.e_phnum; i++)
    see(g, file.segments[i].p_vaddr - base, file.segments[i].p_memsz, flags_of(&file.segments[i]));
  see_peb(g);
  see(g, l->heap_offset, l->init_data_offset - l->heap_offset,
      METES_READ | METES_WRITE | (l->options & METES_OPT_EXECUTABLE_HEAP ? METES_EXECUTE : 0));
  see(g, l->init_data_offset, l->memory_size - l->init_data_offset, l->init_data_permissions);
  see_scratch(g, l->scratch_gva, 0, l->scratch_size);
}

/* Each page of the heap, of init data and of what is free in scratch can be told from any other. */
static void stamp(struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;
  const struct metes_scratch_areas areas = metes_scratch_areas(l);

  for (uint64_t at = l->heap_offset; at < l->memory_size; at += PAGE) {
    g->memory.snapshot[at] = RET;
    g->memory.snapshot[at + 1] = (uint8_t)(at / PAGE);
    g->memory.snapshot[at + PAGE - 1] = (uint8_t)(at / PAGE * 3);
  }
  for (uint64_t at = areas.free.start; at < areas.free.end; at += PAGE)
    g->memory.scratch[at] = g->memory.scratch[at + PAGE - 1] = (uint8_t)(at / PAGE * 5 + 1);
}

/* Others for each layout. */
static void go_far(struct machine_guest *g)
{
  const struct metes_layout *const l = &g->memory.layout;
  struct source any = {.state = l->peb_gva + l->snapshot_size + l->scratch_size};

  for (unsigned i = 0; i < FAR; i++)
    g->far[i] = source_bytes(&any, 8) >> 26;
}

bool machine_guest_make(struct source *s, struct machine_guest *g, struct metes_failure *f)
{
  struct metes_guest_args a;

  *g = (struct machine_guest){.n = 0};
  metes_guest_args_init(&a);
  ask_profile(s, &a.profile);
  ask_config(s, &a);
  ask_image(s, &a);
  if (metes_guest_build(&a, &g->memory, f) == 0 && g->memory.layout.snapshot_size <= SNAPSHOT_MOST &&
      g->memory.layout.scratch_size <= SCRATCH_MOST && (g->pristine = malloc(g->memory.layout.scratch_size)) != NULL) {
    stamp(g);
    see_all(g);
    go_far(g);
    memcpy(g->pristine, g->memory.scratch, g->memory.layout.scratch_size);
    if (metes_host_pages_seal(g->memory.snapshot, g->memory.layout.snapshot_size, "the snapshot", f) == 0)
      return true;
  }
  machine_guest_free(g);
  return false;
}

struct metes_bytes machine_guest_image(void)
{
  return (struct metes_bytes){(uint8_t *)&file, sizeof file};
}

void machine_guest_free(struct machine_guest *g)
{
  metes_guest_free(&g->memory);
  free(g->pristine);
}

const struct area *machine_area(const struct machine_guest *g, uint64_t gva)
{
  for (unsigned i = 0; i < g->n; i++)
    if (gva - g->areas[i].start < g->areas[i].size)
      return &g->areas[i];
  return NULL;
}
