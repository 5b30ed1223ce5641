/* SPDX-License-Identifier: Apache-2.0
 * A whole monitor on the core alone: every address is the core's, every system call stands here.
 *
 *   cc bare.c $(pkg-config --cflags --libs metes) -o bare && ./bare IMAGE
 *
 * Ends with the guest's verdict; 65: the image is refused; 70: the guest failed; 71: a system call did. */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <metes/metes.h>
#include <metes/vmm/guest/abi.h>

#define MOST_CPUID 256

struct machine {
  struct metes_profile profile;
  struct metes_config config;
  struct metes_layout layout;
  struct metes_image image;
  uint8_t *snapshot, *scratch;
  int kvm, vm, cpu;
  struct kvm_run *run;
};

static void *must(const char *what, void *got)
{
  if (got != MAP_FAILED && got != NULL)
    return got;
  perror(what);
  exit(71);
}

static int done(const char *what, int got)
{
  if (got >= 0)
    return got;
  perror(what);
  exit(71);
}

static void good(const char *what, enum metes_status s, const struct metes_error *e)
{
  if (s == METES_OK)
    return;
  fprintf(stderr, "%s: status %u, requested %#lx, limit %#lx\n", what, s, e->requested, e->limit);
  exit(65);
}

static uint8_t *pages(uint64_t n)
{
  return must("memory", mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* As large as the image needs it: its code, and then page tables for all that there is. */
static void lay_out(struct machine *m, const uint8_t *elf, uint64_t n)
{
  struct metes_error e = {0};

  good("profile", metes_profile_builtin(METES_PROFILE_HYPERLIGHT, &m->profile, &e), &e);
  good("image", metes_elf_parse(elf, n, m->profile.snapshot_gva, 0, &m->image, &e), &e);
  metes_config_default(&m->config);
  m->config.code_size = m->image.span;
  good("layout", metes_layout_compute(&m->profile, &m->config, &m->layout, &e), &e);
  m->config.pt_size = metes_pt_pages_needed(&m->layout) * METES_PAGE_SIZE;
  good("layout", metes_layout_compute(&m->profile, &m->config, &m->layout, &e), &e);
}

/* Page tables behind the snapshot's memory; the builder's notes are given back. */
static void map_all(struct machine *m)
{
  const struct metes_layout *l = &m->layout;
  const uint64_t n = l->pt_size / METES_PAGE_SIZE;
  struct metes_table *const tables = (struct metes_table *)(void *)(m->snapshot + l->memory_size);
  uint32_t *const parent = must("notes", calloc(n, sizeof *parent));
  uint8_t *const level = must("notes", calloc(n, 1));
  struct metes_error e = {0};
  struct metes_pt pt;

  good("tables", metes_pt_init(&pt, tables, level, parent, n, l->pt_gpa, &e), &e);
  for (uint32_t k = 0; k < metes_mapping_count(&m->image); k++)
    good("tables", metes_pt_map(&pt, tables, level, parent, metes_mapping_of(l, &m->image, k), &e), &e);
  free(parent);
  free(level);
}

static void fill(struct machine *m, const uint8_t *elf, uint64_t n)
{
  const struct metes_layout *l = &m->layout;
  struct metes_error e = {0};

  m->snapshot = pages(l->snapshot_size);
  m->scratch = pages(l->scratch_size);
  good("image", metes_elf_load(&m->image, elf, n, m->snapshot, l->snapshot_size, &e), &e);
  good("PEB", metes_peb_write(l, m->snapshot, l->snapshot_size, &e), &e);
  map_all(m);
  good("scratch", metes_scratch_init(l, 0, m->scratch, l->scratch_size, &e), &e);
  good("scratch", metes_scratch_copy_pt(l, m->snapshot, l->snapshot_size, m->scratch, l->scratch_size, &e), &e);
}

/* What KVM is given are the plan's slots, as they stand there: struct metes_memslot is KVM's own. */
static void create(struct machine *m)
{
  const struct metes_limits limits = {.gpa_end = 1ull << 36, .host_end = 1ull << 47, .max_slots = 32};
  struct metes_memslot plan[2];
  struct metes_error e = {0};
  int size;

  m->kvm = done("/dev/kvm", open("/dev/kvm", O_RDWR | O_CLOEXEC));
  m->vm = done("KVM_CREATE_VM", ioctl(m->kvm, KVM_CREATE_VM, 0));
  good("plan", metes_plan_layout(&m->layout, (uintptr_t)m->snapshot, (uintptr_t)m->scratch, &limits, plan, &e), &e);
  for (int i = 0; i < 2; i++)
    done("KVM_SET_USER_MEMORY_REGION", ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &plan[i]));
  m->cpu = done("KVM_CREATE_VCPU", ioctl(m->vm, KVM_CREATE_VCPU, 0));
  size = done("KVM_GET_VCPU_MMAP_SIZE", ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
  m->run = must("vCPU", mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, m->cpu, 0));
}

/* 64 bits, paging and no-execute on, as if by a boot loader. */
static void begin(const struct machine *m)
{
  const struct metes_entry e = metes_entry_of(&m->layout, metes_image_entry(&m->layout, &m->image));
  const struct kvm_regs r = {.rip = e.rip, .rsp = e.rsp, .rdi = e.rdi, .rsi = e.rsi, .rdx = e.rdx,
                             .rcx = METES_LOG_INFO, .rflags = e.rflags};
  const struct kvm_segment data = {.limit = ~0u, .selector = 16, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1};
  struct kvm_cpuid2 *const id = must("CPUID", calloc(1, sizeof *id + MOST_CPUID * sizeof *id->entries));
  struct kvm_sregs s;

  id->nent = MOST_CPUID;
  done("KVM_GET_SUPPORTED_CPUID", ioctl(m->kvm, KVM_GET_SUPPORTED_CPUID, id));
  done("KVM_SET_CPUID2", ioctl(m->cpu, KVM_SET_CPUID2, id));
  free(id);
  done("KVM_GET_SREGS", ioctl(m->cpu, KVM_GET_SREGS, &s));
  s.cs = (struct kvm_segment){.limit = ~0u, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1};
  s.ds = s.es = s.fs = s.gs = s.ss = data;
  s.cr0 = 0x80010033; /* PG, WP, NE, ET, MP, PE */
  s.cr3 = e.cr3;
  s.cr4 = 0x620;  /* OSXMMEXCPT, OSFXSR, PAE */
  s.efer = 0xd00; /* NXE, LMA, LME */
  done("KVM_SET_SREGS", ioctl(m->cpu, KVM_SET_SREGS, &s));
  done("KVM_SET_REGS", ioctl(m->cpu, KVM_SET_REGS, &r));
}

/* Runs it until it says its verdict. Text comes up to four bytes at a time. */
static int run(const struct machine *m)
{
  for (;;) {
    const char *at;

    done("KVM_RUN", ioctl(m->cpu, KVM_RUN, 0));
    if (m->run->exit_reason != KVM_EXIT_IO || m->run->io.direction != KVM_EXIT_IO_OUT)
      return 70;
    at = (const char *)m->run + m->run->io.data_offset;
    if (m->run->io.port == METES_PORT_HALT)
      return *at;
    if (m->run->io.port == METES_PORT_PRINT)
      fwrite(at, 1, m->run->io.size, stdout);
  }
}

int main(int argc, char **argv)
{
  static uint8_t elf[1 << 20];
  const char *const name = argc > 1 ? argv[1] : "IMAGE";
  FILE *const file = must(name, fopen(name, "rb"));
  const uint64_t n = fread(elf, 1, sizeof elf, file);
  struct machine m = {0};

  fclose(file);
  lay_out(&m, elf, n);
  fill(&m, elf, n);
  create(&m);
  begin(&m);
  return run(&m);
}
