/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writer of format/hwtable.h and its twin: the udev matches of slots, read backwards. What a match
 * compares with an attribute is where a device has that attribute's value from.
 */
#include "hwtable.h"

#include <string.h>

#include "cleanup.h"
#include "files.h"
#include "match.h"
#include "pack.h"
#include "table.h"

static const struct key {
	const char *name;
	enum hardware_key key;
	bool named; /* with "{name}" behind it */
} keys[] = {
	{ "KERNEL", HARDWARE_KERNEL, false },	{ "SUBSYSTEM", HARDWARE_SUBSYSTEM, false },
	{ "DRIVER", HARDWARE_DRIVER, false },	{ "ENV", HARDWARE_ENV, true },
	{ "ATTR", HARDWARE_ATTR, true },	{ "TEST", HARDWARE_TEST, false },
	{ "KERNELS", HARDWARE_KERNELS, false }, { "SUBSYSTEMS", HARDWARE_SUBSYSTEMS, false },
	{ "DRIVERS", HARDWARE_DRIVERS, false }, { "ATTRS", HARDWARE_ATTRS_OF, true },
};

static const struct form {
	const char *filter;
	enum hardware_form form;
} forms[] = {
	{ "base", HARDWARE_NODE },
	{ "hex4", HARDWARE_HEX },
	{ "hex2", HARDWARE_HEX },
	{ "", HARDWARE_TEXT },
};

/* Values of attributes without an expression of their own; a type that is not here nobody drafts.
 */
static const struct type {
	enum model_attr_type type;
	const char *match;
} types[] = {
	{ MODEL_ATTR_NAME, "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}" },
	{ MODEL_ATTR_DEV_NODE, "/dev/[a-zA-Z0-9/_.:+=@-]+" },
	{ MODEL_ATTR_WORD, "[a-zA-Z0-9/_.:+=-]{1,200}" },
	{ MODEL_ATTR_OF_PATH, "(/[a-zA-Z0-9@_.,+-]+){1,32}" },
	{ MODEL_ATTR_GLOB_PATH, "/dev/[a-zA-Z0-9/_.:+=*-]+" },
	{ MODEL_ATTR_INT, "" },
};

struct writer {
	struct mem_arena *a;
	struct table_file rows;	 /* and the strings of all */
	struct str terms, attrs; /* tables */
	uint32_t row_count, term_count, attr_count;
	struct str twin;
};

static void writer_free(struct writer *w)
{
	emit_table_free(&w->rows);
	str_free(&w->terms);
	str_free(&w->attrs);
	str_free(&w->twin);
}

/* A slot's match, being read. */
struct source {
	const struct model_iface *iface;
	const struct model_variant *variant;
	const struct model_udev *udev;
	struct hardware_row row;
	struct hardware_term terms[16];
	const struct model_attr_def *defs[16]; /* of the terms */
};

static const struct model_attr_def *find_def(const struct model_variant *v, const char *name,
					     size_t len)
{
	for (size_t i = 0; i < v->attr_count; i++)
		if (strlen(v->attrs[i].name) == len && !strncmp(v->attrs[i].name, name, len))
			return &v->attrs[i];
	return NULL;
}

static const char *match_of(const struct model_attr_def *def)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == def->type && !def->list)
			return def->match ? def->match : types[i].match;
	return NULL;
}

/* "%{NAME|FILTER}" and nothing else: false for what cannot be read backwards. */
static bool read_placeholder(const char *value, struct source *s, struct hardware_term *t)
{
	size_t name = strcspn(value + 2, "|}"), len = strlen(value);
	const char *filter = value + 2 + name + (value[2 + name] == '|');
	const struct model_attr_def *def = find_def(s->variant, value + 2, name);

	if (!str_starts(value, "%{") || strcspn(value, "}") != len - 1 || !def || !match_of(def) ||
	    t->differ)
		return false;
	s->defs[s->row.terms] = def;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t n = strlen(forms[i].filter);

		if ((size_t)(value + len - 1 - filter) != n || strncmp(forms[i].filter, filter, n))
			continue;
		t->form = def->type == MODEL_ATTR_GLOB_PATH ? HARDWARE_NODES : forms[i].form;
		return true;
	}
	return false;
}

/* Of ENV: what udev is told to find it out by. */
static const char *import_of(const struct source *s, const char *arg)
{
	const struct model_identity *id = s->udev->identity;

	for (size_t i = 0; id && i < id->import_count; i++)
		if (str_eq(id->imports[i].property, arg))
			return id->imports[i].builtin ? id->imports[i].builtin : "parent";
	return "";
}

static bool read_term(struct writer *w, const struct match_condition *c, struct source *s)
{
	struct hardware_term *t = &s->terms[s->row.terms];
	size_t name = strcspn(c->key, "{");
	const char *arg = "";

	if (s->row.terms == ARRAY_SIZE(s->terms))
		return false;
	*t = (struct hardware_term){ .differ = !c->equal };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == name && !strncmp(keys[i].name, c->key, name))
			t->key = keys[i].key;
	if (c->key[name])
		arg = mem_strndup(w->a, c->key + name + 1, strlen(c->key + name) - 2);
	t->arg = emit_table_ref(&w->rows, arg);
	t->import = emit_table_ref(&w->rows, t->key == HARDWARE_ENV ? import_of(s, arg) : "");
	if (!strstr(c->value, "%{"))
		t->value = emit_table_ref(&w->rows, c->value);
	else if (!read_placeholder(c->value, s, t))
		return false;
	s->row.terms++;
	return t->key != 0;
}

static bool known(const struct source *s, const struct model_attr_def *def)
{
	if (def->optional || def->fallback || def->own_name)
		return true;
	for (uint32_t i = 0; i < s->row.terms; i++)
		if (s->defs[i] == def)
			return true;
	return false;
}

/* False for a match that does not tell the values of all that the slot must say. */
static bool read_source(struct writer *w, struct source *s)
{
	for (size_t i = 0; i < s->udev->parts.count; i++) {
		struct match m;

		if (!policy_match_parse(w->a, s->udev->parts.items[i].text, &m))
			return false;
		for (size_t k = 0; k < m.count; k++)
			if (!read_term(w, &m.items[k], s))
				return false;
	}
	for (size_t i = 0; i < s->variant->attr_count; i++)
		if (!known(s, &s->variant->attrs[i]))
			return false;
	return s->row.terms > 0;
}

static void write_attr(struct writer *w, const struct model_attr_def *def, struct hardware_term *t)
{
	bool number = def->type == MODEL_ATTR_INT;
	const struct hardware_attr attr = {
		.name = emit_table_ref(&w->rows, def->name),
		.match = emit_table_ref(&w->rows, match_of(def)),
		.first = number ? (uint32_t)def->min : 0,
		.last = number ? (uint32_t)def->max : 0,
		.optional = def->optional,
	};

	t->attr = w->attr_count++;
	str_add_bytes(&w->attrs, &attr, sizeof(attr));
}

static void write_source(struct writer *w, struct source *s)
{
	emit_table_row(&w->rows, &s->row, sizeof(s->row));
	w->row_count++;
	str_printf(&w->twin, "%s%s%s%s\n", s->iface->name, s->row.system ? " of the system" : "",
		   s->variant->identity ? " by " : "",
		   s->variant->identity ? s->variant->identity->name : "");
	for (uint32_t i = 0; i < s->row.terms; i++) {
		if (s->defs[i])
			write_attr(w, s->defs[i], &s->terms[i]);
		str_add_bytes(&w->terms, &s->terms[i], sizeof(s->terms[i]));
		w->term_count++;
	}
	for (size_t i = 0; i < s->udev->parts.count; i++)
		str_printf(&w->twin, "  %s\n", s->udev->parts.items[i].text);
}

/* Slots of which kind are written: those for one subsystem before those that say theirs. */
static const struct pass {
	unsigned offered_by;
	bool any;
} passes[] = {
	{ MODEL_OFFERED_GADGET, false },
	{ MODEL_OFFERED_GADGET, true },
	{ MODEL_OFFERED_SYSTEM, false },
};

static bool says_subsystem(const struct source *s)
{
	for (uint32_t i = 0; i < s->row.terms; i++)
		if (s->terms[i].key == HARDWARE_SUBSYSTEM && s->defs[i])
			return true;
	return false;
}

static void write_variant(struct writer *w, const struct pass *p, const struct model_iface *iface,
			  const struct model_variant *v)
{
	unsigned offered_by = v->offered_by ? v->offered_by : iface->offered_by;

	for (size_t i = 0; i < v->group.udev_count && offered_by & p->offered_by; i++) {
		struct source s = { .iface = iface, .variant = v, .udev = &v->group.udev[i] };

		s.row.interface = emit_table_ref(&w->rows, iface->name);
		s.row.identity = emit_table_ref(&w->rows, v->identity ? v->identity->name : "");
		s.row.system = p->offered_by == MODEL_OFFERED_SYSTEM;
		if (read_source(w, &s) && says_subsystem(&s) == p->any)
			write_source(w, &s);
	}
}

static void *finish(struct writer *w, size_t *size)
{
	struct hardware_header h = { .magic = HARDWARE_MAGIC, .version = HARDWARE_VERSION };
	struct table_file *f = &w->rows;

	h.tables[HARDWARE_ROWS] = (struct hardware_span){ sizeof(h), w->row_count };
	h.tables[HARDWARE_TERMS] = (struct hardware_span){ emit_table_offset(f), w->term_count };
	str_add_bytes(&f->body, str_text(&w->terms), w->terms.len);
	h.tables[HARDWARE_ATTRS] = (struct hardware_span){ emit_table_offset(f), w->attr_count };
	str_add_bytes(&f->body, str_text(&w->attrs), w->attrs.len);
	h.strings = (struct hardware_span){ emit_table_offset(f), emit_table_strings_size(f) };
	h.size = h.strings.offset + h.strings.count;
	return emit_table_finish(w->a, f, &h, size);
}

int emit_hardware(struct mem_arena *a, const struct model *m, const char *out, struct meta_diag *d)
{
	CLEANUP(writer_free)
	struct writer w = { .a = a, .rows = TABLE_FILE(struct hardware_header) };
	struct err e = { 0 };
	const void *data;
	size_t size;

	for (size_t p = 0; p < ARRAY_SIZE(passes); p++)
		for (size_t i = 0; i < m->iface_count; i++)
			for (size_t k = 0; k < m->ifaces[i].variant_count; k++)
				write_variant(&w, &passes[p], &m->ifaces[i],
					      &m->ifaces[i].variants[k]);
	data = finish(&w, &size);
	if (fd_write_file(mem_printf(a, "%s/hardware", out), data, size, 0644, &e) ||
	    fd_write_file(mem_printf(a, "%s/hardware.txt", out), str_text(&w.twin), w.twin.len,
			  0644, &e))
		return meta_fail(d, NULL, &e);
	return 0;
}
