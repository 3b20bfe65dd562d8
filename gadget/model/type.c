/* SPDX-License-Identifier: Apache-2.0 */
/* "type:" of a structure: what a partition table says of it. */
#include <string.h>

#include "str.h"
#include "volume.h"

enum type_form {
	TYPE_WRONG,
	TYPE_ANY,    /* no partition, or "XX,GUID" */
	TYPE_MBR,    /* two digits */
	TYPE_GPT,    /* a GUID */
	TYPE_HYBRID, /* both, for either table */
};

static bool all_hex(const char *s, size_t n, bool upper_only)
{
	for (size_t i = 0; i < n; i++) {
		bool digit = s[i] >= '0' && s[i] <= '9';
		bool upper = s[i] >= 'A' && s[i] <= 'F';
		bool lower = s[i] >= 'a' && s[i] <= 'f';

		if (!digit && !upper && (upper_only || !lower))
			return false;
	}
	return true;
}

bool model_type_is_guid(const char *s)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		/* Never past the end: the NUL is no hexadecimal digit. */
		if (strnlen(s, groups[i]) < groups[i] || !all_hex(s, groups[i], false))
			return false;
		s += groups[i];
		if (i + 1 < ARRAY_SIZE(groups) && *s++ != '-')
			return false;
	}
	return *s == '\0';
}

static enum type_form form_of(const char *type)
{
	if (str_eq(type, "bare") || str_eq(type, "mbr"))
		return TYPE_ANY;
	if (strlen(type) == 2 && all_hex(type, 2, true))
		return TYPE_MBR;
	if (model_type_is_guid(type))
		return TYPE_GPT;
	if (strlen(type) > 3 && type[2] == ',' && all_hex(type, 2, true) &&
	    model_type_is_guid(type + 3))
		return TYPE_HYBRID;
	return TYPE_WRONG;
}

/* The types that people carry over from the other table. */
static void hint(const struct reader *r, const char *type)
{
	static const struct {
		const char *mbr, *gpt;
	} types[] = {
		{ "0C", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
		{ "0B", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
		{ "0E", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
		{ "EF", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" },
		{ "83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4" },
		{ "DA", "21686148-6449-6E6F-744E-656564454649" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (str_eq(types[i].mbr, type))
			meta_hint(r->d, "with schema gpt, write type \"%s,%s\", or schema: mbr",
				  type, types[i].gpt);
}

static int refuse_other(const struct reader *r, const struct meta_node *at,
			const struct model_volume *v, const char *type)
{
	(void)meta_error(r->d, &at->loc, "cannot use type \"%s\": the schema is %s", type,
			 v->schema == MODEL_SCHEMA_PARTIAL
				 ? "partial, expected two hexadecimal digits and a GUID"
				 : model_schema_name(v->schema));
	if (v->schema == MODEL_SCHEMA_GPT)
		hint(r, type);
	return -1;
}

int model_type_read(const struct reader *r, const struct meta_node *n, const struct model_volume *v,
		    struct model_structure *out)
{
	const struct meta_node *type = meta_get(n, "type");
	enum type_form form;

	if (!type)
		return meta_error(r->d, &n->loc, "cannot find key \"type\"");
	if (meta_text(type, "type", &out->type, r->d))
		return -1;
	form = form_of(out->type);
	if (form == TYPE_WRONG)
		return meta_error(r->d, &type->loc,
				  "cannot use type \"%.64s\": expected bare, two upper-case "
				  "hexadecimal digits, a GUID, or both with a comma between",
				  out->type);
	/* The schema's own error says enough. */
	if (v->unread & MODEL_UNREAD_SCHEMA)
		return 0;
	if ((form == TYPE_MBR && v->schema != MODEL_SCHEMA_MBR) ||
	    (form == TYPE_GPT && v->schema != MODEL_SCHEMA_GPT))
		return refuse_other(r, type, v, out->type);
	return 0;
}
