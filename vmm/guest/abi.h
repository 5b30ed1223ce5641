/* SPDX-License-Identifier: Apache-2.0
 * The ports between a guest and the monitor, and their calls: one header for both sides. */
#ifndef METES_GUEST_ABI_H
#define METES_GUEST_ABI_H

#include <stddef.h>
#include <stdint.h>

/* Each OUT carries its lowest byte; one of 2 or 4 bytes also those above it, up to the first
 * that is 0. (KVM leaves the guest for each byte of a REP OUTSB: words are fewer exits.) */
#define METES_PORT_PRINT 103u /* text, to the monitor's standard output */
#define METES_PORT_LOG 99u    /* a line: its level as one byte, text, then a newline */

/* Calls, both ways, are messages of core/message.h, each an element of a buffer of core/buffer.h.
 * A guest calls the host: it pushes a CALL onto its output buffer, writes anything to this port,
 * and finds a RESULT or an ERROR on its input buffer, to pop. The host calls a guest that is ready:
 * that has halted (HLT) with the address of its dispatch function in rax, in its code region, and a
 * stack pointer in rsp, a multiple of 16. It pushes a CALL onto the input buffer and enters there,
 * with that rsp, rflags 2 and all other general registers 0. The guest pops the call, pushes one
 * RESULT or ERROR onto its output buffer, and halts again. All else is left as the guest had it. */
#define METES_PORT_CALL 101u

/* A CALL of this name may be there before the guest starts: what it was given to begin with. */
#define METES_INPUT_NAME "input"

/* Codes of an ERROR; those from 0xffffff00 on are of the monitor and the kit, all others anyone's. */
#define METES_ERROR_OURS 0xffffff00u
#define METES_ERROR_NO_FUNCTION 0xffffff01u /* nobody has a function of this name */
#define METES_ERROR_TOO_LONG 0xffffff02u    /* the answer does not fit where it has to go */

/* Where an answer goes: at[0 .. room - 1], of which `size` bytes are it. A function that needs more
 * than `room` says in `size` how much and writes what it likes: its caller gets METES_ERROR_TOO_LONG. */
struct metes_answer {
  uint8_t *at;
  size_t room;
  size_t size;
};

/* A stream of bytes: a code, text, METES_ABORT_END. An OUT of 1 byte carries one;
 * an OUT of 2 or 4 carries as many as its lowest byte says, from the next byte on. */
#define METES_PORT_ABORT 102u
#define METES_ABORT_END 0xffu

/* The code of an abort for an exception that the guest could not handle. Where with its
 * METES_ABORT_END rcx is METES_FAULT_TOLD, rsi is the guest-virtual address of a struct
 * metes_fault_frame; cr2 is the address of a page fault. */
#define METES_ABORT_FAULT 14u
#define METES_FAULT_TOLD 0x7465737465666175ull

/* The processor as an exception found it, in the order in which an entry pushes it. */
struct metes_fault_frame {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
  uint64_t vector, code;
  uint64_t rip, cs, rflags, rsp, ss;
};

#define METES_ABORT_PLAIN 1u /* the code where a guest has none of its own */

/* The end: the value is the guest's verdict, 0 for well. HLT ends a run well, too, and may leave
 * the guest ready to be called. */
#define METES_PORT_HALT 108u

/* Levels of a log line, the least serious last. The guest is told in rcx which it shall still say,
 * 0 for none; the monitor passes on what it says. */
enum metes_log_level {
  METES_LOG_ERROR = 1,
  METES_LOG_WARN = 2,
  METES_LOG_INFO = 3,
  METES_LOG_DEBUG = 4,
  METES_LOG_TRACE = 5,
};

/* Files that the host maps stand in the table behind the PEB (core/filemap.h), from before the guest's first
 * instruction on or while it stands still; its page tables lead to none of them. The guest maps each itself, read-only:
 * guest-physical minus guest-virtual address is for a file what it is for the image (FM-13). Who reads there
 * when the host has taken the file away, or writes there at all, comes to an end. */

/* Software bit 9 of a page-table entry: copy the page before the first write. */
#define METES_PTE_COPY_ON_WRITE 0x200ull

#endif
