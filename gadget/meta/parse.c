/* SPDX-License-Identifier: Apache-2.0 */
#include "meta.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "cleanup.h"
#include "guard.h"
#include "pairs.h"
#include "str.h"

/* Who writes so many does not read what is said of each. */
#define ANCHORS_MAX 256u
#define FAULTS_MAX  1000u

struct anchor {
	const char *name;
	struct meta_node *node;
};

struct parser {
	yaml_parser_t yaml;
	struct mem_arena *a;
	struct meta_diag *d;
	const char *name;
	const char *text;
	size_t len;
	size_t nodes;
	size_t errors; /* before this file */
	struct anchor anchors[ANCHORS_MAX];
	size_t anchor_count;
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
static void refuse_editor(struct parser *p, const struct meta_loc *loc, const char *what)
{
	(void)meta_error(p->d, loc, "cannot read %s: %s", p->name, what);
	meta_hint(p->d, "save it as UTF-8 with Unix line ends and without byte-order mark");
}

/* A line end of another system is read on: one message is enough for the whole file. */
static bool is_line_end(const unsigned char *s, size_t n)
{
	return n >= 2 && s[0] == '\r' && s[1] == '\n';
}

/*
 * Before libyaml sees the file: it would take a byte-order mark as another encoding, and CR, NEL
 * and the Unicode separators as line breaks, and our line numbers would be others than the
 * editor's. The first of each line is told; only CR before LF lets the file be read on.
 */
static int check_bytes(struct parser *p)
{
	struct meta_loc loc = { .file = p->name, .line = 1, .col = 1 };
	const unsigned char *s = (const unsigned char *)p->text;
	unsigned told = 0;
	bool ends = false;
	int status = 0;

	for (size_t i = 0; i < p->len; i++, loc.col++) {
		if (s[i] == '\n') {
			loc.line++;
			loc.col = 0;
		}
		if (!forbidden(s + i, p->len - i) || told == loc.line)
			continue;
		if (s[i] == '\r' && !ends)
			refuse_editor(p, &loc, "control byte 0x0d");
		else if (s[i] != '\r')
			(void)meta_error(p->d, &loc, "cannot read %s: control byte 0x%02x", p->name,
					 s[i]);
		ends |= s[i] == '\r';
		status |= is_line_end(s + i, p->len - i) ? 0 : -1;
		told = loc.line;
		if (p->d->errors - p->errors > FAULTS_MAX)
			return -1;
	}
	return status;
}

static struct meta_loc place_of_byte(const struct parser *p, size_t offset)
{
	struct meta_loc loc = { .file = p->name, .line = 1, .col = 1 };

	for (size_t i = 0; i < offset && i < p->len; i++, loc.col++) {
		if (p->text[i] != '\n')
			continue;
		loc.line++;
		loc.col = 0;
	}
	return loc;
}

static int next(struct parser *p, yaml_event_t *ev)
{
	const yaml_parser_t *y = &p->yaml;
	struct meta_loc loc;

	if (yaml_parser_parse(&p->yaml, ev))
		return 0;
	/* A reader error (bad UTF-8) has an offset only; scanner and parser have a mark. */
	loc = y->error == YAML_READER_ERROR ? place_of_byte(p, y->problem_offset)
					    : place(p, &y->problem_mark);
	return meta_error(p->d, &loc, "cannot read %s: %s%s%s", p->name,
			  y->problem ? y->problem : "not YAML", y->context ? " " : "",
			  y->context ? y->context : "");
}

static int count_node(struct parser *p, const struct meta_loc *loc)
{
	if (p->d->errors - p->errors > FAULTS_MAX)
		return meta_error(p->d, loc, "cannot read %s further: more than %u errors", p->name,
				  FAULTS_MAX);
	if (++p->nodes > META_NODES_MAX)
		return meta_error(p->d, loc, "cannot read %s: more than %u values", p->name,
				  META_NODES_MAX);
	return 0;
}

static struct meta_node *new_node(struct parser *p, enum meta_kind kind, const yaml_event_t *ev)
{
	struct meta_node *n;
	struct meta_loc loc = place(p, &ev->start_mark);

	if (count_node(p, &loc))
		return NULL;
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

/* --- what is refused and read on -------------------------------------------------------------- */

/*
 * An anchor and its aliases are refused. The aliases are read as what they stand for all the same:
 * what else is wrong with the file is told, and nothing that is not.
 */
static int check_anchor(struct parser *p, struct meta_node *n, const yaml_char_t *anchor,
			const yaml_char_t *tag)
{
	if (GUARD(meta_anchor) && (anchor || tag))
		(void)meta_error(p->d, &n->loc, "cannot use %s: not in our subset of YAML",
				 anchor ? "an anchor" : "a tag");
	if (!anchor)
		return 0;
	if (p->anchor_count == ANCHORS_MAX)
		return meta_error(p->d, &n->loc, "cannot read %s: more than %u anchors", p->name,
				  ANCHORS_MAX);
	p->anchors[p->anchor_count++] =
		(struct anchor){ mem_strdup(p->a, (const char *)anchor), n };
	return 0;
}

static int check_depth(struct parser *p, const struct meta_loc *loc, unsigned depth)
{
	if (depth < META_DEPTH_MAX || !GUARD(meta_depth))
		return 0;
	return meta_error(p->d, loc, "cannot read %s: nested deeper than %u", p->name,
			  META_DEPTH_MAX);
}

/* As if it were written at loc: what stands there is walked through as often as it is named. */
static int count_again(struct parser *p, const struct meta_node *n, const struct meta_loc *loc,
		       unsigned depth)
{
	if (count_node(p, loc))
		return -1;
	if ((n->kind == META_LIST || n->kind == META_MAP) && check_depth(p, loc, depth))
		return -1;
	for (size_t i = 0; i < n->count; i++)
		if ((n->kind == META_MAP && count_node(p, loc)) ||
		    count_again(p, n->items[i], loc, depth + 1))
			return -1;
	return 0;
}

static struct meta_node *read_alias(struct parser *p, const yaml_event_t *ev, unsigned depth)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct meta_loc loc = place(p, &ev->start_mark);
	struct meta_node *n;

	(void)meta_error(p->d, &loc, "cannot use an alias: not in our subset of YAML");
	for (size_t i = p->anchor_count; i-- > 0;)
		if (str_eq(p->anchors[i].name, name))
			return count_again(p, p->anchors[i].node, &loc, depth) ? NULL
									       : p->anchors[i].node;
	/* It stands for nothing. */
	meta_last_word(p->d);
	n = new_node(p, META_SCALAR, ev);
	if (n)
		n->text = "_";
	return n;
}

/* "!!str" is what quotes are; the other types of YAML are what a plain text would be. */
static bool is_plain(const yaml_event_t *ev)
{
	const char *tag = (const char *)ev->data.scalar.tag;

	if (tag && (str_ends(tag, ":str") || str_eq(tag, "!")))
		return false;
	return ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ||
	       (tag && str_starts(tag, "tag:yaml.org,2002:"));
}

/* --- the tree --------------------------------------------------------------------------------- */

static struct meta_node *read_scalar(struct parser *p, const yaml_event_t *ev)
{
	struct meta_node *n = new_node(p, META_SCALAR, ev);
	const unsigned char *value = ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	char *text;

	if (!n || check_anchor(p, n, ev->data.scalar.anchor, ev->data.scalar.tag))
		return NULL;
	text = mem_strndup(p->a, (const char *)value, len);
	for (size_t i = 0; i < len; i++) {
		if (!forbidden(value + i, len - i) || !GUARD(meta_bytes))
			continue;
		(void)meta_error(p->d, &n->loc, "cannot use text: control byte 0x%02x in it",
				 value[i]);
		meta_last_word(p->d);
		memset(text, '_', len);
		break;
	}
	n->text = text;
	n->plain = is_plain(ev);
	if (ev->data.scalar.style == YAML_LITERAL_SCALAR_STYLE)
		n->block_col = block_column(p, n->loc.line);
	if (n->plain && is_null(n->text)) {
		n->kind = META_NULL;
		n->text = NULL;
	}
	return n;
}

static struct meta_node *read_node(struct parser *p, const yaml_event_t *ev, unsigned depth);

static int refuse_entries(struct parser *p, const struct meta_node *n)
{
	return meta_error(p->d, &n->loc, "cannot read %s: more than %u entries", p->name,
			  META_ENTRIES_MAX);
}

/* Items of a list, or keys and values of a map, up to its end. */
static int read_items(struct parser *p, struct meta_node *n, unsigned depth)
{
	struct meta_pairs read = { 0 };
	struct meta_node *key = NULL;

	for (;;) {
		CLEANUP(end_event) yaml_event_t ev = { 0 };
		struct meta_node *child;

		if (next(p, &ev))
			return -1;
		if (ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT)
			break;
		child = read_node(p, &ev, depth + 1);
		if (!child)
			return -1;
		if (n->kind == META_MAP && !key) {
			key = child;
			continue;
		}
		if (read.count == META_ENTRIES_MAX)
			return refuse_entries(p, n);
		meta_pairs_add(p->a, &read, key, child);
		key = NULL;
	}
	if (n->kind == META_MAP)
		meta_pairs_settle(p->a, &read, p->d);
	n->keys = n->kind == META_MAP ? read.keys : NULL;
	n->items = read.items;
	n->count = read.count;
	return n->count <= META_ENTRIES_MAX ? 0 : refuse_entries(p, n);
}

static struct meta_node *read_collection(struct parser *p, const yaml_event_t *ev, unsigned depth)
{
	bool list = ev->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *anchor =
		list ? ev->data.sequence_start.anchor : ev->data.mapping_start.anchor;
	const yaml_char_t *tag = list ? ev->data.sequence_start.tag : ev->data.mapping_start.tag;
	struct meta_node *n = new_node(p, list ? META_LIST : META_MAP, ev);

	if (!n || check_depth(p, &n->loc, depth) || read_items(p, n, depth))
		return NULL;
	/* Not before its end: nothing holds itself. */
	return check_anchor(p, n, anchor, tag) ? NULL : n;
}

static struct meta_node *read_node(struct parser *p, const yaml_event_t *ev, unsigned depth)
{
	if (ev->type == YAML_SCALAR_EVENT)
		return read_scalar(p, ev);
	if (ev->type == YAML_ALIAS_EVENT)
		return read_alias(p, ev, depth);
	return read_collection(p, ev, depth);
}

/* %TAG would give tags another meaning. */
static void check_document(struct parser *p, const yaml_event_t *ev)
{
	struct meta_loc loc = place(p, &ev->start_mark);

	if (ev->data.document_start.tag_directives.start !=
	    ev->data.document_start.tag_directives.end)
		(void)meta_error(p->d, &loc,
				 "cannot use a %%TAG directive: not in our subset of YAML");
}

/* The first document; of what follows it only that it is there is told. */
static struct meta_node *read_stream(struct parser *p)
{
	struct meta_node *root = NULL;
	struct meta_loc loc = { .file = p->name, .line = 1, .col = 1 };

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
			return root;
		}
		if (ev.type == YAML_DOCUMENT_START_EVENT) {
			check_document(p, &ev);
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

/* libyaml takes a byte-order mark as another encoding. */
static void skip_mark(struct parser *p)
{
	struct meta_loc loc = { .file = p->name, .line = 1, .col = 1 };

	if (p->len < 3 || memcmp(p->text, "\xef\xbb\xbf", 3) != 0)
		return;
	refuse_editor(p, &loc, "begins with a byte-order mark");
	p->text += 3;
	p->len -= 3;
}

const struct meta_node *meta_parse(struct mem_arena *a, const char *text, size_t len,
				   const char *name, struct meta_diag *d)
{
	CLEANUP(end_parser)
	struct parser p = {
		.a = a, .d = d, .name = name, .text = text, .len = len, .errors = d->errors
	};
	struct meta_loc loc = { .file = name };
	struct meta_node *root;

	if (len > META_SIZE_MAX) {
		(void)meta_error(d, &loc, "cannot read %s: larger than %u bytes", name,
				 META_SIZE_MAX);
		return NULL;
	}
	skip_mark(&p);
	if (check_bytes(&p))
		return NULL;
	if (!yaml_parser_initialize(&p.yaml)) {
		(void)meta_error(d, &loc, "cannot read %s: no memory for the parser", name);
		return NULL;
	}
	yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.yaml, (const unsigned char *)p.text, p.len);
	root = read_stream(&p);
	if (root)
		root->faulty = d->errors != p.errors;
	return root;
}
