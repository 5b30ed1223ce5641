/* SPDX-License-Identifier: Apache-2.0
 * What the host asks of tests/snapshots/guest.c: in rbx, with an argument in rcx, where it halts. */
#ifndef METES_SNAPSHOTS_COMMANDS_H
#define METES_SNAPSHOTS_COMMANDS_H

enum command {
  COMMAND_REST,      /* halts again */
  COMMAND_DIRTY,     /* writes to `argument` pages of scratch, and halts */
  COMMAND_SCRIBBLE,  /* writes to all of its heap and data, and halts */
  COMMAND_LOOK,      /* verdict 0 where heap, data and the registers it looks at are as it made them, else the flaw */
  COMMAND_REGISTERS, /* writes to every register it can, and halts */
  COMMAND_SHUTDOWN,  /* triple fault */
  COMMAND_PORT,      /* an OUT to a port that is not there */
  COMMAND_STRING,    /* REP OUTSB of `argument` bytes to the port of text */
  COMMAND_READ_ONLY, /* writes to the read-only slot */
  COMMAND_STRADDLE,  /* the same, to two pages of it at once */
  COMMAND_FOREVER,   /* cli; jmp . */
  COMMAND_MSR,       /* a write of an MSR that is none of a guest's: verdict 0 where it faults */
  COMMAND_GENERATION, /* verdict: the generation */
  COMMAND_ECHO       /* halts with `argument` in rbx */
};

#endif
