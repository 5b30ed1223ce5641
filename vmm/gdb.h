/* SPDX-License-Identifier: Apache-2.0
 * A debugger for a guest: the remote protocol of gdb, on 127.0.0.1 or a unix socket.
 *
 * The guest stands before its first instruction until the debugger lets it go. Breakpoints and
 * watchpoints are those of the processor, four together, since a snapshot is never written to; under
 * QEMU's TCG, whose SVM has no debug registers, each instruction is a step instead, and there are
 * breakpoints alone. Memory is read and written through the guest's own page tables; what leads into
 * the snapshot, or into a file that is mapped, cannot be written. A guest
 * that fails stands still once more before it ends. There is no deadline while a debugger is there,
 * nor after it let go of the guest; the budgets hold.
 *
 * Who can connect has the guest, nothing of the host: what comes in is taken into fixed buffers, and
 * no number in it is more than an address or a length for core. System calls while the guest runs:
 *
 *   ioctl   of the processor: KVM_RUN, KVM_GET_REGS, KVM_GET_SREGS, KVM_SET_REGS, KVM_SET_GUEST_DEBUG
 *   read, write, poll   of the connection (metes_gdb_descriptor)
 *   rt_sigreturn        from the handler of the timer that looks for Ctrl-C, armed by metes_gdb_accept */
#ifndef METES_GDB_H
#define METES_GDB_H

#include "sandbox.h"

struct metes_gdb;

/* Listens at `where`: a port of 127.0.0.1, or the path of a unix socket that is not there yet.
 * Returns 0, or the status of *f and *gdb null. */
int metes_gdb_listen(const char *where, struct metes_gdb **gdb, struct metes_failure *f);

/* Waits for one debugger, then listens no more, and readies the sandbox. SIGPIPE is ignored from here
 * on, and SIGBUS has a handler (files.h). Returns 0, or the status of *f. */
int metes_gdb_accept(struct metes_gdb *gdb, struct metes_sandbox *s, struct metes_failure *f);
int metes_gdb_descriptor(const struct metes_gdb *gdb);

/* As metes_sandbox_run, under the debugger. One that kills the guest or goes away cancels it. */
int metes_gdb_run(struct metes_gdb *gdb, const struct metes_budget *b, struct metes_stop *stop,
                  struct metes_failure *f);

/* Gives all of it back; null is nothing. */
void metes_gdb_close(struct metes_gdb *gdb);

#endif
