/* SPDX-License-Identifier: Apache-2.0
 * Files of the host: found in the table behind the PEB, mapped page by page when they are touched. */
#include "kit.h"

#include "core/filemap.h"

#define PAGE 4096ull
#define WRITABLE 2ull

/* As it lies in memory: struct metes_file_mapping. */
static const struct metes_file_mapping *table(size_t *n)
{
  const struct metes_peb *const peb = kit_state()->guest.peb;

  *n = 0;
  if ((*metes_page_entry((uint64_t)peb) & WRITABLE) == 0) /* only with file mappings it is the guest's own */
    return NULL;
  *n = peb->file_mapping_count <= METES_MAX_FILE_MAPPINGS ? peb->file_mapping_count : 0;
  return (const struct metes_file_mapping *)peb->file_mappings_gva;
}

/* Files lie as far from the image as they do in guest-physical space (FM-13). */
bool kit_map_file(uint64_t gva)
{
  extern const char kit_image[];
  const uint64_t *const first = metes_page_entry((uint64_t)kit_image);
  const uint64_t image_gpa = *first & 0x000ffffffffff000ull;
  size_t n;
  const struct metes_file_mapping *const files = table(&n);

  for (size_t i = 0; i < n; i++)
    if (gva >= files[i].gva && gva - files[i].gva < files[i].size) {
      kit_map_page(gva, image_gpa + (gva - (uint64_t)kit_image));
      return true;
    }
  return false;
}

static bool same(const uint8_t *label, const char *other)
{
  size_t i = 0;

  while (i < METES_LABEL_SIZE && label[i] != 0 && label[i] == (uint8_t)other[i])
    i++;
  return i < METES_LABEL_SIZE && label[i] == (uint8_t)other[i];
}

uint8_t *metes_file(const char *label, size_t *size)
{
  size_t n;
  const struct metes_file_mapping *const files = table(&n);

  for (size_t i = 0; i < n; i++)
    if (same(files[i].label, label)) {
      kit_forget(files[i].gva, files[i].size);
      *size = files[i].size;
      return (uint8_t *)files[i].gva;
    }
  return NULL;
}

const char *metes_file_label(size_t i)
{
  size_t n;
  const struct metes_file_mapping *const files = table(&n);

  return i < n ? (const char *)files[i].label : NULL;
}
