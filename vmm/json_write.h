/* SPDX-License-Identifier: Apache-2.0
 * Writing JSON, in one line, with exact 64-bit numbers. */
#ifndef METES_JSON_WRITE_H
#define METES_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct metes_json {
  FILE *to;
  bool comma; /* the next member or element needs one before it */
};

/* In all of these `key` is null for the elements of an array and for the whole.
 * Whether everything was written, ferror(to) says. */
void metes_json_open(struct metes_json *j, const char *key, char opening);
void metes_json_close(struct metes_json *j, char closing);
void metes_json_u64(struct metes_json *j, const char *key, uint64_t value);
void metes_json_text(struct metes_json *j, const char *key, const char *value);
void metes_json_bool(struct metes_json *j, const char *key, bool value);
void metes_json_none(struct metes_json *j, const char *key); /* null */

/* The key alone, and the comma before it; a value has to follow. */
void metes_json_key(struct metes_json *j, const char *key);

/* json_bytes.c: bytes that are UTF-8, as text; and any bytes, as hexadecimal digits. */
bool metes_json_is_text(const uint8_t *bytes, size_t n);
void metes_json_utf8(struct metes_json *j, const char *key, const uint8_t *bytes, size_t n);
void metes_json_hex(struct metes_json *j, const char *key, const uint8_t *bytes, size_t n);

/* The end of the line. */
void metes_json_line(struct metes_json *j);

#endif
