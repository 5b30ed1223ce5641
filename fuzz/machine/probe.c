/* SPDX-License-Identifier: Apache-2.0
 * The guest of the fuzz target `kvm`: it does what its input buffer says and reports. Without data of its own: all that
 * it writes is scratch, wherever it was loaded. */
#include "fuzz/machine/probe.h"

#include "core/peb.h"
#include "core/scratch.h"
#include "vmm/guest/kit.h"

struct tables {
  struct kit_gate idt[KIT_VECTORS];
  uint64_t gdt[3];
  uint64_t rsp; /* where probe_try goes on */
};

/* Its first instructions; an exception's entry; one instruction, tried. */
__asm__(".section .text.entry, \"ax\"\n"
        ".globl _start\n"
        "_start: movq %rsp, %r8\n"
        "  andq $-16, %rsp\n"
        "  call probe_main\n"
        ".balign 16\n"
        "probe_vectors:\n"
        "  .set vector, 0\n"
        "  .rept 32\n"
        "  .balign 16\n"
        "  .if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21 && vector != 29 && "
        "vector != 30\n"
        "  pushq $0\n"
        "  .endif\n"
        "  pushq $vector\n"
        "  jmp probe_caught\n"
        "  .set vector, vector + 1\n"
        "  .endr\n"
        "probe_caught:\n"
        "  popq %rax\n"
        "  popq %rdx\n"
        "  shlq $8, %rdx\n"
        "  orq %rdx, %rax\n"
        "  subq $16, %rsp\n"
        "  sidt (%rsp)\n"
        "  movq 2(%rsp), %rcx\n"
        "  movq 536(%rcx), %rsp\n" /* offsetof(struct tables, rsp) */
        "  cld\n"
        "  jmp 3f\n"
        "probe_try:\n" /* kind, address, value, tables; 0, or what was caught */
        "  .irp reg, rbx, rbp, r12, r13, r14, r15\n"
        "  pushq %\\reg\n"
        "  .endr\n"
        "  movq %rsp, 536(%rcx)\n"
        "  cmpl $1, %edi\n"
        "  je 1f\n"
        "  ja 2f\n"
        "  movzbl (%rsi), %eax\n"
        "  movq %rax, (%rdx)\n"
        "  xorl %eax, %eax\n"
        "  jmp 3f\n"
        "1: movq (%rdx), %rax\n"
        "  movb %al, (%rsi)\n"
        "  xorl %eax, %eax\n"
        "  jmp 3f\n"
        "2: call *%rsi\n"
        "  xorl %eax, %eax\n"
        "3: .irp reg, r15, r14, r13, r12, rbp, rbx\n"
        "  popq %\\reg\n"
        "  .endr\n"
        "  ret\n"
        ".text\n");

extern const char probe_vectors[];
uint64_t probe_try(uint32_t kind, uint64_t address, uint64_t *value, struct tables *t);
_Noreturn void probe_main(const uint64_t *peb, uint64_t rsi, uint64_t rdx, uint64_t rcx, uint64_t rsp);

_Static_assert(__builtin_offsetof(struct tables, rsp) == 536, "as above");

static uint64_t below(uint64_t rsp, uint64_t distance)
{
  return *kit_word(rsp | 4095, distance);
}

/* What it knows of its scratch: where the tables and the free pages are seen. */
struct view {
  uint64_t tables_gva, tables_gpa, free_gva;
};

static struct view look(const uint64_t *peb, uint64_t rsp)
{
  const uint64_t scratch_gva = (rsp | 4095) + 1 - below(rsp, METES_SCRATCH_SIZE_BELOW);
  struct view v = {.tables_gva = scratch_gva + (peb[0] + peb[2] + 4095) / 4096 * 4096,
                   .tables_gpa = below(rsp, METES_SCRATCH_PT_BELOW)};

  v.free_gva = v.tables_gva + (below(rsp, METES_SCRATCH_FREE_BELOW) - v.tables_gpa);
  return v;
}

static struct tables *load_tables(const struct view *v)
{
  struct tables *const t = (struct tables *)(v->free_gva + 4096 * PROBE_TABLES);
  const struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) gdtr = {sizeof t->gdt - 1, (uint64_t)t->gdt}, idtr = {sizeof t->idt - 1, (uint64_t)t->idt};

  t->gdt[0] = 0;
  t->gdt[1] = 0x00af9b000000ffff; /* 64-bit code */
  t->gdt[2] = 0x00cf93000000ffff; /* data */
  for (unsigned i = 0; i < KIT_VECTORS; i++) {
    const uint64_t entry = (uint64_t)probe_vectors + 16 * i;

    t->idt[i] = (struct kit_gate){.low = (uint16_t)entry, .selector = 8, .type = 0x8e,
                                  .middle = (uint16_t)(entry >> 16), .high = (uint32_t)(entry >> 32)};
  }
  __asm__ volatile("lgdt %0\n\tlidt %1" : : "m"(gdtr), "m"(idtr) : "memory");
  return t;
}

/* The entry that maps this page of scratch. */
static volatile uint64_t *entry_of(const struct view *v, uint64_t gva, uint64_t cr3)
{
  volatile uint64_t *table = (volatile uint64_t *)(v->tables_gva + (cr3 - v->tables_gpa));

  for (unsigned shift = 39; shift > 12; shift -= 9)
    table = (volatile uint64_t *)(v->tables_gva + ((table[gva >> shift & 511] & 0xffffffffff000) - v->tables_gpa));
  return &table[gva >> 12 & 511];
}

static void set_entry(const struct view *v, uint64_t gva, uint64_t cr3, uint64_t entry)
{
  *entry_of(v, gva, cr3) = entry;
  __asm__ volatile("invlpg (%0)" : : "r"(gva) : "memory");
}

static struct probe_result one(const struct probe *p, const struct view *v, uint64_t cr3, struct tables *t)
{
  const uint64_t window = v->free_gva + 4096 * PROBE_WINDOW;
  struct probe_result r = {.value = p->value};
  const uint64_t usual = *entry_of(v, window, cr3);
  uint64_t address = p->address, cr2;
  uint32_t kind = p->kind;

  if (kind >= PROBE_PHYSICAL_READ) {
    set_entry(v, window, cr3, (address & ~4095ull) | 3);
    address = window + address % 4096;
    kind -= PROBE_PHYSICAL_READ;
  }
  r.fault = probe_try(kind, address, &r.value, t);
  __asm__ volatile("movq %%cr2, %0" : "=r"(cr2));
  set_entry(v, window, cr3, usual);
  if (r.fault % 256 == 14)
    r.value = cr2;
  return r;
}

static void run_code(const struct probe_order *o, const struct view *v, uint64_t cr3, struct tables *t)
{
  const uint64_t gva = v->free_gva + 4096 * PROBE_CODE;
  const uint8_t *const from = (const uint8_t *)o + PROBE_CODE_AT;
  uint64_t none = 0;

  for (uint64_t i = 0; i < o->code_size && i < PROBE_CODE_MOST; i++)
    ((volatile uint8_t *)gva)[i] = from[i];
  ((volatile uint8_t *)gva)[PROBE_CODE_MOST] = 0xf4;
  set_entry(v, gva, cr3, *entry_of(v, gva, cr3) & ~(1ull << 63));
  (void)probe_try(2, gva, &none, t);
}

_Noreturn void probe_main(const uint64_t *peb, uint64_t rsi, uint64_t rdx, uint64_t rcx, uint64_t rsp)
{
  const struct view v = look(peb, rsp);
  const volatile struct probe_order *const given = (const volatile struct probe_order *)peb[1];
  struct probe_report *const r = (struct probe_report *)(peb[3] + PROBE_REPORT_AT);
  struct tables *const t = load_tables(&v);

  *r = (struct probe_report){.rdi = (uint64_t)peb, .rsi = rsi, .rdx = rdx, .rcx = rcx, .rsp = rsp, .n = given->n};
  __asm__ volatile("movq %%cr0, %0" : "=r"(r->cr0));
  __asm__ volatile("movq %%cr3, %0" : "=r"(r->cr3));
  if (given->control)
    __asm__ volatile("movq %%cr4, %0" : "=r"(r->cr4));
  for (unsigned i = 0; i < PROBE_WORDS; i++)
    r->peb[i] = peb[i];
  for (unsigned i = 0; i < 4; i++)
    r->below[i] = below(rsp, 8 * (i + 1));
  for (unsigned i = 0; i < PROBES_MOST && i < r->n; i++)
    r->of[i] = one((const struct probe *)&given->of[i], &v, r->cr3, t);
  __asm__ volatile("outl %0, %1" : : "a"(probe_checksum(r)), "d"((uint16_t)PROBE_PORT) : "memory");
  if (given->code_size > 0)
    run_code((const struct probe_order *)given, &v, r->cr3, t);
  for (;;)
    __asm__ volatile("hlt");
}
