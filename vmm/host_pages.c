/* SPDX-License-Identifier: Apache-2.0
 * Pages with a head: | head | fault | … the pages … | fault |. */
#include "host_pages.h"

#include <stdatomic.h>
#include <stdbool.h>
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

static uint64_t around(uint64_t size)
{
  return HEAD + size + TAIL;
}

/* `all` has what is around it. */
static uint8_t *failed(const char *call, uint8_t *at, uint64_t all, uint64_t size, const char *what,
                       struct metes_failure *f)
{
  metes_fail_call(f, "%s of %llu bytes for %s", call, (unsigned long long)size, what);
  if (at != MAP_FAILED)
    metes_sys.munmap(at, all);
  return NULL;
}

/* Room that faults, all of it. */
static uint8_t *reserve(uint64_t all, uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const at =
    metes_sys.mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return at == MAP_FAILED ? failed("mmap", at, all, size, what, f) : at;
}

static bool open_up(uint8_t *pages, uint64_t size)
{
  return metes_sys.mprotect(pages, size, PROT_READ | PROT_WRITE) == 0;
}

uint8_t *metes_host_pages_make(uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const all = reserve(around(size), size, what, f);

  if (all == NULL)
    return NULL;
  return open_up(all + HEAD, size) ? all + HEAD : failed("mprotect", all, around(size), size, what, f);
}

/* One mapping, which is two as soon as one of them is given back. */
int metes_host_pages_make_two(struct metes_host_pages to[2], struct metes_failure *f)
{
  const uint64_t first = around(to[0].size), both = first + around(to[1].size);
  uint8_t *const all = reserve(both, to[0].size + to[1].size, "the guest's memory", f);

  if (all == NULL)
    return f->status;
  for (unsigned i = 0; i < 2; i++) {
    to[i].at = all + HEAD + (i == 0 ? 0 : first);
    if (!open_up(to[i].at, to[i].size)) {
      (void)failed("mprotect", all, both, to[i].size, to[i].what, f);
      to[0].at = to[1].at = NULL;
      return f->status;
    }
  }
  return 0;
}

uint8_t *metes_host_pages_copy_of(int fd, uint64_t size, const char *what, struct metes_failure *f)
{
  const int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
  uint8_t *const all = reserve(around(size), size, what, f);

  if (all == NULL)
    return NULL;
  if (metes_sys.mmap(all + HEAD, size, PROT_READ | PROT_WRITE, flags, fd, 0) == MAP_FAILED)
    return failed("mmap", all, around(size), size, what, f);
  return all + HEAD;
}

uint8_t *metes_host_pages_copy_of_all(int fd, uint64_t size, const char *what, struct metes_failure *f)
{
  uint8_t *const all =
    metes_sys.mmap(NULL, around(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);

  if (all == MAP_FAILED)
    return failed("mmap", all, around(size), size, what, f);
  if (metes_sys.mprotect(all, HEAD, PROT_NONE) != 0)
    return failed("mprotect", all, around(size), size, what, f);
  return all + HEAD;
}

static void give_back(const uint8_t *pages, uint64_t size)
{
  metes_sys.munmap(head_of(pages), around(size));
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
