/* SPDX-License-Identifier: Apache-2.0
 * How a guest came to stand still. */
#ifndef METES_STOP_H
#define METES_STOP_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ends that a guest can come to; `metes run` exits with the number beside each. Which exit of KVM
 * (linux/kvm.h) leads where:
 *   KVM_EXIT_IO               what the port says (guest/abi.h); UNSUPPORTED for IN and for any other port;
 *                             REFUSED where its items are not within KVM's page for the processor
 *   KVM_EXIT_HLT              WELL
 *   KVM_EXIT_MMIO             FAULT
 *   KVM_EXIT_SHUTDOWN         SHUTDOWN
 *   KVM_EXIT_FAIL_ENTRY, KVM_EXIT_INTERNAL_ERROR     REFUSED
 *   KVM_EXIT_DEBUG            TRAP, under a debugger (vmm/gdb.h) alone: KVM does so only where that asked for it
 *   KVM_EXIT_INTR, KVM_EXIT_IRQ_WINDOW_OPEN          none: the guest goes on
 *   every other, known to linux/kvm.h or not         UNSUPPORTED, with its number
 * KVM_RUN that fails with EFAULT is REFUSED where files are mapped: one of them was cut short. */
enum metes_outcome {
  METES_OUTCOME_WELL,        /* 0: HLT, or verdict 0, or the answer to a call */
  METES_OUTCOME_FAILED,      /* 1: another verdict, or a call that was answered with an error */
  METES_OUTCOME_ABORTED,     /* 1: by its own word */
  METES_OUTCOME_DEADLINE,    /* 124 */
  METES_OUTCOME_BUDGET,      /* 125: of exits or output */
  METES_OUTCOME_SHUTDOWN,    /* 126, as all that follow: triple fault */
  METES_OUTCOME_FAULT,       /* an access that no memory slot allows */
  METES_OUTCOME_UNSUPPORTED, /* something that this machine does not have */
  METES_OUTCOME_REFUSED,     /* by KVM, which would not run it */
  METES_OUTCOME_BAD_MESSAGE, /* what it left in a buffer is no message, or no answer */
  METES_OUTCOME_CANCELLED,   /* 124: metes_sandbox_cancel, or a debugger */
  METES_OUTCOME_TRAP,        /* no end: it stands for its debugger, vmm/gdb.h */
};

/* A plain value; what does not belong to the outcome is 0. */
struct metes_stop {
  enum metes_outcome outcome;
  uint64_t exits;      /* since the run or the call began */
  uint64_t output;     /* bytes of text, log and abort, likewise */
  char what[256];      /* what was not supported, which budget was spent, what was wrong */
  bool answered;       /* FAILED: by an error that answered a call; else by a verdict */
  uint32_t verdict;    /* of the halt, or the code of that error */
  uint8_t code;        /* of the abort */
  char message[512];   /* of the abort, or of that error: any bytes, `message_used` of them */
  size_t message_used;
  uint64_t gpa;        /* of a FAULT */
  uint32_t length;
  bool write;
  bool has_registers;
  int registers_error; /* the errno with which KVM did not tell them */
  bool told;           /* a fault that the guest told of: the registers are those that it was found with */
  uint64_t vector;     /* of that fault */
  struct kvm_regs regs;
  struct kvm_sregs sregs;
};

#endif
