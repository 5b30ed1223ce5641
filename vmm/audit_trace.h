/* SPDX-License-Identifier: Apache-2.0
 * What a monitor asked of KVM, as lines of JSON: written by an audit, read again to be judged anew. */
#ifndef METES_AUDIT_TRACE_H
#define METES_AUDIT_TRACE_H

#include "audit.h"

/* A line each: first the limits, then each change in the order in which KVM was asked.
 *
 *   {"limits":{"gpa_end":…,"host_end":…,"max_slots":…,"spaces":…}}
 *   {"vm":1,"process":93,"name":"qemu-system-x86","unseen":false}        the first VM
 *   {"vm":1,"slot":0,"flags":0,"gpa":0,"size":655360,"host":…,"private":false,"answer":0}
 *   {"vm":1,"own":"tss","gpa":4294737920,"answer":0}                     or "identity", "apic"
 *   {"vm":1,"unread":true,"answer":14}
 *
 * `slot` and `flags` are KVM's, `answer` is 0 or errno; `unread` is a change that could not be read. Whether all was written, ferror(to) says. */
void metes_trace_limits(FILE *to, const struct metes_audit_limits *limits);
void metes_trace_change(FILE *to, const struct metes_change *c);

/* Reads a whole trace and audits it: *a comes with `to` and `json`, and gets its limits here. On false,
 * detail says what is wrong, and in which line. */
bool metes_trace_audit(const char *text, size_t length, struct metes_audit *a, char *detail, size_t n);

#endif
