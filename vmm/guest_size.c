/* SPDX-License-Identifier: Apache-2.0
 * How much code an ELF image needs. */
#include <stdlib.h>

#include "cli.h"
#include "core/elf.h"
#include "describe.h"
#include "guest_size.h"

int metes_guest_size(const char *path, const struct metes_profile *p, uint64_t *code_size)
{
  struct metes_image image;
  struct metes_error e;
  enum metes_status s;
  char text[512];
  uint8_t *bytes;
  size_t n;
  const int status = metes_read_file(path, &bytes, &n);

  if (status != METES_EXIT_OK)
    return status;
  /* how large an image is does not depend on whether its code may be writable */
  s = metes_elf_parse(bytes, n, p->snapshot_gva, METES_ELF_WRITABLE_CODE, &image, &e);
  free(bytes);
  if (s != METES_OK) {
    metes_describe(s, &e, NULL, text, sizeof text);
    metes_say("%s: %s (%s)", path, text, metes_error_clause(s));
    return METES_EXIT_REFUSED;
  }
  *code_size = image.span;
  return METES_EXIT_OK;
}
