/* SPDX-License-Identifier: Apache-2.0
 * Metes: the proven memory layout of a micro-VM. Include this one header. */
#ifndef METES_H
#define METES_H

#include "memslot.h"
#include "peb.h"
#include "place.h"
#include "region.h"

#endif
