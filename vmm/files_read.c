/* SPDX-License-Identifier: Apache-2.0
 * What a guest sees in its files, too: core's door, with a file in the snapshot's place. */
#include <setjmp.h>
#include <signal.h>

#include "core/page.h"
#include "files.h"
#include "sys.h"

/* Where the reading of a file goes on, when it was cut short and has no such page any more. */
static _Thread_local sigjmp_buf out;
static _Thread_local volatile sig_atomic_t reading;

static void on_bus(int number)
{
  const struct sigaction usual = {.sa_handler = SIG_DFL};

  if (reading)
    siglongjmp(out, 1);
  (void)metes_sys.sigaction(number, &usual, NULL); /* somebody else's: it ends the process, as ever */
}

int metes_files_guard(struct metes_failure *f)
{
  const struct sigaction action = {.sa_handler = on_bus, .sa_flags = SA_NODEFER};

  return metes_sys.sigaction(SIGBUS, &action, NULL) == 0 ? 0 : metes_fail_call(f, "sigaction of SIGBUS");
}

/* A layout of which all below scratch is this file. */
static struct metes_memory door_of(const struct metes_guest_memory *g, const struct metes_file *x)
{
  struct metes_layout l = g->layout;

  l.snapshot_gpa = x->place.gpa;
  l.peb_offset = l.heap_offset = l.init_data_offset = l.memory_size = l.snapshot_size = x->entry.size;
  return (struct metes_memory){.layout = l, .snapshot = x->pages, .scratch = g->scratch};
}

static uint64_t read_by(const struct metes_memory *door, uint64_t cr3, uint64_t gva, uint8_t *to, uint64_t n)
{
  struct metes_error err;
  uint64_t done = 0;

  (void)metes_gva_read(door, cr3, gva, to, n, &done, &err); /* fewer bytes are an answer, too */
  return done;
}

/* No system call: the mask of signals stays as it is. */
static uint64_t read_file(const struct metes_guest_memory *g, const struct metes_file *x, uint64_t cr3, uint64_t gva,
                          uint8_t *to, uint64_t n)
{
  const struct metes_memory door = door_of(g, x);
  volatile uint64_t done = 0;

  reading = 1;
  if (sigsetjmp(out, 0) == 0)
    done = read_by(&door, cr3, gva, to, n);
  reading = 0;
  return done;
}

/* What comes next at `gva`, from whichever memory it is. */
static uint64_t read_next(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, uint8_t *to, uint64_t n)
{
  const struct metes_memory door = metes_guest_door(g);
  const struct metes_walk w = metes_gva_walk(&door, cr3, gva);
  const struct metes_file *const x = w.status == METES_OK ? metes_file_of_gpa(g->files, w.gpa) : NULL;

  return x == NULL ? read_by(&door, cr3, gva, to, n) : read_file(g, x, cr3, gva, to, n);
}

uint64_t metes_guest_seen(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, uint8_t *to, uint64_t n)
{
  uint64_t done = 0, some = 1;

  while (done < n && some > 0) {
    some = read_next(g, cr3, metes_sat_add(gva, done), to + done, n - done);
    done += some;
  }
  return done;
}
