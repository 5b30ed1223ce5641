/* SPDX-License-Identifier: Apache-2.0
 * Reading JSON with json-c: strictly, whole, and with numbers that are exact to 64 bits or refused. */
#ifndef METES_JSON_READ_H
#define METES_JSON_READ_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that is read: json-c keeps all of it in memory, and takes up to 270 times as much for it. */
#define METES_MAX_JSON (8UL << 20)

/* Reads one object and nothing else, the caller's to json_object_put. On null,
 * detail says what is wrong and the byte at which reading ended. What json-c takes
 * although RFC 8259 does not: 00 and -00, which are 0; keys in single quotes; and in
 * strings control characters and bytes that are no UTF-8. */
struct json_object *metes_json_parse(const char *text, size_t length, char *detail, size_t n);

/* An unsigned number of 64 bits. Null, or what is wrong with it, and *value is then untouched. */
const char *metes_json_number(struct json_object *o, uint64_t *value);

/* How many members a text wrote, in all of its objects: json-c keeps the last of
 * those with the same key, and fewer are then in the tree. True of a text whose
 * strings have no colon: where every key is a known one and every string a size. */
size_t metes_json_members(const char *text, size_t length);

/* A key as it can be shown: what is not printable ASCII as '?', what is too long with "..." at its end. */
void metes_json_shown(const char *key, char *shown, size_t n);

#endif
