/* SPDX-License-Identifier: Apache-2.0 */
#include "expand.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "files.h"
#include "guard.h"
#include "num.h"
#include "path.h"
#include "str.h"

/*
 * What a value may hold beside letters and digits. AppArmor: no glob, quote, brace, comma, "@", "#"
 * or blank. udev: no quote, backslash, "$" and "%" (substitutions), "|" (alternation) or braces;
 * blanks and globs are ordinary in what a match compares with.
 */
static const char *const value_bytes[] = {
	[EXPAND_APPARMOR] = "/._:+-",	   [EXPAND_SECCOMP] = "_-",
	[EXPAND_UDEV] = "/._:+-@= ,#*?[]", [EXPAND_PATH] = "/._:+-@=",
	[EXPAND_SYSFS] = "/._:+-@,",
};

/* More, for AppArmor, where the attribute's type is made of globs. */
#define GLOB_BYTES "*?[]{},^"

static const char *const layer_names[] = {
	[EXPAND_APPARMOR] = "an AppArmor rule",
	[EXPAND_SECCOMP] = "a filter line",
	[EXPAND_UDEV] = "a udev rule",
	[EXPAND_PATH] = "a path",
	[EXPAND_SYSFS] = "what is written to a file of sysfs",
};

/* A filter: text in, text out. arg is what follows its colon. NULL: the value is not for it. */
typedef const char *filter_fn(const struct expand *x, const char *value, const char *arg);

static const char *filter_base(const struct expand *x, const char *value, const char *arg)
{
	(void)x;
	(void)arg;
	return path_base(value);
}

static const char *filter_dir(const struct expand *x, const char *value, const char *arg)
{
	const char *base = path_base(value);

	(void)arg;
	return base > value + 1 ? mem_strndup(x->a, value, (size_t)(base - value) - 1) : NULL;
}

static const char *filter_after(const struct expand *x, const char *value, const char *arg)
{
	(void)x;
	return str_starts(value, arg) ? value + strlen(arg) : NULL;
}

/* The path of objects that belong to a name of D-Bus: its dots are slashes there, "-" is not used.
 */
static const char *filter_bus_path(const struct expand *x, const char *value, const char *arg)
{
	char *path = mem_printf(x->a, "/%s", value);

	(void)arg;
	for (char *p = path; *p; p++)
		*p = (char)(*p == '.' ? '/' : *p == '-' ? '_' : *p);
	return path;
}

/* A pattern that every name but this path, with or without a slash at its end, fits. */
static const char *filter_others(const struct expand *x, const char *value, const char *arg)
{
	CLEANUP_STR struct str s = { 0 };

	(void)arg;
	if (!path_is_clean(value) || !value[1] || strpbrk(value, GLOB_BYTES))
		return NULL;
	str_add(&s, "{[^/]**,");
	for (const char *p = value + 1; *p; p++) {
		int len = (int)(p - value);

		str_printf(&s, "%.*s,%.*s[^%c]**,", len, value, len, value, *p);
	}
	str_printf(&s, "%s[^/]**,%s/?**}", value, value);
	return mem_strdup(x->a, str_text(&s));
}

static const char *filter_hex2(const struct expand *x, const char *value, const char *arg)
{
	uint64_t n;

	(void)arg;
	if (num_parse(value, 0, 0xff, &n, NULL))
		return NULL;
	return mem_printf(x->a, "%02" PRIx64, n);
}

static const char *filter_hex4(const struct expand *x, const char *value, const char *arg)
{
	uint64_t n;

	(void)arg;
	if (num_parse(value, 0, 0xffff, &n, NULL))
		return NULL;
	return mem_printf(x->a, "%04" PRIx64, n);
}

static const char *filter_dec(const struct expand *x, const char *value, const char *arg)
{
	uint64_t n;

	(void)arg;
	if (num_parse(value, 0, UINT64_MAX, &n, NULL))
		return NULL;
	return mem_printf(x->a, "%" PRIu64, n);
}

/* Of the label of a GPIO chip. Two chips of one node of the device tree have no path of their own.
 */
static const char *filter_of_path(const struct expand *x, const char *value, const char *arg)
{
	size_t count = x->board ? x->board->hardware_count : 0;
	const char *found = NULL;

	(void)arg;
	for (size_t i = 0; i < count; i++) {
		const struct model_hardware *h = &x->board->hardware[i];

		if (h->chip && h->of_path && str_eq(h->chip, value))
			found = h->of_path;
	}
	for (size_t i = 0; found && i < count; i++) {
		const struct model_hardware *h = &x->board->hardware[i];

		if (h->chip && h->of_path && str_eq(h->of_path, found) && !str_eq(h->chip, value))
			return NULL;
	}
	return found;
}

static const struct filter {
	const char *name;
	bool takes_arg;
	bool number; /* for numbers, else for texts */
	filter_fn *fn;
	const char *expected;
} filters[] = {
	{ "base", false, false, filter_base, "a path" },
	{ "dir", false, false, filter_dir, "a path of two names or more" },
	{ "after", true, false, filter_after, "a value that begins with that prefix" },
	{ "hex2", false, true, filter_hex2, "a number of at most 255" },
	{ "hex4", false, true, filter_hex4, "a number of at most 65535" },
	{ "dec", false, true, filter_dec, "a number" },
	{ "bus-path", false, false, filter_bus_path, "a name" },
	{ "others", false, false, filter_others, "a clean path without globs" },
	{ "of-path", false, false, filter_of_path,
	  "the label of a chip that board.yaml lists under \"hardware\" with an of-path of its "
	  "own" },
};

/* One placeholder of a line: "%{NAME|FILTER...}" cut at the bars. */
struct placeholder {
	struct meta_loc loc;
	const char *text; /* between the braces */
	const char *name;
	const char *end; /* behind "}" */
	const struct expand_value *value;
	const char *separator; /* "join:" is its last filter: all items at once; or NULL */
	bool key;	       /* "key" is its filter: of a table, the keys */
	const char *drop;      /* "drop:A+B" before "join:": items that are left out; or NULL */
};

/* A line being expanded, for one index into its list. */
struct line {
	const struct expand *x;
	const struct model_line *line;
	enum expand_layer layer;
	const struct expand_value *list; /* the list that it names, or NULL */
	bool absent;
};

void policy_expand_add(struct expand *x, const char *name, const char *text)
{
	const char **item = mem_alloc(x->a, sizeof(*item));

	*item = text;
	x->values = mem_grow(x->a, x->values, x->count, &x->room, sizeof(*x->values));
	x->values[x->count++] =
		(struct expand_value){ .name = name, .items = item, .count = text ? 1 : 0 };
}

struct expand_value *policy_expand_last(struct expand *x)
{
	return &x->values[x->count - 1];
}

static const struct expand_value *find_value(const struct expand *x, const char *name)
{
	for (size_t i = 0; i < x->count; i++)
		if (str_eq(x->values[i].name, name))
			return &x->values[i];
	return NULL;
}

/* "|key", "|drop:A+B" and "|join:SEPARATOR" are about lists, not about one value: cut off the text.
 */
static void read_list_filters(const struct expand *x, struct placeholder *p)
{
	const char *join = strstr(p->text, "|join:");
	const char *drop = NULL;

	if (join) {
		p->separator = join + strlen("|join:");
		p->text = mem_strndup(x->a, p->text, (size_t)(join - p->text));
		drop = strstr(p->text, "|drop:");
	}
	if (drop) {
		/* The one item of a sample stands for those that are kept. */
		p->drop = x->sample ? NULL : drop + strlen("|drop:");
		p->text = mem_strndup(x->a, p->text, (size_t)(drop - p->text));
	}
	p->key = str_ends(p->text, "|key");
	if (p->key)
		p->text = mem_strndup(x->a, p->text, strlen(p->text) - strlen("|key"));
}

/* Reads the placeholder whose "%{" is at p. */
static int read_placeholder(const struct line *l, const char *p, struct placeholder *out)
{
	const struct expand *x = l->x;
	const char *close = strchr(p, '}');
	struct meta_loc loc = l->line->loc;

	loc.col += (unsigned)(p - l->line->text);
	if (!close)
		return meta_error(x->d, &loc, "cannot use placeholder: \"%%{\" has no \"}\"");
	*out = (struct placeholder){ .loc = loc, .end = close + 1 };
	out->text = mem_strndup(x->a, p + 2, (size_t)(close - p - 2));
	out->name = mem_strndup(x->a, out->text, strcspn(out->text, "|"));
	out->value = find_value(x, out->name);
	if (!out->value)
		return meta_error(x->d, &loc, "cannot use placeholder %%{%s}: no attribute \"%s\"",
				  out->text, out->name);
	read_list_filters(x, out);
	if (out->key && !out->value->keys && out->value->count)
		return meta_error(x->d, &loc, "cannot use placeholder %%{%s}: it has no keys",
				  out->text);
	return 0;
}

static const struct filter *find_filter(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		if (strlen(filters[i].name) == len && strncmp(filters[i].name, text, len) == 0)
			return &filters[i];
	return NULL;
}

/* What no value of a type is made of; a type that is not here may hold either. */
static const struct {
	bool no_number, no_text;
} unfit[] = {
	[MODEL_ATTR_DEV_NODE] = { .no_number = true },
	[MODEL_ATTR_SYSFS_PATH] = { .no_number = true },
	[MODEL_ATTR_ABS_PATH] = { .no_number = true },
	[MODEL_ATTR_GLOB_PATH] = { .no_number = true },
	[MODEL_ATTR_SNAP_PATH] = { .no_number = true },
	[MODEL_ATTR_DBUS_NAME] = { .no_number = true },
	[MODEL_ATTR_INT] = { .no_text = true },
	[MODEL_ATTR_BOOL] = { true, true },
	[MODEL_ATTR_TABLE] = { false, false },
};

/* Can a value of the type be right for the filter? first: no other filter is before it. */
static bool suits(const struct placeholder *p, const struct filter *f, bool first)
{
	const struct model_attr_def *def = p->value->def;

	return !first || !def ||
	       !(f->number ? unfit[def->type].no_number : unfit[def->type].no_text);
}

static int refuse_board(const struct expand *x, const struct placeholder *p, const char *value,
			const char *expected)
{
	meta_error(x->d, x->user, "cannot use %s \"%s\": expected %s", p->name, value, expected);
	meta_hint(x->d, "of-path on the slot is that path itself and needs no board");
	return -1;
}

static int apply_filter(const struct line *l, const struct placeholder *p, const char *word,
			bool first, const char **value)
{
	const struct expand *x = l->x;
	size_t len = strcspn(word, ":");
	const struct filter *f = find_filter(word, len);
	const char *got;

	if (!f || f->takes_arg != (word[len] == ':'))
		return meta_error(
			x->d, &p->loc,
			"cannot use placeholder %%{%s}: unknown filter \"%s\", expected "
			"base, dir, after:PREFIX, hex2, hex4, dec, bus-path, others, of-path, "
			"key, "
			"drop:WORDS or join:TEXT",
			p->text, word);
	if (x->sample && !suits(p, f, first))
		return meta_error(x->d, &p->loc,
				  "cannot use placeholder %%{%s}: type %s, expected %s", p->text,
				  model_attr_type_name(p->value->def->type), f->expected);
	got = f->fn(x, *value, word[len] ? word + len + 1 : "");
	/* Another value of the type may do. */
	if (!got && x->sample)
		got = "1";
	if (!got && f->fn == filter_of_path && x->user)
		return refuse_board(x, p, *value, f->expected);
	if (!got)
		return meta_error(x->d, &p->loc,
				  "cannot use placeholder %%{%s}: value \"%s\", expected %s",
				  p->text, *value, f->expected);
	*value = got;
	return 0;
}

static int check_bytes(const struct line *l, const struct placeholder *p, const char *value)
{
	for (const char *c = value; *c && GUARD(policy_value); c++) {
		if (isascii(*c) && isalnum((unsigned char)*c))
			continue;
		if (strchr(value_bytes[l->layer], *c) ||
		    (p->value->globs && l->layer == EXPAND_APPARMOR && strchr(GLOB_BYTES, *c)))
			continue;
		/* An expression may leave less than the type. */
		if (l->x->sample && p->value->def && p->value->def->match)
			continue;
		if (l->x->sample && p->value->def)
			return meta_error(l->x->d, &p->loc,
					  "cannot use placeholder %%{%s}: type %s may hold \"%c\", "
					  "which %s may not",
					  p->text, model_attr_type_name(p->value->def->type), *c,
					  layer_names[l->layer]);
		return meta_error(l->x->d, &p->loc,
				  "cannot use \"%s\" for %%{%s}: byte 0x%02x may not be in %s",
				  value, p->text, (unsigned char)*c, layer_names[l->layer]);
	}
	if (!*value)
		return meta_error(l->x->d, &p->loc, "cannot use \"\" for %%{%s}: it is empty",
				  p->text);
	return 0;
}

/* One item of a placeholder's value behind its filters, checked for the layer. */
static int item_of(const struct line *l, const struct placeholder *p, size_t index,
		   const char **out)
{
	const char *value = p->key ? p->value->keys[index] : p->value->items[index];
	const char *bar = strchr(p->text, '|');

	while (bar) {
		const char *next = strchr(bar + 1, '|');
		size_t len = next ? (size_t)(next - bar - 1) : strlen(bar + 1);

		if (apply_filter(l, p, mem_strndup(l->x->a, bar + 1, len),
				 bar == strchr(p->text, '|'), &value))
			return -1;
		bar = next;
	}
	if (check_bytes(l, p, value))
		return -1;
	*out = value;
	return 0;
}

/* Without a drop every item is kept. */
static bool kept(const struct placeholder *p, const char *item)
{
	size_t len = strlen(item);

	for (const char *at = p->drop; at && *at; at += *at == '+') {
		size_t n = strcspn(at, "+");

		if (n == len && strncmp(at, item, len) == 0)
			return false;
		at += n;
	}
	return true;
}

static bool any_left(const struct placeholder *p)
{
	for (size_t i = 0; i < p->value->count; i++)
		if (kept(p, p->value->items[i]))
			return true;
	return false;
}

static int value_of(const struct line *l, const struct placeholder *p, size_t index,
		    const char **out)
{
	CLEANUP_STR struct str s = { 0 };

	if (!p->separator)
		return item_of(l, p, p->value->list ? index : 0, out);
	for (size_t i = 0; i < p->value->count; i++) {
		const char *item;

		if (!kept(p, p->value->items[i]))
			continue;
		if (item_of(l, p, i, &item))
			return -1;
		str_printf(&s, "%s%s", s.len ? p->separator : "", item);
	}
	*out = mem_strdup(l->x->a, str_text(&s));
	return 0;
}

/* Finds what the line names: a list to map over, or an absent attribute that drops it. */
static int survey(struct line *l)
{
	const char *p = l->line->text;

	while ((p = strstr(p, "%{"))) {
		struct placeholder ph;

		if (read_placeholder(l, p, &ph))
			return -1;
		if (!any_left(&ph))
			l->absent = true;
		if (ph.value->list && !ph.separator && l->list && l->list != ph.value)
			return meta_error(l->x->d, &ph.loc,
					  "cannot use placeholder %%{%s}: \"%s\" is a second list "
					  "on one line",
					  ph.text, ph.name);
		if (ph.value->list && !ph.separator)
			l->list = ph.value;
		p = ph.end;
	}
	return 0;
}

static int expand_once(const struct line *l, size_t index, const char **out)
{
	CLEANUP_STR struct str s = { 0 };
	const char *p = l->line->text;
	const char *hit;

	while ((hit = strstr(p, "%{"))) {
		struct placeholder ph;
		const char *value;

		str_add_bytes(&s, p, (size_t)(hit - p));
		if (read_placeholder(l, hit, &ph) || value_of(l, &ph, index, &value))
			return -1;
		str_add(&s, value);
		p = ph.end;
	}
	str_add(&s, p);
	*out = mem_strdup(l->x->a, str_text(&s));
	return 0;
}

int policy_expand_line(const struct expand *x, const struct model_line *line,
		       enum expand_layer layer, struct expand_texts *out)
{
	struct line l = { .x = x, .line = line, .layer = layer };
	size_t count;

	*out = (struct expand_texts){ 0 };
	if (survey(&l))
		return -1;
	if (l.absent)
		return 0;
	count = l.list ? l.list->count : 1;
	out->items = mem_array(x->a, count, sizeof(*out->items));
	for (size_t i = 0; i < count; i++)
		if (expand_once(&l, i, &out->items[i]))
			return -1;
	out->count = count;
	return 0;
}
