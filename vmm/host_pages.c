/* SPDX-License-Identifier: Apache-2.0
 * Pages with a head: | head | fault | … the pages … | fault |. */
#include "host_pages.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sys.h"

#define HEAD METES_HOST_HEAD
#define TAIL METES_PAGE_SIZE

/* Of pages that have many users, the first page of their head; of others it faults like the second. */
struct head {
  atomic_uint users;
};

static struct head *head_of(const uint8_t *pages)
{
  return (struct head *)(uintptr_t)(pages - HEAD);
}

static uint8_t *failed(const char *call, uint8_t *all, uint64_t size, const char *what,
                       struct metes_failure *f)
{
  metes_fail_call(f, "%s of %llu bytes for %s", call, (unsigned long long)size, what);
  if (all != MAP_FAILED)
    metes_sys.munmap(all, size + HEAD + TAIL);
  return NULL;
}

/* Room for all of it, with a head; all of it still faults. */
static uint8_t *reserve(uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const all = metes_sys.mmap(NULL, size + HEAD + TAIL, PROT_NONE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return all == MAP_FAILED ? failed("mmap", all, size, what, f) : all;
}

uint8_t *metes_host_pages_make(uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const all = reserve(size, what, f);

  if (all == NULL)
    return NULL;
  if (metes_sys.mprotect(all + HEAD, size, PROT_READ | PROT_WRITE) != 0)
    return failed("mprotect", all, size, what, f);
  return all + HEAD;
}

uint8_t *metes_host_pages_copy_of(int fd, uint64_t size, const char *what, struct metes_failure *f)
{
  const int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
  uint8_t *const all = reserve(size, what, f);

  if (all == NULL)
    return NULL;
  if (metes_sys.mmap(all + HEAD, size, PROT_READ | PROT_WRITE, flags, fd, 0) == MAP_FAILED)
    return failed("mmap", all, size, what, f);
  return all + HEAD;
}

uint8_t *metes_host_pages_copy_of_all(int fd, uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const all =
    metes_sys.mmap(NULL, size + HEAD + TAIL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);

  if (all == MAP_FAILED)
    return failed("mmap", all, size, what, f);
  if (metes_sys.mprotect(all, HEAD, PROT_NONE) != 0)
    return failed("mprotect", all, size, what, f);
  return all + HEAD;
}

static void give_back(const uint8_t *pages, uint64_t size)
{
  metes_sys.munmap(head_of(pages), size + HEAD + TAIL);
}

void metes_host_pages_release(const uint8_t *pages, uint64_t size)
{
  if (pages != NULL)
    give_back(pages, size);
}

const uint8_t *metes_host_pages_share(const uint8_t *pages)
{
  atomic_fetch_add_explicit(&head_of(pages)->users, 1, memory_order_relaxed);
  return pages;
}

void metes_host_pages_unshare(const uint8_t *pages, uint64_t size)
{
  if (pages != NULL &&
      atomic_fetch_sub_explicit(&head_of(pages)->users, 1, memory_order_acq_rel) == 1)
    give_back(pages, size);
}

static int protect(const void *pages, uint64_t size, int protection, const char *what,
                   struct metes_failure *f)
{
  if (metes_sys.mprotect((void *)(uintptr_t)pages, size, protection) == 0)
    return 0;
  return metes_fail_call(f, "mprotect of %llu bytes for %s", (unsigned long long)size, what);
}

int metes_host_pages_seal(const uint8_t *pages, uint64_t size, const char *what, struct metes_failure *f)
{
  return protect(pages, size, PROT_READ, what, f);
}

int metes_host_pages_count(const uint8_t *pages, const char *what, struct metes_failure *f)
{
  struct head *const head = head_of(pages);
  const int status = protect(head, METES_PAGE_SIZE, PROT_READ | PROT_WRITE, what, f);

  if (status == 0)
    atomic_init(&head->users, 1);
  return status;
}

uint8_t *metes_host_pages_make_shared(uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const pages = metes_host_pages_make(size, what, f);

  if (pages == NULL || metes_host_pages_count(pages, what, f) == 0)
    return pages;
  give_back(pages, size);
  return NULL;
}

void *metes_host_memory_make(uint64_t size, const char *what, struct metes_failure *f)
{
  void *const all = metes_sys.mmap(NULL, size, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (all != MAP_FAILED)
    return all;
  metes_fail_call(f, "mmap of %llu bytes for %s", (unsigned long long)size, what);
  return NULL;
}

void metes_host_memory_release(void *memory, uint64_t size)
{
  if (memory != NULL)
    metes_sys.munmap(memory, size);
}
