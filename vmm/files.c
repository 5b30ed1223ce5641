/* SPDX-License-Identifier: Apache-2.0
 * Files in a guest's memory: core finds their place, KVM gets a slot for each, the guest's table names them. */
#include "files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "host_pages.h"
#include "sandbox_parts.h"
#include "sys.h"

#define TABLE_SIZE (METES_PEB_HEADER_SIZE + METES_MAX_FILE_MAPPINGS * METES_FILE_MAPPING_SIZE)

/* PEB and table as the guest is to see them, at the start of `page`. */
static enum metes_status write_table(const struct metes_layout *l, const struct metes_files *files,
                                     uint8_t page[TABLE_SIZE], struct metes_error *err)
{
  const struct metes_peb peb = metes_peb_of(l);
  struct metes_layout here = *l;
  enum metes_status s = METES_OK;

  here.peb_offset = 0;
  memset(page, 0, TABLE_SIZE);
  metes_peb_encode(&peb, l->options, page);
  for (uint32_t i = 0; files != NULL && i < files->n && s == METES_OK; i++)
    s = metes_file_mapping_add(&here, page, TABLE_SIZE, files->all[i].entry, err);
  return s;
}

int metes_files_tell(const struct metes_guest_memory *g, const struct metes_files *files, struct metes_failure *f)
{
  const struct metes_mapping own = metes_peb_mapping(&g->layout, 0);
  const struct metes_memory door = metes_guest_door(g);
  uint8_t page[TABLE_SIZE];
  struct metes_error err;
  enum metes_status s = write_table(&g->layout, files, page, &err);
  if (s == METES_OK)
    s = metes_gpa_write(&door, own.gpa, page, TABLE_SIZE, &err);
  return s == METES_OK ? 0 : metes_fail_core(f, "the table of file mappings", s, &err, NULL);
}

/* The host writes there, behind KVM's back. */
int metes_sandbox_tell_files(struct metes_sandbox *s, struct metes_failure *f)
{
  const struct metes_mapping own = metes_peb_mapping(&s->guest->layout, 0);

  if ((s->guest->layout.options & METES_OPT_FILE_MAPPINGS) == 0)
    return 0;

  metes_sandbox_wrote(s, metes_gpa_resolve(&s->guest->layout, own.gpa, TABLE_SIZE).offset, TABLE_SIZE);
  return metes_files_tell(s->guest, &s->files, f);
}

/* Would the table take it? By label, room and size it is refused before anything is made. */
static int try_table(const struct metes_sandbox *s, const struct metes_file *x, struct metes_failure *f)
{
  struct metes_files with = s->files;
  uint8_t page[TABLE_SIZE];
  struct metes_error err = {.requested = METES_MAX_FILE_MAPPINGS + 1, .limit = METES_MAX_FILE_MAPPINGS};
  enum metes_status status = METES_E_MAPPING_FULL;

  if (with.n < METES_MAX_FILE_MAPPINGS) {
    with.all[with.n++] = *x;
    status = write_table(&s->guest->layout, &with, page, &err);
  }
  return status == METES_OK ? 0 : metes_fail_core(f, "file mapping", status, &err, NULL);
}

static struct metes_file *find(struct metes_files *files, const char *label)
{
  for (uint32_t i = 0; i < files->n; i++)
    if (strcmp((const char *)files->all[i].entry.label, label) == 0)
      return &files->all[i];
  return NULL;
}

/* A label for people and for C: without its NUL where it is too long, which core refuses. */
static int put_label(struct metes_sandbox *s, struct metes_file *x, const char *label, struct metes_failure *f)
{
  const size_t n = strlen(label);

  for (const char *c = label; *c != '\0'; c++)
    if (*c < 0x21 || *c > 0x7e)
      return metes_fail(f, METES_EXIT_REFUSED, "file mapping: byte %zu of the label is not one of 0x21 to 0x7e",
                        (size_t)(c - label));
  memcpy(x->entry.label, label, n < METES_LABEL_SIZE ? n + 1 : METES_LABEL_SIZE);
  if (find(&s->files, label) != NULL)
    return metes_fail(f, METES_EXIT_REFUSED, "file mapping: there is one with the label %s", label);
  return 0;
}

int metes_file_size(int fd, const char *name, uint64_t *size, struct metes_failure *f)
{
  struct stat s;

  if (metes_sys.fstat(fd, &s) != 0)
    return metes_fail_call(f, "fstat of %s", name);
  if (!S_ISREG(s.st_mode))
    return metes_fail(f, METES_EXIT_REFUSED, "%s: only a regular file can be mapped", name);
  if (s.st_size <= 0)
    return metes_fail(f, METES_EXIT_REFUSED, "%s: an empty file cannot be mapped", name);
  *size = metes_align_up((uint64_t)s.st_size, METES_PAGE_SIZE);
  return 0;
}

/* The slots of the VM as they are: KVM has them. */
static enum metes_status plan_of(struct metes_sandbox *s, const struct metes_limits *limits, struct metes_error *err)
{
  const struct metes_guest_memory *g = s->guest;

  if (s->files.n > 0)
    return METES_OK;
  return metes_plan_layout(&g->layout, (uintptr_t)g->snapshot, (uintptr_t)g->scratch, limits, s->files.plan, err);
}

static int place(struct metes_sandbox *s, struct metes_file *x, uint64_t size, struct metes_failure *f)
{
  const struct metes_limits limits = metes_kvm_limits(s->kvm, &s->guest->profile);
  struct metes_error err;
  enum metes_status status = plan_of(s, &limits, &err);

  if (status == METES_OK)
    status = metes_file_place(&s->guest->layout, s->files.plan, 2 + s->files.n, &limits, size, &x->place, &err);
  if (status != METES_OK)
    return metes_fail_core(f, "file mapping", status, &err, NULL);
  x->entry.gva = x->place.gva;
  x->entry.size = size;
  return 0;
}

/* Its slot, in the plan and in KVM. */
static int add_slot(struct metes_sandbox *s, struct metes_file *x, struct metes_failure *f)
{
  const struct metes_limits limits = metes_kvm_limits(s->kvm, &s->guest->profile);
  const uint32_t n = 2 + s->files.n;
  struct metes_extra extra = {.start = x->place.gpa,
                              .end = metes_sat_add(x->place.gpa, x->entry.size),
                              .host = (uintptr_t)x->pages,
                              .host_size = x->entry.size,
                              .slot = metes_plan_free_slot(s->files.plan, n, limits.max_slots),
                              .flags = METES_SLOT_READONLY};
  const struct metes_subject subject = {.slots = s->files.plan, .n_slots = n, .extra = &extra};
  struct metes_error err;
  const enum metes_status status = metes_plan_add(s->files.plan, n, &extra, &limits, &err);

  if (status != METES_OK)
    return metes_fail_core(f, "file mapping", status, &err, &subject);
  x->slot = extra.slot;
  return metes_vm_set_slot(&s->vm, &s->files.plan[n], f);
}

static int make(struct metes_sandbox *s, struct metes_file *x, int fd, uint64_t size, struct metes_failure *f)
{
  int status = try_table(s, x, f);

  if (status != 0)
    return status;
  x->pages = metes_host_pages_copy_of(fd, size, "a file mapping", f);
  if (x->pages == NULL)
    return f->status;
  if ((status = metes_host_pages_seal(x->pages, size, "a file mapping", f)) == 0 &&
      (status = add_slot(s, x, f)) == 0) {
    s->files.all[s->files.n++] = *x;
    return metes_sandbox_tell_files(s, f);
  }
  metes_host_pages_release(x->pages, size);
  return status;
}

int metes_sandbox_map(struct metes_sandbox *s, int fd, const char *label, struct metes_failure *f)
{
  struct metes_file x = {.slot = 0};
  uint64_t size = 0;
  int status = metes_calls_may_enter(s, f);

  if (status != 0 || (status = put_label(s, &x, label, f)) != 0)
    return status;
  if (s->vm.fd < 0)
    return metes_fail(f, METES_EXIT_REFUSED, "file mapping: the guest has no VM yet");
  if ((status = metes_file_size(fd, label, &size, f)) != 0 || (status = place(s, &x, size, f)) != 0)
    return status;
  return make(s, &x, fd, size, f);
}

/* Out of the guest's reach first, then out of the plan and of the table. */
static int take_away(struct metes_sandbox *s, struct metes_file *x, struct metes_failure *f)
{
  const struct metes_limits limits = metes_kvm_limits(s->kvm, &s->guest->profile);
  const struct metes_memslot gone = {.slot = x->slot, .flags = METES_SLOT_READONLY, .gpa = x->place.gpa};
  struct metes_error err;
  enum metes_status status;

  if (metes_vm_set_slot(&s->vm, &gone, f) != 0)
    return f->status;
  status = metes_plan_remove(s->files.plan, 2 + s->files.n, x->slot, &limits, &err);
  if (status != METES_OK)
    return metes_fail_core(f, "file mapping", status, &err, NULL);
  metes_host_pages_release(x->pages, x->entry.size);
  *x = s->files.all[--s->files.n];
  return metes_sandbox_tell_files(s, f);
}

int metes_sandbox_unmap(struct metes_sandbox *s, const char *label, struct metes_failure *f)
{
  struct metes_file *const x = find(&s->files, label);
  const int status = metes_calls_may_enter(s, f);

  if (status != 0)
    return status;
  if (x == NULL)
    return metes_fail(f, METES_EXIT_REFUSED, "file mapping: there is none with the label %s", label);
  return take_away(s, x, f);
}

static bool within(uint64_t address, uint64_t start, uint64_t size)
{
  return address >= start && address < metes_sat_add(start, size);
}

const struct metes_file *metes_file_of_gva(const struct metes_files *files, uint64_t gva)
{
  for (uint32_t i = 0; files != NULL && i < files->n; i++)
    if (within(gva, files->all[i].place.gva, files->all[i].entry.size))
      return &files->all[i];
  return NULL;
}

const struct metes_file *metes_file_of_gpa(const struct metes_files *files, uint64_t gpa)
{
  for (uint32_t i = 0; files != NULL && i < files->n; i++)
    if (within(gpa, files->all[i].place.gpa, files->all[i].entry.size))
      return &files->all[i];
  return NULL;
}

void metes_files_free(struct metes_files *files)
{
  for (uint32_t i = 0; i < files->n; i++)
    metes_host_pages_release(files->all[i].pages, files->all[i].entry.size);
  files->n = 0;
}
