/* SPDX-License-Identifier: Apache-2.0
 * The notes of an ELF core: the processor, and where the image was entered. */
#include <elf.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

#include "core_file.h"
#include "crash.h"

#define NAME "CORE\0\0\0" /* eight bytes with the last 0 */

static uint8_t *put(uint8_t *to, const void *from, size_t n)
{
  memcpy(to, from, n);
  return to + n;
}

static uint8_t *note(uint8_t *to, uint32_t type, const void *data, uint32_t n)
{
  const Elf64_Nhdr head = {.n_namesz = 5, .n_descsz = n, .n_type = type};

  to = put(to, &head, sizeof head);
  to = put(to, NAME, 8);
  return put(to, data, n);
}

static struct user_regs_struct registers_of(const struct metes_stop *s)
{
  const struct kvm_regs *r = &s->regs;

  return (struct user_regs_struct){
    .rax = r->rax, .rbx = r->rbx, .rcx = r->rcx, .rdx = r->rdx, .rsi = r->rsi, .rdi = r->rdi,
    .rbp = r->rbp, .rsp = r->rsp, .r8 = r->r8, .r9 = r->r9, .r10 = r->r10, .r11 = r->r11,
    .r12 = r->r12, .r13 = r->r13, .r14 = r->r14, .r15 = r->r15, .rip = r->rip,
    .eflags = r->rflags, .orig_rax = UINT64_MAX, /* in no system call */
    .cs = s->sregs.cs.selector, .ss = s->sregs.ss.selector, .ds = s->sregs.ds.selector,
    .es = s->sregs.es.selector, .fs = s->sregs.fs.selector, .gs = s->sregs.gs.selector,
    .fs_base = s->sregs.fs.base, .gs_base = s->sregs.gs.base,
  };
}

void metes_core_notes(const struct metes_guest_memory *g, const struct metes_stop *s,
                      uint8_t to[METES_CORE_NOTES_SIZE])
{
  const Elf64_auxv_t auxv[] = {{AT_ENTRY, {g->entry.rip}}, {AT_NULL, {0}}};
  const struct user_regs_struct r = registers_of(s);
  struct elf_prstatus status = {.pr_pid = 1};

  _Static_assert(sizeof status.pr_reg == sizeof r, "one layout by two names");
  _Static_assert(2 * (sizeof(Elf64_Nhdr) + 8) + sizeof status + sizeof auxv == METES_CORE_NOTES_SIZE, "as said");
  status.pr_info.si_signo = metes_stop_signal(s);
  status.pr_cursig = (short)status.pr_info.si_signo;
  memcpy(&status.pr_reg, &r, sizeof r);
  note(note(to, NT_PRSTATUS, &status, sizeof status), NT_AUXV, auxv, sizeof auxv);
}
