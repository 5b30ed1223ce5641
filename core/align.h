/* SPDX-License-Identifier: Apache-2.0
 * Alignments, for the proofs that need to know of them: lemmas alone, kept out of all others. Internal to core. */
#ifndef METES_ALIGN_H
#define METES_ALIGN_H

#include "page.h"

#include "../spec/align.acsl"

#endif
