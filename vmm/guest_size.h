/* SPDX-License-Identifier: Apache-2.0
 * How much code an ELF image needs. */
#ifndef METES_GUEST_SIZE_H
#define METES_GUEST_SIZE_H

#include "core/profile.h"

/* Sets *code_size for the image in file `path`. Returns the exit status, 0 if all is
 * well; a refusal has been said on stderr. */
int metes_guest_size(const char *path, const struct metes_profile *p, uint64_t *code_size);

#endif
