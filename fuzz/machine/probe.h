/* SPDX-License-Identifier: Apache-2.0
 * What the fuzz target `kvm` asks of its guest, by its input buffer, and what that answers, by its output buffer. */
#ifndef METES_FUZZ_PROBE_H
#define METES_FUZZ_PROBE_H

#include <stdint.h>

/* An OUT of 4 bytes: the report is there, and this is its checksum. */
#define PROBE_PORT 0x2a0u

enum probe_kind {
  PROBE_READ,           /* a byte at a guest-virtual address */
  PROBE_WRITE,
  PROBE_EXECUTE,        /* a call: there is a RET, or it faults */
  PROBE_PHYSICAL_READ,  /* the same at a guest-physical address, by a page table entry of its own */
  PROBE_PHYSICAL_WRITE,
};

struct probe {
  uint64_t address;
  uint32_t kind;
  uint32_t value; /* that is written */
};

#define PROBES_MOST 24u
#define PROBE_CODE_AT 1024u /* from the start of the input buffer */
#define PROBE_CODE_MOST 512u

struct probe_order {
  uint64_t n;
  uint64_t code_size; /* of bytes at PROBE_CODE_AT that are run last; 0: none */
  uint64_t control;   /* 1: CR4 is looked at, which KVM answers by an exit of its own */
  struct probe of[PROBES_MOST];
};

/* `fault`: the exception's vector, and its error code times 256; 0 for none. */
struct probe_result {
  uint64_t value; /* that was read; cr2 of a page fault */
  uint64_t fault;
};

#define PROBE_REPORT_AT 64u /* from the start of the output buffer */
#define PROBE_WORDS 10u

struct probe_report {
  uint64_t rdi, rsi, rdx, rcx, rsp, cr0, cr3, cr4; /* cr4: 0 where nobody asked */
  uint64_t peb[PROBE_WORDS];
  uint64_t below[4]; /* the words at 8, 16, 24, 32 bytes below the end of scratch */
  uint64_t n;
  struct probe_result of[PROBES_MOST];
};

/* Of the free pages of scratch: one through which physical addresses are seen, one for its descriptor tables, one
 * for code. */
enum { PROBE_WINDOW, PROBE_TABLES, PROBE_CODE, PROBE_PAGES };

static inline uint32_t probe_checksum(const struct probe_report *r)
{
  const uint64_t *const words = (const uint64_t *)r;
  uint64_t sum = 0;

  for (unsigned i = 0; i < sizeof *r / 8; i++)
    sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(sum >> 32);
}

#endif
