/* SPDX-License-Identifier: Apache-2.0
 * Messages: what host and guest say to each other, each an element of a buffer (core/buffer.h).
 *
 *   0        4      8      12            16     16 + name length
 *   | length | kind | code | name length | name | payload …      |
 *
 * Four u32, little-endian; the length does not count itself. The other side may write any bytes,
 * so a message is read whole or not at all. Host and guest run the same functions. (MSG-1) */
#ifndef METES_MESSAGE_H
#define METES_MESSAGE_H

#include "le.h"
#include "page.h"
#include "status.h"

/* The kinds of message. Only a call has a name, only an error a code. (MSG-4) */
#define METES_MESSAGE_CALL 1u   /* name: the function; payload: what it is given */
#define METES_MESSAGE_RESULT 2u /* payload: what the function returns */
#define METES_MESSAGE_ERROR 3u  /* code: why there is no result, not 0; payload: the same as text */

#define METES_MESSAGE_HEADER 16u
#define METES_NAME_MOST 64u /* bytes of a name, each 0x21 to 0x7e (MSG-6, MSG-7) */

/* A message that was read: name and payload are offsets in its bytes. A plain value. */
struct metes_message {
  uint32_t kind;
  uint32_t code;
  uint64_t name;
  uint64_t name_length;
  uint64_t payload;
  uint64_t payload_length;
};

#include "../spec/message.acsl"

/* Reads the message m[0 .. len - 1]. Total: the bytes may be anyone's. Returns METES_OK if and only
 * if they are one whole message (MSG-8): *out says what and where, all inside (MSG-9). Who can
 * still change the bytes can change the name: copy first what such a one may write. Otherwise,
 * with *out untouched, METES_E_MESSAGE_SHORT to METES_E_MESSAGE_NAME. */
/*@ requires \valid_read(m + (0 .. len - 1)) && \valid(out) && \valid(err);
  @ requires \separated(out, err) && \separated(out, m + (0 .. len - 1)) &&
  @   \separated(err, m + (0 .. len - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns *out, *err;
  @ ensures known: \result == METES_OK ||
  @   METES_E_MESSAGE_SHORT <= \result <= METES_E_MESSAGE_NAME;
  @ ensures ok: \result == METES_OK <==> MessageWhole{Pre}(m, len);
  @ ensures msg_2: \result == METES_E_MESSAGE_SHORT <==> len < 16;
  @ ensures err_short: len < 16 ==> ErrorIs(err, len, 16, 0);
  @ ensures msg_3: \result == METES_E_MESSAGE_LENGTH <==> len >= 16 && !Framed{Pre}(m, len);
  @ ensures err_length: \result == METES_E_MESSAGE_LENGTH ==>
  @   ErrorIs(err, \old(Le32(m, 0)) + 4, len, 0);
  @ ensures msg_4: \result == METES_E_MESSAGE_KIND <==>
  @   Framed{Pre}(m, len) && !KindKnown(\old(Le32(m, 4)));
  @ ensures err_kind: \result == METES_E_MESSAGE_KIND ==> ErrorIs(err, 4, \old(Le32(m, 4)), 0);
  @ ensures msg_5: \result == METES_E_MESSAGE_CODE <==> Framed{Pre}(m, len) &&
  @   KindKnown(\old(Le32(m, 4))) && !CodeSuits(\old(Le32(m, 4)), \old(Le32(m, 8)));
  @ ensures err_code: \result == METES_E_MESSAGE_CODE ==> ErrorIs(err, 8, \old(Le32(m, 8)), 0);
  @ ensures msg_6: \result == METES_E_MESSAGE_NAME ==> err->index == 0 &&
  @   NamePoints{Pre}(m, 16, \old(Le32(m, 4)), \old(Le32(m, 12)), len - 16,
  @   err->requested, err->limit);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> *out == \old(*out);
  @ ensures msg_8: \result == METES_OK ==>
  @   MessageIs(*out, len, \old(Le32(m, 4)), \old(Le32(m, 8)), \old(Le32(m, 12)));
  @ ensures msg_9: \result == METES_OK ==> out->name == 16 && out->name_length <= 64 &&
  @   out->name + out->name_length == out->payload &&
  @   out->payload + out->payload_length == len;
  @*/
enum metes_status metes_message_parse(const uint8_t *m, uint64_t len, struct metes_message *out,
                                      struct metes_error *err);

/* Writes a message at m[0 ..], of which `len` bytes are there, and its size to *size; the rest of m
 * stays. It is ready to be pushed onto a buffer. Returns METES_OK: the bytes are a whole message,
 * and metes_message_parse reads it as what was given (MSG-8). Otherwise, with nothing written:
 *   METES_E_BUFFER (requested: bytes needed, limit: len) where it does not fit;
 *   METES_E_MESSAGE_LENGTH (requested: bytes needed, limit: 2^32 + 3) where its length would not;
 *   METES_E_MESSAGE_KIND to METES_E_MESSAGE_NAME, as metes_message_parse would say of it. */
/*@ requires \valid(m + (0 .. len - 1)) && \valid(size) && \valid(err);
  @ requires \valid_read(name + (0 .. name_length - 1));
  @ requires \valid_read(payload + (0 .. payload_length - 1));
  @ requires \separated(m + (0 .. len - 1), name + (0 .. name_length - 1)) &&
  @   \separated(m + (0 .. len - 1), payload + (0 .. payload_length - 1)) &&
  @   \separated(size, m + (0 .. len - 1)) && \separated(err, m + (0 .. len - 1)) &&
  @   \separated(size, err) && \separated(err, name + (0 .. name_length - 1)) &&
  @   \separated(size, name + (0 .. name_length - 1)) &&
  @   \separated(err, payload + (0 .. payload_length - 1)) &&
  @   \separated(size, payload + (0 .. payload_length - 1));
  @ terminates \true;
  @ exits \false;
  @ assigns m[0 .. len - 1], *size, *err;
  @ ensures known: \result == METES_OK || \result == METES_E_BUFFER ||
  @   METES_E_MESSAGE_LENGTH <= \result <= METES_E_MESSAGE_NAME;
  @ ensures buffer: \result == METES_E_BUFFER <==> 16 + name_length + payload_length > len;
  @ ensures err_buffer: \result == METES_E_BUFFER ==>
  @   ErrorIs(err, Sat(16 + name_length + payload_length), len, 0);
  @ ensures msg_3: \result == METES_E_MESSAGE_LENGTH <==>
  @   0x100000003 < 16 + name_length + payload_length <= len;
  @ ensures err_length: \result == METES_E_MESSAGE_LENGTH ==>
  @   ErrorIs(err, 16 + name_length + payload_length, 0x100000003, 0);
  @ ensures ok: \result == METES_OK <==> 16 + name_length + payload_length <= len &&
  @   16 + name_length + payload_length <= 0x100000003 &&
  @   HeadSound(kind, code, name_length, name_length) && AllPlain{Pre}(name, 0, name_length);
  @ ensures msg_4: \result == METES_E_MESSAGE_KIND ==> !KindKnown(kind) && ErrorIs(err, 4, kind, 0);
  @ ensures msg_5: \result == METES_E_MESSAGE_CODE ==> KindKnown(kind) && !CodeSuits(kind, code) &&
  @   ErrorIs(err, 8, code, 0);
  @ ensures msg_6: \result == METES_E_MESSAGE_NAME ==> KindKnown(kind) && CodeSuits(kind, code) &&
  @   err->index == 0 && NamePoints{Pre}(name, 0, kind, name_length, name_length,
  @   err->requested, err->limit);
  @ ensures quiet: \result == METES_OK ==> *err == \old(*err);
  @ ensures refused: \result != METES_OK ==> SameExcept{Pre,Post}(m, len, 0, 0) &&
  @   *size == \old(*size);
  @ ensures frame: \result == METES_OK ==> SameExcept{Pre,Post}(m, len, 0, *size);
  @ ensures size: \result == METES_OK ==> *size == 16 + name_length + payload_length;
  @ ensures name: \result == METES_OK ==> CopyOf{Pre,Post}(m, 16, name, 0, name_length);
  @ ensures payload: \result == METES_OK ==>
  @   CopyOf{Pre,Post}(m, 16 + name_length, payload, 0, payload_length);
  @ ensures msg_1: \result == METES_OK ==> HeadAt(m, *size, kind, code, name_length);
  @ ensures msg_8: \result == METES_OK ==> MessageWhole(m, *size);
  @*/
enum metes_status metes_message_put(uint8_t *m, uint64_t len, uint32_t kind, uint32_t code,
                                    const uint8_t *name, uint64_t name_length,
                                    const uint8_t *payload, uint64_t payload_length,
                                    uint64_t *size, struct metes_error *err);

#endif
