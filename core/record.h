/* SPDX-License-Identifier: Apache-2.0
 * The record of a snapshot as bytes: whole or not, what it says, writing it. Internal to core. */
#ifndef METES_RECORD_H
#define METES_RECORD_H

#include "snapshot.h"
#include "verdict.h"

/* SNAP-6. */
/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result == RecordSum(m);
  @*/
uint64_t metes_record_checksum(const uint8_t *m);

/* SNAP-2 to SNAP-7. */
/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures ok: \result.status == METES_OK <==> RecordWhole(m, len);
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_SNAPSHOT_SHORT <= \result.status <= METES_E_SNAPSHOT_FIELD;
  @ ensures says: RecordSays(m, len, \result.status);
  @ ensures points: RecordPoints(m, len, \result.status, \result.requested, \result.limit);
  @ ensures whole: \result.index == 0;
  @*/
struct metes_verdict metes_record_check(const uint8_t *m, uint64_t len);

/* What a whole record says; ranges that are not in use are 0. */
/*@ requires \valid_read(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ requires WordsFit(m, METES_SNAP_WORDS);
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures RecordIs(m, \result);
  @*/
struct metes_snapshot metes_record_read(const uint8_t *m);

/* Writes the record that says s. */
/*@ requires \valid(m + (0 .. METES_SNAPSHOT_BYTES - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. METES_SNAPSHOT_BYTES - 1];
  @ ensures flawless: RecordFlaw(m, METES_SNAPSHOT_BYTES) == METES_OK;
  @ ensures fit: WordsFit(m, METES_SNAP_WORDS);
  @ ensures says: RecordIs(m, s);
  @*/
void metes_record_write(struct metes_snapshot s, uint8_t *m);

#endif
