/* SPDX-License-Identifier: Apache-2.0
 * The guest kit: all that a guest in C needs. It writes `int main(const struct metes_guest *)`. */
#ifndef METES_GUEST_H
#define METES_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "core/peb.h"

/* What a guest knows of its machine. Addresses are guest-virtual unless they say gpa. */
struct metes_guest {
  const struct metes_peb *peb; /* the two last words only with file mappings */
  uint64_t seed;
  uint64_t page_size;
  uint64_t log_level;
  uint64_t entry_rsp;   /* the stack pointer at the guest's first instruction */
  uint64_t scratch_gva; /* first byte of scratch */
  uint64_t scratch_top; /* its last byte: the end itself may be 2^64 */
  uint64_t tables_gva;  /* where the page tables are seen */
  uint64_t tables_gpa;  /* where they lie */
};

/* The guest's program; what it returns is its verdict, 0 for well. */
int main(const struct metes_guest *guest);

/* Text to the monitor. metes_printf knows %s %c %d %u %lu %x %lx %p %% and a width with 0. */
void metes_print(const char *text);
__attribute__((format(printf, 1, 2))) void metes_printf(const char *format, ...);
void metes_vprintf(const char *format, __builtin_va_list values);
/* A line of the log, unless it is less serious than guest->log_level: at 0 nothing is said. */
void metes_log(enum metes_log_level level, const char *text);

/* A function of the guest for the host: reads argument[0 .. n - 1], answers (abi.h), and returns 0, or a
 * code of its own where the answer is text that says why there is no result. It may call the host. */
struct metes_function {
  const char *name; /* 1 to 64 characters of 0x21 to 0x7e */
  uint32_t (*call)(const uint8_t *argument, size_t n, struct metes_answer *answer);
};

/* Answers the host's calls from now on. The table must stay. */
_Noreturn void metes_serve(const struct metes_function *functions, size_t n);

/* Adds text to an answer. Returns `code`, so that a refusal is one line. */
__attribute__((format(printf, 3, 4))) uint32_t metes_say(struct metes_answer *answer, uint32_t code,
                                                         const char *format, ...);

/* Calls a function of the host and copies what it answers to answer->at. Returns 0; the code of the
 * error that was answered, its text being the answer; or METES_ERROR_TOO_LONG where the call does
 * not fit into the output buffer, or the answer into its room. */
uint32_t metes_call_host(const char *name, const void *argument, size_t n,
                         struct metes_answer *answer);

/* What the guest was given to begin with, taken from the input buffer into pages of scratch; null
 * where there is nothing. To be called before metes_serve, once. */
const uint8_t *metes_input(size_t *n);

/* A file that the host has mapped, by its label: whole pages, with zeroes behind the file's end. Null where
 * there is none. It may be written: what is written is the guest's alone, and gone when the file is asked for
 * anew, which is needed once the host has mapped another. A page costs none of scratch until it is written. */
uint8_t *metes_file(const char *label, size_t *size);
/* The label of file i, from 0; null behind the last. */
const char *metes_file_label(size_t i);

/* The two ways to end. */
_Noreturn void metes_halt(int verdict);
_Noreturn void metes_abort(uint8_t code, const char *message);

/* An exception that was caught. */
struct metes_fault {
  uint64_t vector;  /* 14 for a page fault */
  uint64_t code;    /* the processor's error code: 1 present, 2 write, 16 fetch */
  uint64_t address; /* cr2 */
  uint64_t rip;
};

/* Calls f(argument). False where it ended in an exception that the kit does not
 * resolve (copy-on-write is resolved and goes on); *fault then says which. Does not nest. */
bool metes_try(void (*f)(void *), void *argument, struct metes_fault *fault);

/* Pages of scratch that nobody has taken; and the next of them, mapped and zeroed, or null. */
uint64_t metes_free_pages(void);
void *metes_take_page(void);
void *metes_take(size_t size); /* as many as hold so many bytes, one behind the other */

/* The entry of a page's mapping, or null where no table leads to it. */
uint64_t *metes_page_entry(uint64_t gva);

#endif
