/* SPDX-License-Identifier: Apache-2.0
 * An audit of any monitor: what it asks of KVM about memory, held against the rules one change after the other. */
#ifndef METES_AUDIT_H
#define METES_AUDIT_H

#include <stdbool.h>
#include <stdio.h>

#include "core/metes.h"

/* A slot's number has the address space in its upper 16 bits (api 4.35). */
#define METES_SPACE_OF(slot) ((slot) >> 16)
#define METES_NUMBER_OF(slot) ((slot)&0xFFFF)

/* A monitor's name is kept as printable ASCII without quotes, backslashes and colons. */
#define METES_NAME_ROOM 32u

enum metes_change_kind {
  METES_CHANGE_VM,       /* a VM was made */
  METES_CHANGE_SLOT,     /* KVM_SET_USER_MEMORY_REGION, or its second form */
  METES_CHANGE_OWN,      /* where KVM keeps slots of its own: a list of them is below */
  METES_CHANGE_UNREAD,   /* a change whose words could not be read */
};

/* What KVM keeps for itself in a VM, once it is told to. (K16) */
enum metes_own {
  METES_OWN_TSS,      /* KVM_SET_TSS_ADDR: three pages */
  METES_OWN_IDENTITY, /* KVM_SET_IDENTITY_MAP_ADDR, or where the first processor finds none: one page */
  METES_OWN_APIC,     /* a local APIC in the kernel: its page */
  METES_N_OWN,
};

/* Of each: its name for people, its word in a trace, and how many bytes it takes. */
struct metes_own_kind {
  const char *name, *word;
  uint64_t size;
};
extern const struct metes_own_kind metes_own_kinds[METES_N_OWN];

/* One thing that a monitor asked of KVM, and the answer. A trace is a list of them. */
struct metes_change {
  enum metes_change_kind kind;
  uint32_t vm; /* from 1, in the order in which they were made */
  int answer;  /* 0, or errno */
  /* METES_CHANGE_VM */
  int process;
  bool unseen; /* it was there before: what was done with it until now is not known */
  char name[METES_NAME_ROOM];
  /* METES_CHANGE_SLOT: as the monitor wrote it, but for the flag of private memory (guest_memfd) */
  struct metes_memslot slot;
  bool private;
  /* METES_CHANGE_OWN */
  enum metes_own own;
  uint64_t gpa;
};

/* A slot as KVM has it. */
struct metes_audit_slot {
  struct metes_memslot slot;
  bool private;
};

/* A VM as its monitor left it. */
struct metes_audit_vm {
  uint32_t id;
  int process;
  bool unseen;
  char name[METES_NAME_ROOM];
  struct metes_audit_slot *slots; /* by address space, then by guest-physical address */
  uint32_t n, room;
  uint64_t own[METES_N_OWN]; /* where KVM's own slots are, if they are anywhere */
  bool has[METES_N_OWN];
  uint64_t changes, broken;
};

/* What the host allows. */
struct metes_audit_limits {
  struct metes_limits slots;
  uint32_t spaces; /* KVM_CAP_MULTI_ADDRESS_SPACE, at least 1 */
};

struct metes_audit {
  struct metes_audit_limits limits;
  FILE *to;  /* where lines go when something is wrong, and the report */
  bool json; /* each line is an object */
  struct metes_audit_vm *vms; /* by id */
  uint32_t n, room;
  uint64_t changes, broken, unexplained, unread;
  bool failed; /* there was no memory: the verdict is not to be trusted */
};

/* Holds one change against the rules, says what is wrong, and makes the change if KVM made it. Every
 * judgement is metes_plan_check's. Changes of a VM that is not known are dropped, as of a trace
 * that is not whole: false. */
bool metes_audit_change(struct metes_audit *a, const struct metes_change *c);

/* The end: each VM's map, and the verdict. */
void metes_audit_report(const struct metes_audit *a);

/* 0; METES_EXIT_REFUSED where a rule was broken; METES_EXIT_SYSTEM where the audit is not complete. */
int metes_audit_status(const struct metes_audit *a);

void metes_audit_release(struct metes_audit *a);

/* What KVM of this machine allows; what is usual where it cannot be asked. */
struct metes_audit_limits metes_audit_limits_here(void);
struct metes_audit_limits metes_audit_limits_usual(void);

#endif
