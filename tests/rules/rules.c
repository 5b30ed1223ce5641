/* SPDX-License-Identifier: Apache-2.0
 * Each rule that KVM has for memory slots, broken by itself as far as it can be (2^31 pages break
 * K13 too on most machines): KVM's own answer beside that of
 * metes_plan_check. Runs on real KVM; TAP on stdout. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kvm.h"

/* K4 is not a rule; K14 is of arm64; K15 costs speed and is never refused. */

#define HOST 0x100000000000ULL /* user space; slots need no memory there until a guest touches it */

enum { TESTS = 23 };

static struct kvm k;
static struct metes_limits limits;
static int count, failed;

static void report(int well, const char *what)
{
  count++;
  failed += !well;
  printf("%s %d - %s\n", well ? "ok" : "not ok", count, what);
  fflush(stdout);
}

/* The plan is refused by both: by us as `status` at slot `at`, by KVM with `answer` at the same slot. */
static void broken(const char *what, const struct metes_memslot *s, uint32_t n, enum metes_status status, uint32_t at,
                   int answer)
{
  struct metes_error err = {0};
  const enum metes_status ours = metes_plan_check(s, n, &limits, &err);
  int theirs;
  const uint32_t where = kvm_set_all(k.vm, s, n, &theirs);

  kvm_clear(k.vm, s, where);
  if (ours != status || err.index != at || where != at || theirs != answer)
    printf("# we say %d at slot %u, KVM %s at slot %u\n", ours, err.index, strerror(theirs), where);
  report(ours == status && err.index == at && where == at && theirs == answer, what);
}

/* The plan is accepted by both. */
static void accepted(const char *what, const struct metes_memslot *s, uint32_t n)
{
  struct metes_error err = {0};
  const enum metes_status ours = metes_plan_check(s, n, &limits, &err);
  int theirs;
  const uint32_t where = kvm_set_all(k.vm, s, n, &theirs);

  kvm_clear(k.vm, s, where);
  if (ours != METES_OK || where != n)
    printf("# we say %d at slot %u, KVM %s at slot %u\n", ours, err.index, strerror(theirs), where);
  report(ours == METES_OK && where == n, what);
}

/* A sound slot at 1 MiB with one field changed is the second of a plan. */
#define BROKEN(what, field, value, status, answer)                              \
  do {                                                                          \
    struct metes_memslot s_[2] = {{0, METES_SLOT_READONLY, 0x1000, 0x2000, HOST}, \
                                  {1, 0, 0x100000, 0x2000, HOST + 0x100000}};   \
    s_[1].field = (value);                                                      \
    broken(what, s_, 2, status, 1, answer);                                     \
  } while (0)

static void one_slot(void)
{
  const uint64_t end = 1ULL << k.phys_bits;

  BROKEN("K1: a size of no whole pages: EINVAL", size, 0x1001, METES_E_SLOT_UNALIGNED, EINVAL);
  BROKEN("K2: a guest-physical address inside a page: EINVAL", gpa, 0x100800, METES_E_SLOT_UNALIGNED, EINVAL);
  BROKEN("K3: a host address inside a page: EINVAL", host, HOST + 0x100001, METES_E_SLOT_UNALIGNED, EINVAL);
  BROKEN("K3: a host address in the kernel: EINVAL", host, 0xFFFF800000000000, METES_E_SLOT_HOST, EINVAL);
  BROKEN("K3: a host range that wraps: EINVAL", host, 0xFFFFFFFFFFFFF000, METES_E_SLOT_HOST, EINVAL);
  BROKEN("K5: the slot number KVM_CAP_NR_MEMSLOTS: EINVAL", slot, k.max_slots, METES_E_SLOT_NUMBER, EINVAL);
  BROKEN("K6: gpa + size wraps: EINVAL", gpa, 0xFFFFFFFFFFFFF000, METES_E_SLOT_GPA, EINVAL);
  BROKEN("K7: 2^31 pages: EINVAL", size, METES_MAX_SLOT_SIZE + 0x1000, METES_E_SLOT_PAGES, EINVAL);
  BROKEN("K8: no bytes, and no slot to delete: EINVAL", size, 0, METES_E_SLOT_EMPTY, EINVAL);
  BROKEN("K12: a flag that memory slots do not have: EINVAL", flags, 1U << 5, METES_E_SLOT_FLAGS, EINVAL);
  BROKEN("K13: the first page that the MMU cannot address: EINVAL", gpa, end, METES_E_SLOT_GPA, EINVAL);
  BROKEN("K13: a slot that ends one page beyond: EINVAL", gpa, end - 0x1000, METES_E_SLOT_GPA, EINVAL);
}

/* K9 needs more pages than all slots together can have. */
static void total_of_pages(void)
{
  const unsigned __int128 most = (unsigned __int128)k.max_slots * (METES_MAX_SLOT_SIZE / 4096);

  report(most < (unsigned __int128)1 << 64, "K9: the total of pages cannot wrap while K5 and K7 hold");
}

/* K10: KVM takes a number that it knows as a change of that slot. A plan names each slot once. */
static void same_number(void)
{
  struct metes_memslot s[2] = {{1, 0, 0x100000, 0x2000, HOST}, {1, 0, 0x200000, 0x1000, HOST}};

  broken("K10: an existing slot of another size: EINVAL", s, 2, METES_E_SLOT_TWICE, 1, EINVAL);
  s[1] = (struct metes_memslot){1, METES_SLOT_READONLY, 0x200000, 0x2000, HOST};
  broken("K10: an existing slot that becomes read-only: EINVAL", s, 2, METES_E_SLOT_TWICE, 1, EINVAL);
  s[1] = (struct metes_memslot){1, 0, 0x200000, 0x2000, HOST + 0x2000};
  broken("K10: an existing slot at another host address: EINVAL", s, 2, METES_E_SLOT_TWICE, 1, EINVAL);
}

static void overlap(void)
{
  struct metes_memslot s[2] = {{0, 0, 0x100000, 0x2000, HOST}, {1, 0, 0x101000, 0x2000, HOST + 0x10000}};

  broken("K11: one page in common: EEXIST", s, 2, METES_E_SLOT_OVERLAP, 1, EEXIST);
  s[1].gpa = 0x102000;
  accepted("slots that touch are well", s, 2);
}

/* K16: Intel's KVM has slots of its own, once it is told where and there is a vCPU. */
static void internal_slots(void)
{
  const struct metes_memslot s = {0, 0, 0xFFFBD000, 0x1000, HOST};
  struct metes_limits m = limits;
  struct metes_error err;
  const int vm = kvm_new_vm(&k), tss = kvm_set_tss(vm, 0xFFFBD000), theirs = kvm_set(vm, &s);

  m.n_reserved = 1;
  m.reserved[0] = (struct metes_range){0xFFFBD000, 0xFFFC0000};
  report(metes_plan_check(&s, 1, &m, &err) == METES_E_SLOT_RESERVED && tss == 0 && theirs == (k.vmx ? EEXIST : 0),
         k.vmx ? "K16: over the TSS pages: EEXIST" : "K16: over the TSS pages: this CPU's KVM keeps none there");
}

/* K17: 16-bit `mov [0x1800], al; hlt` in a slot that may not be written, and in one that may. */
static void read_only(void)
{
  static const uint8_t code[] = {0xA2, 0x00, 0x18, 0xF4};
  uint8_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t mmio = 0;
  int write = 0;
  uint32_t reason = kvm_run_code(&k, code, sizeof code, METES_SLOT_READONLY, memory, &mmio, &write);

  report(reason == KVM_EXIT_MMIO && mmio == 0x1800 && write && memory[0x800] == 0,
         "K17: a write to a read-only slot leaves the guest as MMIO and the memory as it was");
  reason = kvm_run_code(&k, code, sizeof code, 0, memory, &mmio, &write);
  report(reason == KVM_EXIT_HLT && memory[0x800] == 0x5A, "K17: the same write to a writable slot is made");
}

/* The plans that core itself makes. */
static void layouts(void)
{
  int well = 1;

  for (uint32_t id = 0; id < 3; id++)
    for (uint32_t options = 0; options < 4; options++) {
      struct metes_memslot s[2];
      struct metes_profile p;
      struct metes_config c;
      struct metes_layout l;
      struct metes_error err;
      int theirs;

      metes_profile_builtin((enum metes_profile_id)id, &p, &err);
      metes_config_default(&c);
      c.code_size = 0x12345;
      c.pt_size = 0x4000;
      c.options = options;
      well &= metes_layout_compute(&p, &c, &l, &err) == METES_OK &&
              metes_plan_layout(&l, HOST, HOST + 0x1000000, &limits, s, &err) == METES_OK &&
              kvm_set_all(k.vm, s, 2, &theirs) == 2;
      kvm_clear(k.vm, s, 2);
    }
  report(well, "the plan of every profile's layout, with every option, is taken");
}

int main(void)
{
  k = kvm_open();
  limits = (struct metes_limits){.gpa_end = 1ULL << k.phys_bits, .host_end = 1ULL << 47, .max_slots = k.max_slots};
  printf("# KVM: %u slots, %u bits of guest-physical address, %s\n", k.max_slots, k.phys_bits, k.vmx ? "VMX" : "SVM");
  one_slot();
  total_of_pages();
  same_number();
  overlap();
  internal_slots();
  read_only();
  layouts();
  random_plans(&k, &limits, report);
  printf("1..%d\n", TESTS);
  return failed != 0;
}
