/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "cleanup.h"
#include "guard.h"
#include "str.h"

struct parser {
	yaml_parser_t yaml;
	struct mem_arena *a;
	struct meta_diag *d;
	const char *name;
	const char *text;
	size_t len;
	size_t nodes;
	/*
	 * libyaml counts characters, we say bytes. Events come in order of place, so that each byte
	 * is passed once: the last place asked for, in lines, characters and bytes.
	 */
	size_t line, line_start, chars, at;
};

static void end_parser(struct parser *p)
{
	yaml_parser_delete(&p->yaml);
}

static void end_event(yaml_event_t *ev)
{
	yaml_event_delete(ev);
}

static void go_to_line(struct parser *p, size_t line)
{
	if (line < p->line)
		p->line = p->line_start = 0;
	while (p->line < line) {
		const char *end = memchr(p->text + p->line_start, '\n', p->len - p->line_start);

		if (!end)
			break;
		p->line_start = (size_t)(end - p->text) + 1;
		p->line++;
	}
	p->at = p->line_start;
	p->chars = 0;
}

static struct meta_loc place(struct parser *p, const yaml_mark_t *mark)
{
	if (mark->line != p->line || mark->column < p->chars)
		go_to_line(p, mark->line);
	while (p->at < p->len && p->chars < mark->column) {
		p->at++;
		while (p->at < p->len && ((unsigned char)p->text[p->at] & 0xc0) == 0x80)
			p->at++;
		p->chars++;
	}
	return (struct meta_loc){ .file = p->name,
				  .line = (unsigned)mark->line + 1,
				  .col = (unsigned)(p->at - p->line_start) + 1 };
}

/* True when the n bytes at s are a line break of YAML 1.1 other than LF, or a control character. */
static bool forbidden(const unsigned char *s, size_t n)
{
	if ((s[0] < 0x20 && s[0] != '\n' && s[0] != '\t') || s[0] == 0x7f)
		return true;
	if (n >= 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return true;
	return n >= 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9);
}

/* What some editors write, and readers of YAML disagree on. */
static int refuse_editor(struct parser *p, const struct meta_loc *loc, const char *what)
{
	(void)meta_error(p->d, loc, "cannot read %s: %s", p->name, what);
	meta_hint(p->d, "save it as UTF-8 with Unix line ends and without byte-order mark");
	return -1;
}

/*
 * Before libyaml sees the file: it would take a byte-order mark as another encoding, and CR, NEL
 * and the Unicode separators as line breaks, and our line numbers would be others than the
 * editor's.
 */
static int check_bytes(struct parser *p)
{
	struct meta_loc loc = { .file = p->name, .line = 1, .col = 1 };
	const unsigned char *s = (const unsigned char *)p->text;

	if (p->len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		return refuse_editor(p, &loc, "begins with a byte-order mark");
	for (size_t i = 0; i < p->len; i++, loc.col++) {
		if (s[i] == '\r')
			return refuse_editor(p, &loc, "control byte 0x0d");
		if (forbidden(s + i, p->len - i))
			return meta_error(p->d, &loc, "cannot read %s: control byte 0x%02x",
					  p->name, s[i]);
		if (s[i] == '\n') {
			loc.line++;
			loc.col = 0;
		}
	}
	return 0;
}

static int next(struct parser *p, yaml_event_t *ev)
{
	const yaml_parser_t *y = &p->yaml;
	struct meta_loc loc;

	if (yaml_parser_parse(&p->yaml, ev))
		return 0;
	/* A reader error (bad UTF-8) has an offset only; scanner and parser have a mark. */
	if (y->error == YAML_READER_ERROR) {
		loc = (struct meta_loc){ .file = p->name };
		return meta_error(p->d, &loc, "cannot read %s: %s at byte %zu", p->name, y->problem,
				  y->problem_offset);
	}
	loc = place(p, &y->problem_mark);
	return meta_error(p->d, &loc, "cannot read %s: %s%s%s", p->name,
			  y->problem ? y->problem : "not YAML", y->context ? " " : "",
			  y->context ? y->context : "");
}

static struct meta_node *new_node(struct parser *p, enum meta_kind kind, const yaml_event_t *ev)
{
	struct meta_node *n;
	struct meta_loc loc = place(p, &ev->start_mark);

	if (++p->nodes > META_NODES_MAX) {
		(void)meta_error(p->d, &loc, "cannot read %s: more than %u values", p->name,
				 META_NODES_MAX);
		return NULL;
	}
	n = mem_alloc(p->a, sizeof(*n));
	n->kind = kind;
	n->loc = loc;
	return n;
}

static bool is_null(const char *text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		if (str_eq(text, nulls[i]))
			return true;
	return false;
}

/* The column where the lines of a literal block begin: that of its first line that is not empty. */
static unsigned block_column(struct parser *p, unsigned header_line)
{
	size_t at;
	size_t line;

	go_to_line(p, header_line);
	at = line = p->line_start;
	while (at < p->len && (p->text[at] == ' ' || p->text[at] == '\n')) {
		if (p->text[at] == '\n')
			line = at + 1;
		at++;
	}
	return (unsigned)(at - line) + 1;
}

static struct meta_node *read_scalar(struct parser *p, const yaml_event_t *ev)
{
	struct meta_node *n = new_node(p, META_SCALAR, ev);
	const unsigned char *value = ev->data.scalar.value;
	size_t len = ev->data.scalar.length;

	if (!n)
		return NULL;
	if (GUARD(meta_anchor) && (ev->data.scalar.anchor || ev->data.scalar.tag)) {
		(void)meta_error(p->d, &n->loc, "cannot use %s: not in our subset of YAML",
				 ev->data.scalar.anchor ? "an anchor" : "a tag");
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (!forbidden(value + i, len - i) || !GUARD(meta_bytes))
			continue;
		(void)meta_error(p->d, &n->loc, "cannot use text: control byte 0x%02x in it",
				 value[i]);
		return NULL;
	}
	n->text = mem_strndup(p->a, (const char *)value, len);
	n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (ev->data.scalar.style == YAML_LITERAL_SCALAR_STYLE)
		n->block_col = block_column(p, n->loc.line);
	if (n->plain && is_null(n->text)) {
		n->kind = META_NULL;
		n->text = NULL;
	}
	return n;
}

static int by_text_and_place(const void *pa, const void *pb)
{
	const struct meta_node *a = *(const struct meta_node *const *)pa;
	const struct meta_node *b = *(const struct meta_node *const *)pb;
	int order = strcmp(a->text, b->text);

	if (order == 0)
		order = (a->loc.line > b->loc.line) - (a->loc.line < b->loc.line);
	if (order == 0)
		order = (a->loc.col > b->loc.col) - (a->loc.col < b->loc.col);
	return order;
}

static int check_duplicates(struct parser *p, const struct meta_node *map)
{
	struct meta_node **sorted = mem_array(p->a, map->count, sizeof(struct meta_node *));

	if (map->count)
		memcpy(sorted, map->keys, map->count * sizeof(struct meta_node *));
	qsort(sorted, map->count, sizeof(struct meta_node *), by_text_and_place);
	for (size_t i = 1; i < map->count; i++) {
		if (!str_eq(sorted[i - 1]->text, sorted[i]->text) || !GUARD(meta_twice))
			continue;
		return meta_error(p->d, &sorted[i]->loc,
				  "cannot use key \"%s\": already used in line %u", sorted[i]->text,
				  sorted[i - 1]->loc.line);
	}
	return 0;
}

static struct meta_node *read_node(struct parser *p, const yaml_event_t *ev, unsigned depth);

static int check_key(struct parser *p, const struct meta_node *key)
{
	if (key->kind != META_SCALAR)
		return meta_error(p->d, &key->loc, "cannot use %s as a key: expected text",
				  meta_kind_name(key));
	if (key->plain && str_eq(key->text, "<<") && GUARD(meta_merge))
		return meta_error(p->d, &key->loc,
				  "cannot use a merge key: not in our subset of YAML");
	return 0;
}

/* Items of a list, or keys and values of a map, up to its end. */
static int read_items(struct parser *p, struct meta_node *n, unsigned depth)
{
	size_t cap_items = 0;
	size_t cap_keys = 0;
	struct meta_node *key = NULL;

	for (;;) {
		CLEANUP(end_event) yaml_event_t ev = { 0 };
		struct meta_node *child;

		if (next(p, &ev))
			return -1;
		if (ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT)
			return 0;
		child = read_node(p, &ev, depth + 1);
		if (!child)
			return -1;
		if (n->kind == META_MAP && !key) {
			if (check_key(p, child))
				return -1;
			key = child;
			continue;
		}
		if (n->count == META_ENTRIES_MAX)
			return meta_error(p->d, &n->loc, "cannot read %s: more than %u entries",
					  p->name, META_ENTRIES_MAX);
		n->items = mem_grow(p->a, n->items, n->count, &cap_items, sizeof(n->items[0]));
		n->items[n->count] = child;
		if (n->kind == META_MAP) {
			n->keys = mem_grow(p->a, n->keys, n->count, &cap_keys, sizeof(n->keys[0]));
			n->keys[n->count] = key;
			key = NULL;
		}
		n->count++;
	}
}

static struct meta_node *read_collection(struct parser *p, const yaml_event_t *ev, unsigned depth)
{
	bool list = ev->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *anchor =
		list ? ev->data.sequence_start.anchor : ev->data.mapping_start.anchor;
	const yaml_char_t *tag = list ? ev->data.sequence_start.tag : ev->data.mapping_start.tag;
	struct meta_node *n = new_node(p, list ? META_LIST : META_MAP, ev);

	if (!n)
		return NULL;
	if (GUARD(meta_anchor) && (anchor || tag)) {
		(void)meta_error(p->d, &n->loc, "cannot use %s: not in our subset of YAML",
				 anchor ? "an anchor" : "a tag");
		return NULL;
	}
	if (depth >= META_DEPTH_MAX && GUARD(meta_depth)) {
		(void)meta_error(p->d, &n->loc, "cannot read %s: nested deeper than %u", p->name,
				 META_DEPTH_MAX);
		return NULL;
	}
	if (read_items(p, n, depth) || (n->kind == META_MAP && check_duplicates(p, n)))
		return NULL;
	return n;
}

static struct meta_node *read_node(struct parser *p, const yaml_event_t *ev, unsigned depth)
{
	struct meta_loc loc = place(p, &ev->start_mark);

	if (ev->type == YAML_SCALAR_EVENT)
		return read_scalar(p, ev);
	if (ev->type == YAML_SEQUENCE_START_EVENT || ev->type == YAML_MAPPING_START_EVENT)
		return read_collection(p, ev, depth);
	(void)meta_error(p->d, &loc, "cannot use an alias: not in our subset of YAML");
	return NULL;
}

/* What follows the one document; and %TAG, which would give tags another meaning. */
static int check_document(struct parser *p, const yaml_event_t *ev)
{
	struct meta_loc loc = place(p, &ev->start_mark);

	if (ev->data.document_start.tag_directives.start !=
	    ev->data.document_start.tag_directives.end)
		return meta_error(p->d, &loc,
				  "cannot use a %%TAG directive: not in our subset of YAML");
	return 0;
}

static const struct meta_node *read_stream(struct parser *p)
{
	const struct meta_node *root = NULL;
	struct meta_loc loc = { .file = p->name };

	for (;;) {
		CLEANUP(end_event) yaml_event_t ev = { 0 };

		if (next(p, &ev))
			return NULL;
		if (ev.type == YAML_STREAM_START_EVENT || ev.type == YAML_DOCUMENT_END_EVENT)
			continue;
		if (ev.type == YAML_STREAM_END_EVENT)
			break;
		if (ev.type == YAML_DOCUMENT_START_EVENT && root) {
			loc = place(p, &ev.start_mark);
			(void)meta_error(p->d, &loc, "cannot read %s: more than one document",
					 p->name);
			return NULL;
		}
		if (ev.type == YAML_DOCUMENT_START_EVENT) {
			if (check_document(p, &ev))
				return NULL;
			continue;
		}
		root = read_node(p, &ev, 0);
		if (!root)
			return NULL;
	}
	if (!root)
		(void)meta_error(p->d, &loc, "cannot read %s: it is empty", p->name);
	return root;
}

const struct meta_node *meta_parse(struct mem_arena *a, const char *text, size_t len,
				   const char *name, struct meta_diag *d)
{
	CLEANUP(end_parser)
	struct parser p = { .a = a, .d = d, .name = name, .text = text, .len = len };
	struct meta_loc loc = { .file = name };

	if (len > META_SIZE_MAX) {
		(void)meta_error(d, &loc, "cannot read %s: larger than %u bytes", name,
				 META_SIZE_MAX);
		return NULL;
	}
	if (check_bytes(&p))
		return NULL;
	if (!yaml_parser_initialize(&p.yaml)) {
		(void)meta_error(d, &loc, "cannot read %s: no memory for the parser", name);
		return NULL;
	}
	yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.yaml, (const unsigned char *)text, len);
	return read_stream(&p);
}
