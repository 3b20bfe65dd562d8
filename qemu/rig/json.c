/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdbool.h>

void json_add_string(struct str *s, const char *text)
{
	str_add(s, "\"");
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			str_printf(s, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			str_printf(s, "\\u%04x", (unsigned char)*p);
		else
			str_add_bytes(s, p, 1);
	}
	str_add(s, "\"");
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* Past the string that starts at p; NULL when it does not end. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && !*++p)
			return NULL;
	return *p ? p + 1 : NULL;
}

/* Past the value that starts at p; NULL when it does not end. */
static const char *skip_value(const char *p)
{
	unsigned depth = 0;

	do {
		if (!*p)
			return NULL;
		if (*p == '"') {
			p = skip_string(p);
			if (!p)
				return NULL;
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && depth > 0)
			depth--;
		p++;
	} while (depth > 0 || !strchr(",}] \t\r\n", *p));
	return p;
}

int json_member(const char *text, const char *key, struct str *value)
{
	const char *p = skip_blanks(text), *name, *end;
	size_t len = strlen(key);

	if (*p++ != '{')
		return -1;
	for (;;) {
		name = skip_blanks(p);
		if (*name == '}')
			return 0;
		p = *name == '"' ? skip_string(name) : NULL;
		if (!p || *(p = skip_blanks(p)) != ':')
			return -1;
		p = skip_blanks(p + 1);
		end = *p ? skip_value(p) : NULL;
		if (!end)
			return -1;
		if (strncmp(name + 1, key, len) == 0 && name[1 + len] == '"') {
			if (value)
				str_add_bytes(value, p, (size_t)(end - p));
			return 1;
		}
		p = skip_blanks(end);
		if (*p == ',')
			p++;
		else if (*p != '}')
			return -1;
	}
}
