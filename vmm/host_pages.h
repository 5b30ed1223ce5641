/* SPDX-License-Identifier: Apache-2.0
 * Pages of the host for a guest: zeroed, between two pages that fault, and shared where they never change. */
#ifndef METES_HOST_PAGES_H
#define METES_HOST_PAGES_H

#include <stdint.h>

#include "core/page.h"
#include "failure.h"

#define METES_HOST_HEAD (2 * METES_PAGE_SIZE)

/* Zeroed memory of `size` bytes, a page multiple, between pages that fault; `what` is for messages.
 * Null, with *f filled, where there is none; metes_host_pages_release gives it back. */
uint8_t *metes_host_pages_make(uint64_t size, const char *what, struct metes_failure *f);

/* Two of them at once, each to be given back by itself. Returns 0, or the status of *f, and then null are both. */
struct metes_host_pages {
  uint64_t size;
  const char *what;
  uint8_t *at;
};

int metes_host_pages_make_two(struct metes_host_pages to[2], struct metes_failure *f);

/* As metes_host_pages_make, of the bytes of `fd` from its start: a private copy, made page by page at the first
 * write. What is not in the file faults. */
uint8_t *metes_host_pages_copy_of(int fd, uint64_t size, const char *what, struct metes_failure *f);

/* The same for less, of a file that is made for it and can never grow: METES_HOST_HEAD bytes that nobody reads, the
 * pages, and no more. Behind its end there is nothing to map, so that an access faults (SIGBUS). */
uint8_t *metes_host_pages_copy_of_all(int fd, uint64_t size, const char *what, struct metes_failure *f);

void metes_host_pages_release(const uint8_t *pages, uint64_t size);

/* Users are counted from here on, and there is one now: metes_host_pages_share adds another,
 * metes_host_pages_unshare takes one away and, with the last, gives all back. Returns 0, or the status of *f. */
int metes_host_pages_count(const uint8_t *pages, const char *what, struct metes_failure *f);
uint8_t *metes_host_pages_make_shared(uint64_t size, const char *what, struct metes_failure *f); /* counted at once */
const uint8_t *metes_host_pages_share(const uint8_t *pages);
void metes_host_pages_unshare(const uint8_t *pages, uint64_t size);

/* No byte of it can be written from here on, by this process or through KVM. Returns 0, or the status of *f. */
int metes_host_pages_seal(const uint8_t *pages, uint64_t size, const char *what, struct metes_failure *f);

/* Zeroed memory for the monitor itself, a page multiple, with nothing around it. */
void *metes_host_memory_make(uint64_t size, const char *what, struct metes_failure *f);
void metes_host_memory_release(void *memory, uint64_t size);

#endif
