/* SPDX-License-Identifier: Apache-2.0
 * The maps of an audit as a picture: SVG. */
#ifndef METES_AUDIT_DRAW_H
#define METES_AUDIT_DRAW_H

#include "audit.h"

/* Draws all VMs to a file, whole or not at all; "-" is standard output. Returns 0 or the exit status, with the
 * reason said. */
int metes_audit_draw(const char *path, const struct metes_audit *a);

#endif
