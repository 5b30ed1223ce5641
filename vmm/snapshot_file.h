/* SPDX-License-Identifier: Apache-2.0
 * Snapshots in files: the format, for what writes it and what reads it.
 *
 *   | core's record (core/snapshot.h) | block | block | … | end |
 *
 * A block is five words and a body:
 *
 *   kind | first | length of the body | checksum of the body | checksum of these words
 *
 * where the last is computed with that of the block before in its own place (the first with that of the
 * record's bytes): a block that is lost, doubled or moved breaks the chain. All little-endian, which is
 * the only order of processors with this KVM. The checksum is core/checksum.h's: it finds accidents.
 * Nothing rests on it: sizes are those of the layout that core computes anew from the record. */
#ifndef METES_SNAPSHOT_FILE_H
#define METES_SNAPSHOT_FILE_H

#include <stdint.h>

enum metes_block_kind {
  METES_BLOCK_PROCESSOR = 1, /* first: METES_PROCESSOR_VERSION; a struct metes_cpu_state. Once, the first */
  METES_BLOCK_SNAPSHOT = 2,  /* first: a page of slot 0; that page and those behind it, as many as there are */
  METES_BLOCK_SCRATCH = 3,   /* the same of scratch. Blocks come in order; what none holds is zero */
  METES_BLOCK_END = 4,       /* first: how many blocks came before. No body; nothing follows */
};

#define METES_PROCESSOR_VERSION 1u

struct metes_block {
  uint64_t kind;
  uint64_t first;
  uint64_t length;
  uint64_t body;
  uint64_t chain;
};

#endif
