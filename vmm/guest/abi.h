/* SPDX-License-Identifier: Apache-2.0
 * The ports between a guest and the monitor: one header for both sides. */
#ifndef METES_GUEST_ABI_H
#define METES_GUEST_ABI_H

#include <stdint.h>

/* Each OUT carries its lowest byte; one of 2 or 4 bytes also those above it, up to the first
 * that is 0. (KVM leaves the guest for each byte of a REP OUTSB: words are fewer exits.) */
#define METES_PORT_PRINT 103u /* text, to the monitor's standard output */
#define METES_PORT_LOG 99u    /* a line: its level as one byte, text, then a newline */

/* Calling a function of the host: this monitor has none yet and stops the guest. */
#define METES_PORT_CALL 101u

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

/* The end: the value is the guest's verdict, 0 for well. HLT ends a guest well, too. */
#define METES_PORT_HALT 108u

/* Levels of a log line, the least serious last. */
enum metes_log_level {
  METES_LOG_ERROR = 1,
  METES_LOG_WARN = 2,
  METES_LOG_INFO = 3,
  METES_LOG_DEBUG = 4,
  METES_LOG_TRACE = 5,
};

/* Software bit 9 of a page-table entry: copy the page before the first write. */
#define METES_PTE_COPY_ON_WRITE 0x200ull

#endif
