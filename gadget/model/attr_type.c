/* SPDX-License-Identifier: Apache-2.0 */
#include "attr_type.h"

#include <stdio.h>
#include <string.h>

#include "compat.h"
#include "files.h"
#include "names.h"
#include "path.h"
#include "str.h"

#define NAME_MAX_BYTES 64
#define BUS_MAX_BYTES  255

/* As many lines as any GPIO chip of Linux has, and more. */
#define RANGE_DIGITS	4
#define RANGE_COUNT_MAX 512

static bool is_name(const char *s)
{
	return strlen(s) <= NAME_MAX_BYTES && model_names_made_of(s, "_.-") && !strchr("_.-", *s);
}

/*
 * No quote, blank, comma, brace, bar, backslash, "#", "$", "%" or glob, and no "@" before what a
 * template may put behind it: none of these bytes can end or widen a rule of any layer.
 */
static bool is_path(const char *s)
{
	return path_is_clean(s) && model_names_made_of(s, "/_.:+=@-") && s[strlen(s) - 1] != '@';
}

static bool is_dev_node(const char *s)
{
	return is_path(s) && path_is_below(s, "/dev") && !str_eq(s, "/dev");
}

static bool is_sysfs_path(const char *s)
{
	return is_path(s) && path_is_below(s, "/sys") && !str_eq(s, "/sys");
}

/* Every brace and bracket closed, none nested in its own kind: what apparmor.d(5) knows. */
static bool globs_balance(const char *s)
{
	char open = 0;

	for (; *s; s++) {
		if (*s == '{' || *s == '[') {
			if (open)
				return false;
			open = *s;
		} else if (*s == '}' || *s == ']') {
			if (open != (*s == '}' ? '{' : '['))
				return false;
			open = 0;
		} else if (*s == ',' && open != '{') {
			return false;
		}
	}
	return !open;
}

static bool is_glob_path(const char *s)
{
	return path_is_clean(s) && model_names_made_of(s, "/_.:+=-*?[]{},") && globs_balance(s);
}

/* What is mounted: a node or folder, or nothing for a file system that needs none. */
static bool is_glob_source(const char *s)
{
	return str_eq(s, "none") || is_glob_path(s);
}

static bool is_glob_name(const char *s)
{
	return *s && !str_eq(s, ".") && !str_eq(s, "..") && !strstr(s, "**") &&
	       strlen(s) <= NAME_MAX_BYTES && model_names_made_of(s, "_.+=-*?[]{},") &&
	       globs_balance(s);
}

enum root { ROOT_DATA, ROOT_COMMON, ROOT_SNAP };
static const char *const roots[] = {
	[ROOT_DATA] = "$SNAP_DATA",
	[ROOT_COMMON] = "$SNAP_COMMON",
	[ROOT_SNAP] = "$SNAP",
};

/* What follows the variable and its slash; without a variable it is $SNAP's. */
static const char *behind_root(const char *s, enum root *root)
{
	*root = ROOT_SNAP;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		size_t len = strlen(roots[i]);

		if (strncmp(s, roots[i], len) || (s[len] && s[len] != '/'))
			continue;
		*root = (enum root)i;
		s += len;
		break;
	}
	return s + (*s == '/');
}

static bool is_snap_path(const char *s)
{
	enum root root;
	const char *rest = behind_root(s, &root);

	if (!*rest)
		return str_eq(s, "/") || (*s && rest[-1] != '/');
	return path_is_clean_relative(rest) && model_names_made_of(rest, "/_.:+=@-") &&
	       rest[strlen(rest) - 1] != '@';
}

/* Below what the snap can write, or any absolute path. */
static bool is_snap_glob(const char *s)
{
	enum root root;
	const char *rest = behind_root(s, &root);

	if (*s != '$')
		return is_glob_path(s);
	return root != ROOT_SNAP && *rest && rest[-1] == '/' && is_glob_path(rest - 1);
}

const char *model_attr_snap_path(struct mem_arena *a, const char *text,
				 const struct model_snap *snap)
{
	enum root root;
	const char *rest = behind_root(text, &root);
	const char *base =
		mem_printf(a, root == ROOT_SNAP ? "/snap/%s/%s" : "/var/snap/%s/%s", snap->instance,
			   root == ROOT_COMMON ? "common" : snap->revision);

	return *rest ? mem_printf(a, "%s/%s", base, rest) : base;
}

/* Two elements or more, none of which begins with a digit. */
static bool is_dbus_name(const char *s)
{
	bool start = true;
	bool dot = false;

	if (strlen(s) > BUS_MAX_BYTES || !model_names_made_of(s, "._-"))
		return false;
	for (; *s; s++) {
		if (start && (*s == '.' || (*s >= '0' && *s <= '9')))
			return false;
		start = *s == '.';
		dot = dot || start;
	}
	return dot && !start;
}

/* The number at *s, of at most four digits; *s is left behind it. */
static bool range_end(const char **s, unsigned *out)
{
	size_t len = strspn(*s, "0123456789");

	*out = 0;
	for (size_t i = 0; i < len && len <= RANGE_DIGITS; i++)
		*out = *out * 10 + (unsigned)((*s)[i] - '0');
	*s += len;
	return len > 0 && len <= RANGE_DIGITS;
}

bool model_attr_next_range(const char **text, unsigned *first, unsigned *last)
{
	if (!range_end(text, first))
		return false;
	*last = *first;
	return **text != '-' || ((*text)++, range_end(text, last));
}

/* Each number once, none of a range that ends before it starts. */
static bool is_ranges(const char *s)
{
	bool seen[ATTR_RANGE_NUMBERS] = { false };
	unsigned count = 0;

	for (;;) {
		unsigned first;
		unsigned last;

		if (!model_attr_next_range(&s, &first, &last))
			return false;
		for (unsigned n = first; n <= last; n++, count++) {
			if (seen[n])
				return false;
			seen[n] = true;
		}
		if (last < first || count > RANGE_COUNT_MAX || (*s && *s != ','))
			return false;
		if (!*s++)
			return true;
	}
}

static bool is_word(const char *s)
{
	return strlen(s) <= ATTR_MATCH_MAX && model_names_made_of(s, "/_.:+=-");
}

/* As a line of modprobe.d has them: one blank between two. */
static bool is_words(const char *s)
{
	if (strlen(s) > ATTR_MATCH_MAX || !model_names_made_of(s, "/_.:+=- "))
		return false;
	return s[0] != ' ' && !str_ends(s, " ") && !strstr(s, "  ");
}

/* As Devicetree Specification 0.4, 2.2.1, has names of nodes: none of these bytes is a glob. */
static bool is_of_path(const char *s)
{
	return strlen(s) <= ATTR_MATCH_MAX && path_is_clean(s) && s[1] &&
	       model_names_made_of(s, "/@_.,+-");
}

/* Globs are part of a udev match, and nothing but a udev match is written from this type. */
static bool is_match(const char *s)
{
	return strlen(s) <= ATTR_MATCH_MAX && model_names_made_of(s, "/_.:+=-*?[]!^~;<>()&");
}

bool model_attr_is_key(const char *text)
{
	return strlen(text) <= NAME_MAX_BYTES && model_names_made_of(text, "_.:/-");
}

const struct attr_type model_attr_types[] = {
	[MODEL_ATTR_NAME] = { "name", is_name, "letters, digits, \"_\", \".\" and \"-\"" },
	[MODEL_ATTR_DEV_NODE] = { "dev-node", is_dev_node, "a clean path below /dev" },
	[MODEL_ATTR_SYSFS_PATH] = { "sysfs-path", is_sysfs_path, "a clean path below /sys" },
	[MODEL_ATTR_ABS_PATH] = { "abs-path", is_path, "a clean absolute path" },
	[MODEL_ATTR_MATCH] = { "match", is_match, "the value of a udev match" },
	[MODEL_ATTR_GLOB_PATH] = { "glob-path", is_glob_path,
				   "a clean absolute path, globs \"*\", \"?\", \"[]\" and \"{}\"" },
	[MODEL_ATTR_SNAP_PATH] = { "snap-path", is_snap_path,
				   "a clean path below $SNAP, $SNAP_DATA or $SNAP_COMMON" },
	[MODEL_ATTR_GLOB_SOURCE] = { "glob-source", is_glob_source,
				     "\"none\" or a clean absolute path with globs" },
	[MODEL_ATTR_GLOB_NAME] = { "glob-name", is_glob_name,
				   "one name, globs \"*\", \"?\", \"[]\" and \"{}\"" },
	[MODEL_ATTR_SNAP_GLOB] = { "snap-glob", is_snap_glob,
				   "a clean path with globs, absolute or below $SNAP_DATA or "
				   "$SNAP_COMMON" },
	[MODEL_ATTR_DBUS_NAME] = { "dbus-name", is_dbus_name, "a well-known bus name" },
	[MODEL_ATTR_RANGES] = { "ranges", is_ranges,
				"numbers and ranges as 0-3,7, each once, 512 at most" },
	[MODEL_ATTR_COMPAT] = { "compat", model_compat_valid,
				"a label as gl-1-(2..4), or several joined by OR" },
	[MODEL_ATTR_WORD] = { "word", is_word, "letters, digits and any of \"/_.:+=-\"" },
	[MODEL_ATTR_WORDS] = { "words", is_words,
			       "words of letters, digits and any of \"/_.:+=-\", one blank "
			       "between" },
	[MODEL_ATTR_OF_PATH] = { "of-path", is_of_path,
				 "the path of a device-tree node as /soc/i2c@1c2b000" },
	[MODEL_ATTR_INT] = { "int", NULL, "a number" },
	[MODEL_ATTR_BOOL] = { "bool", NULL, "true or false" },
	[MODEL_ATTR_ENUM] = { "enum", NULL, "one of its values" },
	[MODEL_ATTR_MAP] = { "map", NULL, "a map" },
	[MODEL_ATTR_TABLE] = { "table", NULL, "a map of texts" },
};
const size_t model_attr_type_count = ARRAY_SIZE(model_attr_types);

int model_attr_compile(const char *match, regex_t *re)
{
	char text[ATTR_MATCH_MAX + 8];

	snprintf(text, sizeof(text), "^(%s)$", match);
	return regcomp(re, text, REG_EXTENDED | REG_NOSUB);
}
