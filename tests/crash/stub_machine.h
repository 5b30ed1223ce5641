/* SPDX-License-Identifier: Apache-2.0
 * What the tests of the debugger's stub share. */
#ifndef STUB_MACHINE_H
#define STUB_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vmm/gdb_parts.h"
#include "vmm/sys.h"

#define INPUT (1 << 16)
#define OUTPUT (1 << 20)

/* What comes from the debugger, and what went to it. */
extern char input[INPUT];
extern size_t input_used, input_at;
extern char output[OUTPUT];
extern size_t output_used;

extern struct metes_stop stop;
extern struct metes_gdb gdb;

uint64_t next_chance(void);

extern const char *image_path;
int make_guest(void **state);

/* The guest is as before its first instruction, with a debugger at it. */
void begin(void);

#endif
