/* SPDX-License-Identifier: Apache-2.0
 * Files that are found, read, written by the guest alone, and gone; with snapshots; again and again. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "maps.h"
#include "vmm/guest_report.h"

#define NONE "there is no such file"

/* Before the first run and after it; the file itself stays as it is. */
static void found(struct fixture *x)
{
  const int fd = file_of(FIRST);
  struct trial t;

  begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
  check(metes_sandbox_map(t.s, fd, "one", &t.f) == 0 && ready(&t) && says(&t, "head", "one", "first line"),
        "a file that was mapped before the first run is read");
  check(map(&t, "other\n", "two") && says(&t, "head", "two", "other") && says(&t, "head", "one", "first line"),
        "so is one that is mapped later, beside it");
  check(says(&t, "scribble", "one", "#i $") && says(&t, "scribble", "two", "#t $"), "the guest writes to them");
  check(says(&t, "head", "one", "first line") && holds(fd, FIRST), "and the file has not changed");
  check(map(&t, "third\n", "three") && unmap(&t, "one") && says(&t, "head", "one", NONE), "one is taken away");
  check(says(&t, "head", "two", "other") && says(&t, "head", "three", "third"), "the others stay");
  check(map(&t, "anew\n", "one") && says(&t, "head", "one", "anew"), "its label and its place are used again");
  close(fd);
  metes_sandbox_close(t.s);
}

/* What does not fill its last page: zeroes follow. */
static void sizes(struct fixture *x)
{
  static const struct {
    int size;
    const char *sum;
  } all[] = {{1, "1 in 4096 bytes"}, {4096, "4096 in 4096 bytes"}, {4097, "4097 in 8192 bytes"},
             {1000000, "1000000 in 1003520 bytes"}};

  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
    char *const text = malloc((size_t)all[i].size + 1);
    struct trial t;

    memset(text, 1, (size_t)all[i].size);
    text[all[i].size] = '\0';
    begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
    check(map(&t, text, "x") && ready(&t) && says(&t, "sum", "x", all[i].sum), "a file of %d bytes", all[i].size);
    metes_sandbox_close(t.s);
    free(text);
  }
}

/* Every place of the table, in each profile. */
static void all_places(struct fixture *x)
{
  for (int p = METES_PROFILE_HYPERLIGHT; p <= METES_PROFILE_I686; p++) {
    struct metes_guest_args args = args_of(x->files, METES_OPT_FILE_MAPPINGS);
    struct trial t = {.s = NULL};
    struct metes_error err;
    bool good;

    t.answer = (struct metes_answer){.at = t.room, .room = sizeof t.room};
    good = metes_profile_builtin((enum metes_profile_id)p, &args.profile, &err) == METES_OK &&
           metes_sandbox_create(&x->kvm, &args, &t.s, &t.f) == 0;
    for (char label[] = "A", text[] = "text A\n"; good && label[0] < 'A' + 32; label[0]++, text[5]++)
      good = map(&t, text, label);
    good = good && ready(&t);
    for (char label[] = "A", text[] = "text A"; good && label[0] < 'A' + 32; label[0]++, text[5]++)
      good = says(&t, "head", label, text);
    check(good, "32 files in profile %d: %s", p, t.f.text);
    metes_sandbox_close(t.s);
  }
}

/* Reports name the file. */
static void words(struct fixture *x)
{
  const struct metes_guest_memory *g;
  char gva[128], gpa[128];
  struct trial t;
  uint64_t at;

  begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
  g = metes_sandbox_memory(t.s);
  check(map(&t, FIRST, "one") && ready(&t) && says(&t, "head", "one", "first line"), "a file");
  at = g->layout.snapshot_gva + g->layout.snapshot_size + 2 * METES_PAGE_SIZE - 1; /* the first page's last byte */
  metes_words_of_gva(g, g->entry.cr3, at, gva, sizeof gva);
  metes_words_of_gpa(g, g->layout.snapshot_gpa + (at - g->layout.snapshot_gva), gpa, sizeof gpa);
  check(strcmp(gva, "in its file 'one' (rw-)") == 0 && strstr(gpa, "in its file 'one', in a read-only slot") != NULL,
        "it is named by its label: %s; %s", gva, gpa);
  metes_words_of_gva(g, g->entry.cr3, at + 1, gva, sizeof gva);
  check(strstr(gva, "outside of all its memory") != NULL, "behind it is nothing: %s", gva);
  metes_sandbox_close(t.s);
}

/* A mapping is the sandbox's: a restore leaves it, and nobody inherits it. */
static void snapshots(struct fixture *x)
{
  struct metes_vm_snapshot *with = NULL, *loaded = NULL;
  const int fd = memfd_create("saved", MFD_CLOEXEC);
  struct trial t, other = {.s = NULL};

  other.answer = (struct metes_answer){.at = other.room, .room = sizeof other.room};
  begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
  check(map(&t, FIRST, "one") && ready(&t) && metes_sandbox_take(t.s, &with, &t.f) == 0, "a snapshot with a file");
  check(unmap(&t, "one") && map(&t, "two\n", "two") && metes_sandbox_restore(t.s, with, &t.f) == 0 &&
          says(&t, "head", "one", NONE) && says(&t, "head", "two", "two"), "a restore leaves the files as they are");
  check(metes_sandbox_restore(t.s, with, &t.f) == 0 && says(&t, "head", "two", "two"), "and so does the next");
  check(metes_sandbox_start(&x->kvm, with, &other.s, &other.f) == 0 && says(&other, "head", "one", NONE),
        "a guest that is started from it has none");
  check(map(&other, "its own\n", "two") && says(&other, "head", "two", "its own") && says(&t, "head", "two", "two"),
        "but may get one of its own");
  check(metes_sandbox_renew(other.s, with, &other.f) == 0 && says(&other, "head", "two", NONE) &&
          map(&other, "again\n", "two") && says(&other, "head", "two", "again"), "renewed, it has none again, and room for one");
  metes_sandbox_close(other.s);
  other.s = NULL;
  check(metes_snapshot_save(with, fd, &t.f) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
          metes_snapshot_load(fd, "saved", &loaded, &t.f) == 0 &&
          metes_sandbox_start(&x->kvm, loaded, &other.s, &other.f) == 0 && says(&other, "head", "one", NONE) &&
          map(&other, FIRST, "one") && says(&other, "head", "one", "first line"), "so with one from a file");
  metes_sandbox_close(other.s);
  metes_sandbox_close(t.s);
  metes_snapshot_free(with);
  metes_snapshot_free(loaded);
  close(fd);
}

static unsigned lines_of(const char *path)
{
  FILE *const file = fopen(path, "r");
  unsigned n = 0;

  for (int c; file != NULL && (c = getc(file)) != EOF;)
    n += c == '\n';
  if (file != NULL)
    fclose(file);
  return n;
}

static unsigned descriptors(void)
{
  DIR *const folder = opendir("/proc/self/fd");
  unsigned n = 0;

  while (folder != NULL && readdir(folder) != NULL)
    n++;
  closedir(folder);
  return n;
}

/* Neither of the host nor, page by page, of the guest. */
static void nothing_leaks(struct fixture *x)
{
  unsigned maps, fds, rounds = 0;
  struct trial t;

  begin(x, &t, x->files, METES_OPT_FILE_MAPPINGS);
  check(ready(&t) && map(&t, FIRST, "one") && says(&t, "scribble", "one", "#i $") && unmap(&t, "one"), "once");
  maps = lines_of("/proc/self/maps");
  fds = descriptors();
  for (; rounds < x->rounds; rounds++)
    if (!map(&t, FIRST, "one") || !says(&t, "scribble", "one", "#i $") || !unmap(&t, "one"))
      break;
  check(rounds == x->rounds, "%u times mapped, written and taken away %s", rounds, t.f.text);
  check(lines_of("/proc/self/maps") == maps && descriptors() == fds, "nothing leaks: %u of %u mappings, %u of %u descriptors",
        lines_of("/proc/self/maps"), maps, descriptors(), fds);
  metes_sandbox_close(t.s);
}

void good_maps(struct fixture *x)
{
  found(x);
  sizes(x);
  all_places(x);
  words(x);
  snapshots(x);
  nothing_leaks(x);
}
