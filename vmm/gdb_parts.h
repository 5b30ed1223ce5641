/* SPDX-License-Identifier: Apache-2.0
 * What a debugger's session consists of, for vmm/gdb_*.c alone. */
#ifndef METES_GDB_PARTS_H
#define METES_GDB_PARTS_H

#include <sys/un.h>

#include "gdb.h"
#include "gdb_packet.h"
#include "sandbox_parts.h"

#define METES_GDB_POINTS 4 /* debug registers of the processor */

/* A breakpoint or watchpoint; `kind` is that of the protocol's Z packet. */
struct metes_gdb_point {
  bool used;
  uint8_t kind; /* 0, 1: execution; 2: writing; 3, 4: reading and writing */
  uint8_t size;
  uint64_t gva;
};

struct metes_gdb {
  int listening;
  int fd;
  char path[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* of a socket to be removed, or empty */
  struct metes_sandbox *s;
  bool by_steps;                     /* breakpoints by stepping: there are no debug registers */
  bool ended;                        /* the guest: its registers are only shown */
  struct metes_stop *stop;           /* where it stands */
  bool changed;                      /* stop->regs, by the debugger */
  struct metes_gdb_point points[METES_GDB_POINTS];
  struct metes_gdb_reader reader;
  struct metes_gdb_reply reply;
  uint8_t in[1024];
  size_t in_at, in_used;
};

/* gdb_net.c. A byte that came, or -1 where the connection ended. */
int metes_gdb_byte(struct metes_gdb *gdb);
/* Whether anything came that is no acknowledgement, without waiting: Ctrl-C, or the end. */
bool metes_gdb_came(struct metes_gdb *gdb);
/* Sends bytes; where the other end is gone, metes_gdb_byte will say so. */
void metes_gdb_send(struct metes_gdb *gdb, const char *text, size_t n);

/* gdb_talk.c: answers until the debugger says how to go on. */
enum metes_gdb_wish { METES_GDB_GO_ON, METES_GDB_STEP, METES_GDB_LET_GO, METES_GDB_KILL };
enum metes_gdb_wish metes_gdb_talk(struct metes_gdb *gdb);
/* Tells why the guest stands: `letter` S, W or X of the protocol, with a number. */
void metes_gdb_tell(struct metes_gdb *gdb, char letter, int number);
void metes_gdb_okay(struct metes_gdb *gdb);

/* gdb_registers.c. By the numbers of target.xml. */
extern const char metes_gdb_target_xml[];
void metes_gdb_put_registers(struct metes_gdb *gdb);
bool metes_gdb_put_register(struct metes_gdb *gdb, uint64_t n);
/* Each false where the text is wrong, or a register would change that cannot. */
bool metes_gdb_set_registers(struct metes_gdb *gdb, const char *text);
bool metes_gdb_set_register(struct metes_gdb *gdb, uint64_t n, const char *text);

/* gdb_points.c. False where there is no room, or no such kind here. */
bool metes_gdb_insert(struct metes_gdb *gdb, struct metes_gdb_point p);
void metes_gdb_remove(struct metes_gdb *gdb, struct metes_gdb_point p);
/* Whether execution is to stop at the guest's rip; used where breakpoints are steps. */
bool metes_gdb_stops_here(const struct metes_gdb *gdb);
bool metes_gdb_has_points(const struct metes_gdb *gdb);
/* What the processor is to do in its next run. */
struct kvm_guest_debug metes_gdb_debug(const struct metes_gdb *gdb, bool step);
/* Whether the processor is one of QEMU's TCG. */
bool metes_gdb_on_tcg(void);

#endif
