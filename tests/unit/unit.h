/* SPDX-License-Identifier: Apache-2.0
 * What the unit tests share. Each file runs its own group and returns how many of it failed. */
#ifndef METES_UNIT_H
#define METES_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* order matters to cmocka */
#include <cmocka.h>

#include "core/metes.h"

int test_alignment(void);
int test_defects(void);
int test_elf(void);
int test_elfedges(void);
int test_exchange(void);
int test_filemap(void);
int test_fileplace(void);
int test_gpa(void);
int test_gva(void);
int test_gvacopy(void);
int test_largetable(void);
int test_layout(void);
int test_mappings(void);
int test_message(void);
int test_pagetable(void);
int test_peb(void);
int test_plan(void);
int test_profile(void);
int test_region(void);
int test_scratch(void);
int test_snapshot(void);
int test_buffer(void);
int test_vectors(void);

#define GIB (1ULL << 30)

/* A profile that ships; a default configuration with 4096 bytes of code. */
struct metes_profile profile_of(enum metes_profile_id id);
struct metes_config small_config(void);

/* The layout of c in p, which must have one. */
struct metes_layout layout_of(const struct metes_profile *p, const struct metes_config *c);
struct metes_layout small_layout(enum metes_profile_id id);

/* c in p is refused with just these numbers, and nothing is written. */
void assert_refused(const struct metes_profile *p, const struct metes_config *c, enum metes_status status,
                    uint64_t requested, uint64_t limit, uint32_t index);

void assert_error(const struct metes_error *err, uint64_t requested, uint64_t limit, uint32_t index);

/* An error that nobody has written to. */
#define UNTOUCHED ((struct metes_error){0x77, 0x77, 0x77})
void assert_untouched(const struct metes_error *err);

#endif
