/* SPDX-License-Identifier: Apache-2.0
 * Metes: the proven memory layout of a micro-VM. Include this one header. */
#ifndef METES_H
#define METES_H

#include "elf.h"
#include "memslot.h"
#include "pagetable.h"
#include "peb.h"
#include "place.h"
#include "region.h"
#include "scratch.h"

#endif
