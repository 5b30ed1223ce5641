/* SPDX-License-Identifier: Apache-2.0
 * Messages: each number of the other side's is read once, checked, and only then used. */
#include "message.h"
#include "bytes.h"
#include "verdict.h"

/* MSG-4 to MSG-6: do the numbers of a header go together, where `room` bytes follow it? */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_MESSAGE_KIND <= \result.status <= METES_E_MESSAGE_NAME;
  @ ensures ok: \result.status == METES_OK <==> HeadSound(kind, code, n, room);
  @ ensures kind: \result.status == METES_E_MESSAGE_KIND <==> !KindKnown(kind);
  @ ensures code: \result.status == METES_E_MESSAGE_CODE <==>
  @   KindKnown(kind) && !CodeSuits(kind, code);
  @ ensures at_kind: \result.status == METES_E_MESSAGE_KIND ==> Gives(\result, 4, kind);
  @ ensures at_code: \result.status == METES_E_MESSAGE_CODE ==> Gives(\result, 8, code);
  @ ensures at_name: \result.status == METES_E_MESSAGE_NAME ==> Gives(\result, 12, n);
  @ ensures whole: \result.index == 0;
  @*/
static struct metes_verdict check_head(uint32_t kind, uint32_t code, uint64_t n, uint64_t room)
{
  const uint64_t most = room < METES_NAME_MOST ? room : METES_NAME_MOST;

  if (kind < METES_MESSAGE_CALL || kind > METES_MESSAGE_ERROR)
    return metes_verdict_of(METES_E_MESSAGE_KIND, 4, kind, 0);
  if ((kind == METES_MESSAGE_ERROR) != (code != 0))
    return metes_verdict_of(METES_E_MESSAGE_CODE, 8, code, 0);
  if (kind == METES_MESSAGE_CALL ? n < 1 || n > most : n != 0)
    return metes_verdict_of(METES_E_MESSAGE_NAME, 12, n, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* MSG-4 to MSG-7: the same, and the name, which begins at m[at], of `room` bytes. */
/*@ requires \valid_read(m + (at .. at + room - 1)) && at + room <= UINT64_MAX;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK ||
  @   METES_E_MESSAGE_KIND <= \result.status <= METES_E_MESSAGE_NAME;
  @ ensures ok: \result.status == METES_OK <==>
  @   HeadSound(kind, code, n, room) && AllPlain(m, at, at + n);
  @ ensures kind: \result.status == METES_E_MESSAGE_KIND <==> !KindKnown(kind);
  @ ensures code: \result.status == METES_E_MESSAGE_CODE <==>
  @   KindKnown(kind) && !CodeSuits(kind, code);
  @ ensures at_kind: \result.status == METES_E_MESSAGE_KIND ==> Gives(\result, 4, kind);
  @ ensures at_code: \result.status == METES_E_MESSAGE_CODE ==> Gives(\result, 8, code);
  @ ensures at_name: \result.status == METES_E_MESSAGE_NAME ==>
  @   NamePoints(m, at, kind, n, room, \result.requested, \result.limit);
  @ ensures whole: \result.index == 0;
  @*/
static struct metes_verdict check_named(uint32_t kind, uint32_t code, const uint8_t *m, uint64_t at,
                                        uint64_t n, uint64_t room)
{
  const struct metes_verdict v = check_head(kind, code, n, room);

  if (v.status != METES_OK)
    return v;
  /*@ loop invariant at <= k <= at + n;
    @ loop invariant plain: AllPlain(m, at, k);
    @ loop assigns k;
    @ loop variant at + n - k;
    @*/
  for (uint64_t k = at; k < at + n; k++)
    if (m[k] < 0x21 || m[k] > 0x7e)
      return metes_verdict_of(METES_E_MESSAGE_NAME, METES_MESSAGE_HEADER + (k - at), m[k], 0);
  return v;
}

/* MSG-2 to MSG-7: the verdict, and the message where there is nothing wrong. */
struct reading {
  struct metes_verdict verdict;
  struct metes_message message;
};

/*@ requires 16 + n <= len;
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures MessageIs(\result, len, kind, code, n);
  @*/
static inline struct metes_message message_of(uint32_t kind, uint32_t code, uint64_t n,
                                              uint64_t len)
{
  struct metes_message x;

  x.kind = kind;
  x.code = code;
  x.name = METES_MESSAGE_HEADER;
  x.name_length = n;
  x.payload = METES_MESSAGE_HEADER + n;
  x.payload_length = len - x.payload;
  return x;
}

/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures \result.verdict == v;
  @*/
static inline struct reading none(struct metes_verdict v)
{
  struct reading r = {{METES_OK, 0, 0, 0}, {0, 0, 0, 0, 0, 0}};

  r.verdict = v;
  return r;
}

/*@ requires \valid_read(m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.verdict.status == METES_OK ||
  @   METES_E_MESSAGE_SHORT <= \result.verdict.status <= METES_E_MESSAGE_NAME;
  @ ensures ok: \result.verdict.status == METES_OK <==> MessageWhole(m, len);
  @ ensures short: \result.verdict.status == METES_E_MESSAGE_SHORT <==> len < 16;
  @ ensures length: \result.verdict.status == METES_E_MESSAGE_LENGTH <==>
  @   len >= 16 && !Framed(m, len);
  @ ensures kind: \result.verdict.status == METES_E_MESSAGE_KIND <==>
  @   Framed(m, len) && !KindKnown(Le32(m, 4));
  @ ensures code: \result.verdict.status == METES_E_MESSAGE_CODE <==> Framed(m, len) &&
  @   KindKnown(Le32(m, 4)) && !CodeSuits(Le32(m, 4), Le32(m, 8));
  @ ensures at_short: len < 16 ==> Gives(\result.verdict, len, 16);
  @ ensures at_length: \result.verdict.status == METES_E_MESSAGE_LENGTH ==>
  @   Gives(\result.verdict, Le32(m, 0) + 4, len);
  @ ensures at_kind: \result.verdict.status == METES_E_MESSAGE_KIND ==>
  @   Gives(\result.verdict, 4, Le32(m, 4));
  @ ensures at_code: \result.verdict.status == METES_E_MESSAGE_CODE ==>
  @   Gives(\result.verdict, 8, Le32(m, 8));
  @ ensures at_name: \result.verdict.status == METES_E_MESSAGE_NAME ==>
  @   \result.verdict.index == 0 && NamePoints(m, 16, Le32(m, 4), Le32(m, 12), len - 16,
  @   \result.verdict.requested, \result.verdict.limit);
  @ ensures msg_8: \result.verdict.status == METES_OK ==>
  @   MessageIs(\result.message, len, Le32(m, 4), Le32(m, 8), Le32(m, 12));
  @*/
static struct reading read_message(const uint8_t *m, uint64_t len)
{
  if (len < METES_MESSAGE_HEADER)
    return none(metes_verdict_of(METES_E_MESSAGE_SHORT, len, METES_MESSAGE_HEADER, 0));
  const uint64_t size = (uint64_t)metes_get32(m, 0) + 4;
  if (size != len)
    return none(metes_verdict_of(METES_E_MESSAGE_LENGTH, size, len, 0));
  const uint32_t kind = metes_get32(m, 4), code = metes_get32(m, 8), n = metes_get32(m, 12);
  const uint64_t head = METES_MESSAGE_HEADER;
  struct reading r = none(check_named(kind, code, m, head, n, len - head));

  if (r.verdict.status == METES_OK)
    r.message = message_of(kind, code, n, len);
  return r;
}

enum metes_status metes_message_parse(const uint8_t *m, uint64_t len, struct metes_message *out,
                                      struct metes_error *err)
{
  const struct reading r = read_message(m, len);

  if (r.verdict.status != METES_OK)
    return metes_refuse_as(err, r.verdict);
  *out = r.message;
  return METES_OK;
}

/* Writes a number of four bytes, and nothing else of m[0 .. size - 1]. */
/*@ requires at + 4 <= size && \valid(m + (0 .. size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[at .. at + 3];
  @ ensures word: Le32(m, at) == v;
  @ ensures frame: SameExcept{Pre,Post}(m, size, at, at + 4);
  @*/
static inline void put32(uint8_t *m, uint64_t size, uint64_t at, uint32_t v)
{
  const uint32_t v1 = v / 256, v2 = v1 / 256, v3 = v2 / 256;

  (void)size; /* the contract speaks of it */
  m[at] = (uint8_t)(v % 256);
  m[at + 1] = (uint8_t)(v1 % 256);
  m[at + 2] = (uint8_t)(v2 % 256);
  m[at + 3] = (uint8_t)v3;
  /*@ assert digits: v == v1 * 256 + v % 256 && v1 == v2 * 256 + v1 % 256 &&
    @   v2 == v3 * 256 + v2 % 256;
    @*/
}

/* MSG-1: the header, in front of `size` bytes in all. */
/*@ requires 16 <= size <= 0x100000003 && \valid(m + (0 .. size - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. 15];
  @ ensures msg_1: HeadAt(m, size, kind, code, n);
  @ ensures frame: SameExcept{Pre,Post}(m, size, 0, 16);
  @*/
static inline void put_head(uint8_t *m, uint64_t size, uint32_t kind, uint32_t code, uint32_t n)
{
  put32(m, size, 0, (uint32_t)(size - 4));
  put32(m, size, 4, kind);
  //@ assert length: Le32(m, 0) == size - 4;
  put32(m, size, 8, code);
  //@ assert length: Le32(m, 0) == size - 4;
  //@ assert kind: Le32(m, 4) == kind;
  put32(m, size, 12, n);
  //@ assert length: Le32(m, 0) == size - 4;
  //@ assert kind: Le32(m, 4) == kind;
  //@ assert code: Le32(m, 8) == code;
}

/* Does a message with a name of n bytes and a payload of p fit in `len` bytes, and its length in
 * a number of 32 bits? */
/*@ terminates \true;
  @ exits \false;
  @ assigns \nothing;
  @ ensures known: \result.status == METES_OK || \result.status == METES_E_BUFFER ||
  @   \result.status == METES_E_MESSAGE_LENGTH;
  @ ensures buffer: \result.status == METES_E_BUFFER <==> 16 + n + p > len;
  @ ensures length: \result.status == METES_E_MESSAGE_LENGTH <==> 0x100000003 < 16 + n + p <= len;
  @ ensures at_buffer: \result.status == METES_E_BUFFER ==> Gives(\result, Sat(16 + n + p), len);
  @ ensures at_length: \result.status == METES_E_MESSAGE_LENGTH ==>
  @   Gives(\result, 16 + n + p, 0x100000003);
  @*/
static struct metes_verdict check_room(uint64_t n, uint64_t p, uint64_t len)
{
  const uint64_t most = UINT32_MAX + 4ULL;
  const uint64_t head = METES_MESSAGE_HEADER, size = metes_sat_add(metes_sat_add(head, n), p);

  if (len < head || n > len - head || p > len - head - n)
    return metes_verdict_of(METES_E_BUFFER, size, len, 0);
  if (size > most)
    return metes_verdict_of(METES_E_MESSAGE_LENGTH, size, most, 0);
  return metes_verdict_of(METES_OK, 0, 0, 0);
}

/* The whole message, in memory of just its size. */
/*@ requires 16 + n + p == size <= 0x100000003 && \valid(m + (0 .. size - 1));
  @ requires \valid_read(name + (0 .. n - 1)) && \valid_read(payload + (0 .. p - 1));
  @ requires \separated(m + (0 .. size - 1), name + (0 .. n - 1)) &&
  @   \separated(m + (0 .. size - 1), payload + (0 .. p - 1));
  @ requires HeadSound(kind, code, n, n) && AllPlain(name, 0, n);
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. size - 1];
  @ ensures msg_1: HeadAt(m, size, kind, code, n);
  @ ensures name: CopyOf{Pre,Post}(m, 16, name, 0, n);
  @ ensures payload: CopyOf{Pre,Post}(m, 16 + n, payload, 0, p);
  @ ensures msg_8: MessageWhole(m, size);
  @*/
static void put_message(uint8_t *m, uint64_t size, uint32_t kind, uint32_t code,
                        const uint8_t *name, uint32_t n, const uint8_t *payload, uint64_t p)
{
  const uint64_t behind = METES_MESSAGE_HEADER + (uint64_t)n;

  metes_copy(m, size, METES_MESSAGE_HEADER, name, 0, n);
  metes_copy(m, size, behind, payload, 0, p);
  //@ assert name: CopyOf{Pre,Here}(m, 16, name, 0, n);
  put_head(m, size, kind, code, n);
  //@ assert name: CopyOf{Pre,Here}(m, 16, name, 0, n);
  //@ assert payload: CopyOf{Pre,Here}(m, 16 + n, payload, 0, p);
  //@ assert plain: AllPlain(m, 16, 16 + n);
}

enum metes_status metes_message_put(uint8_t *m, uint64_t len, uint32_t kind, uint32_t code,
                                    const uint8_t *name, uint64_t name_length,
                                    const uint8_t *payload, uint64_t payload_length,
                                    uint64_t *size, struct metes_error *err)
{
  const struct metes_verdict room = check_room(name_length, payload_length, len);

  if (room.status != METES_OK)
    return metes_refuse_as(err, room);
  const struct metes_verdict v = check_named(kind, code, name, 0, name_length, name_length);

  if (v.status != METES_OK)
    return metes_refuse_as(err, v);
  const uint64_t all = METES_MESSAGE_HEADER + name_length + payload_length;

  put_message(m, all, kind, code, name, (uint32_t)name_length, payload, payload_length);
  *size = all;
  return METES_OK;
}
