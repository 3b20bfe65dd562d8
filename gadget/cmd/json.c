/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include "meta.h"

/* What files hold is UTF-8, what they are called need not be: U+FFFD stands for other bytes. */
static void quote(struct json *j, const char *text)
{
	str_add(&j->text, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		unsigned n = meta_character((const char *)p);

		if (*p == '"' || *p == '\\')
			str_printf(&j->text, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			str_printf(&j->text, "\\u%04x", *p);
		else if (n)
			str_add_bytes(&j->text, p, n);
		else
			str_add(&j->text, "\\ufffd");
		p += n ? n : 1;
	}
	str_add(&j->text, "\"");
}

static void new_line(struct json *j)
{
	str_add(&j->text, "\n");
	for (unsigned i = 0; i < j->depth; i++)
		str_add(&j->text, "  ");
}

static void begin(struct json *j, const char *key)
{
	if (j->begun)
		str_add(&j->text, ",");
	if (j->depth)
		new_line(j);
	j->begun = true;
	if (!key)
		return;
	quote(j, key);
	str_add(&j->text, ": ");
}

static void open_value(struct json *j, const char *key, const char *bracket)
{
	begin(j, key);
	str_add(&j->text, bracket);
	j->depth++;
	j->begun = false;
}

static void close_value(struct json *j, const char *bracket)
{
	j->depth--;
	if (j->begun)
		new_line(j);
	str_add(&j->text, bracket);
	j->begun = true;
	if (j->depth == 0)
		str_add(&j->text, "\n");
}

void json_map(struct json *j, const char *key)
{
	open_value(j, key, "{");
}

void json_list(struct json *j, const char *key)
{
	open_value(j, key, "[");
}

void json_map_end(struct json *j)
{
	close_value(j, "}");
}

void json_list_end(struct json *j)
{
	close_value(j, "]");
}

void json_text(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	if (value)
		quote(j, value);
	else
		str_add(&j->text, "null");
}

void json_word(struct json *j, const char *key, const char *value)
{
	json_text(j, key, value && *value ? value : NULL);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	str_printf(&j->text, "%ju", (uintmax_t)value);
}

void json_integer(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	str_printf(&j->text, "%jd", (intmax_t)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	str_add(&j->text, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	json_text(j, key, NULL);
}
