/* SPDX-License-Identifier: Apache-2.0 */
/* What probe writes: of each node how it could be found, and the slot that finds it alone. */
#include "ctl.h"

#include <ctype.h>
#include <stdlib.h>

#include "cleanup.h"
#include "guard.h"
#include "mem.h"

enum mode { REQUIRED, OPTIONAL, MODES };

/* What slots of each row would find each node by. */
struct found {
	const struct ctl_world *w;
	char **texts[MODES];
	char **unusable;  /* of each node */
	struct str names; /* of slots, each behind and before a newline */
};

static char **text_of(const struct found *f, enum mode mode, size_t node, size_t row)
{
	return &f->texts[mode][node * f->w->table->row_count + row];
}

static void solve_all(struct found *f)
{
	const struct ctl_table *t = f->w->table;
	size_t cells = f->w->count * t->row_count;

	f->unusable = mem_must(calloc(f->w->count + 1, sizeof(char *)));
	for (unsigned m = 0; m < MODES; m++)
		f->texts[m] = mem_must(calloc(cells + 1, sizeof(char *)));
	for (size_t n = 0; n < f->w->count; n++) {
		struct ctl_row r = { t->rows, t->terms };

		for (size_t i = 0; i < t->row_count; i++, r.terms += (r.row++)->terms)
			for (unsigned m = 0; m < MODES; m++)
				*text_of(f, m, n, i) = ctl_solve(f->w, &r, &f->w->nodes[n],
								 m == OPTIONAL, &f->unusable[n]);
	}
}

static void free_all(struct found *f)
{
	for (size_t i = 0; i < f->w->count; i++)
		free(f->unusable[i]);
	for (unsigned m = 0; m < MODES; m++) {
		for (size_t i = 0; i < f->w->count * f->w->table->row_count; i++)
			free(f->texts[m][i]);
		free(f->texts[m]);
	}
	free(f->unusable);
	str_free(&f->names);
}

/* Another node that such a slot would find as well, or NULL. */
static const char *twin_of(const struct found *f, enum mode mode, size_t node, size_t row)
{
	const char *text = *text_of(f, mode, node, row);

	for (size_t n = 0; n < f->w->count; n++) {
		const char *other = *text_of(f, mode, n, row);

		if (n != node && other && str_eq(text, other) && GUARD(ctl_twin))
			return f->w->nodes[n].name;
	}
	return NULL;
}

/* A row by which a slot could find the node by what it is, or by what the kernel calls it. */
static bool offers(const struct found *f, size_t node, size_t row, bool identity)
{
	const struct hardware_row *r = &f->w->table->rows[row];

	return *text_of(f, REQUIRED, node, row) && !r->system &&
	       !*ctl_text(f->w->table, r->identity) != identity;
}

/* A row before has the same identity: several interfaces take the device. */
static bool told(const struct found *f, size_t node, size_t row)
{
	const struct ctl_table *t = f->w->table;

	for (size_t i = 0; i < row; i++)
		if (offers(f, node, i, true) && t->rows[i].identity == t->rows[row].identity)
			return true;
	return false;
}

static void list_identity(const struct found *f, size_t node, size_t row, struct str *out)
{
	const struct ctl_table *t = f->w->table;
	const char *twin = twin_of(f, REQUIRED, node, row);
	const char *least = *text_of(f, REQUIRED, node, row),
		   *most = *text_of(f, OPTIONAL, node, row);

	str_printf(out, "  #   by %s: %s", ctl_text(t, t->rows[row].identity), least);
	if (twin) {
		str_add(out, " (duplicate: /dev/");
		ctl_escape(twin, out);
		str_add(out, ")");
	}
	str_add(out, "\n");
	if (!str_eq(least, most))
		str_printf(out, "  #     or more narrowly: %s\n", most);
}

static void list(const struct found *f, size_t node, struct str *out)
{
	const struct ctl_table *t = f->w->table;

	for (size_t i = 0; i < t->row_count; i++) {
		if (t->rows[i].system && *text_of(f, REQUIRED, node, i))
			str_printf(out, "  #   with all others of its kind by %s of the system\n",
				   ctl_text(t, t->rows[i].interface));
		else if (offers(f, node, i, true) && !told(f, node, i))
			list_identity(f, node, i, out);
	}
	if (f->unusable[node])
		str_printf(out, "  #   no slot takes %s\n", f->unusable[node]);
}

/* The node's name as a slot may have it; another one than that of all before. */
static void name_slot(struct found *f, const char *node, struct str *out)
{
	CLEANUP_STR struct str stem = { 0 };
	char name[96] = "\n";

	for (; *node; node++) {
		bool word = isascii(*node) && isalnum((unsigned char)*node);

		if (word && (stem.len || !isdigit((unsigned char)*node)))
			str_printf(&stem, "%c", tolower((unsigned char)*node));
		else if (!word && stem.len && isalnum((unsigned char)node[1]))
			str_add(&stem, "-");
	}
	for (unsigned n = 1; !name[1] || strstr(str_text(&f->names), name); n++) {
		snprintf(name, sizeof(name), "\n%.64s", stem.len ? str_text(&stem) : "slot");
		if (n > 1)
			snprintf(name + strlen(name), 16, "-%u", n);
		str_join(name + strlen(name), 2, "\n", NULL);
	}
	str_add(&f->names, name);
	str_printf(out, "%.*s", (int)strlen(name) - 2, name + 1);
}

static void write_slot(struct found *f, size_t node, size_t row, enum mode mode, struct str *out)
{
	name_slot(f, f->w->nodes[node].name, out);
	str_printf(out, ": { interface: %s, %s }\n",
		   ctl_text(f->w->table, f->w->table->rows[row].interface),
		   *text_of(f, mode, node, row));
}

/* The first that finds this node alone: with what a slot must say rather than with more. */
static bool write_identity(struct found *f, size_t node, struct str *out)
{
	for (unsigned m = 0; m < MODES; m++)
		for (size_t i = 0; i < f->w->table->row_count; i++)
			if (offers(f, node, i, true) && !twin_of(f, m, node, i)) {
				str_add(out, "  ");
				write_slot(f, node, i, m, out);
				return true;
			}
	return false;
}

/* By its name, which a comment keeps from being used where it is a number that may move. */
static bool write_name(struct found *f, size_t node, bool numbered, struct str *out)
{
	for (size_t i = 0; i < f->w->table->row_count; i++)
		if (offers(f, node, i, false)) {
			str_add(out, numbered
					     ? "  #   nothing but its number tells it from others: "
					     : "  ");
			write_slot(f, node, i, REQUIRED, out);
			return !numbered;
		}
	str_add(out, "  #   no slot of a gadget is for it alone\n");
	return false;
}

/* True when there is a slot. */
static bool write_node(struct found *f, size_t node, struct str *out)
{
	const struct ctl_node *n = &f->w->nodes[node];
	bool numbered = n->name[strcspn(n->name, "0123456789")];

	str_add(out, "  # /dev/");
	ctl_escape(n->name, out);
	if (n->product) {
		str_add(out, " ");
		ctl_quote(n->product, out);
	}
	str_add(out, numbered ? ": unstable, numbered in order of discovery\n" : "\n");
	list(f, node, out);
	return write_identity(f, node, out) || write_name(f, node, numbered, out);
}

void ctl_draft(const struct ctl_world *w, struct str *out)
{
	struct found f = { .w = w };
	CLEANUP_STR struct str body = { 0 };
	size_t drafted = 0;

	solve_all(&f);
	for (size_t i = 0; i < w->count; i++)
		drafted += write_node(&f, i, &body);
	free_all(&f);
	str_printf(out,
		   "# Drafted by bulkheadctl probe: device nodes %zu, slots %zu. The rest are "
		   "comments.\nslots:%s\n%s",
		   w->count, drafted, drafted ? "" : " {}", str_text(&body));
}
