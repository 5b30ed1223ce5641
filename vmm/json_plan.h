/* SPDX-License-Identifier: Apache-2.0
 * A plan of memory slots, with the limits of its host, read from JSON. */
#ifndef METES_JSON_PLAN_H
#define METES_JSON_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/metes.h"

/* The document, all of it optional but `slots` and in each slot `slot`, `gpa` and `size`:
 *
 *   {
 *     "limits": {
 *       "phys_bits": 46,              guest-physical addresses have so many bits, 1 to 52; or instead
 *       "gpa_end": "0x400000000000",  the first address that they cannot reach (default 2^52)
 *       "host_end": "0x7ffffffff000", the first host address beyond user space (default this one)
 *       "max_slots": 32764,           KVM_CAP_NR_MEMSLOTS (default this one)
 *       "reserved": [{"start": "0xfee00000", "end": "0xfee01000"}]    at most 8 ranges
 *     },
 *     "slots": [
 *       {"slot": 0, "flags": 2, "gpa": "0x1000", "size": 135168, "host": "0x7f0000000000"},
 *       {"slot": 1, "gpa": "0xffffb8000", "size": "0x48000"}
 *     ]
 *   }
 *
 * Numbers are plain, or strings: "4096", "0x1000", "4K". `flags` are KVM's (default 0);
 * a slot without `host` lies wherever the host likes, on a page. */
struct metes_plan {
  struct metes_limits limits;
  struct metes_memslot *slots; /* the caller's to free */
  uint32_t n;
};

/* Reads it. On false, detail says what is wrong, of which key or at which byte. Free p->slots either way. */
bool metes_json_plan(const char *text, size_t length, struct metes_plan *p, char *detail, size_t n);

#endif
