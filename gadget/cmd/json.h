/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON: commas, indentation and escapes. */
#ifndef CMD_JSON_H
#define CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

/* Zero-initialised is an empty document. Release text with str_free(). */
struct json {
	struct str text;
	unsigned depth;
	bool begun; /* the map or list that is open holds something */
};

/* Each value has a key within a map; key is NULL within a list and for the document itself. */
void json_map(struct json *j, const char *key);
void json_list(struct json *j, const char *key);
/* End what was opened last. */
void json_map_end(struct json *j);
void json_list_end(struct json *j);

/* null when value is NULL. */
void json_text(struct json *j, const char *key, const char *value);
/* null when value is NULL or "". */
void json_word(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_integer(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
