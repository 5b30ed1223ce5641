/* SPDX-License-Identifier: Apache-2.0
 * What the unit tests use of json-c, for machines that have none: the same names, for the vectors' JSON. */
#ifndef METES_HARNESS_JSON_H
#define METES_HARNESS_JSON_H

#include <stddef.h>
#include <stdint.h>

struct json_object; /* null is a null pointer */

/* The value that the text is; ends the program where it is none that the vectors have. */
struct json_object *json_tokener_parse(const char *text);
void json_object_put(struct json_object *o);

int json_object_object_get_ex(struct json_object *o, const char *name, struct json_object **value);
struct json_object *json_object_object_get(struct json_object *o, const char *name);
size_t json_object_array_length(struct json_object *o);
struct json_object *json_object_array_get_idx(struct json_object *o, size_t i);
uint64_t json_object_get_uint64(struct json_object *o); /* 0 of null */
const char *json_object_get_string(struct json_object *o);

#endif
