/* SPDX-License-Identifier: Apache-2.0
 * Where an address of a guest belongs, and what the guest may do there, in words. */
#include "files.h"
#include "guest_report.h"

static const char *const names[] = {
  [METES_PLACE_NONE] = "nothing",
  [METES_PLACE_NULL_GUARD] = "null guard",
  [METES_PLACE_CODE] = "code",
  [METES_PLACE_PEB] = "PEB",
  [METES_PLACE_HEAP] = "heap",
  [METES_PLACE_INIT_DATA] = "init data",
  [METES_PLACE_SNAPSHOT_PT] = "page tables of the snapshot",
  [METES_PLACE_INPUT] = "input buffer",
  [METES_PLACE_OUTPUT] = "output buffer",
  [METES_PLACE_SCRATCH_PT] = "page tables in scratch",
  [METES_PLACE_FREE] = "free part of scratch",
};

const char *metes_place_name(enum metes_place place)
{
  return names[place];
}

static void rwx(uint32_t permissions, char text[4])
{
  text[0] = permissions & METES_READ ? 'r' : '-';
  text[1] = permissions & METES_WRITE ? 'w' : '-';
  text[2] = permissions & METES_EXECUTE ? 'x' : '-';
  text[3] = '\0';
}

struct metes_walk metes_walk_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva)
{
  const struct metes_memory door = metes_guest_door(g);

  return metes_gva_walk(&door, cr3, gva);
}

/* Copy-on-write counts as writable: the guest may write there, and its fault handler copies. */
uint32_t metes_permissions_of(const struct metes_walk *w)
{
  const uint32_t copied = w->flags & METES_COPY_ON_WRITE ? METES_WRITE : 0;

  return (w->flags & (METES_READ | METES_WRITE | METES_EXECUTE)) | copied;
}

/* Why nothing is mapped there, where it is not simply so. */
static const char *lack(enum metes_status s)
{
  switch (s) {
  case METES_E_MAP_GVA: return "not canonical";
  case METES_E_WALK_LINK: return "a page table of it is out of scratch";
  case METES_E_WALK_LARGE: return "mapped by a page of 1 GiB";
  case METES_E_WALK_RESERVED: return "mapped with reserved bits";
  default: return "not mapped";
  }
}

/* The guest's own entry says more than the region: each segment has its permissions. */
void metes_words_of_gva(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, char *text,
                        size_t n)
{
  const enum metes_place place = metes_place_of_gva(&g->layout, gva);
  const struct metes_walk w = metes_walk_at(g, cr3, gva);
  const struct metes_file *const x = metes_file_of_gva(g->files, gva);
  char letters[4];
  const char *const may = w.status == METES_OK ? letters : lack(w.status);

  rwx(metes_permissions_of(&w), letters);
  if (x != NULL)
    snprintf(text, n, "in its file '%s' (%s)", (const char *)x->entry.label, may);
  else if (place == METES_PLACE_NONE)
    snprintf(text, n, "outside of all its memory (%s)", may);
  else
    snprintf(text, n, "in its %s (%s)", names[place], may);
}

void metes_words_of_gpa(const struct metes_guest_memory *g, uint64_t gpa, char *text, size_t n)
{
  const struct metes_span s = metes_gpa_resolve(&g->layout, gpa, 1);
  const struct metes_file *const x = metes_file_of_gpa(g->files, gpa);
  char letters[4];

  rwx(s.flags, letters);
  if (x != NULL)
    snprintf(text, n, "in its file '%s', in a read-only slot of its own", (const char *)x->entry.label);
  else if (s.status != METES_OK)
    snprintf(text, n, "in %s, where no slot is",
             metes_place_of_gpa(&g->layout, gpa) == METES_PLACE_NONE ? "no part of its memory" : "its null guard");
  else if (s.place < METES_PLACE_SNAPSHOT_PT)
    snprintf(text, n, "in its %s (%s), in the read-only slot of the snapshot", names[s.place], letters);
  else
    snprintf(text, n, "in its %s, in the %s", names[s.place],
             s.place == METES_PLACE_SNAPSHOT_PT ? "read-only slot of the snapshot"
                                                : "writable slot of scratch");
}

size_t metes_code_at(const struct metes_guest_memory *g, uint64_t cr3, uint64_t gva, uint8_t *code,
                     size_t n)
{
  const struct metes_memory door = metes_guest_door(g);
  struct metes_error err;
  uint64_t done;

  (void)metes_gva_read(&door, cr3, gva, code, n, &done, &err); /* fewer bytes are an answer, too */
  return (size_t)done;
}
