/* SPDX-License-Identifier: Apache-2.0
 * Metes: the proven memory layout of a micro-VM. Include this one header.
 *
 * Where everything lies, in profile hyperlight: the default configuration with one page of code
 * (spec/layout.md; tests/docs holds these numbers to what `metes layout` says).
 *
 *   guest-physical                                               guest-virtual
 *
 *     0x1000000000 +-------------- last_gpa + 1 --------------+ 0xfffffffffffff000
 *                  | bookkeeping     rw   0x30                |   size, free_gpa, pt_gpa, generation
 *      0xfffffffd0 +------------------------------------------+ 0xffffffffffffefd0
 *                  | exception stack rw   two pages less 0x30 |   grows down from here: rsp
 *      0xfffffe000 +------------------------------------------+ 0xffffffffffffd000
 *                  | free            rw   0x3e000             |   the guest's own
 *      0xffffc0000 +---- pt_gpa: page tables, here none ------+ 0xfffffffffffbf000
 *                  | output buffer   rw   0x4000              |
 *      0xffffbc000 +------------------------------------------+ 0xfffffffffffbb000
 *                  | input buffer    rw   0x4000              |
 *      0xffffb8000 +------------- scratch: slot 1 ------------+ 0xfffffffffffb7000
 *
 *                                   no memory
 *
 *          0x23000 +-- init data, page tables: here neither --+ 0x23000
 *                  | heap            rw   0x20000             |
 *           0x3000 +------------------------------------------+ 0x3000
 *                  | PEB             r    0x40 of a page      |   says where all this lies: rdi
 *           0x2000 +------------------------------------------+ 0x2000
 *                  | code            rwx  0x1000              |
 *           0x1000 +------ snapshot: slot 0, READONLY --------+ 0x1000
 *                  | null guard: never mapped                 |
 *              0x0 +------------------------------------------+ 0x0
 *
 * The snapshot's writable pages are mapped copy-on-write: the guest copies them to scratch. */
#ifndef METES_H
#define METES_H

#include "buffer.h"
#include "checksum.h"
#include "elf.h"
#include "exchange.h"
#include "filemap.h"
#include "fileplace.h"
#include "gva.h"
#include "mappings.h"
#include "memslot.h"
#include "message.h"
#include "pagetable.h"
#include "peb.h"
#include "place.h"
#include "region.h"
#include "scratch.h"
#include "snapshot.h"

#endif
