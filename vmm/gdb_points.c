/* SPDX-License-Identifier: Apache-2.0
 * Breakpoints and watchpoints in the processor's debug registers, or by steps. */
#include <cpuid.h>
#include <string.h>

#include "gdb_parts.h"

bool metes_gdb_on_tcg(void)
{
  uint32_t a, name[3];

  __cpuid(1, a, name[0], name[1], name[2]);
  if ((name[1] >> 31 & 1) == 0) /* on no hypervisor */
    return false;
  __cpuid(0x40000000, a, name[0], name[1], name[2]);
  return memcmp(name, "TCGTCGTCGTCG", sizeof name) == 0;
}

/* The bits of dr7 for a length, and whether there is such a thing. */
static bool length_bits(uint8_t size, uint64_t *bits)
{
  static const uint8_t all[] = {[1] = 0, [2] = 1, [4] = 3, [8] = 2};

  if (size != 1 && size != 2 && size != 4 && size != 8)
    return false;
  *bits = all[size];
  return true;
}

static bool possible(const struct metes_gdb *gdb, struct metes_gdb_point p)
{
  uint64_t bits;

  if (p.kind <= 1)
    return true;
  return !gdb->by_steps && length_bits(p.size, &bits) && (p.gva & (p.size - 1u)) == 0;
}

static bool same(struct metes_gdb_point a, struct metes_gdb_point b)
{
  return a.used && a.kind == b.kind && a.gva == b.gva && (a.kind <= 1 || a.size == b.size);
}

bool metes_gdb_insert(struct metes_gdb *gdb, struct metes_gdb_point p)
{
  struct metes_gdb_point *room = NULL;

  if (!possible(gdb, p))
    return false;
  for (unsigned i = 0; i < METES_GDB_POINTS; i++) {
    if (same(gdb->points[i], p))
      return true;
    if (!gdb->points[i].used)
      room = &gdb->points[i];
  }
  if (room == NULL)
    return false;
  *room = p;
  room->used = true;
  return true;
}

void metes_gdb_remove(struct metes_gdb *gdb, struct metes_gdb_point p)
{
  for (unsigned i = 0; i < METES_GDB_POINTS; i++)
    if (same(gdb->points[i], p))
      gdb->points[i].used = false;
}

bool metes_gdb_has_points(const struct metes_gdb *gdb)
{
  for (unsigned i = 0; i < METES_GDB_POINTS; i++)
    if (gdb->points[i].used)
      return true;
  return false;
}

bool metes_gdb_stops_here(const struct metes_gdb *gdb)
{
  for (unsigned i = 0; i < METES_GDB_POINTS; i++)
    if (gdb->points[i].used && gdb->points[i].kind <= 1 && gdb->points[i].gva == gdb->stop->regs.rip)
      return true;
  return false;
}

/* AMD64 Architecture Programmer's Manual 2, 13.1.1.4: in dr7, bit 2n enables point n locally, bits 16 + 4n
 * say what it is for, 18 + 4n its length; bit 10 is always 1. */
static uint64_t dr7_of(const struct metes_gdb_point *p, unsigned n)
{
  static const uint64_t uses[] = {0, 0, 1, 3, 3};
  uint64_t length = 0;

  if (p->kind > 1)
    (void)length_bits(p->size, &length); /* it was possible when it was inserted */
  return 1ull << 2 * n | uses[p->kind] << (16 + 4 * n) | length << (18 + 4 * n);
}

struct kvm_guest_debug metes_gdb_debug(const struct metes_gdb *gdb, bool step)
{
  struct kvm_guest_debug d = {.control = KVM_GUESTDBG_ENABLE};

  if (step || (gdb->by_steps && metes_gdb_has_points(gdb)))
    d.control |= KVM_GUESTDBG_SINGLESTEP;
  if (gdb->by_steps)
    return d;
  d.control |= KVM_GUESTDBG_USE_HW_BP;
  d.arch.debugreg[7] = 0x400;
  for (unsigned i = 0; i < METES_GDB_POINTS; i++)
    if (gdb->points[i].used) {
      d.arch.debugreg[i] = gdb->points[i].gva;
      d.arch.debugreg[7] |= dr7_of(&gdb->points[i], i);
    }
  return d;
}
