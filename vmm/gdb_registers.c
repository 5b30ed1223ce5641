/* SPDX-License-Identifier: Apache-2.0
 * The processor's registers as gdb numbers them. Those of the FPU are there by name, since gdb insists, and unavailable. */
#include <string.h>

#include "gdb_parts.h"

#define R(name, type) "<reg name=\"" name "\" bitsize=\"64\" type=\"" type "\"/>"
#define S(name) "<reg name=\"" name "\" bitsize=\"32\" type=\"int32\"/>"
#define ST(name) "<reg name=\"" name "\" bitsize=\"80\" type=\"i387_ext\"/>"
#define F(name) "<reg name=\"" name "\" bitsize=\"32\" type=\"int\" group=\"float\"/>"

const char metes_gdb_target_xml[] =
  "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
  "<architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>"
  "<feature name=\"org.gnu.gdb.i386.core\">"
  R("rax", "int64") R("rbx", "int64") R("rcx", "int64") R("rdx", "int64")
  R("rsi", "int64") R("rdi", "int64") R("rbp", "data_ptr") R("rsp", "data_ptr")
  R("r8", "int64") R("r9", "int64") R("r10", "int64") R("r11", "int64")
  R("r12", "int64") R("r13", "int64") R("r14", "int64") R("r15", "int64")
  R("rip", "code_ptr") S("eflags") S("cs") S("ss") S("ds") S("es") S("fs") S("gs")
  ST("st0") ST("st1") ST("st2") ST("st3") ST("st4") ST("st5") ST("st6") ST("st7")
  F("fctrl") F("fstat") F("ftag") F("fiseg") F("fioff") F("foseg") F("fooff") F("fop")
  "</feature><feature name=\"org.gnu.gdb.i386.segments\">"
  R("fs_base", "int") R("gs_base", "int")
  "</feature><feature name=\"org.gnu.gdb.i386.linux\">"
  R("orig_rax", "int")
  "</feature></target>";

enum { RIP = 16, EFLAGS, CS, SS, DS, ES, FS, GS, ST0, FCTRL = ST0 + 8, FS_BASE = FCTRL + 8, GS_BASE, ORIG_RAX, ALL };

static size_t width_of(uint64_t n)
{
  if (n >= EFLAGS && n <= GS)
    return 4;
  if (n >= ST0 && n < FCTRL)
    return 10;
  return n >= FCTRL && n < FS_BASE ? 4 : 8;
}

/* Where it stands in *r, or null: those that the debugger may set. */
static __u64 *general(struct kvm_regs *r, uint64_t n)
{
  __u64 *const all[] = {&r->rax, &r->rbx, &r->rcx, &r->rdx, &r->rsi, &r->rdi, &r->rbp, &r->rsp, &r->r8,
                        &r->r9,  &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15, &r->rip, &r->rflags};

  return n < sizeof all / sizeof *all ? all[n] : NULL;
}

/* False for those that are unavailable. */
static bool value_of(const struct metes_gdb *gdb, uint64_t n, uint64_t *value)
{
  const struct kvm_sregs *s = &gdb->stop->sregs;

  switch (n) {
  case CS: *value = s->cs.selector; return true;
  case SS: *value = s->ss.selector; return true;
  case DS: *value = s->ds.selector; return true;
  case ES: *value = s->es.selector; return true;
  case FS: *value = s->fs.selector; return true;
  case GS: *value = s->gs.selector; return true;
  case FS_BASE: *value = s->fs.base; return true;
  case GS_BASE: *value = s->gs.base; return true;
  case ORIG_RAX: *value = UINT64_MAX; return true; /* in no system call */
  default: break;
  }
  if (n >= ST0)
    return false;
  *value = *general(&gdb->stop->regs, n);
  return true;
}

bool metes_gdb_put_register(struct metes_gdb *gdb, uint64_t n)
{
  uint64_t value;

  if (n >= ALL)
    return false;
  if (value_of(gdb, n, &value))
    metes_gdb_put_hex(&gdb->reply, &value, width_of(n)); /* little-endian, as this processor is */
  else
    for (size_t i = 0; i < width_of(n); i++)
      metes_gdb_put(&gdb->reply, "xx");
  return true;
}

void metes_gdb_put_registers(struct metes_gdb *gdb)
{
  for (uint64_t n = 0; n < ALL; n++)
    (void)metes_gdb_put_register(gdb, n);
}

/* One register's text, at *text. */
static bool set(struct metes_gdb *gdb, uint64_t n, const char **text)
{
  __u64 *const there = general(&gdb->stop->regs, n);
  uint64_t before = 0, now = 0;

  if (!value_of(gdb, n, &before)) { /* whatever is said of it */
    uint8_t dropped[10];

    for (size_t i = 0; i < width_of(n); i++)
      if (!metes_gdb_word(text, "xx") && !metes_gdb_bytes(text, dropped, 1))
        return false;
    return true;
  }
  if (!metes_gdb_bytes(text, (uint8_t *)&now, width_of(n)))
    return false;
  if (memcmp(&now, &before, width_of(n)) == 0)
    return true;
  if (there == NULL || gdb->ended)
    return false;
  *there = now;
  gdb->changed = true;
  return true;
}

bool metes_gdb_set_register(struct metes_gdb *gdb, uint64_t n, const char *text)
{
  return n < ALL && set(gdb, n, &text) && *text == '\0';
}

bool metes_gdb_set_registers(struct metes_gdb *gdb, const char *text)
{
  const struct kvm_regs before = gdb->stop->regs;

  for (uint64_t n = 0; n < ALL; n++)
    if (!set(gdb, n, &text)) {
      gdb->stop->regs = before;
      return false;
    }
  return *text == '\0';
}
