/* SPDX-License-Identifier: Apache-2.0
 * A profile of one's own: other addresses, reserved ranges, large pages, and memory of the caller's own beside. */
#include <stdio.h>
#include <stdlib.h>
#include <metes/metes.h>

#define MIB (1ul << 20)

static void must(const char *what, enum metes_status s, const struct metes_error *e)
{
  if (s == METES_OK)
    return;
  printf("%s: status %u, requested %#lx, limit %#lx, index %u\n", what, s, e->requested, e->limit, e->index);
  exit(1);
}

/* The snapshot at 16 MiB and, for the guest, at 1 TiB; every boundary on 2 MiB, so that large pages map and back it. */
static struct metes_profile own(struct metes_error *e)
{
  struct metes_profile p = {.snapshot_gpa = 16 * MIB,
                            .snapshot_gva = 1ull << 40,
                            .last_gpa = (1ull << 39) - 1,
                            .last_gva = 0xffffffffffdfffff,
                            .max_size = 8ull << 30,
                            .alignment = METES_ALIGN_2M};

  must("I/O APIC", metes_profile_reserve(&p, 0xfec00000, 0xfec01000, e), e);
  must("APIC", metes_profile_reserve(&p, 0xfee00000, 0xfee01000, e), e);
  if (metes_profile_flaw(&p) != 0) /* asked once here; every layout asks it again */
    exit(1);
  return p;
}

int main(void)
{
  struct metes_error e = {0};
  struct metes_profile p = own(&e);
  const struct metes_limits host = {1ull << 39, 1ull << 47, 16, 2, {p.reserved[0], p.reserved[1]}};
  struct metes_memslot plan[3];
  struct metes_config c;
  struct metes_layout l;

  metes_config_default(&c);
  c.code_size = 6 * MIB;
  c.heap_size = 3ull << 30;
  c.scratch_size = 16 * MIB;
  must("layout", metes_layout_compute(&p, &c, &l, &e), &e);
  must("plan", metes_plan_layout(&l, 1ull << 40, 1ull << 41, &host, plan, &e), &e); /* where the host has it mapped */

  /* A ring of the caller's for devices, 64 MiB at 8 GiB. */
  const struct metes_extra ring = {8ull << 30, (8ull << 30) + 64 * MIB, 1ull << 42, 64 * MIB,
                                   metes_plan_free_slot(plan, 2, host.max_slots), METES_SLOT_LOG_DIRTY_PAGES};
  must("ring", metes_plan_add(plan, 2, &ring, &host, &e), &e);
  for (int i = 0; i < 3; i++)
    printf("slot %u: flags %u, %5lu MiB at %#lx\n", plan[i].slot, plan[i].flags, plan[i].size / MIB, plan[i].gpa);

  /* The same in the APIC's page is refused, and the plan is as it was. */
  const struct metes_extra apic = {0xfee00000, 0xfee00000 + 2 * MIB, 1ull << 43, 2 * MIB, 3, 0};
  printf("in the APIC's page: status %u\n", metes_plan_add(plan, 3, &apic, &host, &e));

  /* The heap by pages of 2 MiB: 1,536 entries in place of 786,432. */
  static struct metes_table tables[8];
  uint8_t level[8];
  uint32_t parent[8];
  struct metes_pt pt;
  const struct metes_mapping heap = {l.heap_gva, l.heap_gpa, l.heap_size / METES_PAGE_SIZE, METES_READ | METES_WRITE};
  must("tables", metes_pt_init(&pt, tables, level, parent, 8, l.pt_gpa, &e), &e);
  must("heap", metes_pt_map_large(&pt, tables, level, parent, heap, &e), &e);
  const struct metes_walk w = metes_pt_walk(tables, pt.used, l.pt_gpa, l.heap_gva + 5 * MIB);
  printf("%u tables; heap + 5 MiB is at %#lx, where the layout says %#lx\n", pt.used, w.gpa, l.heap_gpa + 5 * MIB);
  return 0;
}
