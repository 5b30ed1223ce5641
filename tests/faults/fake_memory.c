/* SPDX-License-Identifier: Apache-2.0
 * The made-up kernel's memory: real pages, so that what must fault does, and a book of them. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_parts.h"

#define PAGE 4096u
#define N_MAPS 128
#define MOST_PAGES 8192u

static struct map {
  uint64_t at, pages; /* pages 0: none */
  uint8_t protection[MOST_PAGES];
} maps[N_MAPS];

static struct map *holding(uint64_t at, uint64_t n)
{
  for (unsigned i = 0; i < N_MAPS; i++)
    if (at >= maps[i].at && n <= maps[i].pages * PAGE && at - maps[i].at <= maps[i].pages * PAGE - n)
      return &maps[i];
  return NULL;
}

static void protect(struct map *m, uint64_t at, uint64_t n, int protection)
{
  memset(m->protection + (at - m->at) / PAGE, protection, (n + PAGE - 1) / PAGE);
}

static struct map *enter(uint64_t at, size_t n)
{
  for (unsigned i = 0; i < N_MAPS; i++)
    if (maps[i].pages == 0) {
      maps[i].at = at;
      maps[i].pages = (n + PAGE - 1) / PAGE;
      return &maps[i];
    }
  return NULL;
}

void *fake_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
  const int file = flags & MAP_ANONYMOUS ? -1 : fake_real(fd);
  const int real = (flags & MAP_FIXED) | MAP_NORESERVE | (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : flags);
  struct map *m = holding((uint64_t)at, n);
  void *got;

  if (fake_fails("mmap"))
    return MAP_FAILED;
  if ((flags & MAP_FIXED) != 0 && m == NULL)
    fake_wrong("mmap over what is not this process's own");
  if ((flags & MAP_ANONYMOUS) == 0 && fake_kind(fd) == 0)
    fake_wrong("mmap of %d, which is not open", fd);
  if ((protection & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC))
    fake_wrong("mmap of pages that are writable and executable");
  errno = ENOMEM;
  if (n > (size_t)MOST_PAGES * PAGE)
    return MAP_FAILED;
  got = mmap(at, n, protection, real, file, file < 0 ? 0 : offset);
  if (got == MAP_FAILED)
    return got;
  if ((flags & MAP_FIXED) == 0)
    m = enter((uint64_t)got, n);
  if (m != NULL)
    protect(m, (uint64_t)got, n, protection);
  if ((flags & MAP_ANONYMOUS) == 0 && fake_kind(fd) == FAKE_VCPU)
    fake_kvm_mapped(got);
  return got;
}

/* All of it, or its start, or its end. */
static bool cut(struct map *m, uint64_t at, uint64_t pages)
{
  const bool first = m != NULL && m->at == at;

  if (m == NULL || (!first && at + pages * PAGE != m->at + m->pages * PAGE))
    return false;
  m->pages -= pages;
  if (first) {
    m->at += pages * PAGE;
    memmove(m->protection, m->protection + pages, m->pages);
  }
  return true;
}

/* One that cannot be given back is no leak of whoever tried. */
int fake_munmap(void *at, size_t n)
{
  const bool fails = fake_fails("munmap");

  if (!cut(holding((uint64_t)at, n), (uint64_t)at, (n + PAGE - 1) / PAGE)) {
    fake_wrong("munmap of %zu bytes that are neither a mapping nor an end of one", n);
    return 0;
  }
  munmap(at, n);
  return fails ? -1 : 0;
}

int fake_mprotect(void *at, size_t n, int protection)
{
  struct map *const m = holding((uint64_t)at, n);

  if (fake_fails("mprotect"))
    return -1;
  if (m == NULL || (protection & PROT_EXEC) != 0)
    fake_wrong("mprotect to %d of %zu bytes%s", protection, n, m == NULL ? " that are not this process's own" : "");
  if (m == NULL)
    return 0;
  protect(m, (uint64_t)at, n, protection);
  return mprotect(at, n, protection);
}

bool fake_all_have(uint64_t at, uint64_t n, int protection)
{
  const struct map *const m = holding(at, n);

  for (uint64_t i = 0; m != NULL && i < n / PAGE; i++)
    if (m->protection[(at - m->at) / PAGE + i] != protection)
      return false;
  return m != NULL;
}

void fake_memory_end(bool quiet)
{
  for (unsigned i = 0; i < N_MAPS; i++)
    if (maps[i].pages != 0) {
      if (!quiet)
        fake_wrong("leak: a mapping of %llu pages", (unsigned long long)maps[i].pages);
      munmap((void *)maps[i].at, maps[i].pages * PAGE);
      maps[i].pages = 0;
    }
}
